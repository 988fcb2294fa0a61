"""How loud it is in 18–20 kHz: a bar and the figure."""

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

_NAME = "18–20 kHz  "
_FIGURE = 11  # " −100 dBFS"


class Meter(Widget):
    """One line. `show` moves it; before, it is empty and without a figure."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--dim", "line--mark", "line--good"}
    DEFAULT_CSS = "Meter { height: 1; width: 100%; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._share = 0.0
        self._words = ""

    def show(self, share: float, level_db: float | None) -> None:
        """`share` of the bar, 0 to 1, and the level in dBFS; None takes the figure away."""
        words = "" if level_db is None else f"{level_db:.0f} dBFS".replace("-", "−")
        if (share, words) != (self._share, self._words):
            self._share, self._words = share, words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        dim, mark = (base + self.get_component_rich_style(f"line--{tone}", partial=True) for tone in ("dim", "mark"))
        room = max(0, self.size.width - len(_NAME) - _FIGURE)
        full = round(self._share * room)
        parts = [
            Segment(_NAME, base),
            Segment("█" * full, mark),
            Segment("·" * (room - full), dim),
            Segment(self._words.rjust(_FIGURE), base),
        ]
        return Strip(parts).adjust_cell_length(self.size.width, base)
