"""A session: Double Ratchet between two devices, with numbered messages and end-to-end acknowledgement.

What goes into a mailbox is `kind(1) || sid(8) || body`; what the ratchet carries is `seq(8) || JSON`. Every message
but an ack has a `seq`, counted from 1 per session and direction (protocol page, section 4).
"""

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Self

from vauchi_tui.crypto.primitives import Rng, Undecryptable, hkdf
from vauchi_tui.crypto.ratchet import MAX_SKIPPED, RatchetState, can_send, ratchet_decrypt, ratchet_encrypt
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import Reader

SID_SIZE = 8
NO_SID = bytes(SID_SIZE)
UNNUMBERED = 0
UNANSWERED_MAX = MAX_SKIPPED // 2
OVERLAP_S = 600
_SEQ_MAX = 2**53
_NUMBER_SIZE = 8
_BEYOND_MAX = 2_000  # more gaps than the ratchet can skip cannot come up
_STATE_MAX = 1 << 20


class Kind(IntEnum):
    """The first byte of what is inside a mailbox's wrapping. All but the first begin sessions (see `kk`)."""

    RATCHET = 1
    KK1 = 2
    KK2 = 3
    PLEASE = 4


def session_id(session_root: bytes) -> bytes:
    """sid, 8 bytes: tells the sessions of one pair apart."""
    return hkdf(session_root, b"vauchi/sid/1")[:SID_SIZE]


@dataclass(frozen=True, slots=True)
class Inner:
    """What was inside the wrapping, still encrypted to the session `sid`: zeros where it is to begin one."""

    kind: Kind
    sid: bytes
    body: bytes

    def __bytes__(self) -> bytes:
        return bytes([self.kind]) + self.sid + self.body

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Raises Malformed."""
        reader = Reader(content)
        try:
            kind = Kind(reader.uint(1))
        except ValueError as error:
            raise Malformed("A message is of a kind that this version does not know.") from error
        sid = reader.take(SID_SIZE)
        if kind is not Kind.RATCHET and sid != NO_SID:
            raise Malformed("A message that begins a session names one.")
        return cls(kind, sid, reader.rest())


@dataclass(frozen=True, slots=True)
class Numbered:
    """A decrypted message: its number, 0 for an ack, and its JSON."""

    seq: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """One session's state. All methods return the state after them; the state before stays usable.

    `born`: unix seconds; of an `agreed` session, one that `kk` began, a number that both sides have. `received`: all up
    to here were consumed; `beyond`: consumed ones after a gap; `told`: the `received` that was acknowledged last.
    `version`: the last update that was said in it; `list_version`: the last list of own devices. `bind_out`,
    `bind_in`: what the signature of a snapshot in that direction also covers (transcript || role of the handshake that
    began it). `heard`: the peer has spoken in it, or proven that he has it; `greeted`: his card has come in it, before
    which no change is applied; `owes`: a snapshot is to be sent in it; `favoured`: the shower of its exchange has the
    smaller identity key of the two.
    """

    sid: bytes
    ratchet: RatchetState = field(repr=False)
    born: int
    sent: int = 0
    received: int = 0
    beyond: frozenset[int] = frozenset()
    told: int = 0
    version: int = 0
    bind_out: bytes = b""
    bind_in: bytes = b""
    heard: bool = False
    greeted: bool = False
    owes: bool = True
    favoured: bool = False
    agreed: bool = False
    list_version: int = 0

    @property
    def can_send(self) -> bool:
        return can_send(self.ratchet)

    @property
    def unanswered(self) -> bool:
        """Has so much been said since the peer last spoke that he could soon not catch up (MAX_SKIPPED)?"""
        return self.ratchet.sent >= UNANSWERED_MAX

    def outranks(self, other: Self) -> bool:
        """Is this the one to keep of two sessions with the same device? Both devices decide alike.

        The later one; of two exchanges that overlapped, because both people showed and both scanned, the favoured one.
        """
        met = not self.agreed and not other.agreed
        if met and self.favoured is not other.favoured and abs(self.born - other.born) <= OVERLAP_S:
            return self.favoured
        return self.born > other.born

    def has_consumed(self, seq: int) -> bool:
        return seq <= self.received or seq in self.beyond

    def seal(self, content: bytes, ad: bytes, rng: Rng, *, numbered: bool = True) -> tuple[Self, int, bytes]:
        """The state after, the message's seq and the bytes for the mailbox's wrapping.

        `ad`: sender id || recipient id. The caller stores state and bytes in one transaction before they leave.
        """
        seq = self.sent + 1 if numbered else UNNUMBERED
        ratchet, body = ratchet_encrypt(self.ratchet, seq.to_bytes(_NUMBER_SIZE, "big") + content, ad, rng)
        after = replace(self, ratchet=ratchet, sent=max(self.sent, seq))
        return after, seq, bytes(Inner(Kind.RATCHET, self.sid, body))

    def open(self, body: bytes, ad: bytes, rng: Rng) -> tuple[Self, Numbered]:
        """The state after and the message, not yet consumed.

        Raises Undecryptable: also for a message opened before, and for one whose number is missing or cannot be, which
        could neither be consumed nor acknowledged.
        """
        ratchet, plaintext = ratchet_decrypt(self.ratchet, body, ad, rng)
        seq, content = int.from_bytes(plaintext[:_NUMBER_SIZE], "big"), plaintext[_NUMBER_SIZE:]
        if len(plaintext) < _NUMBER_SIZE or seq >= _SEQ_MAX:
            raise Undecryptable("A message has a number out of bounds.")
        return replace(self, ratchet=ratchet, heard=True), Numbered(seq, content)

    def consume(self, seq: int, *, supersedes: bool = False) -> Self:
        """The state in which `seq` counts as consumed, and, where it `supersedes` them, all before it too."""
        beyond = {*self.beyond, seq}
        received = max(self.received, seq) if supersedes else self.received
        while received + 1 in beyond:
            received += 1
        kept = sorted(number for number in beyond if number > received)[:_BEYOND_MAX]
        return replace(self, received=received, beyond=frozenset(kept))

    def to_bytes(self) -> bytes:
        state = self.ratchet.to_bytes()
        flags = self.heard | self.greeted << 1 | self.owes << 2 | self.favoured << 3 | self.agreed << 4
        numbers = (self.born, self.sent, self.received, self.told, self.version, self.list_version, len(self.beyond))
        parts = [self.sid, bytes([flags]), *(number.to_bytes(8, "big") for number in numbers)]
        parts += [seq.to_bytes(8, "big") for seq in sorted(self.beyond)]
        parts += [_sized(bind) for bind in (self.bind_out, self.bind_in)]
        return b"".join([*parts, len(state).to_bytes(4, "big"), state])

    @classmethod
    def read(cls, reader: Reader, *, lists: bool = True) -> Self:
        """Take what `to_bytes` wrote from the front of the reader; without `lists` as it was before there were any.

        Raises Malformed.
        """
        sid, flags = reader.take(SID_SIZE), reader.uint(1)
        born, sent, received, told, version = (reader.uint(8) for _ in range(5))
        list_version = reader.uint(8) if lists else 0
        count = reader.uint(8)
        if count > _BEYOND_MAX or flags > 31:
            raise Malformed("A stored session cannot be read.")
        beyond = frozenset(reader.uint(8) for _ in range(count))
        bind_out, bind_in = reader.sized(1, 255), reader.sized(1, 255)
        ratchet = RatchetState.from_bytes(reader.sized(4, _STATE_MAX))
        return cls(
            sid=sid,
            ratchet=ratchet,
            born=born,
            sent=sent,
            received=received,
            beyond=beyond,
            told=told,
            version=version,
            bind_out=bind_out,
            bind_in=bind_in,
            heard=bool(flags & 1),
            greeted=bool(flags & 2),
            owes=bool(flags & 4),
            favoured=bool(flags & 8),
            agreed=bool(flags & 16),
            list_version=list_version,
        )


def _sized(part: bytes) -> bytes:
    return bytes([len(part)]) + part
