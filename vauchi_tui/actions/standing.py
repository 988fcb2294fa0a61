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
    """The numbers of all together; what lies at the relay for own devices does not count, for one may be asleep."""
    with ctx.vault.read() as tx:
        pending, own = tx.outbox.pending(), tx.me.identity()
        waiting = sum(count.waiting for count in pending.values()) + len(tx.fanout.all())
        stored = sum(count.stored for identity, count in pending.items() if identity != own)
        return Standing(tx.settings.get("relay"), waiting, stored)
