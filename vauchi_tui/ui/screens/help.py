"""The keys of what is focused, of its screen, and of the whole app."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from vauchi_tui.ui.widgets.dialog import Dialog
from vauchi_tui.ui.widgets.key_bar import key_name
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList, heading

MORE = (("1 … 6", "the tabs"), ("tab", "the next field or list"))
NAMES = {
    "TextField": "Text field",
    "TableList": "List",
    "ContactList": "List of contacts",
    "VisibilityMatrix": "Matrix",
    "Choice": "Choice",
    "VauchiApp": "Everywhere",
}


@dataclass(frozen=True, slots=True)
class Topics:
    """What the help shows: the screen's words, then groups of (key, words)."""

    words: str
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def topics(screen: Screen[Any]) -> Topics:
    """Collected from the bindings that are active on the screen now, so that it cannot be out of date."""
    groups: dict[str, dict[str, list[str]]] = {}
    for node, binding, _, _ in screen.active_bindings.values():
        if (binding.id is None and type(node).__name__ != "TextField") or binding.action.startswith("tab("):
            continue
        name = NAMES.get(type(node).__name__, "This screen")
        keys = groups.setdefault(name, {}).setdefault(binding.description, [])
        if key_name(binding) not in keys:
            keys.append(key_name(binding))
    return Topics(getattr(screen, "HELP_TEXT", ""), tuple(_ordered(groups)))


def _ordered(groups: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    order = [name for name in groups if name not in ("This screen", "Everywhere")]
    for name in ["This screen", *order, "Everywhere"]:
        if name in groups:
            lines = [(" ".join(keys[:3]), words) for words, keys in groups[name].items()]
            yield name, (*lines, *MORE) if name == "Everywhere" else tuple(lines)


class HelpScreen(Dialog[None]):
    """Escape or `?` leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "leave", "Back", show=False, id="help.leave")]

    def __init__(self, shown: Topics) -> None:
        super().__init__()
        self._shown = shown

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            if self._shown.words:
                yield Static(self._shown.words, markup=False)
                yield Static("")
            table = TableList(id="keys")
            rows = []
            for name, lines in self._shown.groups:
                rows.append(heading(name))
                rows += [Row((name, words), (Cell(keys, "strong"), Cell(words))) for keys, words in lines]
            table.set_rows(rows)
            table.styles.height = min(len(rows), 14)
            yield table
            yield Static("esc leaves", classes="keys")
