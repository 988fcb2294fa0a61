"""Who sees what: rules, and the one function through which a card leaves for a contact.

`project` is the only door to the encoder: what it does not let through reaches no contact (protocol page, section 4).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vauchi_tui.errors import Malformed
from vauchi_tui.model.clock import ZERO, Hlc, Ticker
from vauchi_tui.model.registers import DISPLAY_NAME, RELAY, Change, Op, Registers, field_path

EVERYONE = "everyone"


def contact_audience(identity: bytes) -> str:
    """The audience that is one contact, by identity key."""
    return f"contact:{identity.hex()}"


def label_audience(label_id: str) -> str:
    """The audience that is the members of a label."""
    return f"label:{label_id}"


def contact_of(audience: str) -> bytes | None:
    """The identity key of the contact that an audience is, None for any other."""
    kind, _, identity = audience.partition(":")
    try:
        return bytes.fromhex(identity) if kind == "contact" else None
    except ValueError:
        return None  # nobody's


def label_of(audience: str) -> str | None:
    """The id of the label that an audience is, None for any other."""
    kind, _, label_id = audience.partition(":")
    return label_id if kind == "label" else None


@dataclass(frozen=True, slots=True)
class Rule:
    """May `audience` see the field? None: no rule any more (reset). The greatest clock per (field, audience) wins."""

    field_id: str
    audience: str
    allowed: bool | None
    hlc: Hlc


class Rules:
    """An immutable set of rules. Without any rule a field is visible to nobody."""

    __slots__ = ("_by_field", "_map")

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        latest: dict[tuple[str, str], Rule] = {}
        for rule in rules:
            old = latest.get((rule.field_id, rule.audience))
            if old is None or rule.hlc > old.hlc:
                latest[rule.field_id, rule.audience] = rule
        self._map: Mapping[tuple[str, str], Rule] = latest
        self._by_field: dict[str, list[Rule]] | None = None

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._map.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rules) and self._map == other._map

    def __hash__(self) -> int:
        return hash(frozenset(self._map.values()))

    def get(self, field_id: str, audience: str) -> Rule | None:
        return self._map.get((field_id, audience))

    def of_field(self, field_id: str) -> list[Rule]:
        """All rules about one field."""
        if self._by_field is None:
            self._by_field = {}
            for rule in self:
                self._by_field.setdefault(rule.field_id, []).append(rule)
        return self._by_field.get(field_id, [])

    def with_rules(self, rules: Iterable[Rule]) -> "Rules":
        return Rules([*self._map.values(), *rules])

    def decide(self, field_id: str, identity: bytes, labels: Iterable[str] = ()) -> tuple[bool, Hlc]:
        """May the contact see the field, and the clock of the rule that says so.

        A rule for this contact overrides everything; otherwise one grant among everyone and his labels suffices.
        """
        own = self._map.get((field_id, contact_audience(identity)))
        if own is not None and own.allowed is not None:
            return own.allowed, own.hlc
        shared = [self._map.get((field_id, who)) for who in (EVERYONE, *map(label_audience, labels))]
        grants = [rule.hlc for rule in shared if rule is not None and rule.allowed]
        if not grants:
            return False, ZERO
        # A reset of the contact's own rule is what made the shared grant count, so its clock counts too.
        return True, max([max(grants), own.hlc if own else ZERO])


@dataclass(frozen=True, slots=True)
class Projection:
    """A card as one contact may see it, with the clock of the grant of each field."""

    registers: Registers
    grants: Mapping[str, Hlc]


def project(card: Registers, rules: Rules, identity: bytes, labels: Iterable[str] = ()) -> Projection:
    """The card as that contact may see it: name, relay, and the fields that a rule grants him. Nothing else."""
    labels = tuple(labels)
    grants: dict[str, Hlc] = {}
    for field_id in card.field_ids():
        allowed, hlc = rules.decide(field_id, identity, labels)
        if allowed:
            grants[field_id] = hlc
    return Projection(card.only(grants), grants)


def difference(projection: Projection, sent: Registers, ticker: Ticker) -> list[Change]:
    """The changes that bring a contact from `sent`, what he was sent so far, to the projection. Empty: no message.

    Clocks are those of the edits where they win over what was sent, otherwise fresh ones above it, so that a grant
    carries the current value however often it changed before, and hiding always wins.
    """
    card, changes = projection.registers, []

    def above(hlc: Hlc, *paths: str) -> Hlc:
        newest = max(sent.clock(path) for path in paths)
        if hlc > newest:
            ticker.merge(hlc)
            return hlc
        return ticker.tick_above(newest)

    for path in (DISPLAY_NAME, RELAY):
        register = card.get(path)
        if register is not None and register.value != _value(sent, path):
            changes.append(Change(Op.UPDATE, path, above(register.hlc, path), register.value))
    known = set(sent.field_ids())
    for field_id in card.field_ids():
        whole = [field_path(field_id, part) for part in ("", "type", "label", "position")]
        if field_id not in known or card.field(field_id).type is not sent.field(field_id).type:
            newest = max(card.field_clock(field_id), projection.grants[field_id])
            changes.append(Change(Op.ADD, whole[0], above(newest, *whole), card.field_value(field_id)))
            continue
        for path in (whole[0], whole[2], whole[3]):
            register = card.get(path)
            if register is not None and register.value != _value(sent, path):
                changes.append(Change(Op.UPDATE, path, above(register.hlc, path), register.value))
    for field_id in sent.field_ids():
        if field_id not in projection.grants:
            path = field_path(field_id)
            changes.append(Change(Op.REMOVE, path, ticker.tick_above(sent.clock(path))))
    return changes


def snapshot(sent: Registers) -> list[Change]:
    """Everything a contact has been sent, each path with its clock, and the removes, as changes from nothing."""
    changes = []
    for path in (DISPLAY_NAME, RELAY):
        register = sent.get(path)
        if register is not None:
            changes.append(Change(Op.UPDATE, path, register.hlc, register.value))
    for field_id in sent.field_ids():
        # `add` writes all sub-paths under one clock, the type's; what was written later follows with its own.
        base = sent.clock(field_path(field_id, "type"))
        changes.append(Change(Op.ADD, field_path(field_id), base, sent.field_value(field_id)))
        for part in ("", "label", "position"):
            register = sent.get(field_path(field_id, part))
            if register is not None and register.hlc > base:
                changes.append(Change(Op.UPDATE, field_path(field_id, part), register.hlc, register.value))
    gone = [field_path(field_id) for field_id in sent.removed_ids()]
    return changes + [Change(Op.REMOVE, path, sent.clock(path)) for path in gone]


def rule_to_json(rule: Rule) -> list[Any]:
    return [rule.field_id, rule.audience, rule.allowed, str(rule.hlc)]


def rule_from_json(raw: Any) -> Rule:
    """Read what `rule_to_json` wrote; raises Malformed on any other form."""
    if not isinstance(raw, list) or len(raw) != 4 or not all(isinstance(raw[i], str) for i in (0, 1, 3)):
        raise Malformed("A visibility rule cannot be read.")
    if not (raw[2] is None or isinstance(raw[2], bool)):
        raise Malformed("A visibility rule cannot be read.")
    return Rule(raw[0], raw[1], raw[2], Hlc.parse(raw[3]))


def _value(registers: Registers, path: str) -> Any:
    register = registers.get(path)
    return register.value if register else None
