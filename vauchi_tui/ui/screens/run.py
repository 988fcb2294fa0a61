"""What both sides of an exchange have in common: the run, its steps in words, and the end."""

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.errors import VauchiError
from vauchi_tui.ui.widgets.steps import Steps
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.ui.app import VauchiApp


class RunScreen(Screen[bool]):
    """Drives one ExchangeRun on a connection of its own; closing the screen ends it. Result: was somebody met?"""

    AUTO_FOCUS = ""  # what is asked takes the focus when it is asked; until then keys are the screen's
    HELP_TEXT: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open the contact", id="run.open"),
        Binding("escape", "leave", "Back", id="run.leave"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.run: ExchangeRun | None = None
        self.over = False
        self._met: bytes | None = None

    @property
    def house(self) -> "VauchiApp":
        from vauchi_tui.ui.app import VauchiApp

        assert isinstance(self.app, VauchiApp)
        return self.app

    @property
    def steps(self) -> Steps:
        return self.query_one(Steps)

    # What a side says

    @abstractmethod
    def begin(self, ctx: "Context") -> ExchangeRun:
        """Make the run. May raise VauchiError at once."""

    @abstractmethod
    def happened(self, event: Any) -> None:
        """Show an event of this side."""

    def ended(self) -> None:
        """The run is over; the steps say how."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A contact can be opened once there is one."""
        return self._met is not None if action == "open" else True

    # The run

    def start(self) -> None:
        """Begin, or begin again; an earlier run is ended."""
        self._end_run()
        self.over = False
        self._met = None
        self.house.run_worker(self._drive(), group="exchange")

    def _end_run(self) -> None:
        run, self.run = self.run, None
        if run is not None:
            self.house.run_worker(run.cancel(), group="exchange")

    async def _drive(self) -> None:
        # The app's worker, not the screen's: after the screen is closed the other side still has to be told.
        store = self.house.store.context
        context = replace(store, vault=store.open_vault())
        try:
            run = self.run = self.begin(context)
            try:
                async for event in run.events():
                    if run is self.run and self.is_attached:
                        self._show(event)
            finally:
                await run.cancel()
        except VauchiError as error:
            if self.is_attached:
                self._fail(error.title, error.hint)
        finally:
            context.close()

    def _show(self, event: Any) -> None:
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
