"""What an exchange tells the person who watches it, beside the machine's own events (`protocol.events`)."""

from dataclasses import dataclass

from vauchi_tui.model.contact import Contact, Trust
from vauchi_tui.protocol.events import (
    Completed,
    Digits,
    EnterDigits,
    ScanBack,
    Scanned,
    SecondAnswer,
    ShowScan,
    WrongDigits,
    WrongScan,
)

__all__ = [
    "CodeShown",
    "Complete",
    "Completed",
    "Digits",
    "EnterDigits",
    "Event",
    "Failed",
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
    | SecondAnswer
    | Completed
)
