"""A QR code in half blocks. Explicit black and white, whatever the theme: a reader's camera knows no themes."""

from collections.abc import Sequence

from rich.color import Color, ColorSystem, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from vauchi_tui.optics.qr_draw import BLACK, BLOCK, WHITE, Matrix, rows_of_cells


class _Fixed(Color):
    """A palette index that is sent as it is, also to a terminal that is known to have fewer colours.

    The sixteen theme colours are no substitute: measured on a dark theme, no reader finds such a code.
    """

    def downgrade(self, system: ColorSystem) -> Color:  # type: ignore[override]  # Rich caches its own
        return self


_BLACK = _Fixed(str(BLACK), ColorType.EIGHT_BIT, BLACK, ColorTriplet(0, 0, 0))
_WHITE = _Fixed(str(WHITE), ColorType.EIGHT_BIT, WHITE, ColorTriplet(255, 255, 255))
_STYLES = {
    (upper, lower): Style.from_color(_BLACK if lower else _WHITE, _BLACK if upper else _WHITE)
    for upper in (False, True)
    for lower in (False, True)
}


class QrView(Widget):
    """Draws a boolean matrix, quiet zone included, in the middle of its width: one column, half a line per module."""

    DEFAULT_CSS = "QrView { width: 1fr; height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: list[Strip] = []
        self._modules = 0

    def show(self, matrix: Matrix) -> None:
        """Draw another code: True is dark. An empty matrix draws nothing."""
        self._strips = [_strip(line) for line in rows_of_cells(matrix)] if matrix else []
        self._modules = len(matrix[0]) if matrix else 0
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._modules

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._strips)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """None: NO_COLOR and the theme's palette do not apply to a code."""
        return ()

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.rich_style
        if y >= len(self._strips):
            return Strip.blank(width, style)
        left = max(0, (width - self._modules) // 2)
        right = max(0, width - self._modules - left)
        return Strip.join([Strip.blank(left, style), self._strips[y], Strip.blank(right, style)])


def _strip(line: list[tuple[bool, bool]]) -> Strip:
    segments: list[Segment] = []
    start = 0
    for end in range(1, len(line) + 1):
        if end == len(line) or line[end] != line[start]:
            segments.append(Segment(BLOCK * (end - start), _STYLES[line[start]]))
            start = end
    return Strip(segments, len(line))
