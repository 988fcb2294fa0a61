"""Everything one own device knows of one device of another person: addresses, sessions, versions.

Whatever is counted or remembered per device pair is here, so that more devices on either side are only more links.
"""

from dataclasses import dataclass, field, replace
from typing import Self

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.crypto.ratchet import start_initiator, start_responder
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import Reader
from vauchi_tui.protocol.devices import OwnDevice
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.mailbox import Mailbox, pair_mailbox, pair_secret
from vauchi_tui.protocol.session import Session, session_id

UNANSWERED = 900
WAITING_MAX = 64
_FORMAT = 1
_WAITING_BYTES = 1 << 16
_RELAY_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decrypted message that cannot be applied yet: one before it has not come."""

    seq: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    """One own device and one device of a contact. Ids are 16 bytes, `peer_identity` is his identity key.

    `session` is spoken in; `previous` still listens after an exchange was repeated, because the peer may not have seen
    its end. `version_out`, `version_in`: last update signed for him, last applied of his; `timestamp_in`: the newest
    signing time seen (unix s). `owes_ack`, `owes_snapshot`, `wants_snapshot`: what is to be sent at the next occasion;
    `asked_at`: when a snapshot was last asked for (unix s). `relay`: where the peer reads, as told in the exchange.
    """

    own_id: bytes
    peer_id: bytes
    peer_identity: bytes
    pair_secret: bytes = field(repr=False)
    session: Session | None
    created: int
    relay: str | None = None
    previous: Session | None = None
    version_out: int = 0
    version_in: int = 0
    timestamp_in: int = 0
    waiting: tuple[Waiting, ...] = ()
    owes_ack: bool = False
    owes_snapshot: bool = False
    wants_snapshot: bool = False
    asked_at: int = 0

    @classmethod
    def from_established(cls, own: OwnDevice, established: Established, now: int, rng: Rng) -> Self:
        """The link that an exchange has made. The scanner owes a snapshot, sent once the shower's has come."""
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
        session = Session(session_id(root), ratchet, now, bind_out=bind_out, bind_in=bind_in)
        return cls(
            own_id=own.id,
            peer_id=peer.id,
            peer_identity=established.peer_identity,
            pair_secret=pair_secret(own.static.private, peer.static_public),
            session=session,
            created=now,
            relay=established.peer_relay,
            owes_snapshot=True,
        )

    def renewed(self, fresh: Self) -> Self:
        """This link with the session of a repeated exchange: counters go on, the old session still listens."""
        return replace(
            fresh,
            previous=next((session for session in self.sessions if session.heard), None),
            version_out=self.version_out,
            version_in=self.version_in,
            timestamp_in=self.timestamp_in,
        )

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are listened to."""
        return tuple(session for session in (self.session, self.previous) if session is not None)

    @property
    def speaking(self) -> Session | None:
        """The session to speak in now; None where nothing can be said before the peer has spoken."""
        return next((session for session in self.sessions if session.can_send), None)

    def with_session(self, session: Session) -> Self:
        """The link with the newer state of one of its sessions."""
        if self.session and self.session.sid == session.sid:
            return replace(self, session=session)
        return replace(self, previous=session)

    def heard_in(self, session: Session) -> tuple[Self, bytes | None]:
        """The link after the peer spoke in `session`, and the sid that is over now, if one is.

        A session ends when the peer speaks in a newer one: only then has he seen the end of the exchange.
        """
        link = self.with_session(session)
        older = next((other.sid for other in link.sessions if other.born < session.born), None)
        if older is None:
            return link, None
        # What was said in the old session meanwhile, the peer may have ignored.
        missed = link.session is not session
        return replace(link, session=session, previous=None, owes_snapshot=link.owes_snapshot or missed), older

    def settled(self, now: int) -> Self:
        """The link once a repeated exchange has stayed without an answer: back to the session that both have.

        The peer has either never seen the end of that exchange, or is offline and will answer in the new session,
        which therefore goes on listening.
        """
        new, old = self.session, self.previous
        if new is None or old is None or new.heard or new.born < old.born or now < new.born + UNANSWERED:
            return self
        return replace(self, session=old, previous=new, owes_snapshot=True)

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
        flags = self.owes_ack | self.owes_snapshot << 1 | self.wants_snapshot << 2
        numbers = (self.created, self.version_out, self.version_in, self.timestamp_in, self.asked_at)
        parts = [bytes([_FORMAT]), self.own_id, self.peer_id, self.peer_identity, self.pair_secret, bytes([flags])]
        parts += [number.to_bytes(8, "big") for number in numbers]
        parts += [len(relay).to_bytes(2, "big"), relay]
        for session in (self.session, self.previous):
            parts += [b"\1", session.to_bytes()] if session else [b"\0"]
        parts.append(len(self.waiting).to_bytes(2, "big"))
        for message in self.waiting:
            parts += [message.seq.to_bytes(8, "big"), len(message.content).to_bytes(4, "big"), message.content]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises Malformed."""
        reader = Reader(raw)
        if reader.uint(1) != _FORMAT:
            raise Malformed("A stored link is of a form that this version does not know.")
        own_id, peer_id, identity, secret = reader.take(16), reader.take(16), reader.take(32), reader.take(32)
        flags = reader.uint(1)
        created, version_out, version_in, timestamp_in, asked_at = (reader.uint(8) for _ in range(5))
        try:
            relay = reader.sized(2, _RELAY_LENGTH).decode()
        except UnicodeDecodeError as error:
            raise Malformed("A stored link cannot be read.") from error
        sessions = [Session.read(reader) if reader.uint(1) else None for _ in range(2)]
        count = reader.uint(2)
        if count > WAITING_MAX or flags > 7:
            raise Malformed("A stored link cannot be read.")
        waiting = tuple(Waiting(reader.uint(8), reader.sized(4, _WAITING_BYTES)) for _ in range(count))
        reader.end()
        return cls(
            own_id=own_id,
            peer_id=peer_id,
            peer_identity=identity,
            pair_secret=secret,
            session=sessions[0],
            created=created,
            relay=relay or None,
            previous=sessions[1],
            version_out=version_out,
            version_in=version_in,
            timestamp_in=timestamp_in,
            waiting=waiting,
            owes_ack=bool(flags & 1),
            owes_snapshot=bool(flags & 2),
            wants_snapshot=bool(flags & 4),
            asked_at=asked_at,
        )
