"""The line at the foot: the keys that work here, those of the focused widget first."""

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

_NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "question_mark": "?",
    "slash": "/",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "plus": "+",
    "minus": "-",
}


def key_name(binding: Binding) -> str:
    """The key as a person reads it: `⏎`, `?`, `ctrl+p`, `K`."""
    if binding.key_display:
        return binding.key_display
    *modifiers, key = binding.key.split("+")
    return "+".join([*modifiers, _NAMES.get(key, key.removeprefix("upper_"))])


class KeyBar(Widget):
    """What cannot be shown for lack of room is in the help (`?`), which is always shown last."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keybar--key"}
    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; width: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[tuple[str, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        keys: list[tuple[str, str]] = []
        described: dict[str, int] = {}
        for _, binding, _, _ in screen.active_bindings.values():
            if not binding.show or not binding.description:
                continue
            if binding.action not in described:
                described[binding.action] = len(keys)
                keys.append((key_name(binding), binding.description))
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        key_style = self.rich_style + self.get_component_rich_style("keybar--key", partial=True)
        last = [pair for pair in self._keys if pair[1] == "Help"]
        room = width - 2 - sum(cell_len(key) + cell_len(words) + 3 for key, words in last)
        segments, used = [Segment(" ", self.rich_style)], 0
        for key, words in [pair for pair in self._keys if pair[1] != "Help"]:
            need = cell_len(key) + cell_len(words) + 3
            if used + need > room:
                break
            segments += [Segment(f" {key}", key_style), Segment(f" {words} ", self.rich_style)]
            used += need
        if last:
            segments.append(Segment(" " * max(0, room - used), self.rich_style))
            for key, words in last:
                segments += [Segment(f" {key}", key_style), Segment(f" {words} ", self.rich_style)]
        return Strip(segments).adjust_cell_length(width, self.rich_style)
