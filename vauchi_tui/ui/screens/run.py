"""What both sides of an exchange have in common: the run, its steps in words, a yes that it asks for, and the end."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.actions.sound import Pair, SwitchedOff
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.errors import VauchiError
from vauchi_tui.ui.screens.pipe import PipeScreen, spaced
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class RunScreen(PipeScreen):
    """Drives one ExchangeRun on a connection of its own; closing the screen ends it. Result: was somebody met?"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="run.yes"),
        Binding("enter", "open", "Open the contact", id="run.open"),
        Binding("escape", "leave", "Back", id="run.leave"),
    ]

    run: ExchangeRun | None

    def __init__(self, search: SoundSearch) -> None:
        """`search`: for speaker and microphone, begun before."""
        super().__init__()
        self._search = search
        self._sound: Pair | None = None
        self._met: bytes | None = None
        self._yes: Callable[[], Awaitable[object]] | None = None  # while it is asked for

    # What a side says

    @property
    def wants_sound(self) -> bool:
        """May it be proven by sound?"""
        return True

    @abstractmethod
    def begin(self, ctx: "Context", sound: Pair | None) -> ExchangeRun:
        """Make the run. `sound`: what to prove with. May raise VauchiError at once."""

    def without_sound(self, why: VauchiError) -> None:
        """There is no sound here."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A contact can be opened once there is one; yes is said when it is asked for."""
        match action:
            case "open":
                return self._met is not None
            case "yes":
                return self._yes is not None
        return True

    # What is seen

    def ask(self, title: str, words: str, digits: str = "", *, yes: Callable[[], Awaitable[object]]) -> None:
        """As `put`; `y` does what `yes` does, once."""
        self._yes = yes
        self.put(title, words, digits)

    def compare(self, event: events.Confirm, *, yes: Callable[[], Awaitable[object]]) -> None:
        """Sound has proven it: name and digits are left for the person."""
        self.steps.now("Compare the two screens", "You have compared name and digits")
        digits = spaced(event.digits).replace(" ", "\u00a0")
        words = (
            f"Does the screen beside you show {digits} too, and is it the person whose name this is? Then press y. "
            "esc ends it."
        )
        self.ask(f"Is it {self.named(event)}?", words, event.digits, yes=yes)

    @staticmethod
    def named(event: events.Confirm) -> str:
        """Who the other one is."""
        return plain(event.name) or "the other person"

    async def action_yes(self) -> None:
        """What was asked is so."""
        yes, self._yes = self._yes, None
        self.refresh_bindings()
        if yes is not None:
            await yes()

    # The run

    def start(self) -> None:
        """Begin, or begin again; an earlier run is ended."""
        self._met = self._yes = None
        super().start()

    async def prepare(self) -> None:
        """Look for speaker and microphone."""
        self._sound = None
        if self.wants_sound:
            try:
                self._sound = await self._search.pair()
            except SwitchedOff:
                return
            except VauchiError as error:
                self.without_sound(error)

    def make(self, ctx: "Context | None") -> ExchangeRun:
        assert ctx is not None
        return self.begin(ctx, self._sound)

    def show_event(self, event: Any) -> None:
        if not isinstance(event, events.Complete):
            super().show_event(event)
            return
        self._met = event.contact.identity
        self.over = True
        self.steps.done("Exchange Successful", f"You have {plain(event.contact.name)}’s card: {event.trust.words()}.")
        self.ended()
        self.refresh_bindings()

    def _fail(self, title: str, hint: str) -> None:
        self._yes = None
        super()._fail(title, hint)

    async def action_leave(self) -> None:
        """Back to the tab; what is under way is stopped and the other side told."""
        self._end_run()
        self.dismiss(self._met is not None)

    async def action_open(self) -> None:
        """The contact that was met."""
        from vauchi_tui.ui.screens.contact import ContactScreen

        if self._met is None:
            return
        identity = self._met
        self.dismiss(True)
        await self.house.switch_mode("contacts")
        await self.app.push_screen(ContactScreen(identity))
