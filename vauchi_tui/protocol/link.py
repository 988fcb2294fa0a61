"""Everything one own device knows of one device of another person: addresses, sessions, versions.

Whatever is counted or remembered per device pair is here, so that more devices on either side are only more links.
"""

from dataclasses import dataclass, field, replace
from typing import Self

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.crypto.ratchet import start_initiator, start_responder
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import Reader
from vauchi_tui.protocol.devices import Device, OwnDevice
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.mailbox import Mailbox, pair_mailbox, pair_secret
from vauchi_tui.protocol.session import OVERLAP_S, SID_SIZE, Session, session_id

SESSIONS_MAX = 4
WAITING_MAX = 64
_FORMAT = 2
_WITHOUT_LISTS = 1
_WAITING_BYTES = 1 << 16
_RELAY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decrypted message of the session `sid` that cannot be applied yet: one before it has not come."""

    sid: bytes
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    """One own device and one device of a contact. Ids are 16 bytes, `peer_identity` is his identity key.

    `sessions`: all that are listened to, the one to keep first; there is more than one only until the peer has spoken
    in that one. `version_out`, `version_in`: last update signed for him, last applied of his; `timestamp_in`: the
    newest signing time seen (unix s). `owes_ack`, `wants_snapshot`: what is to be sent at the next occasion;
    `asked_at`: when a snapshot was last asked for (unix s). `created`: from when on the peer may have written (unix s).
    `relay`: where the peer reads, as told in the exchange.
    """

    own_id: bytes
    peer_id: bytes
    peer_identity: bytes
    pair_secret: bytes = field(repr=False)
    sessions: tuple[Session, ...]
    created: int
    relay: str | None = None
    version_out: int = 0
    version_in: int = 0
    timestamp_in: int = 0
    waiting: tuple[Waiting, ...] = ()
    owes_ack: bool = False
    wants_snapshot: bool = False
    asked_at: int = 0

    @classmethod
    def from_established(cls, own: OwnDevice, established: Established, now: int, rng: Rng) -> Self:
        """The link that an exchange has made: both owe a snapshot, the scanner can send his after the shower's."""
        peer = established.peer_device
        root = established.session_root
        if established.peer_ratchet is not None:
            ratchet = start_initiator(root, established.peer_ratchet, rng)
        elif established.own_ratchet is not None:
            ratchet = start_responder(root, established.own_ratchet)
        else:
            raise ValueError("an exchange leaves one side's first ratchet key")
        role, transcript = established.role, established.transcript
        other = Role.SCANNER if role is Role.SHOWER else Role.SHOWER
        bind_out, bind_in = transcript + role.value, transcript + other.value
        favoured = established.shower(own.identity) == min(own.identity, established.peer_identity)
        session = Session(session_id(root), ratchet, now, bind_out=bind_out, bind_in=bind_in, favoured=favoured)
        return cls(
            own_id=own.id,
            peer_id=peer.id,
            peer_identity=established.peer_identity,
            pair_secret=pair_secret(own.static.private, peer.static_public),
            sessions=(session,),
            created=now,
            relay=established.peer_relay,
        )

    @classmethod
    def awaiting(cls, own: OwnDevice, identity: bytes, peer: Device, since: int, relay: str | None = None) -> Self:
        """The link with a device that nobody has met: `kk` will begin its session. `since`: see `created`."""
        secret = pair_secret(own.static.private, peer.static_public)
        return cls(own.id, peer.id, identity, secret, (), since, relay)

    @property
    def newest(self) -> int:
        """The greatest `born` of the sessions."""
        return max((session.born for session in self.sessions), default=0)

    def agreed(self, session: Session) -> Self:
        """This link with a session that `kk` began. Those before it still listen."""
        return replace(self, sessions=(session, *self.sessions))._within_limit()._sorted()

    def met_again(self, fresh: Self) -> Self:
        """This link with the session of another exchange. Those before it still listen: the peer may lack its end."""
        (session,) = fresh.sessions
        agreed = max((known.born for known in self.sessions if known.agreed), default=-1)
        session = replace(session, born=max(session.born, agreed + 1))
        newest = max((known.born for known in self.sessions if not known.agreed), default=0)
        if session.born < newest - OVERLAP_S:  # a clock that was set back must not decide which session is kept
            session = replace(session, born=newest + OVERLAP_S + 1)
        elif session.born <= newest:  # nor may two meetings in one second leave both
            session = replace(session, born=newest + 1)
        return replace(self, relay=fresh.relay, sessions=(session, *self.sessions))._within_limit()._sorted()

    @property
    def session(self) -> Session | None:
        """The session to keep."""
        return self.sessions[0] if self.sessions else None

    @property
    def speaking(self) -> Session | None:
        """The session to speak in: one that the peer has spoken in, for that one he has. None: he speaks first."""
        able = [session for session in self.sessions if session.can_send]
        return next((session for session in able if session.heard), able[0] if able else None)

    def find(self, sid: bytes) -> Session | None:
        """The session of that id, if it is listened to."""
        return next((session for session in self.sessions if session.sid == sid), None)

    def with_session(self, session: Session) -> Self:
        """The link with the newer state of one of its sessions."""
        return replace(self, sessions=tuple(session if old.sid == session.sid else old for old in self.sessions))

    def heard_in(self, session: Session) -> tuple[Self, tuple[bytes, ...]]:
        """The link after the peer spoke in `session`, and the sids that are over: he will not come back to them."""
        over = tuple(other.sid for other in self.sessions if session.outranks(other))
        # What was said in those meanwhile, the peer may have ignored.
        session = replace(session, owes=session.owes or bool(over))
        link = self.with_session(session)
        for sid in over:
            link = link._without(sid)
        return link, over

    def _without(self, sid: bytes) -> Self:
        sessions = tuple(session for session in self.sessions if session.sid != sid)
        return replace(self, sessions=sessions, waiting=tuple(kept for kept in self.waiting if kept.sid != sid))

    def _within_limit(self) -> Self:
        link = self
        while len(link.sessions) > SESSIONS_MAX:
            unheard = [known for known in link.sessions[1:] if not known.heard]
            link = link._without((unheard or list(link.sessions))[-1].sid)
        return link

    def _sorted(self) -> Self:
        first = self.sessions[0]
        for session in self.sessions[1:]:
            first = session if session.outranks(first) else first
        rest = sorted((session for session in self.sessions if session is not first), key=lambda s: -s.born)
        return replace(self, sessions=(first, *rest))

    @property
    def ad_out(self) -> bytes:
        return self.own_id + self.peer_id

    @property
    def ad_in(self) -> bytes:
        return self.peer_id + self.own_id

    def mailbox_out(self, day: int) -> Mailbox:
        """Where this device writes on that day."""
        return pair_mailbox(self.pair_secret, self.own_id, self.peer_id, day)

    def mailbox_in(self, day: int) -> Mailbox:
        """Where the peer writes on that day."""
        return pair_mailbox(self.pair_secret, self.peer_id, self.own_id, day)

    def to_bytes(self) -> bytes:
        relay = (self.relay or "").encode()
        flags = self.owes_ack | self.wants_snapshot << 1
        numbers = (self.created, self.version_out, self.version_in, self.timestamp_in, self.asked_at)
        parts = [bytes([_FORMAT]), self.own_id, self.peer_id, self.peer_identity, self.pair_secret, bytes([flags])]
        parts += [number.to_bytes(8, "big") for number in numbers]
        parts += [len(relay).to_bytes(2, "big"), relay]
        parts += [bytes([len(self.sessions)]), *(session.to_bytes() for session in self.sessions)]
        parts.append(len(self.waiting).to_bytes(2, "big"))
        for message in self.waiting:
            parts += [message.sid, len(message.content).to_bytes(4, "big"), message.content]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises Malformed."""
        reader = Reader(raw)
        form = reader.uint(1)
        if form not in (_FORMAT, _WITHOUT_LISTS):
            raise Malformed("A stored link is of a form that this version does not know.")
        own_id, peer_id, identity, secret = reader.take(16), reader.take(16), reader.take(32), reader.take(32)
        flags = reader.uint(1)
        created, version_out, version_in, timestamp_in, asked_at = (reader.uint(8) for _ in range(5))
        try:
            relay = reader.sized(2, _RELAY_LENGTH).decode()
        except UnicodeDecodeError as error:
            raise Malformed("A stored link cannot be read.") from error
        number = min(reader.uint(1), SESSIONS_MAX + 1)
        sessions = tuple(Session.read(reader, lists=form == _FORMAT) for _ in range(number))
        count = reader.uint(2)
        if count > WAITING_MAX or flags > 3 or len(sessions) > SESSIONS_MAX:
            raise Malformed("A stored link cannot be read.")
        waiting = tuple(Waiting(reader.take(SID_SIZE), reader.sized(4, _WAITING_BYTES)) for _ in range(count))
        reader.end()
        return cls(
            own_id=own_id,
            peer_id=peer_id,
            peer_identity=identity,
            pair_secret=secret,
            sessions=sessions,
            created=created,
            relay=relay or None,
            version_out=version_out,
            version_in=version_in,
            timestamp_in=timestamp_in,
            waiting=waiting,
            owes_ack=bool(flags & 1),
            wants_snapshot=bool(flags & 2),
            asked_at=asked_at,
        )
