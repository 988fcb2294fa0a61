"""How the sync stands in three numbers, cheap enough to be read after every commit."""

from dataclasses import dataclass

from vauchi_tui.actions.context import Context


@dataclass(frozen=True, slots=True)
class Standing:
    """`waiting` messages have not left this machine, `stored` lie at the relays; `relay` is one's own, if any.

    An edit that is not sealed yet counts as one message for each contact who will hear of it.
    """

    relay: str | None
    waiting: int
    stored: int


def read(ctx: Context) -> Standing:
    """The numbers of all contacts together."""
    with ctx.vault.read() as tx:
        pending = tx.outbox.pending().values()
        waiting = sum(count.waiting for count in pending) + len(tx.fanout.all())
        return Standing(tx.settings.get("relay"), waiting, sum(count.stored for count in pending))
