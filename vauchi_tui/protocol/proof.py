"""The proof that the scanner, here in the room, holds the keys that answered the code (protocol page, section 3).

Each way to prove it is one class. The shower asks and judges, the scanner shows; by sound, both measure. Proofs are
immutable: an answer gives a verdict and the proof as it stands after it.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from typing import ClassVar, Final

from vauchi_tui.crypto.noise import export
from vauchi_tui.crypto.primitives import constant_time_equal
from vauchi_tui.errors import InvalidValue
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.code import SCAN_BACK_MAGIC, VERSION
from vauchi_tui.protocol.events import (
    Confirm,
    Digits,
    EnterDigits,
    Event,
    Nearby,
    ScanBack,
    ShowScan,
    SoundWanted,
    WrongDigits,
    WrongScan,
)

TRIES: Final = 3
SOUND_ABILITY: Final = b"\x01\x03"
"""`sound` of M1: version 1, and one bit each for speaking and hearing. Empty: no sound."""
_DIGITS: Final = 6


class Wanted(StrEnum):
    """Which proof the person at the shower asks for."""

    AUTO = "auto"  # by sound where both devices can, else the digits
    SOUND = "sound"
    CODE = "code"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Binding:
    """What ties a proof to this very exchange: ck1 and h1 after M1, and the nonce that N reveals."""

    ck: bytes = field(repr=False)
    h: bytes
    nonce: bytes

    @property
    def digits(self) -> str:
        """u64(HKDF-Expand(PRK_1, "sas" || h1 || nonce, 8)) mod 10^6."""
        number = int.from_bytes(export(self.ck, self.h, b"sas", self.nonce, 8), "big")
        return f"{number % 10**_DIGITS:0{_DIGITS}d}"


@dataclass(frozen=True, slots=True)
class Typed:
    """The person at the shower typed this."""

    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The shower's camera read these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """The proximity machine has accepted. `report`: what M2 carries; `name`: the other person's, "" where not told."""

    snr_db: float
    distance_m: float
    report: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The person says that name and digits are right."""


Answer = Typed | Seen | Measured | Confirmed


class Verdict(Enum):
    """What an answer means for the proof."""

    NOT_ASKED = auto()  # this proof does not want that kind of answer
    WRONG = auto()  # ask again
    MORE = auto()  # right so far
    FAILED = auto()  # over: the code dies
    PROVEN = auto()


class Proof(ABC):
    """One way to prove. `wire` is its number in N and M2."""

    method: ClassVar[Method]
    wire: ClassVar[int]

    @property
    @abstractmethod
    def question(self) -> Event:
        """What the shower's person is asked to do."""

    @property
    @abstractmethod
    def exhibit(self) -> Event:
        """What the scanner shows."""

    @abstractmethod
    def judge(self, answer: Answer) -> tuple["Proof", Verdict, tuple[Event, ...]]:
        """The proof after an answer, the verdict, and what the person at the shower is told of it."""


@dataclass(frozen=True, slots=True)
class CodeProof(Proof):
    """Six digits from the scanner's screen, typed at the shower: comparing would let people say yes unread."""

    method: ClassVar[Method] = Method.CODE
    wire: ClassVar[int] = 1

    binding: Binding
    tries_left: int = TRIES

    @property
    def question(self) -> Event:
        return EnterDigits(self.tries_left)

    @property
    def exhibit(self) -> Event:
        return Digits(self.binding.digits)

    def judge(self, answer: Answer) -> tuple[Proof, Verdict, tuple[Event, ...]]:
        """Raises InvalidValue, without counting it as a try, where the text is not six digits."""
        if not isinstance(answer, Typed):
            return self, Verdict.NOT_ASKED, ()
        text = "".join(answer.text.split())
        if len(text) != _DIGITS or not text.isascii() or not text.isdigit():
            raise InvalidValue("The code on the other screen has six digits.", "Type all six; this did not count.")
        if constant_time_equal(text.encode(), self.binding.digits.encode()):
            return self, Verdict.PROVEN, ()
        left = replace(self, tries_left=self.tries_left - 1)
        return left, Verdict.WRONG if left.tries_left else Verdict.FAILED, (WrongDigits(left.tries_left),)


@dataclass(frozen=True, slots=True)
class ScanProof(Proof):
    """The scanner's screen shows h1 as a code, the shower's camera reads it. 256 bits: there is nothing to guess."""

    method: ClassVar[Method] = Method.SCAN
    wire: ClassVar[int] = 2

    binding: Binding

    @property
    def payload(self) -> bytes:
        return SCAN_BACK_MAGIC + bytes([VERSION]) + self.binding.h

    @property
    def question(self) -> Event:
        return ScanBack()

    @property
    def exhibit(self) -> Event:
        return ShowScan(self.payload)

    def judge(self, answer: Answer) -> tuple[Proof, Verdict, tuple[Event, ...]]:
        if not isinstance(answer, Seen):
            return self, Verdict.NOT_ASKED, ()
        if constant_time_equal(answer.data, self.payload):
            return self, Verdict.PROVEN, ()
        return self, Verdict.WRONG, (WrongScan(),)


@dataclass(frozen=True, slots=True)
class SoundProof(Proof):
    """Both devices hear each other and measure the distance; then both people compare name and digits.

    The measuring is `vauchi_tui.proximity`'s, under keys that follow from `secret`; here is what becomes of its result.
    """

    method: ClassVar[Method] = Method.SOUND
    wire: ClassVar[int] = 3

    binding: Binding
    measured: Measured | None = None

    @property
    def secret(self) -> bytes:
        """X1("audio")."""
        return export(self.binding.ck, self.binding.h, b"audio")

    @property
    def question(self) -> Event:
        return SoundWanted()

    @property
    def exhibit(self) -> Event:
        return SoundWanted()

    def judge(self, answer: Answer) -> tuple[Proof, Verdict, tuple[Event, ...]]:
        if isinstance(answer, Measured) and self.measured is None:
            near = replace(self, measured=answer)
            return near, Verdict.MORE, (near.nearby(answer), near.confirm(answer, answer.name))
        if isinstance(answer, Confirmed) and self.measured is not None:
            return self, Verdict.PROVEN, ()
        return self, Verdict.NOT_ASKED, ()

    def nearby(self, measured: Measured) -> Event:
        return Nearby(measured.snr_db, measured.distance_m, self.binding.digits)

    def confirm(self, measured: Measured, name: str) -> Event:
        return Confirm(name, self.binding.digits, measured.distance_m)


AnyProof = CodeProof | ScanProof | SoundProof
PROOFS: Final[dict[Method, type[AnyProof]]] = {proof.method: proof for proof in (CodeProof, ScanProof, SoundProof)}


def method_of(wire: int) -> Method | None:
    """The method with that number in N and M2; None if this version does not know it."""
    return next((method for method, proof in PROOFS.items() if proof.wire == wire), None)


def can_sound(sound: bytes) -> bool:
    """Does `sound` of M1 say that the scanner's device speaks and hears? What a later version says is none of ours."""
    return len(sound) >= 2 and sound[0] == SOUND_ABILITY[0] and sound[1] & SOUND_ABILITY[1] == SOUND_ABILITY[1]
