"""A code to be scanned: as large as the room allows, alone but for its countdown."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from vauchi_tui.actions.code_drawing import Drawing, draw, shows_utf8
from vauchi_tui.ui.widgets.qr_view import QrView
from vauchi_tui.ui.words import countdown

SIDE = 16  # cells that the countdown needs beside the code
KEYS = (("n", "new code"), ("t", "text"), ("y", "copy"), ("p", "PNG"), ("esc", "stop"))


@dataclass(frozen=True, slots=True)
class Code:
    """What is shown: `text` with the relay in it, `bare` without, and `relay` to be named beside the bare one.

    `expires` in unix seconds; None has no countdown.
    """

    text: str
    bare: str
    relay: str
    expires: int | None


@dataclass(frozen=True, slots=True)
class Room:
    """Where things go: the drawing, whether the countdown stands beside (else below, else nowhere)."""

    drawing: Drawing
    beside: bool
    below: bool
    bare: bool


def room(code: Code, columns: int, rows: int, *, utf8: bool = True) -> Room | str:
    """The best drawing that leaves the countdown a place, or in words why there is none."""
    words = ""
    for text in dict.fromkeys((code.text, code.bare)):
        below = draw(text, columns, rows - 1, utf8=utf8)
        beside = draw(text, columns - SIDE, rows, utf8=utf8)
        bare = text != code.text or code.text == code.bare
        if isinstance(beside, Drawing) and (not isinstance(below, Drawing) or _better(beside, below)):
            return Room(beside, True, False, bare)
        if isinstance(below, Drawing):
            return Room(below, False, True, bare)
        alone = draw(text, columns, rows, utf8=utf8)
        if isinstance(alone, Drawing):
            return Room(alone, False, False, bare)
        words = f"{alone.words} {alone.hint}"
    return words


def _better(one: Drawing, other: Drawing) -> bool:
    return one.columns > other.columns  # a larger symbol is taken only for more error correction


class CodeView(Widget):
    """Draws again when the room changes. `t` shows the text alone, unframed, for copying by mouse."""

    def __init__(self, clock: Callable[[], float], *, keys: tuple[tuple[str, str], ...] = KEYS) -> None:
        super().__init__()
        self._clock = clock
        self._keys = keys
        self._code: Code | None = None
        self._room: Room | str = ""
        self._text = False
        self._told = ""
        self._utf8 = shows_utf8(os.environ)

    def compose(self) -> ComposeResult:
        yield QrView()
        yield Static("", id="code-text", markup=False)
        yield Static("", id="code-line", markup=False)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def show(self, code: Code) -> None:
        """Show another code."""
        self._code = code
        self._text = False
        self._told = ""
        self._lay_out()

    def toggle_text(self) -> None:
        """The text instead of the symbol, or back."""
        self._text = not self._text
        self._lay_out()

    def tell(self, words: str) -> None:
        """A word about what was done with the code, where the keys stand; nothing may cover the code itself."""
        self._told = words
        self._tick()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        code = self._code
        if code is None or not self.size:
            return
        self._room = room(code, self.size.width, self.size.height, utf8=self._utf8)
        drawn = isinstance(self._room, Room) and not self._text
        view, text = self.query_one(QrView), self.query_one("#code-text", Static)
        view.display, text.display = drawn, not drawn
        self.set_class(drawn and isinstance(self._room, Room) and self._room.beside, "-beside")
        if isinstance(self._room, Room):
            view.show(self._room.drawing.matrix)
            text.update(code.text)
        else:
            text.update(f"{self._room}\n\n{code.text}")
        self._tick()

    def _tick(self) -> None:
        line = self.query_one("#code-line", Static)
        code = self._code
        if code is None or not self.display:
            return
        drawn = isinstance(self._room, Room) and not self._text
        line.display = not drawn or not isinstance(self._room, Room) or self._room.beside or self._room.below
        line.update(self._words(code, drawn and isinstance(self._room, Room) and self._room.beside))

    def _words(self, code: Code, beside: bool) -> Content:
        parts = []
        if code.expires is not None:
            parts.append(Content.styled(countdown(code.expires - self._clock()), "bold"))
        if isinstance(self._room, Room) and self._room.bare and code.relay:
            parts.append(Content(f"relay\u00a0{code.relay}"))
        if self._told:
            return Content(" \u00a0 " if not beside else "\n").join([*parts, Content(self._told)])
        parts += [Content.styled(key, "bold") + Content(f"\u00a0{words}") for key, words in self._keys]
        return Content("\n" if beside else " \u00a0 ").join(parts)
