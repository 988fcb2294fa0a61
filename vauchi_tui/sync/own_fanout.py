"""What other own devices are owed, sealed for them before anything that contacts get."""

from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.own_messages import OwnList, OwnUpdate, first_batch
from vauchi_tui.sync import own_state
from vauchi_tui.sync.sealing import SessionSealer
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.tx import Tx

WINDOW = 32
"""Messages of records to one device that are not acknowledged; the rest waits, and is sealed as it is by then."""
_LOOKED_AT = 500


def is_owing(tx: Tx) -> bool:
    """Is there something that could be sealed for an own device now?"""
    for device in tx.devices.others():
        link = tx.links.get(device.id)
        if link is None or link.speaking is None or link.speaking.unanswered:
            continue
        if link.speaking.owes or link.speaking.list_version != tx.me.devices().version:
            return True
        if tx.owed.count(device.id) and _room(tx, link):
            return True
    return False


def flush(tx: Tx, now: int, rng: Rng) -> int:
    """Seal for every own device what it is owed, as far as it can be said now; how many messages."""
    count = 0
    for device in tx.devices.others():
        link = tx.links.get(device.id)
        if link is not None and link.speaking is not None:
            count += _OwnSealer(tx, now, rng).seal_all(link)
    return count


def answer(tx: Tx, now: int, rng: Rng) -> None:
    """Acknowledge what own devices have said, and go on with what they are owed."""
    for device in tx.devices.others():
        link = tx.links.get(device.id)
        if link is not None and link.owes_ack:
            tx.links.put(_OwnSealer(tx, now, rng).ack(link))
    flush(tx, now, rng)


def tell_list(tx: Tx, link: Link, now: int, rng: Rng) -> Link:
    """Say which devices are one's own, last of all to one that is not any more."""
    return _OwnSealer(tx, now, rng).tell_list(link)


def _room(tx: Tx, link: Link) -> int:
    """How many more messages of records may be under way."""
    return WINDOW - tx.outbox.count(link.peer_identity, link.peer_id, Kind.OWN)


class _OwnSealer(SessionSealer):
    def seal_all(self, link: Link) -> int:
        """The list where it is new, then records, as many messages as the window has room for."""
        tx, before = self._tx, link
        session = link.speaking
        if session is None or session.unanswered:
            return 0
        if session.owes:
            tx.owed.mark_for(link.peer_id, own_state.every_key(tx))
            link = link.with_session(replace(session, owes=False))
        if session.list_version != self._devices.version:
            link = self.tell_list(link)
        room, count = _room(tx, link), 0
        while room > count and (keys := tx.owed.next(link.peer_id, _LOOKED_AT)):
            records = [own_state.read(tx, key) for key in keys]
            fitting = first_batch(records)
            tx.owed.done(link.peer_id, keys[:fitting])
            batch = tuple(record for record in records[:fitting] if record is not None)
            if batch:
                link = self._say(link, Kind.OWN, OwnUpdate(batch, tx.owed.count(link.peer_id)).encode())
                count += 1
        if link != before:
            tx.links.put(link)
        return count

    def tell_list(self, link: Link) -> Link:
        session = link.speaking
        if session is None:
            return link
        link = link.with_session(replace(session, list_version=self._devices.version))
        return self._say(link, Kind.DEVICES, OwnList(self._devices).encode())

    def _say(self, link: Link, kind: Kind, content: bytes) -> Link:
        session = link.speaking
        return link if session is None else self._seal(link, session, kind, content)
