"""What an exchange tells the person who watches it: its own events, the machine's, and those of the sound."""

from dataclasses import dataclass

from vauchi_tui.model.contact import Contact, Trust
from vauchi_tui.protocol.events import (
    Completed,
    Confirm,
    Digits,
    EnterDigits,
    Nearby,
    NoSound,
    ScanBack,
    Scanned,
    SecondAnswer,
    ShowScan,
    WrongDigits,
    WrongScan,
)
from vauchi_tui.proximity.events import AttemptFailed, Heard, Listening
from vauchi_tui.proximity.sounding import ATTEMPTS

__all__ = [
    "ATTEMPTS",
    "AttemptFailed",
    "CodeShown",
    "Complete",
    "Completed",
    "Confirm",
    "Digits",
    "EnterDigits",
    "Event",
    "Failed",
    "Heard",
    "Listening",
    "Nearby",
    "NoSound",
    "Notice",
    "ScanBack",
    "Scanned",
    "SecondAnswer",
    "ShowScan",
    "WrongDigits",
    "WrongScan",
]


@dataclass(frozen=True, slots=True)
class CodeShown:
    """The code to show.

    `text` ends in the relay where that can be written; `bare` never does. `expires` in unix seconds. `relay` is where
    this side listens, None where only the local network is used; `relay_apart` is true where `text` cannot carry it, so
    that the other side has to type it.
    """

    text: str
    bare: str
    expires: int
    relay: str | None
    relay_apart: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know that does not end the exchange, such as a relay that is being tried again."""

    text: str


@dataclass(frozen=True, slots=True)
class Complete:
    """Both have each other's card. The last event."""

    contact: Contact
    trust: Trust


@dataclass(frozen=True, slots=True)
class Failed:
    """The exchange is over. `reason` is a stable word, `title` and `hint` sentences. The last event."""

    reason: str
    title: str
    hint: str


Event = (
    CodeShown
    | Notice
    | Complete
    | Failed
    | Scanned
    | Digits
    | EnterDigits
    | WrongDigits
    | ShowScan
    | ScanBack
    | WrongScan
    | NoSound
    | Listening
    | Heard
    | AttemptFailed
    | Nearby
    | Confirm
    | SecondAnswer
    | Completed
)
