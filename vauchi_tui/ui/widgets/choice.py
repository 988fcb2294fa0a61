"""One of a few: as lines to go up and down in, or as one value between arrows."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vauchi_tui.ui.words import fitted


class Option(NamedTuple):
    """What is chosen (`value`), how it is called, and a few words more."""

    value: str
    name: str
    words: str = ""


class Choice(Widget, can_focus=True):
    """`value` is what stands chosen. `flat` shows one option at a time, changed by ← and →."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--dim", "line--strong", "line--mark", "line--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,right,l,space", "step(1)", "Next", show=False, id="choice.next"),
        Binding("up,k,left,h", "step(-1)", "Previous", show=False, id="choice.previous"),
    ]

    class Changed(Message):
        """Another option stands chosen."""

        def __init__(self, choice: "Choice") -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> "Choice":
            return self.choice

    def __init__(
        self, options: Sequence[Option], value: str = "", *, flat: bool = False, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.options = options
        self.flat = flat
        if flat:
            for key in ("up", "down"):  # on one line these lead out of it
                self._bindings.key_to_bindings.pop(key, None)
        self.index = next((index for index, option in enumerate(options) if option.value == value), 0)
        self._touched = False

    @property
    def value(self) -> str:
        return self.options[self.index].value

    def offer(self, options: Sequence[Option]) -> None:
        """Other options, the first of them chosen; what the person has chosen stays so where it is still there."""
        kept = self.value if self._touched else ""
        self.options = options
        self.index = next((index for index, option in enumerate(options) if option.value == kept), 0)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 if self.flat else len(self.options)

    def action_step(self, step: int) -> None:
        self.index = (self.index + step) % len(self.options)
        self._touched = True
        self.refresh()
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        self.action_step(1 if self.flat else event.y - self.index)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base, lit = self.size.width, self.rich_style, self.has_focus
        option = self.options[self.index if self.flat else y]
        on = self.flat or y == self.index
        dim, strong, mark = (
            base + self.get_component_rich_style(f"line--{tone}", partial=True) for tone in ("dim", "strong", "mark")
        )
        if self.flat:
            head = [Segment("‹ ", mark if lit else dim), Segment(option.name, strong if lit else base)]
            parts = [
                *head,
                Segment(" ›  ", mark if lit else dim),
                Segment(fitted(option.words, max(0, width - len(option.name) - 6)), dim),
            ]
        else:
            name_width = max(len(other.name) for other in self.options) + 2
            parts = [
                Segment("● " if on else "○ ", mark if on and lit else base if on else dim),
                Segment(fitted(option.name, name_width), strong if on and lit else base),
                Segment(fitted(option.words, max(0, width - name_width - 2)), dim),
            ]
        return Strip(parts).adjust_cell_length(width, base)
