"""Some of many: lines with a box before each, ticked by the space bar, narrowed by a filter."""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from vauchi_tui.ui.widgets.line_list import Cell, LineList
from vauchi_tui.ui.words import fitted, plain


class Mark(NamedTuple):
    """What can be ticked (`key`), how it is called, and a few words more."""

    key: Hashable
    name: str
    words: str = ""


class MarkList(LineList[Mark]):
    """`ticked` are the keys of what is ticked, also of lines that the filter hides."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "Tick", key_display="space", id="marks.tick"),
    ]

    def __init__(self, marks: Sequence[Mark] = (), ticked: Iterable[Hashable] = (), *, empty: str = "") -> None:
        super().__init__(empty=empty)
        self.marks = marks
        self.ticked = set(ticked)
        self._wanted = ""
        self.rows = marks

    def key(self, row: Mark) -> Hashable:
        return row.key

    def offer(self, marks: Sequence[Mark]) -> None:
        """Show others; what is not among them is not ticked any more."""
        self.marks = marks
        self.ticked &= {mark.key for mark in marks}
        self.filter(self._wanted)

    def filter(self, query: str) -> None:
        """Show only those whose name contains every word; case is ignored."""
        self._wanted = query
        words = query.casefold().split()
        self.set_rows([mark for mark in self.marks if all(word in mark.name.casefold() for word in words)])

    def action_tick(self) -> None:
        if self.current is not None:
            self.ticked ^= {self.current.key}
            self.refresh()

    def cells(self, row: Mark, width: int) -> Sequence[Cell]:
        on = row.key in self.ticked
        name_width = min(max((len(plain(mark.name)) for mark in self.rows), default=0), width * 2 // 3) + 2
        return [
            Cell("[x] " if on else "[ ] ", "good" if on else "dim"),
            Cell(fitted(plain(row.name), name_width), "strong" if on else ""),
            Cell(fitted(plain(row.words), max(0, width - name_width - 4)), "dim"),
        ]
