"""What the worker does on the hour: resend, expire, sweep, and mend links that have been waiting for too long."""

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import DAY_SECONDS
from vauchi_tui.sync import agree, delivery, fanout, hello, relays
from vauchi_tui.vault.tx import Tx

GREETING_S = 7 * DAY_SECONDS
SLIP_S = 60  # a clock may be set back a little
CONSUMED_KEPT_S = 400 * DAY_SECONDS  # a message is sent again as long as nobody acknowledges it


def upkeep(tx: Tx, now_ms: int, rng: Rng) -> None:
    """Once an hour, and when the worker starts."""
    now = now_ms // 1000
    tx.outbox.resend_outside(now - DAY_SECONDS, now + SLIP_S)
    tx.consumed.sweep(now - CONSUMED_KEPT_S)
    tx.codes.sweep(now)
    relays.retire(tx, now)
    _expire(tx, now)
    agree.repeat(tx, now, rng)
    hello.announce(tx, now, rng)
    delivery.upkeep(tx, now_ms)
    tx.takeovers.cap(now_ms + fanout.TAKEOVER_MS)
    tx.fanout.cap(now_ms + fanout.COALESCE_MS)
    for identity in tx.takeovers.take_due(now_ms):
        tx.fanout.mark(identity, now_ms)
    for link in tx.links.all():
        if link.wants_snapshot or link.owes_ack:
            fanout.answer(tx, link.peer_identity, now_ms, rng)
        if len(link.sessions) > 1:
            _give_up_greeting(tx, link, now)


def _expire(tx: Tx, now: int) -> None:
    """Drop ends of exchanges that are over."""
    for contact in tx.outbox.pending():
        for row in tx.outbox.for_contact(contact):
            if row.expires_at is not None and row.expires_at < now:
                tx.outbox.delete(row.id)


def _give_up_greeting(tx: Tx, link: Link, now: int) -> None:
    """Drop what was said in a session beside one in use: the peer has not seen the end of the exchange behind it."""
    unheard = {session.sid for session in link.sessions if not session.heard}
    if len(unheard) < len(link.sessions):
        for row in tx.outbox.for_contact(link.peer_identity):
            if row.sid in unheard and row.created_at + GREETING_S < now:
                tx.outbox.delete(row.id)
