"""Texts for the screen: made safe, cut to a width in cells, times in words."""

import time
import unicodedata

from rich.cells import cell_len, chop_cells, set_cell_size

BREAK = "↵"  # stands for a line break where a value has to fit on one line
_REPLACED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """One line that cannot disturb a terminal: line breaks as ` ↵ `, control and formatting characters dropped.

    A contact's values come from outside; a bidirectional override among them would make a value read as another.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\n", f" {BREAK} ")
    return "".join(
        character for character in text if unicodedata.category(character) not in _REPLACED or character == "\u200d"
    )


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` cells: cut with an ellipsis or padded with spaces."""
    if width <= 0:
        return ""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…"
    return " " * (width - length) + text if right else text + " " * (width - length)


def fitted(text: str, width: int) -> str:
    """As `fit`, for texts whose cut part may end in a wide character: always exactly `width` cells."""
    return set_cell_size(fit(text, width), width)


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at spaces; a word that is longer is cut."""
    lines, line = [], ""
    for word in text.split(" "):
        if cell_len(line) + 1 + cell_len(word) <= width and line:
            line += " " + word
            continue
        if line:
            lines.append(line)
        *cut, line = chop_cells(word, width) or [""]
        lines += cut
    return [*lines, line]


def date(at: float) -> str:
    """`2026-11-22`, local time."""
    return time.strftime("%Y-%m-%d", time.localtime(at))


def moment(at: float) -> str:
    """`2026-11-22 14:05`, local time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def ago(at: float | None, now: float) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the date; `never` for None."""
    if at is None:
        return "never"
    seconds = max(0, now - at)
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h ago"
    days = int(seconds // 86400)
    return date(at) if days > 30 else f"{days} day{'s' * (days > 1)} ago"


def countdown(seconds: float) -> str:
    """`4:58`; never below `0:00`."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def count(number: int, thing: str) -> str:
    """`1 contact`, `3 contacts`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
