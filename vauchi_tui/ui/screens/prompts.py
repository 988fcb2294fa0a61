"""Small questions: one line of text, or a choice by one key."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from vauchi_tui.ui.widgets.dialog import Dialog
from vauchi_tui.ui.widgets.text_field import TextField


class LinePrompt(Dialog[str]):
    """Asks for one line. The result is the text, or None after escape."""

    def __init__(self, title: str, text: str = "", *, hint: str = "", words: str = "", lines: bool = False) -> None:
        super().__init__()
        self._title, self._text, self._hint, self._words, self._lines = title, text, hint, words, lines

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            yield TextField(self._text, hint=self._hint, lines=self._lines)
            if self._words:
                yield Static(self._words, classes="keys", markup=False)
            yield Static("⏎ keeps it · esc leaves it", classes="keys")

    @on(Input.Submitted)
    def keep(self) -> None:
        self.dismiss(self.query_one(TextField).text)


class KeyQuestion(Dialog[str]):
    """A question answered by one key. `answers` are (key, words); the result is the key, or None after escape."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, title: str, words: str, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title, self._words, self._answers = title, words, answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            if self._words:
                yield Static(self._words, markup=False)
            lines = "\n".join(f"{key:>4}  {words}" for key, words in [*self._answers, ("esc", "leave it as it is")])
            yield Static(lines, classes="keys", markup=False)

    def on_key(self, event: events.Key) -> None:
        for key, _ in self._answers:
            if event.character == key:
                event.stop()
                self.dismiss(key)
                return
