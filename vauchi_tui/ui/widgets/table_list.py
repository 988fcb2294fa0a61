"""Rows of columns, as wide as their texts; what is too long goes on in the next line."""

from collections.abc import Hashable, Iterator, Sequence
from enum import Enum, auto
from typing import ClassVar, NamedTuple

from rich.cells import cell_len

from vauchi_tui.ui.widgets.line_list import Cell, LineList
from vauchi_tui.ui.words import fitted, wrapped


class Kind(Enum):
    """Only a ROW takes the cursor; MORE is the rest of the row above it."""

    ROW = auto()
    HEADING = auto()
    MORE = auto()


class Row(NamedTuple):
    """A line of a table."""

    key: Hashable
    columns: tuple[Cell, ...] = ()
    kind: Kind = Kind.ROW


def heading(text: str) -> Row:
    return Row(("heading", text), (Cell(text, "accent"),), Kind.HEADING)


def blank(key: str) -> Row:
    return Row(("blank", key), (), Kind.HEADING)


class TableList(LineList[Row]):
    """Column `flex` takes the room that the others leave; where that is too little, the last columns are left out."""

    FLEX_MINIMUM: ClassVar[int] = 18

    def __init__(self, *, flex: int = 1, empty: str = "", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(empty=empty, id=id, classes=classes)
        self._flex = flex
        self._natural: list[int] = []
        self._source: Sequence[Row] = ()

    def key(self, row: Row) -> Hashable:
        return row.key

    def selectable(self, row: Row) -> bool:
        return row.kind is Kind.ROW

    def belongs(self, row: Row) -> bool:
        return row.kind is Kind.MORE

    def set_rows(self, rows: Sequence[Row]) -> None:
        self._source = rows
        natural: list[int] = []
        for row in rows:
            for index, cell in enumerate(row.columns if row.kind is Kind.ROW else ()):
                natural += [0] * (index + 1 - len(natural))
                natural[index] = max(natural[index], cell_len(cell.text))
        self._natural = natural
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()
        super().on_resize()

    def _lay_out(self) -> None:
        lines = self._all(self.room(len(self._source)))
        if len(lines) > self.size.height:  # only what was broken may have made it so long
            lines = self._all(self.room(len(lines)))
        super().set_rows(lines)

    def _all(self, width: int) -> list[Row]:
        return [line for row in self._source for line in self._lines(row, width)]

    def _lines(self, row: Row, width: int) -> Iterator[Row]:
        """The row, and as many lines more as its flexible column needs."""
        rooms = self.widths(width, len(row.columns))
        if row.kind is not Kind.ROW or width < self.FLEX_MINIMUM or len(row.columns) <= self._flex:
            yield row
            return
        cell = row.columns[self._flex]
        if cell_len(cell.text) <= rooms[self._flex]:
            yield row
            return
        for number, text in enumerate(wrapped(cell.text, rooms[self._flex])):
            whole = [Cell("")] * self._flex if number else list(row.columns[: self._flex])
            whole += [Cell(text, cell.tone), *(row.columns[self._flex + 1 :] if not number else ())]
            whole += [Cell("")] * (len(row.columns) - len(whole))
            yield Row((row.key, number) if number else row.key, tuple(whole), Kind.MORE if number else Kind.ROW)

    def cells(self, row: Row, width: int) -> Sequence[Cell]:
        if row.kind is Kind.HEADING:
            return [Cell(fitted(cell.text, width), cell.tone) for cell in row.columns[:1]]
        out = []
        for cell, room in zip(row.columns, self.widths(width, len(row.columns)), strict=False):
            if room:
                out += [Cell(fitted(cell.text, room), cell.tone), Cell("  ")]
        return out[:-1]

    def widths(self, width: int, count: int) -> list[int]:
        """Cells for each of the first `count` columns; 0: left out. A row's last column has the rest of the line."""
        widths = self._natural[:count]
        flex = self._flex
        if len(widths) <= flex:
            return widths
        if flex > 0:
            widths[0] = min(widths[0], max(8, width * 2 // 5))
        while True:
            room = width - sum(size + 2 for index, size in enumerate(widths) if index != flex and size)
            shown = [index for index in range(flex + 1, len(widths)) if widths[index]]
            if not shown or room >= min(widths[flex], self.FLEX_MINIMUM):
                widths[flex] = max(1, room)
                return widths
            widths[shown[-1]] = 0


__all__ = ["Cell", "Kind", "Row", "TableList", "blank", "heading"]
