"""A list drawn line by line: ten thousand rows cost as much as the thirty that are seen."""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

R = TypeVar("R")


class Cell(NamedTuple):
    """A piece of a line: text and tone (`dim`, `strong`, `good`, `warn`, `bad`, `accent` or empty)."""

    text: str
    tone: str = ""


class LineList(ScrollView, Generic[R], can_focus=True):
    """Rows with a cursor. A subclass says what a row's key and cells are.

    `empty` is shown when there are no rows: first line as text, the others as hints.
    """

    TONES: ClassVar = ("dim", "strong", "good", "warn", "bad", "accent")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line--{tone}" for tone in (*TONES, "cursor", "mark")}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next", show=False, id="list.next"),
        Binding("up,k", "move(-1)", "Previous", show=False, id="list.previous"),
        Binding("g,home", "first", "First", show=False, id="list.first"),
        Binding("G,end", "last", "Last", show=False, id="list.last"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="list.page_down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("enter", "choose", "Open", show=False, id="list.open"),
    ]

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, sender: "LineList[Any]") -> None:
            super().__init__()
            self.list = sender

        @property
        def control(self) -> "LineList[Any]":
            return self.list

    class Chosen(Moved):
        """Enter was pressed on a row."""

    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(self, *, empty: str = "", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: Sequence[R] = ()
        self.empty = empty
        self._palette: dict[tuple[str, bool], Style] = {}

    # What a subclass says

    def key(self, row: R) -> Hashable:
        """What makes a row the same row in the next snapshot."""
        raise NotImplementedError

    def cells(self, row: R, width: int) -> Sequence[Cell]:
        """The row in at most `width` cells."""
        raise NotImplementedError

    def selectable(self, row: R) -> bool:
        """False for headings, which the cursor steps over."""
        return True

    def belongs(self, row: R) -> bool:
        """True for a line that goes on with the row above it."""
        return False

    # What a screen does

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show other rows; the cursor stays on the row with the same key, or else where it was."""
        before = self.current
        old_key = None if before is None else self.key(before)
        self.rows = rows
        place = self.cursor
        if old_key is not None:
            place = next((index for index, row in enumerate(rows) if self.key(row) == old_key), place)
        self._resize()
        self._go(place, 1)
        self.refresh()

    def select(self, key: Hashable) -> bool:
        """Put the cursor on the row with that key; False where there is none."""
        for index, row in enumerate(self.rows):
            if self.key(row) == key:
                self._go(index, 1)
                return True
        return False

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        if 0 <= self.cursor < len(self.rows) and self.selectable(self.rows[self.cursor]):
            return self.rows[self.cursor]
        return None

    # Moving

    def _go(self, place: int, step: int) -> None:
        last = len(self.rows) - 1
        place = max(0, min(place, last))
        for way in (step, -step):
            index = place
            while 0 <= index <= last and not self.selectable(self.rows[index]):
                index += way
            if 0 <= index <= last:
                place = index
                break
        self.cursor = place
        self._show_cursor()

    def _show_cursor(self) -> None:
        top = self.cursor
        while top > 0 and not self.selectable(self.rows[top - 1]):
            top -= 1  # the heading above the first row of a group comes along
        end = self.cursor
        while end + 1 < len(self.rows) and self.belongs(self.rows[end + 1]):
            end += 1
        if self.size.height:
            top = max(top, end - self.size.height + 1)
            self.scroll_to_region(Region(0, top, 1, end - top + 1), animate=False, force=True, immediate=True)

    def watch_cursor(self, old: int, new: int) -> None:
        for line in (old, new):
            self.refresh_line(line)
        self.post_message(self.Moved(self))

    def refresh_line(self, line: int) -> None:
        """Repaint one row."""
        self.refresh(Region(0, line - round(self.scroll_y), self.size.width, 1))

    def action_move(self, step: int) -> None:
        if 0 <= self.cursor + step < len(self.rows):
            self._go(self.cursor + step, step)

    def action_page(self, step: int) -> None:
        self._go(self.cursor + step * max(1, self.size.height - 1), step)

    def action_first(self) -> None:
        self._go(0, 1)

    def action_last(self) -> None:
        self._go(len(self.rows) - 1, -1)

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        line = event.y + round(self.scroll_y)
        if 0 <= line < len(self.rows) and self.selectable(self.rows[line]):
            again = line == self.cursor
            self._go(line, 1)
            if again:
                self.action_choose()

    # Drawing

    def _resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.rows))

    def on_resize(self) -> None:
        self._resize()
        self._show_cursor()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def notify_style_update(self) -> None:
        self._palette.clear()
        super().notify_style_update()

    def tone(self, name: str, on_cursor: bool = False) -> Style:
        """The style of a tone, also on the cursor's line."""
        key = (name, on_cursor)
        if key not in self._palette:
            style = self.rich_style
            if name:
                style += self.get_component_rich_style(f"line--{name}", partial=True)
            if on_cursor:
                style += self.get_component_rich_style("line--cursor", partial=True)
            self._palette[key] = style
        return self._palette[key]

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index = y + self.scroll_offset.y
        if not self.rows:
            return self._empty_line(index, width)
        if index >= len(self.rows):
            return Strip.blank(width, self.tone(""))
        row = self.rows[index]
        at_cursor = index == self.cursor and self.selectable(row)
        lit = at_cursor and self.has_focus
        mark = Segment("▌ " if at_cursor else "  ", self.tone("mark" if lit else "dim", lit))
        cells = self.cells(row, max(1, self.room(len(self.rows))))
        segments = [mark, *(Segment(text, self.tone(name, lit)) for text, name in cells)]
        return Strip(segments).adjust_cell_length(width, self.tone("", lit))

    def room(self, lines: int) -> int:
        """Cells that a row has: the mark before it and a blank behind it are not its own, nor is the scrollbar."""
        return self.size.width - 3 - (lines > self.size.height)

    def _empty_line(self, index: int, width: int) -> Strip:
        lines = self.empty.split("\n")
        if index >= len(lines):
            return Strip.blank(width, self.tone(""))
        tone = "" if index == 0 else "dim"
        return Strip([Segment("  " + lines[index], self.tone(tone))]).adjust_cell_length(width, self.tone(""))
