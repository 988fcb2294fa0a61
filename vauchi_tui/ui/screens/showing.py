"""Showing a code: the code alone with its countdown, then the proof, then the steps to the end."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from vauchi_tui.actions import exchange
from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.actions.sound import Pair
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.errors import VauchiError
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.ui.screens import sound_steps
from vauchi_tui.ui.screens.code_showing import CodeShowing
from vauchi_tui.ui.screens.pipe import spaced
from vauchi_tui.ui.screens.run import RunScreen
from vauchi_tui.ui.widgets.text_field import typed_path
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class ShowingScreen(CodeShowing, RunScreen):
    """The showing side of an exchange. `grants`: ids of fields for this person beside everyone's."""

    HELP_TEXT = (
        "Let the other person scan this code, or paste its text. It works once, for five minutes. "
        "Then hold the two devices side by side until they have heard each other, and compare the name and the digits. "
        "Where there is no sound, type the six digits from their screen here: not from a call or a chat, from the "
        "screen beside you."
    )
    HEADING = "Exchange"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "again", "New code", id="showing.again"),
        Binding("d", "by_digits", "By digits", id="showing.by_digits"),
        Binding("t", "text", "Text", id="showing.text"),
        Binding("y", "copy", "Copy", id="showing.copy"),
        Binding("y", "yes", "Yes", id="showing.yes"),
        Binding("p", "png", "PNG file", id="showing.png"),
    ]

    def __init__(self, wanted: Wanted, grants: frozenset[str], search: SoundSearch) -> None:
        super().__init__(search)
        self._wanted, self._grants = wanted, grants
        self._has_sound = False
        self._compared = ""  # the digits, once they are on both screens
        self._wants_picture = False

    def on_mount(self) -> None:
        self.action_again()

    @property
    def wants_sound(self) -> bool:
        return self._wanted in (Wanted.AUTO, Wanted.SOUND)

    def begin(self, ctx: "Context", sound: Pair | None) -> ExchangeRun:
        self._has_sound = sound is not None
        return exchange.show(ctx, wanted=self._wanted, grants=self._grants, sound=sound)

    def without_sound(self, why: VauchiError) -> None:
        if self._wanted is Wanted.AUTO:
            self.steps.note(f"Without sound: {plain(why.title)}")

    def action_again(self) -> None:
        """Throw this code away and show another."""
        if self.over and self._has_sound:  # perhaps because of a device that has been unplugged
            self._search = SoundSearch(self.house.store.context)
        self._compared = ""
        self.making()

    def action_by_digits(self) -> None:
        """A new code that is proven without sound."""
        self._wanted = Wanted.CODE
        self.action_again()

    def happened(self, event: Any) -> None:
        match event:
            case events.CodeShown():
                self.show_code(event)
                self.steps.now("Waiting for the other person to scan or paste the code", "Somebody answered the code")
            case events.Scanned():
                self.steps.now("Waiting for the proof from the device beside you", "The proof is right")
                self.look("steps")
            case events.NoSound():
                self.ask(
                    "The other device says that it has no microphone or no speaker",
                    "If that is so, press y and go on with six digits. If you see that it has both, esc ends it: "
                    "somebody else may have answered.",
                    yes=self._on_with_digits,
                )
            case events.Listening() | events.Heard() | events.AttemptFailed() | events.Nearby():
                sound_steps.tell(self.steps, event)
            case events.Confirm():
                self._compare(event)
            case events.EnterDigits():
                self._ask_digits()
            case events.WrongDigits():
                self._ask_digits(self.wrong_digits(event))
            case events.ScanBack():
                self._wants_picture = True
                self.ask_line("A picture of the code on their screen", "a file name, then ⏎", "", None)
            case events.WrongScan():
                self.problem("That code belongs to another exchange. Take the picture of the screen beside you.")
            case events.SecondAnswer():
                self.steps.note(
                    "A second device answered this code: somebody may have photographed it. Check the digits well."
                )
            case events.Completed() if self._compared:
                self.steps.now("Waiting for the other yes, and for the cards", "Both cards have arrived")
            case events.Completed():
                self.steps.now("The cards are on their way", "Both cards have arrived")
                self.look("steps")

    def ended(self) -> None:
        if self._met is not None:
            self.look("steps")
            return
        words = "n shows a new code."
        if self._has_sound:
            words = "n shows a new code to try again, d shows one without sound: six digits prove it."
        self.query_one("#why", Static).update(words)
        self.look("over")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The code's other forms are there while it is shown; a new one once this one is of no use."""
        in_vain = self.over and self._met is None
        match action:
            case "text" | "copy" | "png":
                return self.code_is_seen
            case "again":
                return self.code_is_seen or in_vain
            case "by_digits":
                return in_vain and self._has_sound
        return super().check_action(action, parameters)

    # The proof

    async def _on_with_digits(self) -> None:
        self.look("steps")
        if self.run is not None:
            await self.run.accept_without_sound()

    def _compare(self, event: events.Confirm) -> None:
        async def yes() -> None:
            words = f"Let them compare {spaced(event.digits)} with their screen."
            self.put(f"Now {self.named(event)} is asked", words, event.digits)
            if self.run is not None:
                await self.run.confirm()

        self._compared = event.digits
        self.compare(event, yes=yes)

    def _ask_digits(self, problem: str = "") -> None:
        self._wants_picture = False
        words = "Read them off the screen beside you, not from a call or a message."
        self.ask_digits("Type the six digits from their screen", words, problem)

    @on(Input.Submitted, "#answer")
    async def answered(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self.run is None or not text:
            return
        try:
            if self._wants_picture:
                await self.run.scan_back(typed_path(text))
            else:
                await self.take_digits(text)
        except VauchiError as error:
            self.problem(f"{error.title} {error.hint}".strip())
