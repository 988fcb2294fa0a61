"""One line of text with a real cursor: arrows, words, selection, paste. The cursor does not blink."""

import re
from pathlib import Path

from textual import events
from textual.widgets import Input

from vauchi_tui.ui.words import BREAK

_BREAKS = re.compile(rf" ?{BREAK} ?")


class TextField(Input):
    """An Input without frame or blinking. Line breaks in its text stand as `↵`; ctrl+n types one where `lines`."""

    def __init__(
        self,
        text: str = "",
        *,
        hint: str = "",
        secret: bool = False,
        lines: bool = False,
        restrict: str | None = None,
        limit: int = 0,
        id: str | None = None,
    ) -> None:
        shown = text.replace("\n", f" {BREAK} ")
        super().__init__(
            shown,
            placeholder=hint,
            password=secret,
            restrict=restrict,
            max_length=limit,
            id=id,
            compact=True,
            select_on_focus=False,
        )
        self.set_reactive(Input.cursor_blink, False)
        self.lines = lines
        for key in ("up", "down"):  # one line has nowhere to scroll: these lead out of it
            self._bindings.key_to_bindings.pop(key, None)

    @property
    def text(self) -> str:
        """What was typed, with line breaks."""
        return _BREAKS.sub("\n", self.value)

    @text.setter
    def text(self, text: str) -> None:
        self.value = text.replace("\n", f" {BREAK} ")

    async def _on_key(self, event: events.Key) -> None:
        if self.lines and event.key in ("ctrl+n", "ctrl+j"):
            event.stop()
            event.prevent_default()
            self.insert_text_at_cursor(f" {BREAK} ")
            return
        # Textual runs bindings when a key has bubbled up, after characters that came behind it. Over a slow line keys
        # come in bursts: a backspace would delete what was typed after it.
        bindings = () if event.is_printable else self._bindings.key_to_bindings.get(event.key, ())
        if not bindings:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        await self.run_action(bindings[0].action)

    def _on_paste(self, event: events.Paste) -> None:
        if self.lines and "\n" in event.text.strip():
            text = f" {BREAK} ".join(line.strip() for line in event.text.strip().splitlines())
            start, end = self.selection
            self.replace(text, start, end)
            event.stop()
            event.prevent_default()
            return
        super()._on_paste(event)


def typed_path(text: str) -> Path:
    """The file that a person means who typed or dropped its name: quotes gone, `~` resolved."""
    return Path(text.strip().strip("'\"")).expanduser()
