"""Lists of devices that are new: what is linked with follows them (protocol page, sections 1 and 4).

Sessions with a device that has left a list are gone before anything more is sealed.
"""

from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import ExchangeRefused
from vauchi_tui.model.contact import Contact
from vauchi_tui.protocol.devices import Device, DeviceList
from vauchi_tui.protocol.link import Link
from vauchi_tui.sync import agree
from vauchi_tui.sync.events import DevicesChanged, SyncEvent
from vauchi_tui.vault.tx import Tx


def check_owners(tx: Tx, devices: DeviceList) -> None:
    """Raise ExchangeRefused where a device of the list is known as somebody else's, or is this very one."""
    own = tx.me.devices()
    for device in devices.devices:
        owner = own.identity if own.find(device.id) else tx.contacts.device_owner(device.id)
        if owner not in (None, devices.identity):
            raise ExchangeRefused(
                "The other device is known as somebody else’s.", "Do not trust it; meet again with another device."
            )


def adopt(tx: Tx, devices: DeviceList, now: int, rng: Rng, *, told: bool = True) -> list[SyncEvent]:
    """The contact with that list has these devices from now on. The caller has checked that it supersedes the old one.

    New devices are linked with, and the contact's history says what has changed. `told`: own devices are to hear of it.
    """
    identity, old = devices.identity, tx.contacts.devices(devices.identity)
    tx.contacts.set_devices(identity, devices.raw)
    if told:
        tx.owed.mark([("contact", identity.hex())])
    follow(tx, devices, now, rng)
    contact = tx.contacts.get(identity)
    if contact is None or old is None:
        return []
    events: list[SyncEvent] = []
    before, after = {device.id for device in old.devices}, {device.id for device in devices.devices}
    for count, words in ((len(after - before), "added"), (len(before - after), "removed")):
        if count:
            what = "a device" if count == 1 else f"{count} devices"
            event = DevicesChanged(identity, contact.name, f"{contact.name} {words} {what}.")
            tx.history.add(now, identity, "devices", event.words)
            events.append(event)
    if before - after:
        _doubt(tx, contact)
    return events


def _doubt(tx: Tx, contact: Contact) -> None:
    """A device of his is gone, perhaps stolen: what it has said last, with whatever clock, is not to stand for ever.

    The values stay until a device that remains has said in a snapshot what they are; each of them is asked to.
    """
    tx.contacts.put(replace(contact, registers=contact.registers.undated()))
    for link in tx.links.of(contact.identity):
        tx.links.put(replace(link, wants_snapshot=True))


def adopt_own(tx: Tx, devices: DeviceList, now: int, rng: Rng) -> None:
    """The own devices from now on, among them this one. The caller has checked that it supersedes the old list.

    Whoever remains is owed everything again where one is gone: what that one has told some, others may lack.
    """
    from vauchi_tui.sync import own_state

    own_id, before = tx.me.device_id(), {device.id for device in tx.devices.others()}
    tx.me.set_device_list(devices.raw)
    after = {device.id for device in devices.devices if device.id != own_id}
    for device_id in before - after:
        tx.devices.remove(device_id)
        tx.owed.forget(device_id)
    for device_id in after - before:
        tx.devices.add(device_id, now)
    follow(tx, devices, now, rng)
    if before - after:
        for device_id in after:
            tx.owed.mark_for(device_id, own_state.every_key(tx))
        _owe_snapshots(tx)
    tx.fanout.mark_all(tx.contacts.reached(), now * 1000, 0)


def _owe_snapshots(tx: Tx) -> None:
    """What a device that is gone had to send to contacts may never have left it."""
    own = tx.me.identity()
    for link in tx.links.all():
        if link.peer_identity != own:
            for session in link.sessions:
                link = link.with_session(replace(session, owes=True))
            tx.links.put(link)


def follow(tx: Tx, devices: DeviceList, now: int, rng: Rng) -> None:
    """Bring links into step with a person's list: those with devices that are gone end, new ones begin."""
    own_id, identity = tx.me.device_id(), devices.identity
    contact = tx.contacts.get(identity)
    if identity != tx.me.identity() and (contact is None or contact.blocked):
        return
    linked = set()
    for link in tx.links.of(identity):
        ended, listed = is_over(tx, link), devices.find(link.peer_id) is not None
        if ended is listed:  # a last word to a device that is gone may still have to leave
            part_from(tx, link.peer_id, now)
        elif listed:
            linked.add(link.peer_id)
    for device in devices.devices:
        if device.id not in linked and device.id != own_id and _is_free(tx, identity, device):
            agree.expect(tx, identity, device, now, rng)


def is_over(tx: Tx, link: Link) -> bool:
    """Is there no session with that device, and none to come? Then at most a last word waits for it."""
    return not link.sessions and tx.handshakes.get(link.peer_id) is None


def part_from(tx: Tx, peer_id: bytes, now: int) -> None:
    """Nothing more is said to that device, nor heard of it."""
    link = tx.links.get(peer_id)
    if link is None:
        return
    for session in link.sessions:
        tx.links.forget(session.sid, now)
    for row in tx.outbox.for_contact(link.peer_identity):
        if row.peer_id == peer_id:
            tx.outbox.delete(row.id)
    tx.links.delete(peer_id)
    tx.handshakes.delete(peer_id)


def _is_free(tx: Tx, identity: bytes, device: Device) -> bool:
    """Has nobody else proven that its static key is his? Who merely lists it as his own, too, keeps nobody from it.

    A session is such a proof. Two who list one key have mailboxes of their own, for these follow from the ids too.
    """
    static, own = device.static_public, tx.me.devices()
    if own.identity != identity and own.with_static(static) is not None:
        return False
    return not any(
        link.sessions and (listed := known.find(link.peer_id)) is not None and listed.static_public == static
        for owner in tx.contacts.static_owners(static) - {identity}
        if (known := tx.contacts.devices(owner)) is not None
        for link in tx.links.of(owner)
    )
