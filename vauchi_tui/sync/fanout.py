"""From an edit to the messages that it means for each contact.

Every edit ends with `request` in its own transaction; the sync worker calls `flush` when something is due. What a
contact gets is always the difference between what he may see now and what he was sent: `project` and `difference` of
`model.visibility` are the only way there. What seals is imported by those who seal: an edit only asks.
"""

from typing import TYPE_CHECKING

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model.clock import Ticker
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.registers import Change, Op, Registers
from vauchi_tui.model.visibility import Rules, difference, project
from vauchi_tui.vault.tx import Tx

if TYPE_CHECKING:
    from vauchi_tui.protocol.link import Link
    from vauchi_tui.protocol.session import Session
    from vauchi_tui.sync.outgoing import Sealer

COALESCE_MS = 10_000
BATCH = 50


def request(tx: Tx, now_ms: int) -> None:
    """Owe every contact what changed for him; nobody else.

    It is due at once, or 10 s after the last message to him; what is taken back never waits.
    """
    card, rules, ticker = tx.card.registers(), tx.rules.load(), tx.clock.ticker(now_ms)
    for contact in tx.contacts.all():
        changes = [] if contact.blocked else _changes(tx, contact, card, rules, ticker)
        if changes:
            tx.fanout.mark(contact.identity, _due(now_ms, tx.fanout.last_sent(contact.identity), changes))


def flush(tx: Tx, now_ms: int, rng: Rng, force: bool = False, limit: int = BATCH) -> int:
    """Seal what is due, or with `force` all that is owed, for at most `limit` contacts; how many were looked at.

    Zero means that nothing more is due.
    """
    from vauchi_tui.sync.outgoing import Sealer

    owed = (tx.fanout.all() if force else tx.fanout.due(now_ms))[:limit]
    if owed:
        sealer, card, rules = Sealer(tx, now_ms, rng), tx.card.registers(), tx.rules.load()
        for identity in owed:
            bring_up_to_date(tx, sealer, identity, card, rules, now_ms)
        sealer.save()
    return len(owed)


def bring_up_to_date(tx: Tx, sealer: "Sealer", identity: bytes, card: Registers, rules: Rules, now_ms: int) -> None:
    """Seal the difference for one contact's devices, and the snapshots that they are owed. No difference: nothing."""
    tx.fanout.clear(identity)
    contact = tx.contacts.get(identity)
    links = tx.links.of(identity)
    if contact is None or contact.blocked or not any(link.speaking for link in links):
        return  # before the peer has spoken nothing can be said; the snapshot that he is owed then has everything
    changes = _changes(tx, contact, card, rules, sealer.ticker)
    if changes:
        tx.contacts.set_view(identity, tx.contacts.view(identity).apply(changes))
        tx.fanout.set_last_sent(identity, now_ms)
    for link in links:
        tx.links.put(_send(sealer, link, changes))


def answer(tx: Tx, identity: bytes, now_ms: int, rng: Rng) -> None:
    """Send what the links with a contact owe: a snapshot he asked for or is greeted with, a request, an ack."""
    from vauchi_tui.sync.outgoing import Sealer

    sealer = Sealer(tx, now_ms, rng)
    if any(_owing(link) for link in tx.links.of(identity)):
        bring_up_to_date(tx, sealer, identity, tx.card.registers(), tx.rules.load(), now_ms)
    for link in tx.links.of(identity):
        if link.wants_snapshot:
            link = sealer.ask(link)
        if link.owes_ack:
            link = sealer.ack(link)
        tx.links.put(link)
    sealer.save()


def _send(sealer: "Sealer", link: "Link", changes: list[Change]) -> "Link":
    if any(change.op is Op.REMOVE for change in changes):
        link = sealer.take_back(link)
    owing, speaking = _owing(link), link.speaking
    for session in owing:
        link = sealer.snapshot(link, session)
    if changes and speaking is not None and speaking not in owing:
        link = sealer.changes(link, changes)
    return link


def _owing(link: "Link") -> "list[Session]":
    """The sessions in which a snapshot is owed and can be sent."""
    return [session for session in link.sessions if session.owes and session.can_send]


def _changes(tx: Tx, contact: Contact, card: Registers, rules: Rules, ticker: Ticker) -> list[Change]:
    projection = project(card, rules, contact.identity, contact.labels)
    return difference(projection, tx.contacts.view(contact.identity), ticker)


def _due(now_ms: int, last_ms: int | None, changes: list[Change]) -> int:
    """Ten seconds after the last message; at once for what is taken back, or where the clock was set back since."""
    if last_ms is None or last_ms > now_ms or any(change.op is Op.REMOVE for change in changes):
        return now_ms
    return max(now_ms, last_ms + COALESCE_MS)
