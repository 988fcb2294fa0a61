"""Contacts, ten thousand of them, with a live filter."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from vauchi_tui.actions.contacts import needles
from vauchi_tui.model.labels import SIGN
from vauchi_tui.ui.widgets.line_list import Cell, LineList
from vauchi_tui.ui.words import fitted, plain


@dataclass(frozen=True, slots=True)
class ContactLine:
    """What the list shows of a contact. `values` are the values of his card; `haystack` is what a filter looks in.

    `mark` and `tone` say his state with a sign and a colour: `✓` confirmed, `…` the first card is on its way,
    `✗` blocked, `↑` something waits for him. `labels`: how those that he is in are called.
    """

    identity: bytes
    name: str
    values: tuple[str, ...]
    trust: str
    mark: str
    tone: str
    haystack: str
    labels: tuple[str, ...] = ()


class ContactList(LineList[ContactLine]):
    """Name, values, trust. `filter` narrows it to the lines that contain every word."""

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(empty=empty, id=id)
        self.everybody: Sequence[ContactLine] = ()
        self.wanted = ""
        self._empty_list = empty

    def key(self, row: ContactLine) -> Hashable:
        return row.identity

    def show(self, contacts: Sequence[ContactLine]) -> None:
        """Show these, as far as they pass the filter."""
        self.everybody = contacts
        self._apply()

    def filter(self, query: str) -> None:
        """Show only contacts whose name, labels or values contain every word; see `actions.contacts.needles`."""
        if query != self.wanted:
            self.wanted = query
            self._apply()

    def _apply(self) -> None:
        words = needles(self.wanted)
        rows = self.everybody
        for word in words:
            rows = [row for row in rows if word in row.haystack]
        self.empty = f"Nobody matches “{self.wanted.strip()}”.\nesc shows everybody" if words else self._empty_list
        self.set_rows(rows)

    def cells(self, row: ContactLine, width: int) -> Sequence[Cell]:
        name_width = min(max(14, width * 3 // 10), 32)
        trust_width = 20 if width >= 70 else 0
        room = width - 2 - name_width - 2 - (trust_width + 2 if trust_width else 0)
        labels = " ".join(SIGN + plain(label) for label in row.labels)
        labels_width = min(cell_len(labels), room // 3)
        out = [
            Cell(f"{row.mark} ", row.tone),
            Cell(fitted(plain(row.name), name_width), "strong"),
            Cell("  "),
            Cell(fitted(" · ".join(map(plain, row.values)), room - labels_width - (2 if labels_width else 0))),
        ]
        if labels_width:
            out += [Cell("  "), Cell(fitted(labels, labels_width), "dim")]
        if trust_width:
            out += [Cell("  "), Cell(fitted(row.trust, trust_width), "dim")]
        return out
