"""From an edit to the messages that it means for each contact.

Every edit ends with `edited` or `decided` in its own transaction, which only mark whom it concerns; the sync worker
calls `flush` when something is due. What a contact gets is always the difference between what he may see now and what
he was sent: `project` and `difference` of `model.visibility` are the only way there. What seals is imported by those
who seal: an edit only asks.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model.access import Access, affected
from vauchi_tui.model.clock import Ticker
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.registers import Change, Op, Registers, field_of
from vauchi_tui.model.visibility import Rules, difference, project
from vauchi_tui.vault.tx import Tx

if TYPE_CHECKING:
    from vauchi_tui.protocol.link import Link
    from vauchi_tui.protocol.session import Session
    from vauchi_tui.sync.outgoing import Sealer

COALESCE_MS = 10_000
TAKEOVER_MS = 86_400_000
BATCH = 1_000


def access(tx: Tx) -> Access:
    """Who may see what now; kept from before a change, it says for `decided` what changed."""
    return Access(tx.rules.load(), tx.labels.load())


def edited(tx: Tx, now_ms: int, changes: Iterable[Change]) -> None:
    """Owe what was changed on the card to those who may see it; nobody else.

    It is due at once, or 10 s after the last message to each; what is taken off the card never waits.
    """
    reached, now = tx.contacts.reached(), access(tx)
    owed: set[bytes] = set()
    robbed: set[bytes] = set()
    for field_id, removed in {(field_of(change.path), change.op is Op.REMOVE) for change in changes}:
        who = robbed if removed else owed
        who.update(reached if field_id is None else now.viewers(field_id, reached))
    _mark(tx, now_ms, owed, robbed)


def decided(tx: Tx, now_ms: int, before: Access) -> None:
    """Owe a message to all who see other fields than `before`; what is taken back never waits."""
    fields = tx.card.registers().field_ids()
    changed = affected(before, access(tx), fields, tx.contacts.reached())
    robbed = {identity for identity, taken in changed.items() if taken}
    _mark(tx, now_ms, changed.keys() - robbed, robbed)


def taken_over(tx: Tx, now_ms: int, before: Access, card: Registers) -> None:
    """Another own device has made an edit, and will send it; `before` and `card` are from before it was known here.

    What is taken back is taken back from here too, at once. For the rest this device looks in a day what is lacking.
    """
    reached, now, new = tx.contacts.reached(), access(tx), tx.card.registers()
    robbed: set[bytes] = set()
    later: set[bytes] = set()
    for identity, taken in affected(before, now, new.field_ids(), reached).items():
        (robbed if taken else later).add(identity)
    gone = set(card.field_ids()) - set(new.field_ids())
    for field_id in {field_of(path) for path in new.changed_since(card)}:
        who = robbed if field_id in gone else later
        who.update(reached if field_id is None else now.viewers(field_id, reached))
    _mark(tx, now_ms, (), robbed)
    for identity in later - robbed:
        tx.takeovers.mark(identity, now_ms + TAKEOVER_MS)


def _mark(tx: Tx, now_ms: int, owed: Iterable[bytes], robbed: Iterable[bytes]) -> None:
    tx.fanout.mark_all(owed, now_ms, COALESCE_MS)
    tx.fanout.mark_all(robbed, now_ms, 0)


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
    from vauchi_tui.sync import delivery

    tx.fanout.clear(identity)
    contact = tx.contacts.get(identity)
    links = tx.links.of(identity)
    if contact is None or contact.blocked or not any(link.speaking for link in links):
        return  # before the peer has spoken nothing can be said; the snapshot that he is owed then has everything
    changes = _changes(tx, contact, card, rules, sealer.ticker)
    if changes:
        tx.contacts.set_view(identity, tx.contacts.view(identity).apply(changes))
        tx.fanout.set_last_sent(identity, now_ms)
        delivery.begun(tx, identity, sealer.ticker)
    for link in links:
        tx.links.put(_send(sealer, link, changes))


def answer(tx: Tx, identity: bytes, now_ms: int, rng: Rng) -> None:
    """Send what the links with a contact owe: a snapshot he asked for or is greeted with, a request, an ack."""
    from vauchi_tui.sync import own_fanout, receipts
    from vauchi_tui.sync.outgoing import Sealer

    if identity == tx.me.identity():
        own_fanout.answer(tx, now_ms // 1000, rng)
        return
    sealer = Sealer(tx, now_ms, rng)
    if any(_owing(link) for link in tx.links.of(identity)):
        bring_up_to_date(tx, sealer, identity, tx.card.registers(), tx.rules.load(), now_ms)
    for link in tx.links.of(identity):
        if link.wants_snapshot:
            link = sealer.ask(link)
        if link.owes_ack and receipts.is_due(tx, link, now_ms, rng):
            receipts.clear(tx, link)
            link = sealer.ack(link)
        tx.links.put(link)
    sealer.save()


def _send(sealer: "Sealer", link: "Link", changes: list[Change]) -> "Link":
    link = sealer.tell_devices(link)
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
