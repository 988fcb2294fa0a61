"""What both sides of an exchange have in common: the run, its steps in words, a yes that it asks for, and the end."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Digits, Static

from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.actions.sound import Pair
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.errors import VauchiError
from vauchi_tui.ui.widgets.code_view import CodeView
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.steps import Steps
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.ui.app import VauchiApp

LOOKS = {
    "code": (),
    "steps": (),
    "over": ("why",),
    "yes": ("ask", "why"),
    "digits": ("ask", "digits", "why"),
    "field": ("ask", "answer", "why", "problem"),
}
"""What is seen: the code alone, or the steps and below them these widgets."""


def spaced(digits: str) -> str:
    """Six digits as people read them: `482 913`."""
    return f"{digits[:3]} {digits[3:]}"


class RunScreen(Screen[bool]):
    """Drives one ExchangeRun on a connection of its own; closing the screen ends it. Result: was somebody met?"""

    AUTO_FOCUS = ""  # what is asked takes the focus when it is asked; until then keys are the screen's
    HELP_TEXT: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="run.yes"),
        Binding("enter", "open", "Open the contact", id="run.open"),
        Binding("escape", "leave", "Back", id="run.leave"),
    ]

    def __init__(self, search: SoundSearch) -> None:
        """`search`: for speaker and microphone, begun before."""
        super().__init__()
        self.run: ExchangeRun | None = None
        self.over = False
        self._search = search
        self._turn = 0  # counts the runs, so that one which is called off before it has begun does not begin
        self._met: bytes | None = None
        self._yes: Callable[[], Awaitable[object]] | None = None  # while it is asked for

    @property
    def house(self) -> "VauchiApp":
        from vauchi_tui.ui.app import VauchiApp

        assert isinstance(self.app, VauchiApp)
        return self.app

    @property
    def steps(self) -> Steps:
        return self.query_one(Steps)

    # What a side says

    @property
    def wants_sound(self) -> bool:
        """May it be proven by sound?"""
        return True

    @abstractmethod
    def begin(self, ctx: "Context", sound: Pair | None) -> ExchangeRun:
        """Make the run. `sound`: what to prove with. May raise VauchiError at once."""

    @abstractmethod
    def happened(self, event: Any) -> None:
        """Show an event of this side."""

    def without_sound(self, why: VauchiError) -> None:
        """There is no sound here."""

    def ended(self) -> None:
        """The run is over; the steps say how."""
        self.look("steps")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A contact can be opened once there is one; yes is said when it is asked for."""
        match action:
            case "open":
                return self._met is not None
            case "yes":
                return self._yes is not None
        return True

    # What is seen

    def look(self, what: str) -> None:
        """One of LOOKS."""
        code = what == "code"
        self.query_one(CodeView).display = code
        self.query_one("#after").display = not code
        self.query_one(KeyBar).display = not code
        self.set_class(code, "-code")
        for widget in self.query("#after > *").exclude(".always"):
            widget.display = widget.id in LOOKS[what]
        self.set_focus(self.query_one("#answer") if what == "field" else None)
        self.refresh_bindings()

    def put(self, title: str, words: str, digits: str = "") -> None:
        """Below the steps: six digits to be seen from the other screen, or only words."""
        self.query_one("#ask", Static).update(title)
        self.query_one("#why", Static).update(words)
        self.query_one(Digits).update(spaced(digits) if digits else "")
        self.look("digits" if digits else "yes")

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
        self._end_run()
        self.over = False
        self._met = self._yes = None
        self.house.run_worker(self._drive(self._turn), group="exchange")

    def _end_run(self) -> None:
        self._turn += 1
        run, self.run = self.run, None
        if run is not None:
            self.house.run_worker(run.cancel(), group="exchange")

    async def _drive(self, turn: int) -> None:
        # The app's worker, not the screen's: after the screen is closed the other side still has to be told.
        store = self.house.store.context
        context = replace(store, vault=store.open_vault())
        try:
            sound = await self._sound() if self.wants_sound else None
            if turn != self._turn:
                return
            run = self.run = self.begin(context, sound)
            try:
                async for event in run.events():
                    if run is self.run and self.is_attached:
                        self.show_event(event)
            finally:
                await run.cancel()
        except VauchiError as error:
            if turn == self._turn and self.is_attached:
                self._fail(error.title, error.hint)
        finally:
            context.close()

    async def _sound(self) -> Pair | None:
        try:
            return await self._search.pair()
        except VauchiError as error:
            self.without_sound(error)
            return None

    def show_event(self, event: Any) -> None:
        """Show what the run tells."""
        match event:
            case events.Notice():
                self.steps.note(plain(event.text))
            case events.Complete():
                self._met = event.contact.identity
                self.over = True
                self.steps.done(
                    "Exchange Successful", f"You have {plain(event.contact.name)}’s card: {event.trust.words()}."
                )
                self.ended()
                self.refresh_bindings()
            case events.Failed():
                self._fail(event.title, event.hint)
            case _:
                self.happened(event)

    def _fail(self, title: str, hint: str) -> None:
        self.over = True
        self._yes = None
        self.steps.failed(plain(title), plain(hint))
        self.ended()

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
