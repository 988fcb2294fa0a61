"""A code as a QR symbol in terminal cells: as much error correction as the room allows.

A cell is one module wide and two high: `▄` in one of two explicit colours on the other. The colours are palette indices
16 and 231, black and white in every theme; with a theme's own colours no reader finds the code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import segno

from vauchi_tui.errors import InvalidValue

BLOCK: Final = "▄"
BLACK: Final = 16
WHITE: Final = 231
_RESET: Final = "\x1b[0m"

Matrix = Sequence[Sequence[bool]]  # True is dark; the quiet zone is included

# Error correction and quiet zone (modules), the best first. For the 175 characters of a code without a relay these are
# 61×31, 53×27, 49×25 and 45×23 cells. The standard's quiet zone is 4; readers manage with 2.
_WISHES: Final = (("Q", 4), ("M", 4), ("M", 2), ("L", 2))


@dataclass(frozen=True, slots=True)
class QrPlan:
    """A symbol that fits: QR version 1–40, error correction L, M or Q, quiet zone in modules."""

    version: int
    error: str
    quiet: int

    @property
    def columns(self) -> int:
        """Cells across, which is also modules across, quiet zone included."""
        return 17 + 4 * self.version + 2 * self.quiet

    @property
    def rows(self) -> int:
        """Cells down."""
        return (self.columns + 1) // 2


@dataclass(frozen=True, slots=True)
class TooSmall:
    """No symbol can be drawn here: what is wrong and what to do instead. `columns` × `rows` cells would do."""

    columns: int
    rows: int
    words: str
    hint: str


def plan(text: str, columns: int, rows: int, *, utf8: bool = True) -> QrPlan | TooSmall:
    """The best symbol for `text` in a room of `columns` × `rows` cells; `utf8`: whether the terminal shows `▄`.

    Raises InvalidValue where no QR code can hold the text. Takes some 10 ms: plan again when the room changes only.
    """
    wishes = [_smallest(text, error, quiet) for error, quiet in _WISHES]
    least = wishes[-1]
    if not utf8:
        return TooSmall(
            least.columns,
            least.rows,
            "The terminal does not show UTF-8, which drawing the code needs.",
            "Use the code as text or as a PNG file, or start in a UTF-8 locale.",
        )
    for wish in wishes:
        if wish.columns <= columns and wish.rows <= rows:
            return wish
    return TooSmall(
        least.columns,
        least.rows,
        f"The code needs {least.columns}×{least.rows} cells; there are {columns}×{rows}.",
        "Enlarge the window or shrink its font, or use the code as text or as a PNG file.",
    )


def render(text: str, plan: QrPlan) -> Matrix:
    """The modules of `text` drawn as planned for it, quiet zone included; True is dark."""
    symbol = _symbol(text, plan.error, plan.version)
    margin, side = [False] * plan.quiet, [False] * plan.columns
    lines = [margin + [bool(module) for module in line] + margin for line in symbol.matrix]
    return [*[side] * plan.quiet, *lines, *[side] * plan.quiet]


def rows_of_cells(matrix: Matrix) -> list[list[tuple[bool, bool]]]:
    """The matrix by pairs of lines: per cell (upper module is dark, lower module is dark). A missing line is light."""
    lines = [*matrix, [False] * len(matrix[0])] if len(matrix) % 2 else matrix
    return [list(zip(lines[y], lines[y + 1], strict=True)) for y in range(0, len(lines), 2)]


def terminal_lines(matrix: Matrix) -> list[str]:
    """The symbol as lines with escape sequences, NO_COLOR or not; each ends with the attributes reset."""
    out = []
    for row in rows_of_cells(matrix):
        line, last = [], None
        for cell in row:
            if cell != last:
                upper, lower = (BLACK if dark else WHITE for dark in cell)
                line.append(f"\x1b[38;5;{lower};48;5;{upper}m")
                last = cell
            line.append(BLOCK)
        out.append("".join(line) + _RESET)
    return out


def _smallest(text: str, error: str, quiet: int) -> QrPlan:
    version = _symbol(text, error, None).version
    return QrPlan(int(version), error, quiet)


def _symbol(text: str, error: str, version: int | None) -> segno.QRCode:
    try:
        # Where a version has room to spare, more error correction costs nothing: the size stays.
        return segno.make_qr(text, error=error, version=version, boost_error=version is not None)
    except (segno.DataOverflowError, ValueError) as error_:
        raise InvalidValue("The text does not fit into a QR code.", "Use it as text.") from error_
