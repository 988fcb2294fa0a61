"""What a proof by sound tells the person, as frozen values. The machines collect them, the caller shows them."""

from dataclasses import dataclass, field

from vauchi_tui.proximity.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Listening:
    """This attempt has begun: hold the devices side by side."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Heard:
    """The other device was heard, that many dB above the noise of the band."""

    attempt: int
    snr_db: float


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """This attempt is over; there is another one while any are left."""

    attempt: int
    refusal: Refusal
    attempts_left: int


@dataclass(frozen=True, slots=True)
class Near:
    """Proven: the distance in metres, the signal in dB, and the scanner's name (empty at the scanner itself)."""

    distance_m: float
    snr_db: float
    peer_name: str = field(default="")


@dataclass(frozen=True, slots=True)
class NotProven:
    """The proof has failed and with it the exchange."""

    refusal: Refusal


SoundEvent = Listening | Heard | AttemptFailed | Near | NotProven
