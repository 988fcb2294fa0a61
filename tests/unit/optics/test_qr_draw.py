"""Codes drawn in cells: the rules of the room, the colours, and that both readers read every size of them."""

import random
import re
import string

import pytest
from terminal_picture import picture_of

from vauchi_tui.errors import InvalidValue
from vauchi_tui.optics.qr_draw import QrPlan, TooSmall, plan, render, rows_of_cells, terminal_lines
from vauchi_tui.optics.qr_read import read_with_zbar, read_with_zxing

BASE32 = string.ascii_uppercase + "234567"
CODE = "".join(random.Random(5).choices(BASE32, k=175))
WITH_RELAY = f"{CODE}/RELAY.EXAMPLE.ORG"


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        (200, 60, ("Q", 4, 61, 31)),
        (61, 31, ("Q", 4, 61, 31)),
        (60, 31, ("M", 4, 53, 27)),
        (61, 30, ("M", 4, 53, 27)),
        (53, 27, ("M", 4, 53, 27)),
        (52, 27, ("M", 2, 49, 25)),
        (53, 26, ("M", 2, 49, 25)),
        (49, 25, ("M", 2, 49, 25)),
        (48, 25, ("L", 2, 45, 23)),
        (49, 24, ("L", 2, 45, 23)),
        (80, 23, ("L", 2, 45, 23)),
        (45, 23, ("L", 2, 45, 23)),
    ],
)
def test_the_room_decides(columns: int, rows: int, expected: tuple[str, int, int, int]) -> None:
    found = plan(CODE, columns, rows)
    assert isinstance(found, QrPlan)
    assert (found.error, found.quiet, found.columns, found.rows) == expected


@pytest.mark.parametrize(("columns", "rows"), [(44, 23), (45, 22), (0, 0), (200, 10), (10, 200)])
def test_too_little_room_is_said_with_what_would_do(columns: int, rows: int) -> None:
    found = plan(CODE, columns, rows)
    assert isinstance(found, TooSmall)
    assert (found.columns, found.rows) == (45, 23)
    assert f"{columns}×{rows}" in found.words
    assert "45×23" in found.words
    assert "PNG" in found.hint


def test_a_relay_of_eighteen_characters_stays_in_a_screen_of_24_lines() -> None:
    found = plan(f"{CODE}/{'R' * 18}", 80, 23)
    assert isinstance(found, QrPlan)
    assert found.rows == 23
    assert isinstance(plan(f"{CODE}/{'R' * 20}", 80, 23), TooSmall)


def test_a_terminal_without_utf8_is_told_so_however_large() -> None:
    found = plan(CODE, 200, 60, utf8=False)
    assert isinstance(found, TooSmall)
    assert "UTF-8" in found.words


def test_what_no_symbol_holds_is_refused() -> None:
    with pytest.raises(InvalidValue, match="does not fit"):
        plan("A" * 5_000, 200, 200)


@pytest.mark.parametrize(("columns", "rows"), [(61, 31), (53, 27), (49, 25), (45, 23)])
def test_the_quiet_zone_is_part_of_the_drawing(columns: int, rows: int) -> None:
    found = plan(CODE, columns, rows)
    assert isinstance(found, QrPlan)
    matrix = render(CODE, found)
    assert len(matrix) == found.columns
    assert {len(line) for line in matrix} == {found.columns}
    edge = found.quiet
    inside = range(edge, found.columns - edge)
    dark = {(x, y) for y, line in enumerate(matrix) for x, module in enumerate(line) if module}
    assert all(x in inside and y in inside for x, y in dark)
    for x in range(7):  # the finder pattern begins exactly there
        assert (edge + x, edge) in dark


def test_cells_pair_lines_and_the_odd_one_stands_over_light() -> None:
    assert rows_of_cells([[True, False], [False, False], [True, True]]) == [
        [(True, False), (False, False)],
        [(True, False), (True, False)],
    ]


def test_only_half_blocks_in_explicit_black_and_white(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    found = plan(CODE, 45, 23)
    assert isinstance(found, QrPlan)
    lines = terminal_lines(render(CODE, found))
    assert len(lines) == 23
    for line in lines:
        assert line.endswith("\x1b[0m")
        colours = re.findall(r"\x1b\[38;5;(\d+);48;5;(\d+)m", line)
        assert {colour for pair in colours for colour in pair} <= {"16", "231"}
        assert re.sub(r"\x1b\[[0-9;]*m", "", line) == "▄" * 45


@pytest.mark.parametrize("text", [CODE, WITH_RELAY], ids=["bare", "with relay"])
@pytest.mark.parametrize("cell", [(1, 2), (2, 4), (3, 6), (4, 9), (5, 11), (7, 15), (8, 16), (10, 21), (16, 32)])
@pytest.mark.parametrize(("columns", "rows"), [(70, 36), (57, 29), (53, 27), (49, 25), (45, 23)])
def test_both_readers_read_the_terminal_in_every_size(
    text: str, cell: tuple[int, int], columns: int, rows: int
) -> None:
    """In a dark theme, with text around it, from one pixel a module upwards, square cells or not."""
    found = plan(text, columns, rows)
    if isinstance(found, TooSmall):
        assert text is WITH_RELAY
        found = plan(text, found.columns, found.rows)
        assert isinstance(found, QrPlan)
    lines = ["Show this code to the other person. 4:59", *terminal_lines(render(text, found)), "n new code  esc back"]
    image = picture_of("\n".join(lines), max(50, found.columns + 5), found.rows + 4, cell)
    assert read_with_zxing(image) == [text]
    assert read_with_zbar(image) == [text]


def test_code_after_code_survives_the_smallest_drawing() -> None:
    rng = random.Random(11)
    for _ in range(15):
        text = "".join(rng.choices(BASE32, k=175))
        found = plan(text, 45, 23)
        assert isinstance(found, QrPlan)
        image = picture_of("\n".join(terminal_lines(render(text, found))), 60, 24, (4, 8))
        assert (read_with_zxing(image), read_with_zbar(image)) == ([text], [text])
