"""What is on a terminal, as a picture: tmux gives the cells and colours, Pillow draws them as a terminal would."""

import subprocess
from collections.abc import Sequence

import pyte
from PIL import Image, ImageDraw, ImageFont

CELL = (8, 16)  # pixels
FOREGROUND, BACKGROUND = "#c8c8c8", "#1e1e2e"  # a dark theme, the harder case for a reader
THEME = {
    "black": "#45475a",
    "red": "#d06070",
    "green": "#70b070",
    "brown": "#c0a060",
    "blue": "#6080d0",
    "magenta": "#b070c0",
    "cyan": "#60b0b0",
    "white": "#bac2de",
}


def terminal_picture(tmux: Sequence[str], target: str, cell: tuple[int, int] = CELL) -> Image.Image:
    """The picture of a pane. `tmux` is the command with its options, such as ["tmux", "-L", "name"]."""
    size = _run([*tmux, "display-message", "-p", "-t", target, "#{pane_width} #{pane_height}"]).split()
    return picture_of(_run([*tmux, "capture-pane", "-e", "-N", "-p", "-t", target]), int(size[0]), int(size[1]), cell)


def picture_of(captured: str, columns: int, rows: int, cell: tuple[int, int] = CELL) -> Image.Image:
    """The picture of a screen from its lines of text with colour sequences."""
    screen = pyte.Screen(columns, rows)
    stream = pyte.Stream(screen)
    for y, line in enumerate(captured.split("\n")[:rows], 1):
        stream.feed(f"\x1b[{y};1H{line}")
    width, height = cell
    image = Image.new("RGB", (columns * width, rows * height), BACKGROUND)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(max(4, height * 2 // 3))
    for y in range(rows):
        for x in range(columns):
            _draw_cell(draw, screen.buffer[y][x], x * width, y * height, cell, font)
    return image


def _draw_cell(
    draw: ImageDraw.ImageDraw,
    character: pyte.screens.Char,
    x: int,
    y: int,
    cell: tuple[int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    width, height = cell
    fore, back = _colour(character.fg, FOREGROUND), _colour(character.bg, BACKGROUND)
    if character.reverse:
        fore, back = back, fore
    draw.rectangle((x, y, x + width - 1, y + height - 1), back)
    text = character.data
    if not text.strip():
        return
    if "▀" <= text <= "▐" and len(text) == 1:
        left, top, right, bottom = _block(text, width, height)
        if right > left and bottom > top:
            draw.rectangle((x + left, y + top, x + right - 1, y + bottom - 1), fore)
    else:
        draw.text((x, y), text, fore, font)


def _block(text: str, width: int, height: int) -> tuple[int, int, int, int]:
    """What a block element (U+2580 to U+2590) fills of its cell: left, top, right, bottom."""
    number = ord(text) - 0x2580
    if number == 0:
        return 0, 0, width, height // 2
    if number <= 8:  # from below, in eighths
        return 0, height - height * number // 8, width, height
    if number < 16:  # from the left, in eighths
        return 0, 0, width * (16 - number) // 8, height
    return width // 2, 0, width, height


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return THEME.get(name.removeprefix("bright"), f"#{name}")


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
