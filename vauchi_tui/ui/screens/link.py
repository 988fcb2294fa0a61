"""Linking another device: the first device's code with its countdown, the digits, and what came of it."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from vauchi_tui.actions import link_events as events
from vauchi_tui.actions import linking
from vauchi_tui.actions.link_runs import LinkRun
from vauchi_tui.errors import VauchiError
from vauchi_tui.ui.screens.code_showing import CodeShowing
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class LinkScreen(CodeShowing):
    """The first device's side. Result: is there a device more?"""

    HEADING = "Link another device"
    HELP_TEXT = (
        "On the new device start vauchi, press ctrl+l there, and paste this code or name a picture of it. It works "
        "once, for five minutes. Then type here the six digits that the new device shows: only those of the device "
        "before you, never from a call or a chat. Whoever is linked has all that you have."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "again", "New code", id="link.again"),
        Binding("t", "text", "Text", id="link.text"),
        Binding("y", "copy", "Copy", id="link.copy"),
        Binding("p", "png", "PNG file", id="link.png"),
        Binding("escape", "leave", "Back", id="link.leave"),
    ]

    run: LinkRun | None

    def __init__(self) -> None:
        super().__init__()
        self._linked = False

    def on_mount(self) -> None:
        self.action_again()

    def make(self, ctx: "Context | None") -> LinkRun:
        assert ctx is not None
        return linking.link(ctx)

    def action_again(self) -> None:
        """Throw this code away and show another."""
        self.making()

    def happened(self, event: Any) -> None:
        match event:
            case events.CodeShown():
                self.show_code(event)
                self.steps.now("Waiting for the new device to answer the code", "A device answered the code")
            case events.DeviceAnswered():
                self.steps.came(f"A device that calls itself “{plain(event.name)}” answered the code")
            case events.EnterDigits():
                self._ask()
            case events.WrongDigits() if event.tries_left:
                self._ask(self.wrong_digits(event))
            case events.SecondAnswer():
                self.steps.note(
                    "A second device answered this code: somebody may have photographed it. Check the digits well."
                )
            case events.Completed():
                self.steps.now("The digits were right; the new device gets what is yours", "The digits were right")
                self.look("steps")
            case events.Linked():
                self._linked = self.over = True
                self.steps.done(f"“{plain(event.name)}” is one of your devices now", "esc leads back.")
                self.ended()

    def ended(self) -> None:
        self.query_one("#why", Static).update("" if self._linked else "n shows a new code.")
        self.look("over")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The code's other forms are there while it is shown; a new one once this one is of no use."""
        match action:
            case "text" | "copy" | "png":
                return self.code_is_seen
            case "again":
                return self.code_is_seen or (self.over and not self._linked)
        return super().check_action(action, parameters)

    def _ask(self, problem: str = "") -> None:
        words = "Read them off the device before you. Whoever shows other digits is not yours: esc ends it."
        self.ask_digits("Type the six digits that your new device shows", words, problem)

    @on(Input.Submitted, "#answer")
    async def answered(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self.run is None or not text:
            return
        try:
            await self.take_digits(text)
        except VauchiError as error:
            self.problem(f"{error.title} {error.hint}".strip())

    async def action_leave(self) -> None:
        """Back to the settings; what is under way is stopped and the other side told."""
        self._end_run()
        self.dismiss(self._linked)
