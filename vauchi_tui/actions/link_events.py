"""What a linking tells the person who watches it: the events it shares with an exchange, and its own."""

from dataclasses import dataclass

from vauchi_tui.actions.exchange_events import (
    CodeShown,
    Completed,
    Digits,
    EnterDigits,
    Failed,
    Notice,
    SecondAnswer,
    WrongDigits,
)

__all__ = [
    "Arriving",
    "CodeShown",
    "Completed",
    "DeviceAnswered",
    "Digits",
    "EnterDigits",
    "Event",
    "Failed",
    "Joined",
    "Linked",
    "Notice",
    "SecondAnswer",
    "WrongDigits",
]


@dataclass(frozen=True, slots=True)
class DeviceAnswered:
    """First device: one that calls itself `name` has answered the code. Whose it is must still be proven."""

    name: str


@dataclass(frozen=True, slots=True)
class Linked:
    """First device: the new one is on the list and has been heard. The last event."""

    name: str
    id: bytes


@dataclass(frozen=True, slots=True)
class Arriving:
    """New device: what is the person's comes in; so many things are `left`."""

    left: int


@dataclass(frozen=True, slots=True)
class Joined:
    """New device: everything has arrived. `name` is the one on the card. The last event."""

    name: str
    fingerprint: str


Event = (
    CodeShown
    | Notice
    | DeviceAnswered
    | EnterDigits
    | WrongDigits
    | Digits
    | SecondAnswer
    | Completed
    | Arriving
    | Linked
    | Joined
    | Failed
)
