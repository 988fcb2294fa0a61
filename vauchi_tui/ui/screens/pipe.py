"""What all screens at the pipe have in common: the run, its steps in words, and what is seen below them."""

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen
from textual.widgets import Digits, Static

from vauchi_tui.actions import exchange_events as events
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


class PipeScreen(Screen[bool]):
    """Drives one PipeRun; closing the screen ends it. Result: did it succeed?

    A subclass composes `#after` with Steps, `#ask`, Digits and `#why` in it, and a KeyBar.
    """

    AUTO_FOCUS = ""  # what is asked takes the focus when it is asked; until then keys are the screen's
    HELP_TEXT: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.run: Any = None  # of the type that `make` gives
        self.over = False
        self._turn = 0  # counts the runs, so that one which is called off before it has begun does not begin

    @property
    def house(self) -> "VauchiApp":
        from vauchi_tui.ui.app import VauchiApp

        assert isinstance(self.app, VauchiApp)
        return self.app

    @property
    def steps(self) -> Steps:
        return self.query_one(Steps)

    # What a screen says

    async def prepare(self) -> None:
        """What has to be waited for before `make`."""

    @abstractmethod
    def make(self, ctx: "Context | None") -> Any:
        """Make the run. `ctx`: what `connect` gave. May raise VauchiError at once."""

    @abstractmethod
    def happened(self, event: Any) -> None:
        """Show an event of this side, all but Notice and Failed."""

    def ended(self) -> None:
        """The run is over; the steps say how."""
        self.look("steps")

    # What is seen

    def look(self, what: str) -> None:
        """One of LOOKS."""
        code = what == "code"
        for view in self.query(CodeView):
            view.display = code
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

    # The run

    def start(self) -> None:
        """Begin, or begin again; an earlier run is ended."""
        self._end_run()
        self.over = False
        self.house.run_worker(self._drive(self._turn), group="exchange")

    def connect(self) -> "Context | None":
        """A connection of the run's own."""
        store = self.house.store.context
        return replace(store, vault=store.open_vault())

    def _end_run(self) -> None:
        self._turn += 1
        run, self.run = self.run, None
        if run is not None:
            self.house.run_worker(run.cancel(), group="exchange")

    async def _drive(self, turn: int) -> None:
        # The app's worker, not the screen's: after the screen is closed the other side still has to be told.
        context = self.connect()
        try:
            await self.prepare()
            if turn != self._turn:
                return
            run = self.run = self.make(context)
            try:
                async for event in run.events():
                    if run is self.run and self.is_attached:
                        self.show_event(event)
            finally:
                await run.cancel()
                await self.finished(run)
        except VauchiError as error:
            if turn == self._turn and self.is_attached:
                self._fail(error.title, error.hint)
        finally:
            if context is not None:
                context.close()

    async def finished(self, run: Any) -> None:
        """The run does nothing any more."""

    def show_event(self, event: Any) -> None:
        """Show what the run tells."""
        match event:
            case events.Notice():
                self.steps.note(plain(event.text))
            case events.Failed():
                self._fail(event.title, event.hint)
            case _:
                self.happened(event)

    def _fail(self, title: str, hint: str) -> None:
        self.over = True
        self.steps.failed(plain(title), plain(hint))
        self.ended()
