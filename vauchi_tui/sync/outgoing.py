"""Sealing messages into outbox rows: ratchet state and row in one transaction, before a byte leaves."""

from collections.abc import Iterable
from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model.registers import Change, Op, Registers
from vauchi_tui.model.visibility import snapshot
from vauchi_tui.protocol.decode import canonical_json
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.messages import NewDevices, Resync
from vauchi_tui.protocol.session import Session
from vauchi_tui.protocol.update import UPDATE_BYTES, UpdateType, sign_update
from vauchi_tui.sync.sealing import SessionSealer
from vauchi_tui.vault.outbox import CONTENT, Kind
from vauchi_tui.vault.tx import Tx

UNACKNOWLEDGED_MAX = 32
ASK_AGAIN_S = 600
_FRAME_BYTES = 1_024  # of an update, beside its changes


class Sealer(SessionSealer):
    """Seals what contacts are told. Call `save` before the transaction ends: the device's clock has moved."""

    def __init__(self, tx: Tx, now_ms: int, rng: Rng) -> None:
        super().__init__(tx, now_ms // 1000, rng)
        self.ticker = tx.clock.ticker(now_ms)
        self._own = tx.me.device()

    def save(self) -> None:
        self._tx.clock.save(self.ticker)

    def changes(self, link: Link, changes: Iterable[Change]) -> Link:
        """Seal what is new for the device behind `link`.

        It becomes a snapshot where too much is unacknowledged, or where the version before was said in a session that
        the peer may not have.
        """
        session = link.speaking
        if session is None:
            return link
        if session.version != link.version_out or len(self._unacknowledged(link, session)) >= UNACKNOWLEDGED_MAX:
            return self.snapshot(link, session)
        if session.unanswered:
            return link.with_session(replace(session, owes=True))
        return self._update(link, session, UpdateType.CHANGES, changes)

    def snapshot(self, link: Link, session: Session) -> Link:
        """Seal all that the contact may see; what is not acknowledged in that session is superseded and dropped."""
        if session.unanswered:
            return link.with_session(replace(session, owes=True))
        for row_id in self._unacknowledged(link, session):
            self._tx.outbox.delete(row_id)
        view = self._tx.contacts.view(link.peer_identity)
        return self._update(link, replace(session, owes=False), UpdateType.SNAPSHOT, _fitting(view))

    def tell_devices(self, link: Link) -> Link:
        """Say which devices are one's own, where that has not been said in the session to speak in."""
        session = link.speaking
        return link if session is None or session.unanswered else self._list_first(link, session)[0]

    def take_back(self, link: Link) -> Link:
        """Owe a snapshot in every session in which something is unacknowledged: it takes the place of that.

        For what is hidden now may be in there, and must leave neither for the first time nor once more. Where no
        snapshot can be sent before the peer has answered, he is only asked to.
        """
        for session in link.sessions:
            rows = self._unacknowledged(link, session)
            if not rows:
                continue
            session = replace(session, owes=True)
            link = link.with_session(session)
            if session.unanswered:
                for row_id in rows:
                    self._tx.outbox.delete(row_id)
                link = self._seal(link, session, Kind.RESYNC, Resync().encode())
        return link

    def ask(self, link: Link) -> Link:
        """Ask for a snapshot, unless that was done a short while ago."""
        session = link.speaking
        if session is None or link.asked_at + ASK_AGAIN_S > self.now >= link.asked_at:
            return link
        link = self._seal(link, session, Kind.RESYNC, Resync().encode())
        return replace(link, wants_snapshot=False, asked_at=self.now)

    def _update(self, link: Link, session: Session, kind: UpdateType, changes: Iterable[Change]) -> Link:
        link, session = self._list_first(link, session)
        bound = kind is UpdateType.SNAPSHOT and session.bind_out
        content = sign_update(
            kind,
            self._own,
            link.peer_identity,
            version=link.version_out + 1,
            list_version=self._devices.version,
            timestamp=self.ticker.tick().ms // 1000,
            changes=changes,
            bind=session.bind_out + link.peer_identity if bound else b"",
        )
        link = replace(link, version_out=link.version_out + 1)
        session = replace(session, version=link.version_out)
        row = Kind.SNAPSHOT if kind is UpdateType.SNAPSHOT else Kind.UPDATE
        return self._seal(link, session, row, content)

    def _list_first(self, link: Link, session: Session) -> tuple[Link, Session]:
        """Under a list that the peer does not know nothing would be applied."""
        if session.list_version == self._devices.version:
            return link, session
        session = replace(session, list_version=self._devices.version)
        link = self._seal(link, session, Kind.DEVICES, NewDevices(self._devices).encode())
        return link, link.find(session.sid) or session

    def _unacknowledged(self, link: Link, session: Session) -> list[int]:
        rows = self._tx.outbox.for_contact(link.peer_identity)
        return [
            row.id for row in rows if row.sid == session.sid and row.peer_id == link.peer_id and row.kind in CONTENT
        ]


def _fitting(view: Registers) -> list[Change]:
    """The snapshot of a view; if it were too large for a message, without its oldest removes."""
    changes = snapshot(view)
    size = sum(len(canonical_json(change.to_json())) + 1 for change in changes)
    removes = sorted((change for change in changes if change.op is Op.REMOVE), key=lambda change: change.hlc)
    for change in removes:
        if size <= UPDATE_BYTES - _FRAME_BYTES:
            break
        size -= len(canonical_json(change.to_json())) + 1
        changes.remove(change)
    return changes
