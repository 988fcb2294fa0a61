"""The steps of an exchange as they happen, and its end in large words."""

from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from vauchi_tui.ui.words import wrapped


class Steps(Static):
    """Lines with a sign each: ✓ done, … under way, ! to know, ↻ tried again, ✗ failed."""

    SIGNS: ClassVar = {
        "done": ("✓", "$success"),
        "now": ("…", "$accent"),
        "note": ("!", "$warning"),
        "missed": ("↻", "$warning"),
        "failed": ("✗", "$error"),
    }

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
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

    def instead(self, words: str) -> None:
        """What is under way has come so far."""
        self.lines = [line for line in self.lines if line[0] != "now"]
        self._add("now", words)

    def came(self, words: str) -> None:
        """What came of what was under way; that it took several attempts does not matter any more."""
        self.lines = [line for line in self.lines if line[0] not in ("now", "missed")]
        self._add("done", words)

    def missed(self, words: str, remedy: str) -> None:
        """An attempt has come to nothing and there will be another; only the last one's remedy is shown."""
        self._forget_remedies()
        self._add("missed", words, remedy)

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
        self._forget_remedies()
        self._add("failed", words, more)

    def on_resize(self) -> None:
        self._draw()

    def _forget_remedies(self) -> None:
        self.lines = [
            (kind, said, "" if kind == "missed" else more) for kind, said, more in self.lines if kind != "now"
        ]

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
            out.append(Content.styled(f"{sign} ", tone) + Content.styled(self._indented(words), "bold" if last else ""))
            if more:
                out.append(Content(f"  {self._indented(more)}"))
        self.update(Content("\n").join(out))

    def _indented(self, words: str) -> str:
        """Broken here rather than by the terminal, so that every line stands behind the sign."""
        return "\n  ".join(wrapped(words, self.content_size.width - 2)) if self.content_size.width > 2 else words
