"""Whether this profile's relay is one that runs inside the app ("run one here")."""

from vauchi_tui.actions.context import Context

KEY = "relay_here"


def runs_here(ctx: Context) -> bool:
    """Should the app (or `sync --watch`) run the embedded relay beside?"""
    with ctx.vault.read() as tx:
        return tx.settings.get(KEY) == "yes"


def set_runs_here(ctx: Context, here: bool) -> None:
    """Remember the choice; whoever runs next starts or leaves out the embedded relay."""
    with ctx.vault.write() as tx:
        tx.settings.set(KEY, "yes" if here else None)
