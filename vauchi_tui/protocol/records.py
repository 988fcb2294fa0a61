"""What own devices tell each other, piece by piece: one record is one thing that can change (protocol page, section 4).

Each is registers with the clocks that win, or grows only, so that merging records in any order, any number of times,
ends the same. On the wire a record is a JSON array whose first member says its kind. A *key* names a record here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Self

from vauchi_tui.errors import Malformed
from vauchi_tui.model import limits
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Method, Trust
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.labels import Label, Membership
from vauchi_tui.model.registers import POSITION_MAX, Register, Registers, Value
from vauchi_tui.model.visibility import Rule, rule_from_json, rule_to_json
from vauchi_tui.protocol.decode import b64, check_object, unb64
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.keys import standing_key

SHARED_KEY: Final = 160  # characters of a key, and
SHARED_VALUE: Final = limits.NOTE_LENGTH  # of a value, of what is shared as it is
_KEYS_MAX = 1_000
_TRUSTS_MAX = 1_000
_CONTACT: dict[str, type] = {
    "added": int,
    "card": dict,
    "confirmed": bool,
    "keys": list,
    "list": str,
    "relay": str,
    "standing": list,
    "trusts": list,
}


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One path of one's own card."""

    kind: ClassVar[str] = "card"

    path: str
    register: Register

    def to_json(self) -> list[Any]:
        return [self.kind, self.path, str(self.register.hlc), self.register.value]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        path, hlc, value = _taken(raw, 3)
        return cls(path, _register(path, hlc, value))


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """Of what a contact has been sent some paths, or all."""

    kind: ClassVar[str] = "view"

    identity: bytes
    registers: Registers

    def to_json(self) -> list[Any]:
        return [self.kind, b64(self.identity), self.registers.to_json()]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        identity, registers = _taken(raw, 2)
        return cls(unb64(identity, 32), _registers(registers))


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One rule of visibility."""

    kind: ClassVar[str] = "rule"

    rule: Rule

    def to_json(self) -> list[Any]:
        return [self.kind, *rule_to_json(self.rule)]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        return cls(rule_from_json(raw[1:]))


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """One label, deleted ones too."""

    kind: ClassVar[str] = "label"

    label: Label

    def to_json(self) -> list[Any]:
        return [self.kind, *self.label.to_json()]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        return cls(Label.from_json(raw[1:]))


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """Is one contact in one label?"""

    kind: ClassVar[str] = "member"

    membership: Membership

    def to_json(self) -> list[Any]:
        return [self.kind, *self.membership.to_json()]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        return cls(Membership.from_json(raw[1:]))


@dataclass(frozen=True, slots=True)
class SharedRecord:
    """One text by key that own devices share as it is: notes, standings of contacts, names of devices."""

    kind: ClassVar[str] = "shared"

    name: str
    value: str | None
    hlc: Hlc

    def to_json(self) -> list[Any]:
        return [self.kind, self.name, str(self.hlc), self.value]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        name, hlc, value = _taken(raw, 3)
        if not isinstance(hlc, str) or not _is_text(name, SHARED_KEY):
            raise Malformed("A shared setting has no name or no clock.")
        if value is not None and not _is_text(value, SHARED_VALUE):
            raise Malformed("A shared setting has no text.")
        return cls(name, value, Hlc.parse(hlc))


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact as another own device met him: keys, proofs and devices only grow; his card is for whoever lacks it.

    `keys`: the contact keys; `relay`: where the exchange said that he reads; `standing`: the text that is shared under
    `standing_key`, for it decides whether there is such a contact.
    """

    kind: ClassVar[str] = "contact"

    identity: bytes
    devices: DeviceList
    keys: tuple[bytes, ...] = field(repr=False)
    trusts: tuple[Trust, ...]
    confirmed: bool
    added_at: int
    relay: str
    registers: Registers
    standing: SharedRecord

    def to_json(self) -> list[Any]:
        content = {
            "added": self.added_at,
            "card": self.registers.to_json(),
            "confirmed": self.confirmed,
            "keys": [b64(key) for key in self.keys],
            "list": b64(self.devices.raw),
            "relay": self.relay,
            "standing": self.standing.to_json(),
            "trusts": [[str(trust.method), _millimetres(trust.distance_m), trust.at] for trust in self.trusts],
        }
        return [self.kind, b64(self.identity), content]

    @classmethod
    def from_json(cls, raw: list[Any]) -> Self:
        identity, content = _taken(raw, 2)
        if not isinstance(content, dict):
            raise Malformed("A shared contact cannot be read.")
        check_object(content, **_CONTACT)
        devices = DeviceList.decode(unb64(content["list"]))
        keys, trusts, standing = content["keys"], content["trusts"], SharedRecord.from_json(content["standing"])
        if devices.identity != unb64(identity, 32) or not 0 < len(trusts) <= _TRUSTS_MAX or len(keys) > _KEYS_MAX:
            raise Malformed("A shared contact is not whole.")
        if standing.name != standing_key(devices.identity):
            raise Malformed("A shared contact has the standing of another one.")
        if content["added"] < 0 or not _is_text(content["relay"], 255, empty=True):
            raise Malformed("A shared contact cannot be read.")
        return cls(
            devices.identity,
            devices,
            tuple(unb64(key, 32) for key in keys),
            tuple(_trust(trust) for trust in trusts),
            content["confirmed"],
            content["added"],
            content["relay"],
            _registers(content["card"]),
            standing,
        )


Record = CardRecord | ViewRecord | RuleRecord | LabelRecord | MemberRecord | SharedRecord | ContactRecord
_KINDS: Mapping[str, type[Record]] = {
    kind.kind: kind
    for kind in (CardRecord, ViewRecord, RuleRecord, LabelRecord, MemberRecord, SharedRecord, ContactRecord)
}


def record_from_json(raw: Any) -> Record:
    """Read what a record's `to_json` wrote. Raises Malformed."""
    if not isinstance(raw, list) or not raw or not isinstance(raw[0], str) or raw[0] not in _KINDS:
        raise Malformed("A record is of a kind that this version does not know.")
    return _KINDS[raw[0]].from_json(raw)


def _taken(raw: list[Any], count: int) -> list[Any]:
    if len(raw) != count + 1:
        raise Malformed("A record has a part too many or too few.")
    return raw[1:]


def _registers(raw: Any) -> Registers:
    if not isinstance(raw, dict):
        raise Malformed("A shared card cannot be read.")
    content = {}
    for path, pair in raw.items():
        if not isinstance(pair, list) or len(pair) != 2:
            raise Malformed("A shared card cannot be read.")
        content[path] = _register(path, *pair)
    return Registers(content)


def _register(path: Any, hlc: Any, value: Any) -> Register:
    """One register of a card, of the form that an edit could have written."""
    if not isinstance(path, str) or not isinstance(hlc, str):
        raise Malformed("A record has no path or no clock.")
    register = Registers.from_json({path: [hlc, value]}).get(path)
    assert register is not None
    if not _fits(path, register.value):
        raise Malformed("A record has a value that does not belong there.")
    return register


def _fits(path: str, value: Value) -> bool:
    part = path.rpartition("/")[2] if path.count("/") > 2 else ""
    if part == "type":
        return value in [str(kind) for kind in FieldType]
    if part == "position":
        return isinstance(value, int) and 0 <= value < POSITION_MAX
    if value is None:
        return path.startswith("/fields/") and not part
    return _is_text(value, limits.VALUE_LENGTH, empty=True)


def _is_text(value: Any, limit: int, *, empty: bool = False) -> bool:
    return isinstance(value, str) and (empty or value != "") and len(value) <= limit


def _millimetres(distance_m: float | None) -> int | None:
    return None if distance_m is None else round(distance_m * 1000)


def _trust(raw: Any) -> Trust:
    if not isinstance(raw, list) or len(raw) != 3 or raw[0] not in [str(method) for method in Method]:
        raise Malformed("A shared contact has a proof that is not known.")
    method, distance, at = raw
    numbers = (at,) if distance is None else (at, distance)
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers) or at < 0:
        raise Malformed("A shared contact has a proof that cannot be read.")
    return Trust(Method(method), None if distance is None else distance / 1000, at)
