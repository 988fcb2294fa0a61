"""Edits of one's own card."""

import itertools

import pytest

from vauchi_tui.errors import InvalidValue, LimitExceeded, NotFound
from vauchi_tui.model import edit, limits
from vauchi_tui.model.clock import ZERO, Ticker
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import Registers


class Author:
    """Applies edits as the vault would, with a clock that never moves."""

    def __init__(self) -> None:
        self.card = Registers()
        self.ticker = Ticker(ZERO, 1_000, bytes(16))
        self.ids = (f"f{number}" for number in itertools.count())

    def add(self, label: str, value: str, kind: FieldType | None = None) -> str:
        before = set(self.card.field_ids())
        changes = edit.add_field(self.card, label, value, kind, self.ticker, lambda: next(self.ids))
        self.card = self.card.apply(changes)
        return (set(self.card.field_ids()) - before).pop()


@pytest.fixture
def author() -> Author:
    return Author()


def labels(card: Registers) -> list[str]:
    return [field.label for field in card.card().fields]


def test_fields_stand_in_the_order_of_adding(author: Author) -> None:
    for label in ("Mobile", "Work", "Home"):
        author.add(label, "+1-555-1234")
    assert labels(author.card) == ["Mobile", "Work", "Home"]


@pytest.mark.parametrize(
    ("place", "expected"),
    [(1, ["C", "A", "B"]), (2, ["A", "C", "B"]), (3, ["A", "B", "C"]), (99, ["A", "B", "C"])],
)
def test_move_brings_a_field_to_its_place(author: Author, place: int, expected: list[str]) -> None:
    ids = [author.add(label, "some text") for label in "ABC"]
    author.card = author.card.apply(edit.move_field(author.card, ids[2], place, author.ticker))
    assert labels(author.card) == expected


def test_places_count_from_one(author: Author) -> None:
    field = author.add("A", "text")
    with pytest.raises(InvalidValue):
        edit.move_field(author.card, field, 0, author.ticker)


def test_same_value_writes_nothing(author: Author) -> None:
    field = author.add("Mobile", "+1-555-1234")
    assert edit.set_value(author.card, field, " +1-555-1234 ", None, author.ticker) == []
    assert edit.rename_field(author.card, field, "Mobile", author.ticker) == []


def test_removed_field_comes_back_as_it_was(author: Author) -> None:
    author.add("A", "text")
    field = author.add("Mobile", "+1-555-1234")
    before, whole = author.card.card(), author.card.field_value(field)
    author.card = author.card.apply(edit.remove_field(author.card, field, author.ticker))
    assert labels(author.card) == ["A"]
    author.card = author.card.apply(edit.restore_field(author.card, field, whole, author.ticker))
    assert author.card.card() == before


def test_type_changes_with_the_value(author: Author) -> None:
    field = author.add("Contact", "+1-555-1234")
    author.card = author.card.apply(edit.set_value(author.card, field, "a@b.c", FieldType.EMAIL, author.ticker))
    assert author.card.field(field).type is FieldType.EMAIL
    assert author.card.field(field).label == "Contact"


def test_a_value_is_checked_against_the_type_it_has(author: Author) -> None:
    field = author.add("Mobile", "+1-555-1234")
    with pytest.raises(InvalidValue):
        edit.set_value(author.card, field, "call me", None, author.ticker)
    assert author.card.field(field).value == "+1-555-1234"


def test_labels_are_unique_whatever_their_case(author: Author) -> None:
    author.add("Mobile", "+1-555-1234")
    other = author.add("Work", "+1-555-9999")
    with pytest.raises(InvalidValue, match="already"):
        author.add("mobile", "+1-555-0000")
    with pytest.raises(InvalidValue, match="already"):
        edit.rename_field(author.card, other, "MOBILE", author.ticker)


def test_find_by_label_or_id_names_what_there_is(author: Author) -> None:
    field = author.add("Mobile", "+1-555-1234")
    assert edit.find_field(author.card, " mobile ") == edit.find_field(author.card, field) == field
    with pytest.raises(NotFound) as caught:
        edit.find_field(author.card, "Fax")
    assert "Mobile" in caught.value.hint


def test_at_most_25_fields(author: Author) -> None:
    for number in range(limits.FIELDS):
        author.add(f"Text {number}", "value")
    with pytest.raises(LimitExceeded, match="25"):
        author.add("One more", "value")


def test_the_card_as_a_whole_is_bounded(author: Author) -> None:
    with pytest.raises(LimitExceeded, match=str(limits.CARD_BYTES)):
        for number in range(limits.FIELDS):
            author.add(f"Text {number}", "\N{GRINNING FACE}" * limits.VALUE_LENGTH)
    assert 0 < len(author.card.field_ids()) < limits.FIELDS
