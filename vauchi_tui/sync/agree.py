"""Sessions with devices that this one has not met: handshake and outbox in one transaction (see `protocol.kk`)."""

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.protocol import kk
from vauchi_tui.protocol.devices import Device, DeviceList
from vauchi_tui.protocol.kk import Handshake, Outcome, Pair
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.session import Inner
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.tx import Tx

SINCE_S = 30 * 86_400
"""A device that is new here may have written as long ago as a relay keeps it."""


def expect(tx: Tx, identity: bytes, device: Device, now: int, rng: Rng) -> None:
    """A device is new here: link with it, and begin a session or ask for one. `identity` may be one's own."""
    link = Link.awaiting(tx.me.device(), identity, device, now - SINCE_S)
    tx.links.put(link)
    want(tx, link, now, rng)


def want(tx: Tx, link: Link, now: int, rng: Rng) -> None:
    """A session with that device is lacking, or the one there is cannot be read."""
    pair = _pair(tx, link)
    if pair is not None:
        state = tx.handshakes.get(link.peer_id) or Handshake()
        _keep(tx, link, kk.want(pair, state, now, link.newest, rng), now, rng)


def receive(tx: Tx, link: Link, inner: Inner, now: int, rng: Rng) -> bool:
    """A KK1, KK2 or please has come. True where there is a session more. Raises Malformed, with nothing changed."""
    pair = _pair(tx, link)
    if pair is None:
        return False
    state = tx.handshakes.get(link.peer_id) or Handshake()
    outcome = kk.receive(pair, state, inner, now, link.newest, rng)
    _keep(tx, link, outcome, now, rng)
    return outcome.session is not None


def repeat(tx: Tx, now: int, rng: Rng) -> None:
    """Say again, where a session has been lacking for a day, that it is."""
    for peer_id, state in tx.handshakes.all():
        link = tx.links.get(peer_id) if state.wanted else None
        pair = _pair(tx, link) if link is not None else None
        if link is not None and pair is not None:
            _keep(tx, link, kk.daily(pair, state, now, link.newest, rng), now, rng)


def met(tx: Tx, link: Link) -> None:
    """An exchange in person has made a session with that device."""
    state = tx.handshakes.get(link.peer_id)
    if state is not None:
        tx.handshakes.put(link.peer_id, link.peer_identity, state.dropped())


def devices_of(tx: Tx, identity: bytes) -> DeviceList | None:
    """The newest list of a contact's devices, or of one's own."""
    return tx.me.devices() if identity == tx.me.identity() else tx.contacts.devices(identity)


def _pair(tx: Tx, link: Link) -> Pair | None:
    devices = devices_of(tx, link.peer_identity)
    device = devices.find(link.peer_id) if devices is not None else None
    return Pair(tx.me.device(), link.peer_identity, device) if device is not None else None


def _keep(tx: Tx, link: Link, outcome: Outcome, now: int, rng: Rng) -> None:
    tx.handshakes.put(link.peer_id, link.peer_identity, outcome.state)
    if outcome.session is not None:
        before = link.sessions
        link = link.agreed(outcome.session)
        tx.links.put(link)
        for session in before:
            if link.find(session.sid) is None:
                tx.outbox.drop_session(session.sid)
                tx.links.forget(session.sid, now)
            elif outcome.session.heard and outcome.session.outranks(session):
                tx.outbox.drop_session(session.sid)  # the new one begins with everything
    if outcome.reply is not None:
        _say(tx, link, outcome.reply, now, rng)


def _say(tx: Tx, link: Link, inner: Inner, now: int, rng: Rng) -> None:
    """Put it into the outbox in the place of what was last said there and has not left."""
    for row in tx.outbox.for_contact(link.peer_identity):
        if row.kind is Kind.HANDSHAKE and row.peer_id == link.peer_id:
            tx.outbox.delete(row.id)
    tx.outbox.add(
        NewRow(
            kind=Kind.HANDSHAKE,
            mid=rng(16),
            inner=bytes(inner),
            created_at=now,
            identity=link.peer_identity,
            peer_id=link.peer_id,
        )
    )
