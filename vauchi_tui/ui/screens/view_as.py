"""One's own card as a contact sees it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from vauchi_tui.model.fields import Field
from vauchi_tui.ui.widgets.dialog import Dialog
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList
from vauchi_tui.ui.words import plain


class ViewAsDialog(Dialog[None]):
    """`after`: staged changes are counted in."""

    def __init__(self, name: str, fields: Sequence[Field], after: bool) -> None:
        super().__init__()
        self._who, self._fields, self._after = name, fields, after

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(
                f"What {self._who} sees{' after saving' if self._after else ''}", classes="title", markup=False
            )
            table = TableList(empty="Your name, and nothing else.", id="seen")
            table.styles.height = min(14, max(2, len(self._fields)))
            table.set_rows(
                [
                    Row(
                        field.id,
                        (Cell(plain(field.label), "strong"), Cell(plain(field.value)), Cell(str(field.type), "dim")),
                    )
                    for field in self._fields
                ]
            )
            yield table
            yield Static("esc leaves", classes="keys")
