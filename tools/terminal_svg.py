"""A terminal's screen as SVG, every character in its cell, whatever font the reader has.

Text is placed piece by piece with its length given, and block elements are drawn as rectangles: a QR code stays a code.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.color import Color, blend_rgb
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.strip import Strip

FONTS = "'JetBrains Mono', ui-monospace, Menlo, 'DejaVu Sans Mono', Consolas, monospace"
FONT, WIDTH, HEIGHT = 20, 12, 26  # pixels: 0.6 em is the advance of most monospaced fonts
BASELINE = 20
EDGE = 18
_DIM = 0.55


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters of one style in a row."""

    x: int
    text: str
    style: Style

    @property
    def cells(self) -> int:
        return cell_len(self.text)


def svg(strips: Iterable[Strip], columns: int, title: str, background: str, theme: TerminalTheme) -> str:
    """The picture of a screen. `title` is for those who cannot see it; `background` is that of the edge."""
    rows = list(strips)
    width, height = columns * WIDTH + 2 * EDGE, len(rows) * HEIGHT + 2 * EDGE
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="10" fill="{background}"/>',
        f'<g transform="translate({EDGE} {EDGE})" font-family="{FONTS}" font-size="{FONT}" xml:space="preserve">',
    ]
    drawn = [_row(row, y, theme, background) for y, row in enumerate(rows)]
    out += [rectangle for rectangles, _ in drawn for rectangle in rectangles]
    out += [text for _, texts in drawn for text in texts]
    return "\n".join([*out, "</g>", "</svg>", ""])


def _row(strip: Strip, y: int, theme: TerminalTheme, background: str) -> tuple[list[str], list[str]]:
    rectangles: list[str] = []
    texts: list[str] = []
    for piece in _pieces(strip):
        fore, back = _colours(piece.style, theme)
        if back != background:
            rectangles.append(_rectangle(piece.x, y, piece.cells, back))
        if piece.text.strip():
            kind = rectangles if _is_block(piece.text[0]) else texts
            kind.append(_block(piece, y, fore) if kind is rectangles else _text(piece, y, fore))
    return rectangles, texts


def _pieces(strip: Strip) -> Iterator[_Piece]:
    x = 0
    for style, group in groupby(strip, key=lambda segment: segment.style):
        text = "".join(segment.text for segment in group if not segment.control)
        for _, characters in groupby(enumerate(text), key=_together):
            piece = _Piece(x, "".join(character for _, character in characters), style or Style.null())
            yield piece
            x += piece.cells


def _together(numbered: tuple[int, str]) -> object:
    """Equal for neighbours that may be drawn in one go: words, and runs of the same block.

    Signs stand alone, so that no font makes one of two, and so does what a font may lack.
    """
    number, character = numbered
    if character.isascii() and (character.isalnum() or character in " .,@"):
        return "words"
    return character if _is_block(character) else number


def _colours(style: Style, theme: TerminalTheme) -> tuple[str, str]:
    fore = (style.color or Color.default()).get_truecolor(theme)
    back = (style.bgcolor or Color.default()).get_truecolor(theme, foreground=False)
    if style.reverse:
        fore, back = back, fore
    if style.dim:
        fore = blend_rgb(back, fore, _DIM)
    return fore.hex, back.hex


def _rectangle(x: int, y: int, cells: int, colour: str) -> str:
    return f'<rect x="{x * WIDTH}" y="{y * HEIGHT}" width="{cells * WIDTH}" height="{HEIGHT}" fill="{colour}"/>'


def _text(piece: _Piece, y: int, colour: str) -> str:
    text = piece.text.rstrip()
    lead = len(text) - len(text.lstrip(" "))
    text = text[lead:]
    bold = ' font-weight="bold"' if piece.style.bold else ""
    slant = ' font-style="italic"' if piece.style.italic else ""
    line = ' text-decoration="underline"' if piece.style.underline else ""
    length = f' textLength="{cell_len(text) * WIDTH}"' if len(text) > 1 else ""
    x, baseline = (piece.x + lead) * WIDTH, y * HEIGHT + BASELINE
    return f'<text x="{x}" y="{baseline}" fill="{colour}"{bold}{slant}{line}{length}>{escape(text)}</text>'


def _is_block(character: str) -> bool:
    return "▀" <= character <= "▐"


def _block(piece: _Piece, y: int, colour: str) -> str:
    """What a run of one block element (U+2580 to U+2590) fills."""
    number = ord(piece.text[0]) - 0x2580
    x, top, width, height = float(piece.x * WIDTH), float(y * HEIGHT), float(WIDTH), float(HEIGHT)
    if number == 0:
        height /= 2
    elif number <= 8:  # from below, in eighths
        height = HEIGHT * number / 8
        top += HEIGHT - height
    elif number < 16:  # from the left, in eighths
        width = WIDTH * (16 - number) / 8
    else:
        width /= 2
        x += width
    whole = number <= 8
    count = len(piece.text)
    parts = [(x, width * count)] if whole else [(x + one * WIDTH, width) for one in range(count)]
    return "".join(
        f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="{height:g}" fill="{colour}"/>' for left, wide in parts
    )
