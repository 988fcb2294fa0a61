"""Who sees what: contacts × fields with both headers frozen, a cursor in two directions, and staged changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from vauchi_tui.ui.widgets.line_list import LineList
from vauchi_tui.ui.words import fitted, plain

HEADER = 2  # lines: the fields' labels, a rule


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """`sees`: now or, when `changed`, after saving. `shared`: because everyone does, or a label of his."""

    sees: bool
    shared: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class MatrixView:
    """What is drawn: `columns` are labels, `rows` names; `cells(row)` gives a row's cells when it comes into sight."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: Callable[[int], Sequence[MatrixCell]]


class VisibilityMatrix(ScrollView, can_focus=True):
    """The matrix. It only asks for changes (`Toggled`); the screen stages and saves them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*LineList.COMPONENT_CLASSES, "matrix--cell"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "turn('toggle', 'cell')", "Toggle", id="matrix.toggle"),
        Binding("r", "turn('toggle', 'row')", "Row", id="matrix.row"),
        Binding("c", "turn('toggle', 'column')", "Column", id="matrix.column"),
        Binding("o", "turn('only', 'row')", "Of this row only this field", show=False, id="matrix.only_row"),
        Binding("O", "turn('only', 'column')", "This field for this row only", show=False, id="matrix.only_column"),
        Binding("backspace,delete", "turn('reset', 'cell')", "Back to the rest", show=False, id="matrix.reset"),
        Binding("R", "turn('reset', 'row')", "Whole row back to the rest", show=False, id="matrix.reset_row"),
        Binding("C", "turn('reset', 'column')", "Whole column back", show=False, id="matrix.reset_column"),
        Binding("down,j", "move(1, 0)", "Next contact", show=False, id="matrix.down"),
        Binding("up,k", "move(-1, 0)", "Previous contact", show=False, id="matrix.up"),
        Binding("right,l", "move(0, 1)", "Next field", show=False, id="matrix.right"),
        Binding("left,h", "move(0, -1)", "Previous field", show=False, id="matrix.left"),
        Binding("pagedown", "move(15, 0)", "Page down", show=False, id="matrix.page_down"),
        Binding("pageup", "move(-15, 0)", "Page up", show=False, id="matrix.page_up"),
        Binding("g,home", "move(-100000, 0)", "First contact", show=False, id="matrix.first"),
        Binding("G,end", "move(100000, 0)", "Last contact", show=False, id="matrix.last"),
    ]

    class Toggled(Message):
        """`what` is `toggle`, `only` or `reset`; `scope` is `cell`, `row` or `column`, at the cursor."""

        def __init__(self, what: str, scope: str, row: int, column: int) -> None:
            super().__init__()
            self.what, self.scope, self.row, self.column = what, scope, row, column

    class Moved(Message):
        """The cursor stands elsewhere."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view = MatrixView((), (), lambda row: ())
        self.row = 0
        self.column = 0

    def show(self, view: MatrixView) -> None:
        """Draw another state; the cursor stays."""
        self.view = view
        self.row = max(0, min(self.row, len(view.rows) - 1))
        self.column = max(0, min(self.column, len(view.columns) - 1))
        self._resize()
        self.refresh()

    @property
    def name_width(self) -> int:
        return min(max(10, self.size.width // 4), 28)

    @property
    def column_width(self) -> int:
        """Cells of a column: as wide as the longest label, narrower where many must fit, never below 8."""
        count = max(1, len(self.view.columns))
        longest = max((len(plain(label)) for label in self.view.columns), default=8)
        room = (self.size.width - self.name_width - 2) // count
        return max(8, min(longest + 2, 16, max(room, 8)))

    def _resize(self) -> None:
        width = self.name_width + 2 + self.column_width * len(self.view.columns)
        self.virtual_size = Size(width, len(self.view.rows) + HEADER)

    def on_resize(self) -> None:
        self._resize()
        self._show_cursor()

    def _show_cursor(self) -> None:
        # The frozen parts cover the first columns and lines, so the visible region starts behind them.
        x, y = self.scroll_offset
        wide = self.size.width - self.name_width - 2
        high = self.size.height - HEADER
        left = self.column * self.column_width
        x = min(x, left) if left < x else max(x, left + self.column_width - wide)
        y = min(y, self.row) if self.row < y else max(y, self.row - high + 1)
        self.scroll_to(max(0, x), max(0, y), animate=False, force=True, immediate=True)

    def action_move(self, rows: int, columns: int) -> None:
        self.row = max(0, min(self.row + rows, len(self.view.rows) - 1))
        self.column = max(0, min(self.column + columns, len(self.view.columns) - 1))
        self._show_cursor()
        self.refresh()
        self.post_message(self.Moved())

    def action_turn(self, what: str, scope: str) -> None:
        if self.view.rows and self.view.columns:
            self.post_message(self.Toggled(what, scope, self.row, self.column))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        offset_x, offset_y = self.scroll_offset
        base = self.rich_style
        if y == 0:
            frozen, moving = [Segment(" " * (self.name_width + 2), base)], self._labels()
        elif y == 1:
            line = base + self.get_component_rich_style("line--dim", partial=True)
            return Strip([Segment("─" * width, line)], width)
        else:
            index = y - HEADER + offset_y
            if index >= len(self.view.rows):
                return Strip.blank(width, base)
            frozen, moving = self._row(index)
        moving_width = self.column_width * len(self.view.columns)
        left = Strip(frozen, self.name_width + 2)
        room = width - left.cell_length
        right = Strip(moving, moving_width).crop(offset_x, offset_x + room).adjust_cell_length(room, base)
        return Strip.join([left, right])

    def _labels(self) -> list[Segment]:
        out = []
        for index, label in enumerate(self.view.columns):
            tone = "line--accent" if index == self.column and self.has_focus else "line--strong"
            style = self.rich_style + self.get_component_rich_style(tone, partial=True)
            out.append(Segment(fitted(plain(label), self.column_width - 1) + " ", style))
        return out

    def _row(self, index: int) -> tuple[list[Segment], list[Segment]]:
        base, lit = self.rich_style, index == self.row and self.has_focus
        tones = {name: base + self.get_component_rich_style(f"line--{name}", partial=True) for name in LineList.TONES}
        mark = self.get_component_rich_style("line--mark", partial=True)
        name = fitted(plain(self.view.rows[index]), self.name_width)
        frozen = [
            Segment("▌ " if index == self.row else "  ", base + mark if lit else tones["dim"]),
            Segment(name, tones["strong"] if lit else base),
        ]
        cursor = self.get_component_rich_style("line--cursor", partial=True)
        moving = []
        for column, cell in enumerate(self.view.cells(index)):
            text, tone = cell_text(cell)
            style = tones[tone] if tone else base
            if lit and column == self.column:
                moving += [
                    Segment(f"[{text}]", style + cursor),
                    Segment(" " * (self.column_width - 2 - len(text)), base),
                ]
            else:
                moving.append(Segment(f" {text}".ljust(self.column_width), style))
        return frozen, moving


def cell_text(cell: MatrixCell) -> tuple[str, str]:
    """Sign and tone. Every state has its own sign; `*` is a change that is not saved yet."""
    sign, tone = ("●", "good") if cell.sees and not cell.shared else ("○", "good") if cell.sees else ("·", "dim")
    return sign + ("*" if cell.changed else " "), "warn" if cell.changed else tone


def legend() -> Sequence[tuple[str, str]]:
    """Sign and meaning, for the foot of the screen."""
    return (("●", "sees it"), ("○", "by label or everyone"), ("·", "does not"), ("*", "unsaved"))
