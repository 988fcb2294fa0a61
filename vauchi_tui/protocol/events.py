"""What an exchange tells the person, as frozen values. The machines collect them, the caller shows them."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an exchange is over without a contact."""

    EXPIRED = "expired"  # the code's time ran out before anybody answered
    TIMED_OUT = "timed_out"  # the other side stopped answering
    PROOF_FAILED = "proof_failed"
    OWN_CODE = "own_code"  # the code came from this very device
    OWN_DEVICE = "own_device"  # the other side is another device of the same person
    DEVICE_LIST = "device_list"  # the other person's list of devices is outdated or contradicts the known one
    UNSUPPORTED = "unsupported"  # the other side wants a proof that this version does not know
    NO_SOUND = "no_sound"  # a proof by sound was wanted, and the other device says that it has no sound
    REFUSED = "refused"  # the other person cancelled
    CANCELLED = "cancelled"  # this person cancelled


@dataclass(frozen=True, slots=True)
class Scanned:
    """Shower: somebody has answered the code with keys that fit it. Who it is must still be proven."""


@dataclass(frozen=True, slots=True)
class Digits:
    """Scanner: show these six digits to the person who showed the code."""

    digits: str


@dataclass(frozen=True, slots=True)
class EnterDigits:
    """Shower: ask for the six digits on the other screen."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class WrongDigits:
    """Shower: these were not the digits; ask again while tries are left."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class ShowScan:
    """Scanner: show these bytes as a code for the other camera."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class ScanBack:
    """Shower: read the code on the other screen, with the camera or from a picture of it."""


@dataclass(frozen=True, slots=True)
class WrongScan:
    """Shower: what was read back belongs to another exchange; read again."""


@dataclass(frozen=True, slots=True)
class NoSound:
    """Shower: the other device says that it has no microphone or no speaker. Accepted, the digits are left."""


@dataclass(frozen=True, slots=True)
class SoundWanted:
    """Both: the proof by sound begins; the machine's `sound` says with which keys."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """Both: sound has proven it. The signal in dB, the distance in metres, and the digits that both screens show."""

    snr_db: float
    distance_m: float
    digits: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Both: is this the name of the other person, and are these the digits on the other screen? Nothing is exchanged
    before the person says yes."""

    name: str
    digits: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class SecondAnswer:
    """Shower: a second device answered this code. Somebody may have photographed it."""


@dataclass(frozen=True, slots=True)
class Completed:
    """Both have the same keys and the proof has succeeded; the machine's `result` is set."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The exchange is over and nothing is kept. `title` and `hint` are sentences for the person."""

    reason: Reason
    title: str
    hint: str


Event = (
    Scanned
    | Digits
    | EnterDigits
    | WrongDigits
    | ShowScan
    | ScanBack
    | WrongScan
    | NoSound
    | SoundWanted
    | Nearby
    | Confirm
    | SecondAnswer
    | Completed
    | Failed
)
