"""From an exchange that has succeeded to a stored contact: one transaction, all or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import LimitExceeded
from vauchi_tui.model import labels, limits
from vauchi_tui.model.access import Access
from vauchi_tui.model.clock import ZERO
from vauchi_tui.model.contact import Contact, Trust
from vauchi_tui.model.registers import DISPLAY_NAME, Change, Op, Registers
from vauchi_tui.model.visibility import Rule, contact_audience, label_audience
from vauchi_tui.protocol.devices import DeviceList, OwnPerson, supersedes
from vauchi_tui.protocol.exchange.established import Established
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.session import session_id
from vauchi_tui.sync import agree, fanout, farewell, roster, standing
from vauchi_tui.sync.standing import Standing
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.tx import Tx

REMEMBER_CODE_S = 600


@dataclass(frozen=True, slots=True)
class LastWord:
    """M2 as it goes into the exchange's slot: `content` for the slot (token, direction) at `relay`, if there is one."""

    content: bytes
    slot: tuple[bytes, bytes] = field(repr=False)
    relay: str | None


def store_contact(
    tx: Tx,
    own: OwnPerson,
    established: Established,
    grants: Iterable[str],
    now: float,
    rng: Rng,
    last_word: LastWord | None = None,
) -> Contact:
    """Store the other person, unconfirmed until his next message, with the session and what he is to be sent.

    `grants`: ids of fields that he may see from now on, and the audiences of labels that he joins. The shower's card
    (M3) goes into the outbox here, behind `last_word` (M2), which is kept there until it is stored; the scanner's (M4)
    follows the shower's. `now`: unix s. Raises what `check_devices` raises.
    """
    if established.peer_identity == own.device.identity:
        raise ValueError("an exchange with oneself is refused long before")
    at, identity = int(now), established.peer_identity
    check_devices(tx, established.peer_devices)
    tx.contacts.set_devices(identity, established.peer_devices.raw)
    contact = _contact(tx.contacts.get(identity), established, at)
    tx.contacts.put(contact)
    tx.contacts.add_key(identity, established.contact_key)
    tx.announcements.known(identity, own.devices.version)
    tx.codes.remember(established.token_hash, established.expiry + REMEMBER_CODE_S)
    _decide(tx, identity, grants, int(now * 1000))
    tx.owed.mark([("contact", identity.hex())])
    if last_word is not None:
        tx.outbox.add(
            NewRow(
                kind=Kind.SLOT,
                mid=rng(16),
                inner=last_word.content,
                created_at=at,
                identity=identity,
                slot=last_word.slot,
                relay=last_word.relay,
                expires_at=established.expiry + REMEMBER_CODE_S,
            )
        )
    _connect(tx, Link.from_established(own.device, established, at, rng), own.devices.version, at)
    roster.follow(tx, established.peer_devices, at, rng)
    fanout.answer(tx, identity, int(now * 1000), rng)
    return contact


def undo(tx: Tx, established: Established, before: Contact | None, now_ms: int, rng: Rng) -> None:
    """The other person has said no after all: take back what `store_contact` did, unless his card has come.

    `before`: the contact as he was then, None where he was none. Whoever was one stays one, by the proof he had.
    """
    identity = established.peer_identity
    contact = tx.contacts.get(identity)
    if contact is None or contact.confirmed:
        return
    if before is not None:
        tx.contacts.drop_trust(identity, contact.trust)
        contact = replace(contact, trust=before.trust, confirmed=before.confirmed, blocked=before.blocked)
        tx.contacts.put(contact)
    if before is None or before.blocked:
        farewell.part(tx, identity, now_ms, rng)
        ticker = tx.clock.ticker(now_ms)
        standing.say(tx, identity, Standing.REMOVED if before is None else Standing.BLOCKED, ticker)
        tx.clock.save(ticker)
    if before is None:
        tx.contacts.remove(identity)
    elif not before.blocked:
        _disconnect(tx, established, now_ms // 1000, rng)


def check_devices(tx: Tx, devices: DeviceList) -> None:
    """May the person with these devices become, or stay, a contact? Raises a VauchiError that says why not.

    Asked before anything is agreed, and once more in the transaction that stores.
    """
    if tx.contacts.get(devices.identity) is None and tx.contacts.count() >= limits.CONTACTS:
        raise LimitExceeded(f"You have {limits.CONTACTS} contacts, the most there can be.", "Remove one first.")
    roster.check_owners(tx, devices)
    supersedes(tx.contacts.devices(devices.identity), devices)


def _contact(old: Contact | None, established: Established, at: int) -> Contact:
    trust = Trust(established.method, established.distance_m, at)
    if old is not None:
        return replace(old, trust=trust, confirmed=False, blocked=False)
    name = [Change(Op.UPDATE, DISPLAY_NAME, ZERO, established.peer_name)] if established.peer_name else []
    return Contact(established.peer_identity, Registers().apply(name), trust, confirmed=False, added_at=at)


def _decide(tx: Tx, identity: bytes, grants: Iterable[str], now_ms: int) -> None:
    """He is here. Put him into the labels, then grant him what neither these nor everyone's rules do."""
    wanted, ticker = set(grants), tx.clock.ticker(now_ms)
    standing.say(tx, identity, Standing.HERE, ticker)
    known = tx.labels.load()
    for label in known.living():
        if label_audience(label.id) in wanted:
            new = labels.assign(known, label.id, {identity: True}, ticker)
            tx.labels.put(memberships=new)
            known = known.with_records(memberships=new)
    now = Access(tx.rules.load(), known)
    fields = [field_id for field_id in tx.card.registers().field_ids() if field_id in wanted]
    audience = contact_audience(identity)
    tx.rules.add(
        Rule(field_id, audience, True, ticker.tick()) for field_id in fields if not now.sees(field_id, identity)
    )
    tx.clock.save(ticker)


def _connect(tx: Tx, fresh: Link, list_version: int, now: int) -> None:
    """Link with the device that was met, which has just seen the list of own devices; others go on as before."""
    (session,) = fresh.sessions
    fresh = fresh.with_session(replace(session, list_version=list_version))
    old = tx.links.get(fresh.peer_id)
    if old is not None and old.peer_identity == fresh.peer_identity:
        fresh = old.met_again(fresh)
        for known in old.sessions:
            if fresh.find(known.sid) is None:
                tx.outbox.drop_session(known.sid)
                tx.links.forget(known.sid, now)
        agree.met(tx, fresh)
    tx.links.put(fresh)


def _disconnect(tx: Tx, established: Established, now: int, rng: Rng) -> None:
    """Forget the session of an exchange that the other person has not finished; those from before go on."""
    link, sid = tx.links.get(established.peer_device.id), session_id(established.session_root)
    for row in tx.outbox.for_contact(established.peer_identity):
        if row.kind is Kind.SLOT or row.sid == sid:
            tx.outbox.delete(row.id)
    if link is not None:
        tx.links.put(replace(link, sessions=tuple(known for known in link.sessions if known.sid != sid)))
    roster.follow(tx, established.peer_devices, now, rng)
