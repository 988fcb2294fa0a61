"""The widgets by themselves: lists, matrix, code, text fields, and texts cut to cells."""

import os
from typing import Any

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from textual.app import App, ComposeResult
from textual.strip import Strip

from vauchi_tui.actions.code_drawing import Drawing, draw, shows_utf8
from vauchi_tui.optics.qr_draw import TooSmall
from vauchi_tui.ui import words
from vauchi_tui.ui.widgets.code_view import Code, Room, room
from vauchi_tui.ui.widgets.contact_list import ContactLine, ContactList
from vauchi_tui.ui.widgets.matrix import MatrixCell, MatrixView, VisibilityMatrix
from vauchi_tui.ui.widgets.qr_view import QrView
from vauchi_tui.ui.widgets.steps import Steps
from vauchi_tui.ui.widgets.tab_bar import Standing, TabBar
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList, heading
from vauchi_tui.ui.widgets.text_field import TextField, typed_path

CODE = "K5BEKWAB" + "A" * 167


class Stage(App[None]):
    """One widget."""

    def __init__(self, *widgets: Any) -> None:
        super().__init__()
        self.widgets = widgets

    def compose(self) -> ComposeResult:
        yield from self.widgets


def text_of(strip: Strip) -> str:
    return "".join(segment.text for segment in strip)


# Words


@pytest.mark.parametrize("text", ["", "a", "abcdefghij", "渡辺", "a渡辺bcdefg", "🙂🙂🙂🙂🙂🙂🙂"])
@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_fitted_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(words.fitted(text, width)) == width


@pytest.mark.parametrize("text", ["one two three", "東京都渋谷区 1-2-3 二階", "averyveryverylongword and", ""])
def test_wrapped_lines_fit_and_lose_nothing(text: str) -> None:
    lines = words.wrapped(text, 8)
    assert all(cell_len(line) <= 8 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_plain_drops_what_disturbs_a_terminal() -> None:
    assert words.plain("a\x1b[2Jb\u202egpj.exe\nc") == "a[2Jbgpj.exe ↵ c"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "just now"), (-5, "just now"), (60, "1 min ago"), (7200, "2 h ago"), (86_400, "1 day ago"), (None, "never")],
)
def test_ago(seconds: float | None, said: str) -> None:
    assert words.ago(None if seconds is None else 1_000_000 - seconds, 1_000_000) == said


def test_countdown_ends_at_zero() -> None:
    assert [words.countdown(seconds) for seconds in (300, 59.9, -3)] == ["5:00", "0:59", "0:00"]


# Lists


def lines(count: int) -> list[ContactLine]:
    return [
        ContactLine(
            number.to_bytes(32, "big"),
            f"Person {number:05}",
            (f"+1 555 {number:07}",),
            "",
            "✓",
            "good",
            f"person {number:05}",
        )
        for number in range(count)
    ]


async def test_a_long_list_draws_only_what_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    cells = ContactList.cells

    def counted(self: ContactList, row: ContactLine, width: int) -> Any:
        drawn.append(row.name)
        return cells(self, row, width)

    monkeypatch.setattr(ContactList, "cells", counted)
    people = ContactList()
    app = Stage(people)
    async with app.run_test(size=(80, 24)) as pilot:
        people.show(lines(10_000))
        people.focus()
        await pilot.pause()
        await pilot.press("G")
        await pilot.pause()
        assert people.current is not None and people.current.name == "Person 09999"
        await pilot.press("g", "pagedown", "j", "k", "up", "down")
        await pilot.pause()
        assert people.cursor == people.size.height - 1
    assert len(drawn) < 1_000


async def test_the_filter_wants_every_word_and_the_cursor_stays_on_its_row() -> None:
    people = ContactList()
    app = Stage(people)
    async with app.run_test() as pilot:
        people.show(lines(300))
        people.select((123).to_bytes(32, "big"))
        people.filter("person 123")
        await pilot.pause()
        assert [row.name for row in people.rows] == ["Person 00123"]
        people.filter("nobody")
        await pilot.pause()
        assert people.current is None
        assert "Nobody matches" in text_of(people.render_line(0))
        people.filter("")
        assert len(people.rows) == 300


async def test_the_cursor_steps_over_headings_and_stays_with_its_key() -> None:
    table = TableList()
    app = Stage(table)
    async with app.run_test() as pilot:
        rows = [heading("One"), Row("a", (Cell("a"), Cell("1"))), heading("Two"), Row("b", (Cell("b"), Cell("2")))]
        table.set_rows(rows)
        table.focus()
        assert table.current is not None and table.current.key == "a"
        await pilot.press("j")
        assert table.current is not None and table.current.key == "b"
        await pilot.press("j")
        assert table.current is not None and table.current.key == "b"
        table.set_rows([*rows[2:], *rows[:2]])
        assert table.current.key == "b" and table.cursor == 1


async def test_long_values_go_on_in_the_next_line_and_columns_leave_when_it_is_narrow() -> None:
    table = TableList()
    app = Stage(table)
    async with app.run_test(size=(36, 10)):
        table.set_rows(
            [
                Row(
                    "a",
                    (Cell("Home"), Cell("twelve words and more of them than fit"), Cell("address"), Cell("everyone")),
                )
            ]
        )
        text = [text_of(table.render_line(y)).rstrip() for y in range(4)]
        assert "everyone" not in "".join(text)
        assert " ".join("".join(text).split()).replace("▌ ", "").startswith("Home twelve words")
        assert all(cell_len(text_of(table.render_line(y))) == table.size.width for y in range(4))


# Matrix


def view(people: int, fields: int) -> MatrixView:
    return MatrixView(
        tuple(f"F {number}" for number in range(fields)),
        ("everyone", *(f"Person {number}" for number in range(people))),
        lambda row: tuple(MatrixCell(row == column) for column in range(fields)),
    )


async def test_a_long_table_leaves_a_blank_before_its_scrollbar() -> None:
    for lines, blanks in ((5, 1), (30, 2)):  # the scrollbar lies on the last cell
        table = TableList()
        table.styles.scrollbar_size_vertical = 1
        async with Stage(table).run_test(size=(60, 10)) as pilot:
            table.set_rows([Row(n, (Cell("Home"), Cell("4 Mill Lane"), Cell("address"))) for n in range(lines)])
            await pilot.pause()
            line = text_of(table.render_line(1))
        assert line.rstrip() == line[: 60 - blanks] and line.rstrip().endswith("address")


async def test_the_matrix_keeps_its_headers_in_sight() -> None:
    matrix = VisibilityMatrix()
    app = Stage(matrix)
    async with app.run_test(size=(45, 12)) as pilot:
        matrix.show(view(10_000, 25))
        matrix.focus()
        await pilot.press("G", *["l"] * 24)
        await pilot.pause()
        assert (matrix.row, matrix.column) == (10_000, 24)
        assert "F 24" in text_of(matrix.render_line(0))
        bottom = text_of(matrix.render_line(matrix.size.height - 1))
        assert "Person 99" in bottom and "[" in bottom
        await pilot.press("g", *["h"] * 24)
        await pilot.pause()
        assert "F 0" in text_of(matrix.render_line(0)) and "everyone" in text_of(matrix.render_line(2))


# The code


@pytest.mark.parametrize("size", [(80, 24), (45, 23), (120, 40), (61, 31), (200, 60)])
def test_a_code_finds_room_at_every_usual_size(size: tuple[int, int]) -> None:
    found = room(Code(CODE + "/RELAY.EXAMPLE.ORG", CODE, "relay.example.org", 0), *size)
    assert isinstance(found, Room)
    assert found.drawing.columns <= size[0] and found.drawing.rows <= size[1]
    assert not found.bare


def test_a_long_relay_stands_beside_the_code_where_it_does_not_fit_into_it() -> None:
    code = Code(f"{CODE}/MAILBOXES.RELAY.EXAMPLE.ORG", CODE, "mailboxes.relay.example.org", 0)
    small, large = room(code, 80, 24), room(code, 120, 40)
    assert isinstance(small, Room) and small.bare
    assert isinstance(large, Room) and not large.bare


def test_the_countdown_has_a_place_where_there_is_one() -> None:
    at = {size: room(Code(CODE, CODE, "", 0), *size) for size in [(80, 24), (45, 23), (80, 23), (120, 40)]}
    places = {size: (found.below, found.beside) for size, found in at.items() if isinstance(found, Room)}
    assert places == {
        (80, 24): (True, False),
        (45, 23): (False, False),
        (80, 23): (False, True),
        (120, 40): (True, False),
    }


def test_no_room_is_said_in_words() -> None:
    found = room(Code(CODE, CODE, "", 0), 44, 23)
    assert isinstance(found, str) and "45×23" in found
    assert isinstance(draw(CODE, 80, 24, utf8=False), TooSmall)


@pytest.mark.parametrize(
    ("environ", "yes"),
    [
        ({}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "C"}, True),
        ({"LC_ALL": "de_DE.ISO-8859-1", "LANG": "C.UTF-8"}, False),
    ],
)
def test_the_locale_says_whether_half_blocks_can_be_shown(environ: dict[str, str], yes: bool) -> None:
    assert shows_utf8(environ) is yes


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_the_code_is_black_and_white_whatever_the_theme(
    monkeypatch: pytest.MonkeyPatch, no_color: bool, theme: str
) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, **({"NO_COLOR": "1"} if no_color else {})})
    qr = QrView()
    app = Stage(qr)
    async with app.run_test(size=(80, 30)) as pilot:
        app.theme = theme
        drawing = draw(CODE, 80, 30)
        assert isinstance(drawing, Drawing)
        qr.show(drawing.matrix)
        await pilot.pause()
        strip = app.screen._compositor.render_strips()[5]
        sent = {
            segment.style.render(segment.text, color_system=system).split("m")[0]
            for system in (ColorSystem.STANDARD, ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR)
            for segment in strip
            if segment.style is not None and "▄" in segment.text
        }
    assert sent <= {f"\x1b[38;5;{a};48;5;{b}" for a in (16, 231) for b in (16, 231)}
    assert len(sent) == 4


# Small ones


async def test_a_text_field_keeps_line_breaks_and_its_cursor_is_still() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        field = TextField("one\ntwo", lines=True)
        await app.mount(field)
        field.focus()
        await pilot.press("end", "ctrl+n", "x")
        assert field.text == "one\ntwo\nx"
        assert field.cursor_blink is False and "\n" not in field.value


def test_a_typed_path_may_be_quoted() -> None:
    assert str(typed_path(" '/tmp/a b.png' ")) == "/tmp/a b.png"


@pytest.mark.parametrize("width", [20, 34, 45, 60, 80, 120])
def test_the_tabs_fit_every_width(width: int) -> None:
    bar = TabBar("Visibility")
    bar.standing = Standing("↑12", "sending", "warn")
    text = "".join(cell.text for cell in bar.parts(width))
    assert "Visibility" in text
    if width >= 30:
        assert cell_len(text) == width and "↑12" in text


async def test_a_step_that_was_waited_for_says_what_came_of_it() -> None:
    steps = Steps()
    app = Stage(steps)
    async with app.run_test():
        steps.now("Waiting", "Came")
        steps.note("Slow")
        steps.note("Slow")
        steps.done("Finished")
        assert steps.lines == [("note", "Slow", ""), ("done", "Came", ""), ("done", "Finished", "")]
        steps.now("More", "Done")
        steps.failed("Broken", "Try again.")
        assert steps.lines[-1] == ("failed", "Broken", "Try again.") and "More" not in str(steps.lines)


async def test_attempts_in_vain_leave_only_the_last_remedy_and_nothing_once_one_succeeds() -> None:
    steps = Steps()
    app = Stage(steps)
    async with app.run_test(size=(30, 10)) as pilot:
        steps.now("Answering", "Answered")
        steps.came("Answered")
        for attempt in (1, 2):
            steps.instead(f"Attempt {attempt}")
            steps.instead(f"Heard in {attempt}")
            steps.missed(f"Attempt {attempt} in vain", f"Remedy {attempt}")
        assert steps.lines == [
            ("done", "Answered", ""),
            ("missed", "Attempt 1 in vain", ""),
            ("missed", "Attempt 2 in vain", "Remedy 2"),
        ]
        steps.instead("Attempt 3 takes more words than one line of this screen has")
        await pilot.pause()
        shown = str(steps.render()).splitlines()
        assert shown[-1].startswith("  ") and all(len(line) <= 30 for line in shown)
        steps.came("Measured")
        assert steps.lines == [("done", "Answered", ""), ("done", "Measured", "")]
