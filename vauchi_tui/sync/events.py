"""What the sync worker tells whoever runs it. Frozen values, in the order in which things happened."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """A message of a contact was read and is consumed, whether or not it changed anything."""

    identity: bytes
    name: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A contact's card changed: the labels of what did. `first`: it is the card that an exchange brings."""

    identity: bytes
    name: str
    labels: tuple[str, ...]
    first: bool = False

    @property
    def words(self) -> str:
        """For the notification and the history."""
        if self.first:
            return f"{self.name}’s card has arrived"
        return f"{self.name} updated contact info: {', '.join(self.labels)}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message for a contact (None: for an exchange) has left for a relay."""

    identity: bytes | None
    relay: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The recipient's relay has that message on disk."""

    identity: bytes | None
    relay: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The contact's device has acknowledged so many messages."""

    identity: bytes
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """A contact has devices more or fewer; `words` is a sentence, which stands in the history too."""

    identity: bytes
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class OwnUpdated:
    """Another own device has told so many things; `left` more are to come."""

    count: int
    left: int


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """Much has waited at a relay: `received` messages so far. `over`: that was all, or the connection has ended."""

    relay: str
    received: int
    over: bool = False

    @property
    def words(self) -> str:
        return f"{'caught' if self.over else 'catching'} up: {self.received:,} received"


@dataclass(frozen=True, slots=True)
class ClockOff:
    """This machine's clock is so many seconds ahead of a relay's, or behind (negative). Told once."""

    ahead_s: int


@dataclass(frozen=True, slots=True)
class Revoked:
    """This device was revoked: its profile has been wiped."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something did not work. Nothing is lost; `hint` says what happens now."""

    reason: str
    hint: str = ""
    identity: bytes | None = None


@dataclass(frozen=True, slots=True)
class Online:
    """A relay is connected."""

    relay: str


@dataclass(frozen=True, slots=True)
class Offline:
    """A relay cannot be reached: why, and in how many seconds it is tried again."""

    relay: str
    retry_in: float
    reason: str


@dataclass(frozen=True, slots=True)
class Role:
    """Who syncs this profile: None means this worker, otherwise the pid of the process that does (0: not known)."""

    holder: int | None


SyncEvent = (
    Received
    | Applied
    | Sent
    | Stored
    | Delivered
    | DevicesChanged
    | OwnUpdated
    | CatchingUp
    | ClockOff
    | Revoked
    | Failed
    | Online
    | Offline
    | Role
)
