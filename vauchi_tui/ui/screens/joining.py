"""Joining one's first device: the six digits large, then what is one's own as it arrives."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Digits, Static

from vauchi_tui.actions import link_events as events
from vauchi_tui.actions.link_runs import JoinRun
from vauchi_tui.ui.screens.pipe import PipeScreen, spaced
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.steps import Steps
from vauchi_tui.ui.words import count, plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class JoiningScreen(PipeScreen):
    """The new device's side. `begin` makes the run. The profile that it leaves is opened from here."""

    HELP_TEXT = (
        "Type the digits on your first device, on which the code is shown. Then everything of yours comes here: keep "
        "both running until it says so."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", "Start", id="joining.enter"),
        Binding("escape", "leave", "Back", id="joining.leave"),
    ]

    run: JoinRun | None

    def __init__(self, begin: Callable[[], JoinRun]) -> None:
        super().__init__()
        self._begin = begin
        self._made: Context | None = None  # the new profile, once the run has ended
        self._joined = False

    def compose(self) -> ComposeResult:
        with Vertical(id="after"):
            yield Static("Join as another device", classes="title always")
            yield Steps(classes="always")
            yield Static("", classes="title", id="ask", markup=False)
            yield Digits("", id="digits")
            yield Static("", classes="words", id="why", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.look("steps")
        self.steps.now("Answering the code", "Answered the code")
        self.start()

    def connect(self) -> None:
        """There is no profile yet."""

    def make(self, ctx: "Context | None") -> JoinRun:
        return self._begin()

    def happened(self, event: Any) -> None:
        match event:
            case events.Digits():
                self.steps.now("Waiting for the digits to be typed on your first device", "The digits were right")
                words = "Type them yourself, on the device that shows the code. Nobody else needs them."
                self.put(f"Type these digits on your first device: {spaced(event.digits)}", words, event.digits)
            case events.Completed():
                self._joined = True
                self.steps.now("This device is on your list; what is yours comes in", "Everything of yours has come")
                self.look("steps")
            case events.Arriving() if event.left:
                self.steps.instead(f"What is yours comes in: {count(event.left, 'thing')} to go")
            case events.Joined():
                self.over = True
                self.steps.done(f"This is a device of {plain(event.name)} now", "")
                self.ended()

    async def finished(self, run: JoinRun) -> None:
        self._made = run.context
        self.refresh_bindings()
        if self._made is not None and not self.is_attached:
            self._made.close()

    def ended(self) -> None:
        words = "⏎ opens your card." if self._joined else "esc leads back to the code, where you can try again."
        self.query_one("#why", Static).update(words)
        self.look("over")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The profile can be opened once nothing else works on it."""
        if action == "enter":
            return self._made is not None
        return super().check_action(action, parameters)

    async def action_enter(self) -> None:
        """Open the profile that is here now."""
        made, self._made = self._made, None
        if made is None:
            return

        def adopted() -> "Context":
            with made:
                return replace(made, vault=made.open_vault())  # a connection belongs to the vault's thread

        await self.house.store.open(adopted)
        await self.house.opened()

    async def action_leave(self) -> None:
        """Back, and the other side is told; where the profile is made already, on to it: the rest comes later."""
        if self._made is not None:
            await self.action_enter()
        elif self._joined and self.run is not None:
            self.house.run_worker(self.run.cancel(), group="exchange")
        else:
            self._end_run()
            self.dismiss(False)
