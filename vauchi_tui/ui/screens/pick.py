"""One of a list, which may be longer than the screen."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from vauchi_tui.ui.widgets.choice import Option
from vauchi_tui.ui.widgets.dialog import Dialog
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList

_LINES = 12


class PickDialog(Dialog[str]):
    """The result is the value of the option that was chosen, or None after escape. ● stands before the present one."""

    def __init__(self, title: str, options: Sequence[Option], present: str, words: str = "") -> None:
        super().__init__()
        self._title, self._options, self._present, self._words = title, options, present, words

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            table = TableList(id="options")
            table.set_rows(
                [
                    Row(option.value, (Cell("●" if option.value == self._present else "○"), Cell(option.name)))
                    for option in self._options
                ]
            )
            table.styles.height = min(len(self._options), _LINES)
            table.select(self._present)
            yield table
            if self._words:
                yield Static(self._words, classes="keys", markup=False)
            yield Static("⏎ takes it · esc leaves it as it is", classes="keys")

    @on(TableList.Chosen)
    def take(self, message: TableList.Chosen) -> None:
        row = message.list.current
        if row is not None:
            self.dismiss(str(row.key))
