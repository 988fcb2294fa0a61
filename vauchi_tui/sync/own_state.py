"""Own state as records: read for another own device, merged from one (protocol page, section 4).

Merging is the same in any order and any number of times. It owes nothing to other own devices: whoever changed
something has told them all. What it means for contacts is left to that device too, for a day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import VauchiError
from vauchi_tui.model import limits
from vauchi_tui.model.clock import ZERO, Ticker
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.registers import RELAY, Registers
from vauchi_tui.protocol.devices import Outdated, supersedes
from vauchi_tui.protocol.keys import Key, note_key, standing_key
from vauchi_tui.protocol.records import (
    CardRecord,
    ContactRecord,
    LabelRecord,
    MemberRecord,
    Record,
    RuleRecord,
    SharedRecord,
    ViewRecord,
)
from vauchi_tui.sync import relays, roster, standing
from vauchi_tui.sync.standing import Standing
from vauchi_tui.vault.tx import Tx


def every_key(tx: Tx) -> Iterator[Key]:
    """The keys of all records there are, in the order in which a new device is best told them."""
    for path, _ in tx.card.registers():
        yield CardRecord.kind, path
    for name in tx.shared.names():
        yield SharedRecord.kind, name
    labels = tx.labels.load()
    for label in labels:
        yield LabelRecord.kind, label.id
    for one in labels.memberships():
        yield MemberRecord.kind, one.label_id, one.identity.hex()
    for rule in tx.rules.load():
        yield RuleRecord.kind, rule.field_id, rule.audience
    for identity in tx.contacts.identities():
        yield ContactRecord.kind, identity.hex()
        yield ViewRecord.kind, identity.hex()


def read(tx: Tx, key: Key) -> Record | None:
    """The record of that key as it is now; None where there is nothing any more."""
    kind, *names = key
    if kind == CardRecord.kind:
        register = tx.card.registers().get(names[0])
        return CardRecord(names[0], register) if register else None
    if kind == SharedRecord.kind:
        return _shared(tx, names[0])
    if kind == RuleRecord.kind:
        rule = tx.rules.get(names[0], names[1])
        return RuleRecord(rule) if rule else None
    if kind == LabelRecord.kind:
        label = tx.labels.label(names[0])
        return LabelRecord(label) if label else None
    if kind == MemberRecord.kind:
        membership = tx.labels.membership(names[0], bytes.fromhex(names[1]))
        return MemberRecord(membership) if membership else None
    if kind == ViewRecord.kind:
        return _view(tx, bytes.fromhex(names[0]), names[1:])
    if kind == ContactRecord.kind:
        return _contact(tx, bytes.fromhex(names[0]))
    raise ValueError(f"there are no records of the kind {kind}")


def merge(tx: Tx, records: Iterable[Record], ticker: Ticker, now_ms: int, rng: Rng) -> bool:
    """Merge what another own device has told. The device's clock goes on from the newest that is seen.

    True where the card, or who may see it, may be another now.
    """
    visible = False
    for record in records:
        match record:
            case CardRecord(path, register):
                ticker.merge(register.hlc)
                visible |= tx.card.merge(Registers({path: register}))
                if path == RELAY and isinstance(register.value, str):
                    relays.move(tx, tx.card.registers().text(RELAY), now_ms // 1000)
            case RuleRecord(rule):
                ticker.merge(rule.hlc)
                tx.rules.merge([rule])
                visible = True
            case LabelRecord(label):
                ticker.merge(max(label.named, label.decided))
                tx.labels.merge([label])
                visible = True
            case MemberRecord(membership):
                ticker.merge(membership.hlc)
                tx.labels.merge(memberships=[membership])
                visible = True
            case ViewRecord(identity, registers):
                for _, register in registers:
                    ticker.merge(register.hlc)
                tx.contacts.merge_view(identity, registers)  # of one who is removed too: he may come back
            case SharedRecord():
                ticker.merge(record.hlc)
                _merge_shared(tx, record, now_ms, rng)
            case ContactRecord():
                ticker.merge(record.standing.hlc)
                _merge_contact(tx, record, now_ms, rng)
    return visible


def _shared(tx: Tx, name: str) -> SharedRecord:
    text = tx.shared.get(name)
    return SharedRecord(name, text.value, text.hlc)


def _view(tx: Tx, identity: bytes, paths: list[str]) -> ViewRecord | None:
    view = tx.contacts.view(identity)
    if paths:
        view = Registers({path: register for path, register in view if path in paths})
    return ViewRecord(identity, view) if len(view) else None


def _contact(tx: Tx, identity: bytes) -> ContactRecord | None:
    contact, devices = tx.contacts.get(identity), tx.contacts.devices(identity)
    if contact is None or devices is None:
        return None
    told = [link.relay for link in tx.links.of(identity) if link.relay]
    return ContactRecord(
        identity,
        devices,
        tuple(tx.contacts.keys(identity)),
        tuple(tx.contacts.trusts(identity)),
        contact.confirmed,
        contact.added_at,
        told[0] if told else "",
        contact.registers,
        _shared(tx, standing_key(identity)),
    )


def _merge_shared(tx: Tx, record: SharedRecord, now_ms: int, rng: Rng) -> None:
    if not tx.shared.merge(record.name, record.value, record.hlc):
        return
    about = record.name.partition(":")[2]
    identity = bytes.fromhex(about) if len(about) == 64 and _is_hex(about) else b""
    contact = tx.contacts.get(identity) if identity else None
    if contact is None:
        return
    if record.name == note_key(identity):
        tx.contacts.put(replace(contact, note=record.value or ""))
    if record.name == standing_key(identity):
        standing.apply(tx, contact, now_ms, rng)


def _merge_contact(tx: Tx, record: ContactRecord, now_ms: int, rng: Rng) -> None:
    """Take over a contact, or what is new about one."""
    tx.shared.merge(record.standing.name, record.standing.value, record.standing.hlc)
    identity, old = record.identity, tx.contacts.get(record.identity)
    full = old is None and tx.contacts.count() >= limits.CONTACTS
    if standing.of(tx, identity) is Standing.REMOVED or full or identity == tx.me.identity():
        return
    try:
        roster.check_owners(tx, record.devices)
        newer = supersedes(tx.contacts.devices(identity), record.devices)
    except Outdated:
        newer = False
    except VauchiError as error:
        tx.history.add(now_ms // 1000, identity if old else None, "devices", f"{error.title} {error.hint}")
        return
    trusts = sorted(record.trusts, key=lambda trust: trust.at)
    if old is None:
        contact = Contact(identity, record.registers, trusts[-1], record.confirmed, record.added_at)
        contact = replace(contact, note=tx.shared.get(note_key(identity)).value or "")
    else:
        contact = _joined(old, record)
        if contact.confirmed and not record.confirmed:  # that device may have missed it
            tx.owed.mark([(ContactRecord.kind, identity.hex())])
    tx.contacts.put(contact)
    for trust in trusts:
        tx.contacts.add_trust(identity, trust)
    for key in record.keys:
        tx.contacts.add_key(identity, key)
    standing.apply(tx, contact, now_ms, rng)
    if newer:
        roster.adopt(tx, record.devices, now_ms // 1000, rng, told=False)
    for link in tx.links.of(identity):
        if link.relay is None and record.relay:
            tx.links.put(replace(link, relay=record.relay))


def _joined(old: Contact, record: ContactRecord) -> Contact:
    """What is known here and there of one contact; his card comes in this device's own session."""
    newest = max((old.trust, *record.trusts), key=lambda trust: trust.at)
    nothing_came = all(register.hlc == ZERO for _, register in old.registers)  # but the name that an exchange gives
    return replace(
        old,
        trust=newest,
        confirmed=old.confirmed or record.confirmed,
        added_at=min(old.added_at, record.added_at),
        registers=record.registers if nothing_came else old.registers,
    )


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)
