"""How far what a contact is owed has come, for each of his devices, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vauchi_tui.vault.outbox import DevicePending
from vauchi_tui.vault.tx import Tx

KEPT_DAYS = 30
"""How long a relay keeps what nobody fetches."""
_DAY = 86_400


class State(StrEnum):
    """From the worst to the best."""

    FAILED = "failed"
    EXPIRED = "expired"
    QUEUED = "queued"
    STORED = "stored"
    DELIVERED = "delivered"


SEVERITY = tuple(State)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is under way to one device (`id`: 16 bytes) of a contact.

    `count` messages are not acknowledged, the oldest of them `since` (unix s); of a device that has everything, `since`
    is when it was last heard. Either is None where that is not known. `reason`: in words, empty where all is well.
    """

    id: bytes
    state: State
    count: int
    since: int | None
    reason: str
    heard: int | None


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What is under way to all devices of all contacts, from one look at the vault."""

    rows: Mapping[bytes, Mapping[bytes | None, DevicePending]]
    devices: Mapping[bytes, Mapping[bytes, int | None]]
    owed: frozenset[bytes]
    now: int

    @classmethod
    def look(cls, tx: Tx, now: int) -> "Deliveries":
        """`now` in unix seconds."""
        return cls(tx.outbox.pending_by_device(), tx.heard.all(), frozenset(tx.fanout.all()), now)

    def of(self, identity: bytes) -> tuple[Delivery, ...]:
        """Of each device of that contact."""
        rows = self.rows.get(identity, {})
        unsealed = int(identity in self.owed)  # an edit that is not sealed yet will be one message
        devices = self.devices.get(identity, {}).items()
        return tuple(self._one(device, heard, rows.get(device), unsealed) for device, heard in devices)

    def count(self, identity: bytes) -> tuple[int, int]:
        """Messages for that contact that wait here, and that lie at his relay; the end of an exchange among them."""
        rows = self.rows.get(identity, {}).values()
        return sum(row.waiting for row in rows) + (identity in self.owed), sum(row.stored for row in rows)

    def last_heard(self, identity: bytes) -> int | None:
        """When any of his devices last was (unix s)."""
        return max((at for at in self.devices.get(identity, {}).values() if at is not None), default=None)

    def _one(self, device: bytes, heard: int | None, row: DevicePending | None, unsealed: int) -> Delivery:
        if row is None and heard is None:
            words = "this device has not answered yet: it gets everything once it has"
            return Delivery(device, State.QUEUED, unsealed, None, words, heard)
        if row is None:
            if unsealed:
                return Delivery(device, State.QUEUED, unsealed, None, reason_for(State.QUEUED), heard)
            return Delivery(device, State.DELIVERED, 0, heard, "", heard)
        count = row.waiting + row.stored + unsealed
        state = _state(row, unsealed, self.now)
        return Delivery(device, state, count, row.oldest, reason_for(state, row.refusal), heard)


def reason_for(state: State, refusal: str | None = None) -> str:
    """Why something is in that state, and what happens next. `refusal`: the sentence of the relay's."""
    match state:
        case State.FAILED:
            return f"refused: {refusal} It is tried again within the hour"
        case State.EXPIRED:
            return f"not fetched for {KEPT_DAYS} days: is that device still used? It is sent anew every day"
        case State.QUEUED:
            return "not sent yet: it leaves at the next sync"
        case State.STORED:
            return "stored at the relay, not fetched yet"
        case State.DELIVERED:
            return ""


def _state(row: DevicePending, unsealed: int, now: int) -> State:
    if row.refusal is not None:
        return State.FAILED
    if row.stored and row.oldest + KEPT_DAYS * _DAY < now:
        return State.EXPIRED
    return State.QUEUED if row.waiting or unsealed else State.STORED
