"""Answering a code: the proof by sound, the digits large, or a code to be scanned back, then the steps to the end."""

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Digits, Static

from vauchi_tui.actions import exchange
from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.actions.sound import Pair
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.ui.screens import sound_steps
from vauchi_tui.ui.screens.pipe import spaced
from vauchi_tui.ui.screens.run import RunScreen
from vauchi_tui.ui.widgets.code_view import Code, CodeView
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.steps import Steps

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class AnsweringScreen(RunScreen):
    """The scanning side of an exchange. `relay`: where the other listens, if the code does not say it."""

    HELP_TEXT = (
        "Hold the two devices side by side until they have heard each other; then compare the name and the six digits "
        "with the other screen. Where there is no sound, show the digits to the person whose code you answered, who "
        "types them. They are of no use to others."
    )

    def __init__(self, code: str, relay: str | None, grants: frozenset[str], search: SoundSearch) -> None:
        super().__init__(search)
        self._code, self._relay, self._grants = code, relay, grants

    def compose(self) -> ComposeResult:
        with Vertical(id="after"):
            yield Static("Exchange", classes="title always")
            yield Steps(classes="always")
            yield Static("", classes="title", id="ask", markup=False)
            yield Digits("", id="digits")
            yield Static("", classes="words", id="why", markup=False)
        yield CodeView(self.house.store.context.clock, keys=(("esc", "stop"),))
        yield KeyBar()

    def on_mount(self) -> None:
        self.look("steps")
        self.steps.now("Answering the code", "Answered the code")
        self.start()

    def begin(self, ctx: "Context", sound: Pair | None) -> ExchangeRun:
        return exchange.scan(ctx, self._code, relay=self._relay, grants=self._grants, sound=sound)

    def happened(self, event: Any) -> None:
        match event:
            case events.Digits():
                self.steps.now("Waiting for the other person to type the digits", "The digits were right")
                self.put(f"Show them these digits: {spaced(event.digits)}", "", event.digits)
            case events.ShowScan():
                self.steps.now("Waiting for the other person to scan this code", "The code was right")
                text = exchange.scan_text(event.payload)
                self.query_one(CodeView).show(Code(text, text, "", None))
                self.look("code")
            case events.Listening() | events.Heard() | events.AttemptFailed():
                if event == events.Listening(1):
                    self.steps.came("Answered the code")
                sound_steps.tell(self.steps, event)
            case events.Nearby():
                sound_steps.tell(self.steps, event)
                self.steps.now("Waiting for the other person to compare the digits", "The other person said yes")
                words = f"They compare {spaced(event.digits)} with their screen; then you are asked."
                self.put("Show them these digits", words, event.digits)
            case events.Confirm():
                self.compare(event, yes=self._say_yes)
            case events.Completed():
                self.steps.now("The cards are on their way", "Both cards have arrived")
                self.look("steps")

    async def _say_yes(self) -> None:
        if self.run is not None:
            await self.run.confirm()

    def ended(self) -> None:
        words = "" if self._met is not None else "For another try, let the other person show a new code."
        self.query_one("#why", Static).update(words)
        self.look("over")
