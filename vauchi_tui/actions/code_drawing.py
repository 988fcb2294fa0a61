"""A code drawn for the room there is in a terminal, or written as a PNG file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vauchi_tui.optics import qr_draw
from vauchi_tui.optics.qr_draw import Matrix, TooSmall


@dataclass(frozen=True, slots=True)
class Drawing:
    """The modules, quiet zone included (True is dark); a cell of the terminal is one wide and two high."""

    matrix: Matrix
    columns: int
    rows: int


def draw(text: str, columns: int, rows: int, *, utf8: bool = True) -> Drawing | TooSmall:
    """The text as the best code that fits, or in words why none does. Takes some 20 ms."""
    plan = qr_draw.plan(text, columns, rows, utf8=utf8)
    if isinstance(plan, TooSmall):
        return plan
    return Drawing(qr_draw.render(text, plan), plan.columns, plan.rows)


def shows_utf8(environ: Mapping[str, str]) -> bool:
    """Does the locale let one expect half blocks to be shown? One that names no character set counts as UTF-8."""
    locale = next((environ[key] for key in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(key)), "")
    _, dot, charset = locale.partition(".")
    return not dot or charset.partition("@")[0].lower().replace("-", "") == "utf8"


def write_png(text: str, directory: Path, now: int) -> Path:
    """Write the code as `vauchi-code-SECONDS.png`. Raises VauchiError where that cannot be done."""
    from vauchi_tui.optics import qr_picture

    path = directory / f"vauchi-code-{now}.png"
    qr_picture.write_png(text, path)
    return path
