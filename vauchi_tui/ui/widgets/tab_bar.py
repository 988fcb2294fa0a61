"""The line at the top: the six tabs and, at its end, how the sync stands."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vauchi_tui.ui.widgets.line_list import Cell

TABS = ("Card", "Contacts", "Visibility", "Exchange", "Sync", "Settings")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the sync stands: a sign, the words where there is room, a tone."""

    sign: str = "–"
    words: str = "starting"
    tone: str = "dim"


class TabBar(Widget):
    """Tabs by number. Where all names do not fit, only the shown tab has its name."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tab--active",
        "tab--number",
        "tab--good",
        "tab--warn",
        "tab--bad",
        "tab--dim",
    }
    DEFAULT_CSS = "TabBar { dock: top; height: 1; width: 100%; }"

    def __init__(self, active: str) -> None:
        super().__init__()
        self.active = active
        self.standing = Standing()

    def show(self, standing: Standing) -> None:
        """Show another standing."""
        if standing != self.standing:
            self.standing = standing
            self.refresh()

    def parts(self, width: int) -> list[Cell]:
        """The line in exactly `width` cells."""
        end = f"{self.standing.sign} {self.standing.words} "
        for named, gap, words in (
            (TABS, "  ", end),
            (TABS, "  ", f"{self.standing.sign} "),
            ((self.active,), "  ", end),
            ((self.active,), "", self.standing.sign),
        ):
            cells: list[Cell] = [Cell(" ")]
            for number, tab in enumerate(TABS, 1):
                on = tab == self.active
                if tab in named:
                    cells += [Cell(f" {number} {tab} ", "active" if on else "tab")]
                else:
                    cells += [Cell(f" {number} ", "tab")]
            used = sum(cell_len(cell.text) for cell in cells)
            if used + len(gap) + cell_len(words) <= width:
                return [*cells, Cell(" " * (width - used - cell_len(words))), Cell(words, self.standing.tone)]
        return cells

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        segments = []
        for text, tone in self.parts(width):
            if tone == "tab":
                number, _, name = text.strip().partition(" ")
                style = self.rich_style + self.get_component_rich_style("tab--number", partial=True)
                segments += [Segment(f" {number}", style), Segment(f" {name} " if name else " ", self.rich_style)]
            else:
                extra = self.get_component_rich_style(f"tab--{tone}", partial=True) if tone else None
                segments.append(Segment(text, self.rich_style + extra if extra else self.rich_style))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        x = 0
        for text, tone in self.parts(self.size.width):
            x += cell_len(text)
            if event.x < x:
                if tone in ("tab", "active"):
                    self.app.post_message(TabClicked(int(text.split()[0])))
                return


class TabClicked(Message):
    """A tab was clicked; `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
