"""The state of a card as last-writer-wins registers, one per path, and the changes that go over the wire.

Everything is an upsert: whatever the order in which changes arrive, and however often, the result is the same
(a state-based CRDT; Shapiro et al. 2011). A card is what the registers show at a moment.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from vauchi_tui.errors import Malformed
from vauchi_tui.model import limits
from vauchi_tui.model.clock import ZERO, Hlc
from vauchi_tui.model.fields import FIELD_ID, Field, FieldType

DISPLAY_NAME = "/display_name"
RELAY = "/relay"
_FIELD_PATH = re.compile(r"/fields/([A-Za-z0-9_-]{1,32})(/label|/position)?")
_STORED_PATH = re.compile(r"/display_name|/relay|/fields/[A-Za-z0-9_-]{1,32}(?:/type|/label|/position)?")
POSITION_MAX = 1 << 31
RELAY_LENGTH = 255  # what protocol.relay_address lets a person set


class Op(StrEnum):
    """What a change does. `add` writes the whole field object and with it the sub-paths."""

    ADD = "add"
    UPDATE = "update"
    REMOVE = "remove"


_OPS = {str(op): op for op in Op}
_TYPES = {str(kind): kind for kind in FieldType}
Value = str | int | None


@dataclass(frozen=True, slots=True)
class Register:
    """The winning write at one path; `value` is None where that was a remove."""

    hlc: Hlc
    value: Value


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The whole field object that an `add` carries."""

    type: FieldType
    label: str
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Change:
    """One write: `value` is a FieldValue for add, str or int for update, None for remove."""

    op: Op
    path: str
    hlc: Hlc
    value: FieldValue | str | int | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that goes into an update (protocol page, section 4)."""
        out: dict[str, Any] = {"op": str(self.op), "path": self.path, "hlc": str(self.hlc)}
        if isinstance(self.value, FieldValue):
            value = self.value
            out["value"] = {
                "type": str(value.type),
                "label": value.label,
                "value": value.value,
                "position": value.position,
            }
        elif self.value is not None:
            out["value"] = self.value
        return out

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """Read what another device wrote; raises Malformed on anything that is not exactly a change.

        Bounds are checked, the form of a value (a phone's digits) is not: rules may differ between versions, and a
        peer's odd phone number must not stop his updates.
        """
        if not isinstance(raw, dict) or not all(isinstance(raw.get(key, ""), str) for key in ("op", "path", "hlc")):
            raise Malformed("A change is not an object with operation, path and clock.")
        if not raw.keys() <= {"op", "path", "hlc", "value"}:
            raise Malformed("A change has keys that are not known.")
        op, path, hlc = raw.get("op", ""), raw.get("path", ""), raw.get("hlc", "")
        if op not in _OPS:
            raise Malformed("A change lacks its operation.")
        return cls(_OPS[op], path, Hlc.parse(hlc), _checked(_OPS[op], path, raw.get("value")))


def _text(value: Any, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise Malformed("A change carries a text that is missing or too long.")
    if any((character < " " and character != "\n") or character == "\x7f" for character in value):
        raise Malformed("A change carries a text with control characters.")
    return value


def _position(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < POSITION_MAX:
        raise Malformed("A change carries a position that is not a number.")
    return value


def _checked(op: Op, path: str, value: Any) -> FieldValue | str | int | None:
    match = _FIELD_PATH.fullmatch(path)
    if op is Op.REMOVE:
        if match is None or match[2] or value is not None:
            raise Malformed("A change removes what cannot be removed.")
        return None
    if op is Op.ADD:
        if match is None or match[2] or not isinstance(value, dict):
            raise Malformed("A change adds what is not a field.")
        if value.keys() != {"type", "label", "value", "position"} or not isinstance(value["type"], str):
            raise Malformed("A change adds a field of an unknown form.")
        if value["type"] not in _TYPES:
            raise Malformed("A change adds a field of a type that this version does not know.")
        return FieldValue(
            _TYPES[value["type"]],
            _text(value["label"], limits.LABEL_LENGTH),
            _text(value["value"], limits.VALUE_LENGTH),
            _position(value["position"]),
        )
    if path == DISPLAY_NAME:
        return _text(value, limits.NAME_LENGTH)
    if path == RELAY:
        return _text(value, RELAY_LENGTH)
    if match is None:
        raise Malformed("A change names a path that is not known.")
    if match[2] == "/position":
        return _position(value)
    return _text(value, limits.LABEL_LENGTH if match[2] else limits.VALUE_LENGTH)


def field_path(field_id: str, part: str = "") -> str:
    """`/fields/ID` or, with part `label`, `position` or the internal `type`, the path below it."""
    return f"/fields/{field_id}/{part}" if part else f"/fields/{field_id}"


def field_of(path: str) -> str | None:
    """The id of the field that a path belongs to, None for the card's own paths."""
    return path[8:].partition("/")[0] if path.startswith("/fields/") else None


@dataclass(frozen=True, slots=True)
class Card:
    """What a person sees of a card."""

    display_name: str
    fields: tuple[Field, ...] = ()


class Registers:
    """An immutable map from path to Register. Two with the same content are equal."""

    __slots__ = ("_map",)

    def __init__(self, content: Mapping[str, Register] | None = None) -> None:
        self._map: Mapping[str, Register] = MappingProxyType(dict(content or {}))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Registers) and self._map == other._map

    def __hash__(self) -> int:
        return hash(frozenset(self._map.items()))

    def __iter__(self) -> Iterator[tuple[str, Register]]:
        return iter(sorted(self._map.items()))

    def __len__(self) -> int:
        return len(self._map)

    def get(self, path: str) -> Register | None:
        return self._map.get(path)

    def clock(self, path: str) -> Hlc:
        """The clock at a path, ZERO where nothing was ever written."""
        register = self._map.get(path)
        return register.hlc if register else ZERO

    def text(self, path: str, default: str = "") -> str:
        register = self._map.get(path)
        return register.value if register and isinstance(register.value, str) else default

    def apply(self, changes: Iterable[Change]) -> "Registers":
        """These registers after the changes; per path the greatest clock wins, an equal one changes nothing."""
        new = dict(self._map)

        def write(path: str, hlc: Hlc, value: Value) -> None:
            old = new.get(path)
            if old is None or hlc > old.hlc:
                new[path] = Register(hlc, value)

        for change in changes:
            if isinstance(change.value, FieldValue):
                write(change.path, change.hlc, change.value.value)
                write(f"{change.path}/type", change.hlc, str(change.value.type))
                write(f"{change.path}/label", change.hlc, change.value.label)
                write(f"{change.path}/position", change.hlc, change.value.position)
            else:
                write(change.path, change.hlc, change.value)
        return Registers(new)

    def merged(self, other: "Registers") -> "Registers":
        """Both; per path the greatest clock wins."""
        new = dict(self._map)
        for path, register in other._map.items():
            old = new.get(path)
            if old is None or register.hlc > old.hlc:
                new[path] = register
        return Registers(new)

    def undated(self) -> "Registers":
        """The same values with the clock ZERO: whatever is said of them next wins. What was removed stays so."""
        gone = {f"/fields/{field_id}" for field_id in self.removed_ids()}
        return Registers({path: kept if path in gone else Register(ZERO, kept.value) for path, kept in self})

    def dated(self) -> "Registers":
        """Those that somebody has given a clock."""
        return Registers({path: register for path, register in self if register.hlc != ZERO})

    def changed_since(self, old: "Registers") -> tuple[str, ...]:
        """The paths at which these registers are not as the old ones were."""
        return tuple(path for path, register in self._map.items() if old._map.get(path) != register)

    def field_ids(self) -> tuple[str, ...]:
        """The fields that exist (greatest change at `/fields/ID` is not a remove), in the card's order."""
        ids = [
            path[8:]
            for path, register in self._map.items()
            if path.startswith("/fields/") and "/" not in path[8:] and register.value is not None
        ]
        return tuple(sorted(ids, key=lambda field_id: (self.position(field_id), field_id)))

    def removed_ids(self) -> tuple[str, ...]:
        """The fields whose greatest change is a remove."""
        return tuple(
            sorted(
                path[8:]
                for path, register in self._map.items()
                if path.startswith("/fields/") and "/" not in path[8:] and register.value is None
            )
        )

    def position(self, field_id: str) -> int:
        register = self._map.get(field_path(field_id, "position"))
        return register.value if register and isinstance(register.value, int) else POSITION_MAX

    def field(self, field_id: str) -> Field:
        """The field as shown; KeyError where it does not exist."""
        register = self._map[field_path(field_id)]
        if not isinstance(register.value, str):
            raise KeyError(field_id)
        kind = self.text(field_path(field_id, "type"), FieldType.TEXT)
        return Field(field_id, FieldType(kind), self.text(field_path(field_id, "label")), register.value)

    def field_value(self, field_id: str) -> FieldValue:
        """The whole object for an `add`; KeyError where the field does not exist."""
        field = self.field(field_id)
        position = self.position(field_id)
        return FieldValue(field.type, field.label, field.value, position if position < POSITION_MAX else 0)

    def field_clock(self, field_id: str) -> Hlc:
        """The greatest clock of the field and its sub-paths."""
        return max(self.clock(field_path(field_id, part)) for part in ("", "type", "label", "position"))

    def only(self, field_ids: Iterable[str]) -> "Registers":
        """The card's own paths and those of the named fields, nothing of any other."""
        keep = {DISPLAY_NAME, RELAY} | {
            field_path(field_id, part) for field_id in field_ids for part in ("", "type", "label", "position")
        }
        return Registers({path: register for path, register in self._map.items() if path in keep})

    def card(self) -> Card:
        return Card(self.text(DISPLAY_NAME), tuple(self.field(field_id) for field_id in self.field_ids()))

    def to_json(self) -> dict[str, Any]:
        """For the vault: path → [clock, value]."""
        return {path: [str(register.hlc), register.value] for path, register in self}

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """Read what `to_json` wrote; raises Malformed on any other form."""
        if not isinstance(raw, dict):
            raise Malformed("A stored card cannot be read.")
        content: dict[str, Register] = {}
        clocks: dict[str, Hlc] = {}  # most paths of a field share one
        for path, pair in raw.items():
            if not isinstance(pair, list) or len(pair) != 2 or _STORED_PATH.fullmatch(path) is None:
                raise Malformed("A stored card cannot be read.")
            clock, value = pair
            if not isinstance(clock, str) or not isinstance(value, str | int | None) or isinstance(value, bool):
                raise Malformed("A stored card cannot be read.")
            if clock not in clocks:
                clocks[clock] = Hlc.parse(clock)
            content[path] = Register(clocks[clock], value)
        return cls(content)


def valid_field_id(text: str) -> bool:
    return FIELD_ID.fullmatch(text) is not None
