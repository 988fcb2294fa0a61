"""From blobs in mailboxes to the vault, in one transaction, after which the relay may delete them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vauchi_tui.crypto.primitives import Rng, Undecryptable, sha256
from vauchi_tui.errors import Malformed
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.registers import Registers
from vauchi_tui.protocol.mailbox import Mailbox
from vauchi_tui.protocol.receive import Outcome, UnknownSession
from vauchi_tui.protocol.receive import receive as receive_message
from vauchi_tui.protocol.session import OVERLAP_S, Inner, Session
from vauchi_tui.sync import fanout
from vauchi_tui.sync.events import Applied, Delivered, Failed, Received, SyncEvent
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.tx import Tx

_ACK = b"ack"


@dataclass(frozen=True, slots=True)
class Letter:
    """A blob that lay in the mailbox of the peer."""

    peer_id: bytes
    mailbox: Mailbox = field(repr=False)
    blob: bytes = field(repr=False)


def receive_all(tx: Tx, letters: Iterable[Letter], now_ms: int, rng: Rng) -> list[list[SyncEvent] | None]:
    """Consume letters in order, then answer each contact once; per letter its events, true once this is committed.

    None stands for a message whose session may yet become known: nothing of it has had an effect. Nor has junk.
    """
    told: list[list[SyncEvent] | None] = []
    owed: dict[bytes, None] = {}
    for letter in letters:
        try:
            identity, events = _consume(tx, letter, now_ms, rng)
        except UnknownSession:
            told.append(None)
            continue
        told.append(events)
        if identity is not None:
            owed[identity] = None
    for identity in owed:
        fanout.answer(tx, identity, now_ms, rng)
    return told


def receive(tx: Tx, peer_id: bytes, mailbox: Mailbox, blob: bytes, now_ms: int, rng: Rng) -> list[SyncEvent]:
    """Consume one. Raises UnknownSession, with nothing changed, for a message whose session may yet become known."""
    (events,) = receive_all(tx, [Letter(peer_id, mailbox, blob)], now_ms, rng)
    if events is None:
        raise UnknownSession("A message belongs to a session that is not known.")
    return events


def _consume(tx: Tx, letter: Letter, now_ms: int, rng: Rng) -> tuple[bytes | None, list[SyncEvent]]:
    """The contact to answer, if any, and what happened. Raises UnknownSession, with nothing changed."""
    link = tx.links.get(letter.peer_id)
    if link is None or not link.sessions:
        return None, []
    try:
        inner = Inner.decode(letter.mailbox.unwrap(letter.blob))
    except Malformed:
        return None, []
    digest = sha256(bytes(inner))
    if tx.links.is_forgotten(inner.sid) or tx.consumed.has(sha256(_ACK + digest)):
        return None, []
    if tx.consumed.has(digest):
        tx.links.put(replace(link, owes_ack=True))
        return link.peer_identity, []
    contact, devices = tx.contacts.get(link.peer_identity), tx.contacts.devices(link.peer_identity)
    if contact is None or devices is None:
        return None, []
    try:
        outcome = receive_message(link, contact.registers, devices, tx.me.identity(), inner, rng)
    except Undecryptable:
        return None, [_unreadable(contact)]
    tx.consumed.add(digest if outcome.numbered else sha256(_ACK + digest), now_ms // 1000)
    return link.peer_identity, _store(tx, contact, outcome, outcome.link.find(inner.sid), now_ms // 1000)


def drained(tx: Tx, peer_id: bytes, day: int, now_ms: int, rng: Rng) -> None:
    """All of the peer's mailboxes are empty: note the day; what still waits for something lost asks for a snapshot."""
    link = tx.links.get(peer_id)
    if link is None:
        return
    if tx.links.last_drain(peer_id) != day:
        tx.links.set_last_drain(peer_id, day)
    if link.waiting and not link.wants_snapshot:
        tx.links.put(replace(link, wants_snapshot=True))
        fanout.answer(tx, link.peer_identity, now_ms, rng)


def _store(tx: Tx, contact: Contact, outcome: Outcome, session: Session | None, now: int) -> list[SyncEvent]:
    """Store an outcome in `session` and say what happened."""
    tx.links.put(outcome.link)
    for sid in outcome.over:
        tx.links.forget(sid)
        tx.outbox.drop_session(sid)
    # The contact as last met: a message in the session from an earlier exchange confirms nothing.
    confirmed = contact.confirmed or bool(session and session.greeted and session.born >= contact.trust.at - OVERLAP_S)
    first = confirmed and not contact.confirmed
    new = replace(contact, registers=outcome.registers, confirmed=confirmed)
    labels = changed_labels(contact.registers, outcome.registers)
    if first or labels:
        new = replace(new, updated_at=now)
    if new != contact:
        tx.contacts.put(new)
    events: list[SyncEvent] = [Received(new.identity, new.name)] if outcome.numbered else []
    if first:
        _drop_last_word(tx, new.identity)
        words = f"You exchanged cards with {new.name}, {new.trust.words()}."
        tx.history.add(now, new.identity, "exchange", words)
    if first or labels:
        applied = Applied(new.identity, new.name, labels, first)
        events.append(applied)
        if not first:
            tx.history.add(now, new.identity, "update", applied.words)
    if outcome.acked is not None:
        freed = tx.outbox.acknowledge(*outcome.acked)
        if freed:
            events.append(Delivered(new.identity, new.name, freed))
    if outcome.refused is not None:
        events.append(Failed(f"A message from {new.name} was refused.", outcome.refused.title, new.identity))
    return events


def _drop_last_word(tx: Tx, identity: bytes) -> None:
    """The peer has spoken in the session, so he has seen the end of the exchange."""
    for row in tx.outbox.for_contact(identity):
        if row.kind is Kind.SLOT:
            tx.outbox.delete(row.id)


def _unreadable(contact: Contact) -> Failed:
    return Failed(
        f"A message from {contact.name} could not be read.",
        "If more do not arrive, exchange cards once more.",
        contact.identity,
    )


def changed_labels(old: Registers, new: Registers) -> tuple[str, ...]:
    """The labels of fields that came, went or look different, `name` first; places on the card do not count."""
    before = {field.id: field for field in old.card().fields}
    after = {field.id: field for field in new.card().fields}
    name = ("name",) if old.card().display_name != new.card().display_name else ()
    changed = [field.label for field_id, field in after.items() if before.get(field_id) != field]
    gone = [field.label for field_id, field in before.items() if field_id not in after]
    return tuple(dict.fromkeys((*name, *changed, *gone)))
