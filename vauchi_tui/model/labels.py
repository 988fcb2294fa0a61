"""Labels: groups of contacts that one makes for oneself. Nothing of them ever leaves one's own devices.

A label is two registers, its name and whether it is there; a membership is one. Per register the greatest clock wins,
so own devices that have the same records show the same labels, whatever the order in which these came. A deletion wins
over everything older, and no rename and no new member brings back what was deleted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from vauchi_tui.errors import Ambiguous, InvalidValue, LimitExceeded, Malformed, NotFound, VauchiError
from vauchi_tui.model import limits
from vauchi_tui.model.clock import Hlc, Ticker
from vauchi_tui.model.fields import FIELD_ID, clean_label

SIGN = "@"
"""What stands before a label's name where contacts could stand too."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label, deleted ones too. `id` never changes; `named` and `decided` are the clocks of name and existence."""

    id: str
    name: str
    named: Hlc
    living: bool
    decided: Hlc

    def merged(self, other: Self) -> "Label":
        """Both registers with their greatest clocks."""
        newer = other if other.named > self.named else self
        later = other if other.decided > self.decided else self
        return Label(self.id, newer.name, newer.named, later.living, later.decided)

    def to_json(self) -> list[Any]:
        return [self.id, self.name, str(self.named), self.living, str(self.decided)]

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """Read what `to_json` wrote; raises Malformed on any other form."""
        if not isinstance(raw, list) or len(raw) != 5 or not all(isinstance(raw[i], str) for i in (0, 1, 2, 4)):
            raise Malformed("A label cannot be read.")
        label_id, name, named, living, decided = raw
        if FIELD_ID.fullmatch(label_id) is None or not isinstance(living, bool) or not _is_clean(name):
            raise Malformed("A label cannot be read.")
        return cls(label_id, name, Hlc.parse(named), living, Hlc.parse(decided))


@dataclass(frozen=True, slots=True)
class Membership:
    """Is the contact with that identity key (32 bytes) in the label? The greatest clock per pair wins."""

    label_id: str
    identity: bytes
    member: bool
    hlc: Hlc

    def to_json(self) -> list[Any]:
        return [self.label_id, self.identity.hex(), self.member, str(self.hlc)]

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """Read what `to_json` wrote; raises Malformed on any other form."""
        if not isinstance(raw, list) or len(raw) != 4 or not all(isinstance(raw[i], str) for i in (0, 1, 3)):
            raise Malformed("A label's member cannot be read.")
        label_id, identity, member, hlc = raw
        if FIELD_ID.fullmatch(label_id) is None or not isinstance(member, bool):
            raise Malformed("A label's member cannot be read.")
        try:
            key = bytes.fromhex(identity)
        except ValueError as error:
            raise Malformed("A label's member cannot be read.") from error
        if len(key) != 32 or key.hex() != identity:
            raise Malformed("A label's member cannot be read.")
        return cls(label_id, key, member, Hlc.parse(hlc))


class Labels:
    """An immutable set of labels and memberships."""

    __slots__ = ("_inside", "_labels", "_memberships", "_of")

    def __init__(self, labels: Iterable[Label] = (), memberships: Iterable[Membership] = ()) -> None:
        known: dict[str, Label] = {}
        for label in labels:
            known[label.id] = known[label.id].merged(label) if label.id in known else label
        latest: dict[tuple[str, bytes], Membership] = {}
        for one in memberships:
            old = latest.get((one.label_id, one.identity))
            if old is None or one.hlc > old.hlc:
                latest[one.label_id, one.identity] = one
        self._labels: Mapping[str, Label] = known
        self._memberships: Mapping[tuple[str, bytes], Membership] = latest
        of: dict[bytes, list[str]] = {}
        inside: dict[str, set[bytes]] = {}
        for one in latest.values():
            if one.member and one.label_id in known and known[one.label_id].living:
                of.setdefault(one.identity, []).append(one.label_id)
                inside.setdefault(one.label_id, set()).add(one.identity)
        self._of: Mapping[bytes, tuple[str, ...]] = {identity: tuple(sorted(ids)) for identity, ids in of.items()}
        self._inside: Mapping[str, frozenset[bytes]] = {key: frozenset(people) for key, people in inside.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and self._labels == other._labels and self._memberships == other._memberships

    def __hash__(self) -> int:
        return hash((frozenset(self._labels.values()), frozenset(self._memberships.values())))

    def __iter__(self) -> Iterator[Label]:
        """Every label, deleted ones too."""
        return iter(self._labels.values())

    def memberships(self) -> Iterator[Membership]:
        """Every membership, ended ones too."""
        return iter(self._memberships.values())

    def with_records(self, labels: Iterable[Label] = (), memberships: Iterable[Membership] = ()) -> "Labels":
        return Labels([*self._labels.values(), *labels], [*self._memberships.values(), *memberships])

    def living(self) -> tuple[Label, ...]:
        """The labels that are there, by name."""
        there = (label for label in self._labels.values() if label.living)
        return tuple(sorted(there, key=lambda label: (label.name.casefold(), label.id)))

    def get(self, label_id: str) -> Label:
        """A label that is there. Raises NotFound."""
        label = self._labels.get(label_id)
        if label is None or not label.living:
            raise NotFound("This label is not there any more.")
        return label

    def deleted(self, label_id: str) -> Label | None:
        """A label that was deleted, with the name that it had."""
        label = self._labels.get(label_id)
        return label if label is not None and not label.living else None

    def of(self, identity: bytes) -> tuple[str, ...]:
        """Ids of the labels that a contact is in."""
        return self._of.get(identity, ())

    def members(self, label_id: str) -> frozenset[bytes]:
        """Identity keys of those who are in a label that is there."""
        return self._inside.get(label_id, frozenset())

    def titles(self) -> Mapping[str, str]:
        """Label id → what to call it. Two of one name, which two devices may have made apart, get their ids' starts."""
        there = self.living()
        often = Counter(label.name.casefold() for label in there)
        return {
            label.id: label.name if often[label.name.casefold()] == 1 else f"{label.name} ({label.id[:4]})"
            for label in there
        }

    def find(self, text: str) -> Label:
        """The label of that name (case ignored, with or without @), title or id. Raises NotFound or Ambiguous."""
        wanted = bare(text).casefold()
        titles = self.titles()
        for label in self.living():
            if wanted in (label.id, titles[label.id].casefold()):
                return label
        same = [label for label in self.living() if label.name.casefold() == wanted]
        if same:
            which = ", ".join(titles[label.id] for label in same)
            raise Ambiguous(f"“{bare(text)}” fits several labels.", f"Which one: {which}?")
        names = ", ".join(titles.values())
        hint = f"Your labels: {names}." if names else "Make one with `vauchi label new LABEL`."
        raise NotFound(f"There is no label “{bare(text)}”.", hint)


# Edits, each as the records that it writes


def create(labels: Labels, name: str, ticker: Ticker, new_id: Callable[[], str]) -> Label:
    """A new label. A name that is there already, whatever its case, is refused; so is one beyond the limit."""
    name = _free(labels, name)
    _room(labels)
    hlc = ticker.tick()
    return Label(new_id(), name, hlc, True, hlc)


def rename(labels: Labels, label_id: str, name: str, ticker: Ticker) -> Label:
    """The label under another name; as it is where that is the same."""
    label = labels.get(label_id)
    name = _free(labels, name, but=label_id)
    return label if name == label.name else Label(label_id, name, ticker.tick(), True, label.decided)


def delete(labels: Labels, label_id: str, ticker: Ticker) -> Label:
    """The label, deleted. Its members and rules stay in the vault without effect, so that this can be undone."""
    label = labels.get(label_id)
    return Label(label_id, label.name, label.named, False, ticker.tick())


def restore(labels: Labels, label_id: str, ticker: Ticker) -> Label:
    """Undo a deletion. Refused where its name has been taken, or the limit reached, since."""
    label = labels.deleted(label_id)
    if label is None:
        return labels.get(label_id)
    _free(labels, label.name)
    _room(labels)
    return Label(label_id, label.name, label.named, True, ticker.tick())


def assign(labels: Labels, label_id: str, members: Mapping[bytes, bool], ticker: Ticker) -> list[Membership]:
    """What has to be written so that those with True are members and those with False are not; the rest stays."""
    labels.get(label_id)
    inside = labels.members(label_id)
    return [
        Membership(label_id, identity, member, ticker.tick())
        for identity, member in members.items()
        if (identity in inside) != member
    ]


def bare(text: str) -> str:
    """A label's name as a person may write it, without spaces around it and without the sign before it."""
    return text.strip().removeprefix(SIGN).strip()


def _free(labels: Labels, name: str, but: str = "") -> str:
    name = clean_label(bare(name))
    for label in labels.living():
        if label.id != but and label.name.casefold() == name.casefold():
            raise InvalidValue(f"There is already a label “{label.name}”.", "Choose another name.")
    return name


def _room(labels: Labels) -> None:
    if len(labels.living()) >= limits.LABELS:
        raise LimitExceeded(f"There are at most {limits.LABELS} labels.", "Delete one first.")


def _is_clean(name: str) -> bool:
    try:
        return clean_label(name) == name
    except VauchiError:
        return False
