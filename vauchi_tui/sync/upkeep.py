"""What the worker does on the hour: resend, expire, sweep, and mend links that have been waiting for too long."""

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.protocol.mailbox import DAY_SECONDS
from vauchi_tui.sync import fanout, relays
from vauchi_tui.vault.tx import Tx

CONSUMED_KEPT_S = 400 * DAY_SECONDS  # a message is sent again as long as nobody acknowledges it


def upkeep(tx: Tx, now_ms: int, rng: Rng) -> None:
    """Once an hour, and when the worker starts."""
    now = now_ms // 1000
    tx.outbox.resend_before(now - DAY_SECONDS)
    tx.consumed.sweep(now - CONSUMED_KEPT_S)
    tx.codes.sweep(now)
    expire(tx, now)
    relays.retire(tx, now)
    for link in tx.links.all():
        if link.wants_snapshot or link.owes_ack:
            fanout.answer(tx, link.peer_identity, now_ms, rng)


def expire(tx: Tx, now: int) -> None:
    """Drop rows whose time is over: ends of exchanges, and greetings in a session that the peer never entered."""
    for contact in tx.outbox.pending():
        for row in tx.outbox.for_contact(contact):
            if row.expires_at is not None and row.expires_at < now:
                tx.outbox.delete(row.id)
