"""The steps of an exchange as they happen, and its end in large words."""

from typing import ClassVar

from textual.content import Content
from textual.widgets import Static


class Steps(Static):
    """Lines with a sign each: ✓ done, … under way, ! to know, ✗ failed."""

    SIGNS: ClassVar = {
        "done": ("✓", "$success"),
        "now": ("…", "$accent"),
        "note": ("!", "$warning"),
        "failed": ("✗", "$error"),
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[tuple[str, str, str]] = []  # kind, words, more words
        self._then = ""

    def clear(self) -> None:
        self.lines = []
        self._draw()

    def now(self, words: str, then: str) -> None:
        """What is being waited for, and the words for it once it is done, which the next step makes it."""
        self._finish()
        self._then = then
        self._add("now", words)

    def note(self, words: str) -> None:
        """Something to know; what is under way goes on."""
        if ("note", words, "") not in self.lines:
            self.lines.insert(
                len(self.lines) - (1 if self.lines and self.lines[-1][0] == "now" else 0), ("note", words, "")
            )
            self._draw()

    def done(self, words: str, more: str = "") -> None:
        self._finish()
        self._add("done", words, more)

    def failed(self, words: str, more: str = "") -> None:
        self.lines = [line for line in self.lines if line[0] != "now"]
        self._add("failed", words, more)

    def _finish(self) -> None:
        self.lines = [("done", self._then, "") if line[0] == "now" else line for line in self.lines]

    def _add(self, kind: str, words: str, more: str = "") -> None:
        self.lines.append((kind, words, more))
        self._draw()

    def _draw(self) -> None:
        out = []
        for index, (kind, words, more) in enumerate(self.lines):
            sign, tone = self.SIGNS[kind]
            last = index == len(self.lines) - 1
            out.append(Content.styled(f"{sign} ", tone) + Content.styled(words, "bold" if last else ""))
            if more:
                out.append(Content(f"  {more}"))
        self.update(Content("\n").join(out))
