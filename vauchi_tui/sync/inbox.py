"""From blobs in mailboxes to the vault, in one transaction, after which the relay may delete them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from vauchi_tui.crypto.primitives import Rng, Undecryptable, sha256
from vauchi_tui.errors import ExchangeRefused, Malformed
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.registers import Registers
from vauchi_tui.protocol.devices import Contradiction
from vauchi_tui.protocol.hello import HelloMailbox
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import DAY_SECONDS, Mailbox
from vauchi_tui.protocol.receive import Outcome, UnknownSession
from vauchi_tui.protocol.receive import receive as receive_message
from vauchi_tui.protocol.session import OVERLAP_S, Inner, Session
from vauchi_tui.protocol.session import Kind as InnerKind
from vauchi_tui.sync import agree, fanout, hello, own_inbox, roster
from vauchi_tui.sync.events import Applied, Delivered, Failed, Received, Revoked, SyncEvent
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.tx import Tx

_ACK = b"ack"


@dataclass(frozen=True, slots=True)
class Letter:
    """A blob that lay in the mailbox of a device (`peer_id`: its id), or in a hello mailbox (an identity key)."""

    peer_id: bytes
    mailbox: Mailbox | HelloMailbox = field(repr=False)
    blob: bytes = field(repr=False)


def receive_all(tx: Tx, letters: Sequence[Letter], now_ms: int, rng: Rng) -> list[list[SyncEvent] | None]:
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
        if Revoked() in events:
            return told + [[]] * (len(letters) - len(told))  # there is nobody any more to whom anything could happen
    for identity in owed:
        fanout.answer(tx, identity, now_ms, rng)
    return told


def receive(
    tx: Tx, peer_id: bytes, mailbox: Mailbox | HelloMailbox, blob: bytes, now_ms: int, rng: Rng
) -> list[SyncEvent]:
    """Consume one. Raises UnknownSession, with nothing changed, for a message whose session may yet become known."""
    (events,) = receive_all(tx, [Letter(peer_id, mailbox, blob)], now_ms, rng)
    if events is None:
        raise UnknownSession("A message belongs to a session that is not known.")
    return events


def _consume(tx: Tx, letter: Letter, now_ms: int, rng: Rng) -> tuple[bytes | None, list[SyncEvent]]:
    """The contact to answer, if any, and what happened. Raises UnknownSession, with nothing changed."""
    now = now_ms // 1000
    if isinstance(letter.mailbox, HelloMailbox):
        return None, hello.receive(tx, letter.peer_id, letter.mailbox, letter.blob, now, rng)
    link = tx.links.get(letter.peer_id)
    if link is None or roster.is_over(tx, link):
        return None, []
    try:
        inner = Inner.decode(letter.mailbox.unwrap(letter.blob))
        if inner.kind is not InnerKind.RATCHET:
            return (link.peer_identity if agree.receive(tx, link, inner, now, rng) else None), []
    except Malformed:
        return None, []
    digest = sha256(bytes(inner))
    if tx.consumed.has(sha256(_ACK + digest)):
        return None, []
    if (over := tx.links.forgotten_at(inner.sid)) is not None:
        _mind_a_straggler(tx, link, digest, over, now, rng)
        return None, []
    if tx.consumed.has(digest):
        tx.links.put(replace(link, owes_ack=True))
        return link.peer_identity, []
    if link.peer_identity == tx.me.identity():
        return _consume_own(tx, link, inner, digest, now_ms, rng)
    contact, devices = tx.contacts.get(link.peer_identity), tx.contacts.devices(link.peer_identity)
    if contact is None or devices is None:
        return None, []
    check = partial(roster.check_owners, tx)
    try:
        outcome = receive_message(link, contact.registers, devices, tx.me.identity(), inner, rng, check)
    except Undecryptable:
        agree.want(tx, link, now, rng)
        return None, [_unreadable(contact)]
    tx.consumed.add(digest if outcome.numbered else sha256(_ACK + digest), now)
    tx.heard.put(link.peer_id, now)
    events = _store(tx, contact, outcome, outcome.link.find(inner.sid), now)
    if outcome.devices is not None:
        events += roster.adopt(tx, outcome.devices, now, rng)
    return link.peer_identity, events


def _consume_own(
    tx: Tx, link: Link, inner: Inner, digest: bytes, now_ms: int, rng: Rng
) -> tuple[bytes | None, list[SyncEvent]]:
    try:
        outcome, events = own_inbox.receive(tx, link, inner, now_ms, rng)
    except Undecryptable:
        agree.want(tx, link, now_ms // 1000, rng)
        return None, [Failed("A message from another device of yours could not be read.", "It will be sent again.")]
    if Revoked() in events:
        return None, events
    tx.consumed.add(digest if outcome.numbered else sha256(_ACK + digest), now_ms // 1000)
    return link.peer_identity, events


def _mind_a_straggler(tx: Tx, link: Link, digest: bytes, over: int, now: int, rng: Rng) -> None:
    """A message in a session that is over. If that is long ago, the peer has not seen what ended it: agree anew."""
    if not over <= now < over + DAY_SECONDS and not tx.consumed.has(digest):
        tx.consumed.add(digest, now)
        agree.want(tx, link, now, rng)


def given_up(tx: Tx, peer_id: bytes, now_ms: int, rng: Rng) -> None:
    """A message was held for its session, which has not come: agree on one."""
    link = tx.links.get(peer_id)
    if link is not None and not roster.is_over(tx, link):
        agree.want(tx, link, now_ms // 1000, rng)


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
        tx.links.forget(sid, now)
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
        tx.owed.mark([("contact", new.identity.hex())])
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
        _note_known_list(tx, new.identity, session)
        if freed:
            events.append(Delivered(new.identity, new.name, freed))
    if isinstance(outcome.refused, Contradiction | ExchangeRefused):  # his identity key may be somebody else's too
        tx.history.add(now, new.identity, "devices", f"{outcome.refused.title} {outcome.refused.hint}")
    if outcome.refused is not None:
        events.append(Failed(f"A message from {new.name} was refused.", outcome.refused.title, new.identity))
    return events


def _note_known_list(tx: Tx, identity: bytes, session: Session | None) -> None:
    """He has the list of own devices once nothing of it is under way in a session in which it was said."""
    if session is None or session.list_version <= tx.announcements.get(identity).known:
        return
    rows = tx.outbox.for_contact(identity)
    if all(row.sid != session.sid or row.kind is not Kind.DEVICES for row in rows):
        tx.announcements.known(identity, session.list_version)


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
