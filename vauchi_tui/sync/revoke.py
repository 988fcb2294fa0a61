"""A device is one's own no more (protocol page, section 4)."""

from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import InvalidValue, NotFound
from vauchi_tui.protocol import devices as lists
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.link import Link
from vauchi_tui.sync import hello, own_fanout, roster
from vauchi_tui.sync.events import Revoked, SyncEvent
from vauchi_tui.vault.tx import Tx
from vauchi_tui.vault.wiping import REVOKED, ProfileRevoked


def revoke(tx: Tx, device_id: bytes, now: int, rng: Rng) -> DeviceList:
    """Take a device off the list, on the primary. The list is the last that it is told; everybody else hears of it.

    Raises NotFound, or InvalidValue where this is not the primary or the device is.
    """
    key, own, old = tx.me.identity_key(), tx.me.device(), tx.me.devices()
    if key is None:
        raise InvalidValue("Only your first device can revoke another one.", "Revoke it there.")
    if old.find(device_id) is None:
        raise NotFound("You have no such device.", "`vauchi devices` lists them.")
    if device_id == own.id:
        raise InvalidValue("This device holds your identity and cannot be revoked.", "Revoke the other devices.")
    left = tuple(device for device in old.devices if device.id != device_id)
    new = lists.issue(key, max(old.version + 1, now), left)
    link = tx.links.get(device_id)
    if link is not None:
        tx.me.set_device_list(new.raw)
        _last_word(tx, link, now, rng)
    roster.adopt_own(tx, new, now, rng)
    hello.announce(tx, now, rng, at_once=True)
    return new


def wipe(tx: Tx, now: int) -> list[SyncEvent]:
    """This device was revoked: nothing of the person stays, in this very transaction."""
    tx.wipe()
    tx.settings.set(REVOKED, str(now))
    return [Revoked()]


def gone() -> ProfileRevoked:
    """What whoever still uses a wiped profile is told."""
    return ProfileRevoked()


def _last_word(tx: Tx, link: Link, now: int, rng: Rng) -> None:
    """The new list in the session, then no session: what else waits for that device is dropped."""
    for row in tx.outbox.for_contact(link.peer_identity):
        if row.peer_id == link.peer_id:
            tx.outbox.delete(row.id)
    if link.speaking is not None:
        own_fanout.tell_list(tx, link, now, rng)
    for session in link.sessions:
        tx.links.forget(session.sid, now)
    tx.handshakes.delete(link.peer_id)
    tx.links.put(replace(link, sessions=()))
