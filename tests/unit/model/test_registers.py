"""Changes from other devices pass a strict reader; registers converge."""

from typing import Any

import pytest

from vauchi_tui.errors import Malformed
from vauchi_tui.model.clock import ZERO, Hlc
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import Change, FieldValue, Op, Registers

H1, H2, H3 = (Hlc(ms, 0, bytes(16)) for ms in (1, 2, 3))
WHOLE = FieldValue(FieldType.PHONE, "Mobile", "555-1111", 0)
GOOD: dict[str, Any] = {"op": "update", "path": "/fields/phone", "hlc": str(H1), "value": "555-2222"}
ADDED: dict[str, Any] = {
    "op": "add",
    "path": "/fields/x",
    "hlc": str(H1),
    "value": {"type": "phone", "label": "Mobile", "value": "555-1111", "position": 0},
}


def test_a_field_exists_iff_its_greatest_change_is_not_a_remove() -> None:
    card = Registers().apply([Change(Op.ADD, "/fields/x", H1, WHOLE), Change(Op.REMOVE, "/fields/x", H2)])
    assert card.field_ids() == ()
    assert card.apply([Change(Op.UPDATE, "/fields/x/label", H3, "Work")]).field_ids() == (), "sub-paths never revive"
    assert card.apply([Change(Op.UPDATE, "/fields/x", H3, "555-3333")]).field("x").label == "Mobile"


def test_an_equal_clock_changes_nothing() -> None:
    card = Registers().apply([Change(Op.ADD, "/fields/x", H1, WHOLE)])
    assert card.apply([Change(Op.UPDATE, "/fields/x", H1, "forged")]) == card


def test_an_update_before_its_add_is_shown_as_text_until_the_add_arrives() -> None:
    early = Registers().apply([Change(Op.UPDATE, "/fields/x", H2, "555-2222")])
    assert early.field("x").type is FieldType.TEXT
    late = early.apply([Change(Op.ADD, "/fields/x", H1, WHOLE)])
    assert (late.field("x").type, late.field("x").label, late.field("x").value) == ("phone", "Mobile", "555-2222")


def test_without_their_clocks_values_stay_and_lose_to_whatever_comes_but_removes_do_not() -> None:
    late, early = Hlc(9_000, 0, bytes(16)), Hlc(1, 0, bytes(16))
    value = FieldValue(FieldType.PHONE, "mobile", "1234567", 0)
    told = Registers().apply(
        [
            Change(Op.ADD, "/fields/f1", late, value),
            Change(Op.ADD, "/fields/f2", late, value),
            Change(Op.REMOVE, "/fields/f3", late),
        ]
    )
    doubted = told.undated()
    assert doubted.card() == told.card()
    assert doubted.dated().field_ids() == () and doubted.dated().removed_ids() == ("f3",)
    again = doubted.dated().apply(
        [Change(Op.UPDATE, "/fields/f1", early, "7654321"), Change(Op.ADD, "/fields/f3", early, value)]
    )
    assert [field.value for field in again.card().fields] == ["7654321"]


def test_clock_of_a_path_never_written_is_zero() -> None:
    assert Registers().clock("/display_name") == ZERO


@pytest.mark.parametrize("raw", [GOOD, ADDED, {"op": "remove", "path": "/fields/x", "hlc": str(H1)}])
def test_good_changes_round_trip(raw: dict[str, Any]) -> None:
    assert Change.from_json(raw).to_json() == raw


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "update",
        {},
        GOOD | {"extra": 1},
        GOOD | {"op": "replace"},
        GOOD | {"op": 1},
        GOOD | {"op": ["add"]},
        GOOD | {"path": "/fields/../x"},
        GOOD | {"path": "/fields/x/type"},
        GOOD | {"path": "/fields/" + "x" * 33},
        GOOD | {"path": "/note"},
        GOOD | {"path": 7},
        GOOD | {"hlc": "now"},
        GOOD | {"value": 7},
        GOOD | {"value": "x" * 1_001},
        GOOD | {"value": "\x1b[2J"},
        GOOD | {"value": None},
        GOOD | {"path": "/fields/x/position", "value": "1"},
        GOOD | {"path": "/fields/x/position", "value": True},
        GOOD | {"path": "/fields/x/position", "value": -1},
        GOOD | {"path": "/fields/x/label", "value": "x" * 65},
        GOOD | {"path": "/display_name", "value": "x" * 101},
        GOOD | {"op": "remove"},
        {"op": "remove", "path": "/fields/x/label", "hlc": str(H1)},
        {"op": "remove", "path": "/display_name", "hlc": str(H1)},
        ADDED | {"path": "/fields/x/label"},
        ADDED | {"value": "555"},
        ADDED | {"value": ADDED["value"] | {"type": "fax"}},
        ADDED | {"value": ADDED["value"] | {"type": []}},
        ADDED | {"value": ADDED["value"] | {"more": 1}},
        ADDED | {"value": {"type": "phone"}},
    ],
)
def test_anything_else_is_malformed(bad: Any) -> None:
    with pytest.raises(Malformed):
        Change.from_json(bad)
