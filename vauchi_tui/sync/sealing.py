"""From what is to be said in a session to a row of the outbox; whoever has a say there derives from this."""

from dataclasses import replace

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.messages import Ack
from vauchi_tui.protocol.session import Session
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.tx import Tx


class SessionSealer:
    """Seals for one transaction: ratchet state and row are stored together, before a byte leaves."""

    def __init__(self, tx: Tx, now: int, rng: Rng) -> None:
        """`now`: unix seconds."""
        self.now = now
        self._tx = tx
        self._rng = rng
        self._devices = tx.me.devices()

    def ack(self, link: Link) -> Link:
        """Acknowledge what was received, in every session that is listened to.

        Where nothing came since the last ack, its very bytes go once more: an ack that nobody hears must not wear the
        ratchet out.
        """
        rows = self._tx.outbox.for_contact(link.peer_identity, Kind.ACK)
        for session in link.sessions:
            if not session.received or not session.can_send:
                continue
            last = next((row for row in rows if row.sid == session.sid), None)
            if last is not None and last.stored_at is None and session.told == session.received:
                continue
            if last is not None:
                self._tx.outbox.delete(last.id)
            if last is not None and session.told == session.received:
                self._add(link, session.sid, Kind.ACK, None, last.inner)
            else:
                content = Ack(session.received).encode()
                link = self._seal(link, replace(session, told=session.received), Kind.ACK, content, numbered=False)
        return replace(link, owes_ack=False)

    def _seal(self, link: Link, session: Session, kind: Kind, content: bytes, *, numbered: bool = True) -> Link:
        session, seq, inner = session.seal(content, link.ad_out, self._rng, numbered=numbered)
        self._add(link, session.sid, kind, seq if numbered else None, inner)
        return link.with_session(session)

    def _add(self, link: Link, sid: bytes, kind: Kind, seq: int | None, inner: bytes) -> None:
        self._tx.outbox.add(
            NewRow(
                kind=kind,
                mid=self._rng(16),
                inner=inner,
                created_at=self.now,
                identity=link.peer_identity,
                peer_id=link.peer_id,
                sid=sid,
                seq=seq,
            )
        )
