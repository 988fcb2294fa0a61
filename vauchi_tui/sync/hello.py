"""Hello mailboxes: telling contacts of one's devices where no session does, and reading of theirs."""

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed, VauchiError
from vauchi_tui.protocol.devices import Outdated, supersedes
from vauchi_tui.protocol.hello import HelloMailbox, announcement, read_announcement
from vauchi_tui.protocol.mailbox import DAY_SECONDS
from vauchi_tui.sync import relays, roster
from vauchi_tui.sync.events import Failed, SyncEvent
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.tx import Tx

AGAIN_S = 14 * DAY_SECONDS
"""How often the list is left for a contact who has not acknowledged it."""


def announce(tx: Tx, now: int, rng: Rng, *, at_once: bool = False) -> int:
    """Leave the list of own devices for every contact who may not know it; how many.

    `at_once`: the device that changed the list does so. The others, and that one later, look whether sessions have
    brought it there first.
    """
    devices, count = tx.me.devices(), 0
    for identity in tx.contacts.reached():
        told = tx.announcements.get(identity)
        if told.known >= devices.version or relays.relay_of_contact(tx, identity) is None:
            continue
        if told.version < devices.version and not at_once:
            tx.announcements.announced(identity, devices.version, now)  # the time runs from here
            continue
        if told.version == devices.version and told.at <= now < told.at + AGAIN_S:
            continue
        for key in tx.contacts.keys(identity):
            _leave(tx, identity, key, announcement(devices), now, rng)
        tx.announcements.announced(identity, devices.version, now)
        count += 1
    return count


def receive(tx: Tx, identity: bytes, mailbox: HelloMailbox, blob: bytes, now: int, rng: Rng) -> list[SyncEvent]:
    """What lay in a hello mailbox of the contact: his devices from now on, if that list is new. Junk has no effect."""
    contact = tx.contacts.get(identity)
    if contact is None or contact.blocked:
        return []
    try:
        devices = read_announcement(mailbox.unwrap(blob), identity)
    except Malformed:
        return []
    try:
        if supersedes(tx.contacts.devices(identity), devices):
            roster.check_owners(tx, devices)
            return roster.adopt(tx, devices, now, rng)
    except Outdated:
        return []
    except VauchiError as error:
        words = f"{error.title} {error.hint}"
        if all(line.text != words for line in tx.history.recent(identity)):
            tx.history.add(now, identity, "devices", words)  # the mailbox is read again and again
        return [Failed(f"A list of {contact.name}’s devices was refused.", error.title, identity)]
    return []


def _leave(tx: Tx, identity: bytes, key: bytes, content: bytes, now: int, rng: Rng) -> None:
    for row in tx.outbox.for_contact(identity):
        if row.kind is Kind.HELLO and row.slot is not None and row.slot[0] == key:
            tx.outbox.delete(row.id)
    tx.outbox.add(
        NewRow(kind=Kind.HELLO, mid=rng(16), inner=content, created_at=now, identity=identity, slot=(key, identity))
    )
