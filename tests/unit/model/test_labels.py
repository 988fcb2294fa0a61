"""Labels as registers: names, limits, members, deletion and its undoing, and what two devices make of each other's."""

import itertools
from typing import Any

import pytest

from vauchi_tui.errors import Ambiguous, InvalidValue, LimitExceeded, Malformed, NotFound
from vauchi_tui.model import labels, limits
from vauchi_tui.model.clock import ZERO, Hlc, Ticker
from vauchi_tui.model.labels import Label, Labels, Membership

BOB, CAROL = b"B" * 32, b"C" * 32
PHONE, LAPTOP = b"p" * 16, b"l" * 16


class Device:
    """One own device: its records, its clock, ids that count up."""

    def __init__(self, device: bytes = LAPTOP, now: int = 1_000) -> None:
        self.labels, self.ticker = Labels(), Ticker(ZERO, now, device)
        self._ids = (f"{device[:1].decode()}{number}" for number in itertools.count())

    def create(self, name: str) -> str:
        label = labels.create(self.labels, name, self.ticker, lambda: next(self._ids))
        self.labels = self.labels.with_records([label])
        return label.id

    def rename(self, label_id: str, name: str) -> None:
        self.labels = self.labels.with_records([labels.rename(self.labels, label_id, name, self.ticker)])

    def delete(self, label_id: str) -> None:
        self.labels = self.labels.with_records([labels.delete(self.labels, label_id, self.ticker)])

    def restore(self, label_id: str) -> None:
        self.labels = self.labels.with_records([labels.restore(self.labels, label_id, self.ticker)])

    def assign(self, label_id: str, members: dict[bytes, bool]) -> list[Membership]:
        new = labels.assign(self.labels, label_id, members, self.ticker)
        self.labels = self.labels.with_records(memberships=new)
        return new

    def hears(self, other: "Device") -> None:
        """Everything that the other device has, clocks included."""
        self.labels = self.labels.with_records(other.labels, other.labels.memberships())
        self.ticker.merge(other.ticker.last)

    @property
    def names(self) -> list[str]:
        return [label.name for label in self.labels.living()]


@pytest.fixture
def laptop() -> Device:
    return Device()


def test_labels_are_listed_by_name_and_found_whatever_the_case(laptop: Device) -> None:
    for name in ("work", " Family ", "@Climbing club"):
        laptop.create(name)
    assert laptop.names == ["Climbing club", "Family", "work"]
    for text in ("family", "@FAMILY", " @family "):
        assert laptop.labels.find(text).name == "Family"
    with pytest.raises(NotFound) as missing:
        laptop.labels.find("@friends")
    assert missing.value.title == "There is no label “friends”."
    assert missing.value.hint == "Your labels: Climbing club, Family, work."


def test_without_a_label_the_hint_says_how_to_make_one(laptop: Device) -> None:
    with pytest.raises(NotFound) as missing:
        laptop.labels.find("friends")
    assert "vauchi label new" in missing.value.hint


def test_a_name_is_used_once_whatever_the_case(laptop: Device) -> None:
    family = laptop.create("Family")
    work = laptop.create("work")
    for name in ("FAMILY", "@family"):
        with pytest.raises(InvalidValue, match="already a label “Family”"):
            laptop.create(name)
        with pytest.raises(InvalidValue):
            laptop.rename(work, name)
    laptop.rename(family, "family")
    assert laptop.names == ["family", "work"]
    laptop.delete(family)
    laptop.create("Family")


@pytest.mark.parametrize("name", ["", "@", "  ", "two\nlines", "a\x1b[2J", "x" * (limits.LABEL_LENGTH + 1)])
def test_a_bad_name_is_refused(laptop: Device, name: str) -> None:
    with pytest.raises(InvalidValue):
        laptop.create(name)
    assert laptop.names == []


def test_there_is_an_end_to_labels_but_not_to_making_others(laptop: Device) -> None:
    ids = [laptop.create(f"label {number}") for number in range(limits.LABELS)]
    with pytest.raises(LimitExceeded, match="at most 50"):
        laptop.create("one more")
    laptop.delete(ids[0])
    laptop.create("one more")
    with pytest.raises(LimitExceeded):
        laptop.restore(ids[0])


def test_members_come_and_go_and_only_what_changes_is_written(laptop: Device) -> None:
    family, work = laptop.create("family"), laptop.create("work")
    assert len(laptop.assign(family, {BOB: True, CAROL: True})) == 2
    laptop.assign(work, {BOB: True})
    assert laptop.labels.of(BOB) == tuple(sorted((family, work)))
    assert laptop.assign(family, {BOB: True, CAROL: False}) == laptop.assign(family, {}) + [
        one for one in laptop.labels.memberships() if one.identity == CAROL
    ]
    assert laptop.labels.members(family) == {BOB} and laptop.labels.of(CAROL) == ()


def test_deleting_takes_the_members_out_and_undoing_it_brings_them_back(laptop: Device) -> None:
    family = laptop.create("family")
    laptop.assign(family, {BOB: True})
    laptop.delete(family)
    assert laptop.labels.of(BOB) == () and laptop.labels.members(family) == frozenset()
    for edit in (laptop.delete, lambda label_id: laptop.rename(label_id, "x"), lambda i: laptop.assign(i, {})):
        with pytest.raises(NotFound):
            edit(family)
    laptop.restore(family)
    assert laptop.names == ["family"] and laptop.labels.of(BOB) == (family,)


def test_a_name_that_was_taken_meanwhile_cannot_be_restored(laptop: Device) -> None:
    family = laptop.create("family")
    laptop.delete(family)
    laptop.create("Family")
    with pytest.raises(InvalidValue, match="already"):
        laptop.restore(family)


# Two own devices


def test_a_deletion_wins_over_what_was_older_and_no_rename_revives(laptop: Device) -> None:
    phone = Device(PHONE)
    family = laptop.create("family")
    phone.hears(laptop)
    laptop.delete(family)
    for _ in range(3):
        phone.ticker.tick()  # whatever the phone does, even later, concerns the name and the members only
    phone.rename(family, "relatives")
    phone.assign(family, {BOB: True})
    phone.hears(laptop)
    laptop.hears(phone)
    assert phone.labels == laptop.labels and phone.names == [] and phone.labels.of(BOB) == ()
    assert laptop.labels.deleted(family) is not None


def test_two_devices_may_make_the_same_label_and_both_stay_told_apart(laptop: Device) -> None:
    phone = Device(PHONE)
    one, other = laptop.create("family"), phone.create("Family")
    laptop.hears(phone)
    phone.hears(laptop)
    assert laptop.labels == phone.labels and len(laptop.names) == 2
    titles = laptop.labels.titles()
    assert titles[one] != titles[other]
    assert {laptop.labels.find(titles[one]).id, laptop.labels.find(titles[other]).id} == {one, other}
    assert laptop.labels.find(other).id == other
    with pytest.raises(Ambiguous) as several:
        laptop.labels.find("family")
    assert titles[one] in several.value.hint and titles[other] in several.value.hint
    laptop.rename(other, "relatives")
    assert laptop.labels.titles()[one] == "family"


def test_the_later_of_two_renames_and_of_two_decisions_wins(laptop: Device) -> None:
    phone = Device(PHONE, now=2_000)
    family = laptop.create("family")
    phone.hears(laptop)
    laptop.rename(family, "clan")
    phone.rename(family, "kin")
    laptop.assign(family, {BOB: True})
    phone.assign(family, {BOB: True})
    phone.assign(family, {BOB: False})
    for one, other in ((laptop, phone), (phone, laptop)):
        one.hears(other)
    assert laptop.labels == phone.labels and hash(laptop.labels) == hash(phone.labels)
    assert laptop.names == ["kin"] and laptop.labels.of(BOB) == ()


# As records that travel between own devices

AT = str(Hlc(7, 0, LAPTOP))
GOOD_LABEL = ["a1", "family", AT, True, AT]
GOOD_MEMBER = ["a1", BOB.hex(), False, AT]


def test_records_round_trip() -> None:
    assert Label.from_json(GOOD_LABEL).to_json() == GOOD_LABEL
    assert Membership.from_json(GOOD_MEMBER).to_json() == GOOD_MEMBER


def swapped(record: list[Any], place: int, value: Any) -> list[Any]:
    return [*record[:place], value, *record[place + 1 :]]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        [],
        GOOD_LABEL[:-1],
        [*GOOD_LABEL, 1],
        *(swapped(GOOD_LABEL, place, value) for place in range(5) for value in (None, 1, [], "")),
        swapped(GOOD_LABEL, 0, "a/b"),
        swapped(GOOD_LABEL, 1, "x" * 65),
        swapped(GOOD_LABEL, 1, " padded "),
        swapped(GOOD_LABEL, 1, "two\nlines"),
        swapped(GOOD_LABEL, 2, "ffffffffffff-00000000-" + "00" * 16),
        swapped(GOOD_LABEL, 3, 1),
    ],
)
def test_anything_else_is_no_label(raw: Any) -> None:
    with pytest.raises(Malformed):
        Label.from_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        GOOD_MEMBER[:-1],
        *(swapped(GOOD_MEMBER, place, value) for place in range(4) for value in (None, 1, [], "")),
        swapped(GOOD_MEMBER, 0, "a" * 33),
        swapped(GOOD_MEMBER, 1, BOB.hex()[:-2]),
        swapped(GOOD_MEMBER, 1, "zz" * 32),
        swapped(GOOD_MEMBER, 1, b"\xab".hex().upper() * 32),
        swapped(GOOD_MEMBER, 1, BOB.hex()[:-1] + " "),
    ],
)
def test_anything_else_is_no_membership(raw: Any) -> None:
    with pytest.raises(Malformed):
        Membership.from_json(raw)
