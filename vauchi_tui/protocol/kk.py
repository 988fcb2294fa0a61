"""Sessions between devices that have not met: Noise KK with ML-KEM-768 (protocol page, section 4).

Of two devices the one with the lower id is the *initiator*: it sends KK1, the other answers KK2. When the other is the
first to lack a session it asks for KK1 with a *please*. Both say theirs again every day until it is answered, in the
identical bytes, so that nothing depends on a message arriving once, or in order.

    KK1    = Noise message 1, payload number(8) || KEM key(1184)
    KK2    = Noise message 2, payload born(8) || KEM ciphertext(1088) || ratchet key(32)
    please = number(8), the newest KK1 that its sender has answered

A KK1's number is greater than every one before it and than every session's `born`: what is replayed is seen to be old.
`born` is at least that number and than what the responder has: both rank the new session alike and above what they had.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Self

from vauchi_tui.crypto.kem import CIPHERTEXT_SIZE, PUBLIC_SIZE, KemKeyPair, decapsulate, encapsulate, generate_kem
from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import KEY_SIZE, Rng, Undecryptable, dh_from_private, generate_dh, sha256
from vauchi_tui.crypto.ratchet import RatchetState, start_initiator, start_responder
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import INTEGER_MAX, Reader
from vauchi_tui.protocol.devices import Device, OwnDevice, check_point
from vauchi_tui.protocol.exchange.contents import session_secrets
from vauchi_tui.protocol.mailbox import DAY_SECONDS
from vauchi_tui.protocol.session import NO_SID, Inner, Kind, Session, session_id

AGAIN_S: Final = 600
"""The least time between two things that a device says of its own accord because of what it has received."""

_FORMAT = 1
_MESSAGE_MAX = 4_096
_INITIATOR, _RESPONDER = b"\x41", b"\x42"


@dataclass(frozen=True, slots=True)
class Pair:
    """This device and the one that it wants a session with. `peer_identity`: whose it is, maybe one's own."""

    own: OwnDevice
    peer_identity: bytes
    peer: Device

    @property
    def initiator(self) -> bool:
        """Is this the device that sends KK1?"""
        return self.own.id < self.peer.id

    def noise(self, rng: Rng, ephemeral: bytes | None = None) -> HandshakeState:
        """The handshake before its first message. `ephemeral`: the private key of an initiator that goes on."""
        ends = (self.own.identity, self.peer_identity), (self.own.id, self.peer.id)
        prologue = b"vauchi-device/1\0" + b"".join(a + b if self.initiator else b + a for a, b in ends)
        return HandshakeState(
            "KK",
            initiator=self.initiator,
            prologue=prologue,
            s=self.own.static,
            rng=rng,
            e=dh_from_private(ephemeral) if ephemeral is not None else None,
            rs=self.peer.static_public,
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """Initiator: a KK1 that has not been answered, and what is needed to read its answer."""

    ephemeral: bytes = field(repr=False)
    kem: KemKeyPair
    message: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """Responder: the KK2 to the KK1 of that hash."""

    digest: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class Handshake:
    """How far the two devices are. `number`: of the newest KK1 made or answered; `completed`: of the newest whose KK2
    has been read. `wanted`: a session is lacking, so KK1 or please is said daily; `said_at`: when it was (unix s).
    """

    number: int = 0
    completed: int = 0
    wanted: bool = False
    said_at: int = 0
    pending: Pending | None = None
    answered: Answered | None = None

    def dropped(self) -> Self:
        """After an exchange in person: a KK1 on its way is for nothing, and no session is lacking.

        Its answer is not read any more, for the two sides could rank that session and the exchange's differently.
        """
        return replace(self, pending=None, wanted=False)

    def to_bytes(self) -> bytes:
        """For the vault. Holds secrets."""
        flags = self.wanted | (self.pending is not None) << 1 | (self.answered is not None) << 2
        parts = [bytes([_FORMAT, flags]), *(n.to_bytes(8, "big") for n in (self.number, self.completed, self.said_at))]
        if self.pending is not None:
            parts += [self.pending.ephemeral, self.pending.kem.seed, _sized(self.pending.message)]
        if self.answered is not None:
            parts += [self.answered.digest, _sized(self.answered.message)]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises Malformed."""
        reader = Reader(raw)
        if reader.uint(1) != _FORMAT or (flags := reader.uint(1)) > 7:
            raise Malformed("A stored handshake cannot be read.")
        number, completed, said_at = (reader.uint(8) for _ in range(3))
        pending = answered = None
        if flags & 2:
            pending = Pending(reader.take(32), KemKeyPair(reader.take(64)), reader.sized(2, _MESSAGE_MAX))
        if flags & 4:
            answered = Answered(reader.take(32), reader.sized(2, _MESSAGE_MAX))
        reader.end()
        return cls(number, completed, bool(flags & 1), said_at, pending, answered)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to store after a message, in one transaction: the handshake, a new session, and what is to be sent."""

    state: Handshake
    reply: Inner | None = None
    session: Session | None = None


def want(pair: Pair, state: Handshake, now: int, newest: int, rng: Rng) -> Outcome:
    """A session is lacking, or the one there is cannot be read. `newest`: greatest `born` of the link's sessions.

    Where something was said a short while ago, `daily` will say it a little later.
    """
    if state.said_at <= now < state.said_at + AGAIN_S:
        said_at = state.said_at if state.wanted else state.said_at + AGAIN_S - DAY_SECONDS
        return Outcome(replace(state, wanted=True, said_at=max(said_at, 0)))
    return _say(pair, replace(state, wanted=True), now, newest, rng)


def daily(pair: Pair, state: Handshake, now: int, newest: int, rng: Rng) -> Outcome:
    """Say KK1 or please again, where a session has been lacking for a day."""
    if not state.wanted or state.said_at <= now < state.said_at + DAY_SECONDS:
        return Outcome(state)
    return _say(pair, state, now, newest, rng)


def receive(pair: Pair, state: Handshake, inner: Inner, now: int, newest: int, rng: Rng) -> Outcome:
    """What a KK1, KK2 or please of the peer does. Raises Malformed for what does not open or is no longer wanted."""
    if pair.initiator and inner.kind is Kind.KK2:
        return _read_answer(pair, state, inner.body, newest, rng)
    if pair.initiator and inner.kind is Kind.PLEASE:
        return _asked(pair, state, inner.body, now, newest, rng)
    if not pair.initiator and inner.kind is Kind.KK1:
        return _answer(pair, state, inner.body, now, newest, rng)
    raise Undecryptable("A message that begins a session comes from the wrong side.")


def _say(pair: Pair, state: Handshake, now: int, newest: int, rng: Rng) -> Outcome:
    state = replace(state, said_at=now)
    if not pair.initiator:
        return Outcome(state, Inner(Kind.PLEASE, NO_SID, state.number.to_bytes(8, "big")))
    if state.pending is None:
        number = max(state.number + 1, newest + 1, now)
        ephemeral, kem = generate_dh(rng), generate_kem(rng)
        message = pair.noise(rng, ephemeral.private).write_message(number.to_bytes(8, "big") + kem.public)
        state = replace(state, number=number, pending=Pending(ephemeral.private, kem, message))
    assert state.pending is not None
    return Outcome(state, Inner(Kind.KK1, NO_SID, state.pending.message))


def _asked(pair: Pair, state: Handshake, body: bytes, now: int, newest: int, rng: Rng) -> Outcome:
    """Initiator: the other lacks a session, unless it said so before it saw what has begun one since."""
    reader = Reader(body)
    answered = reader.uint(8)
    reader.end()
    if answered < state.completed:
        return Outcome(state)
    return want(pair, state, now, newest, rng)


def _answer(pair: Pair, state: Handshake, message: bytes, now: int, newest: int, rng: Rng) -> Outcome:
    """Responder: read a KK1 and make the session, in which the initiator speaks first."""
    digest = sha256(message)
    if state.answered is not None and digest == state.answered.digest:
        return Outcome(state, Inner(Kind.KK2, NO_SID, state.answered.message))
    noise = pair.noise(rng)
    reader = Reader(noise.read_message(message))
    number, kem = reader.uint(8), reader.take(PUBLIC_SIZE)
    reader.end()
    if number <= state.number or number > INTEGER_MAX:
        raise Undecryptable("A message that begins a session is older than one that has begun one.")
    secret, ciphertext = encapsulate(kem)
    ratchet, born = generate_dh(rng), max(number, newest + 1)
    reply = noise.write_message(born.to_bytes(8, "big") + ciphertext + ratchet.public)
    root, _ = session_secrets(noise, secret)
    session = _session(root, start_responder(root, ratchet), born, noise.h, initiator=False)
    state = replace(state, number=number, wanted=False, answered=Answered(digest, reply))
    return Outcome(state, Inner(Kind.KK2, NO_SID, reply), session)


def _read_answer(pair: Pair, state: Handshake, message: bytes, newest: int, rng: Rng) -> Outcome:
    """Initiator: read the KK2 that is waited for. The session can be spoken in at once: the other has it."""
    if state.pending is None:
        raise Undecryptable("Nobody waits for this answer.")
    noise = pair.noise(rng, state.pending.ephemeral)
    noise.write_message(state.number.to_bytes(8, "big") + state.pending.kem.public)
    reader = Reader(noise.read_message(message))
    born, ciphertext, ratchet = reader.uint(8), reader.take(CIPHERTEXT_SIZE), reader.take(KEY_SIZE)
    reader.end()
    if not max(state.number, newest + 1) <= born <= INTEGER_MAX:
        raise Undecryptable("An answer gives a session a place that it cannot have.")
    check_point(ratchet)
    root, _ = session_secrets(noise, decapsulate(state.pending.kem, ciphertext))
    session = _session(root, start_initiator(root, ratchet, rng), born, noise.h, initiator=True)
    return Outcome(replace(state, completed=state.number, wanted=False, pending=None), session=session)


def _session(root: bytes, ratchet: RatchetState, born: int, h: bytes, *, initiator: bool) -> Session:
    out, back = (_INITIATOR, _RESPONDER) if initiator else (_RESPONDER, _INITIATOR)
    return Session(session_id(root), ratchet, born, bind_out=h + out, bind_in=h + back, heard=initiator, agreed=True)


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
