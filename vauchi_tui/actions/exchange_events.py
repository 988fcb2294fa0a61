"""What an exchange tells the person who watches it, beside the machine's own events (`protocol.events`)."""

from dataclasses import dataclass

from vauchi_tui.model.contact import Contact, Trust


@dataclass(frozen=True, slots=True)
class CodeShown:
    """The code to show: `text` with the relay where it can carry it, `bare` without. `relay` is where it listens.

    `hint_relay` is set where the code cannot carry the relay's address: the other side then needs `--relay`.
    """

    text: str
    bare: str
    expires: int
    relay: str
    hint_relay: str | None


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
    """The exchange is over without a contact. `reason` is a short stable word. The last event."""

    reason: str
    title: str
    hint: str
