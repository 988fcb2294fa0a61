"""The theme that the interface was left with."""

from vauchi_tui.actions.context import Context

KEY = "theme"


def theme(ctx: Context) -> str | None:
    """The name of the theme; None where none was chosen."""
    with ctx.vault.read() as tx:
        return tx.settings.get(KEY)


def set_theme(ctx: Context, name: str) -> None:
    """Keep the theme for the next start."""
    with ctx.vault.write() as tx:
        tx.settings.set(KEY, name)
