"""Answering a code: the digits large, or a code to be scanned back, then the steps to the end."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Digits, Static

from vauchi_tui.actions import exchange
from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.ui.screens.run import RunScreen
from vauchi_tui.ui.widgets.code_view import Code, CodeView
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.steps import Steps

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class AnsweringScreen(RunScreen):
    """The scanning side of an exchange. `relay`: where the other listens, if the code does not say it."""

    HELP_TEXT = "Show these digits to the person whose code you answered; they type them. They are of no use to others."
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, code: str, relay: str | None, grants: frozenset[str]) -> None:
        super().__init__()
        self._code, self._relay, self._grants = code, relay, grants

    def compose(self) -> ComposeResult:
        with Vertical(id="after"):
            yield Static("Exchange", classes="title")
            yield Steps()
            yield Static("", classes="title", id="ask", markup=False)
            yield Digits("", id="digits")
        yield CodeView(self.house.store.context.clock, keys=(("t", "text"), ("esc", "stop")))
        yield KeyBar()

    def on_mount(self) -> None:
        self._look("steps")
        self.steps.now("Answering the code", "Answered the code")
        self.start()

    def begin(self, ctx: "Context") -> ExchangeRun:
        return exchange.scan(ctx, self._code, relay=self._relay, grants=self._grants)

    def _look(self, what: str) -> None:
        self.query_one(CodeView).display = what == "scan"
        self.set_class(what == "scan", "-code")
        for name in ("#ask", "#digits"):
            self.query_one(name).display = what == "digits"
        self.query_one("#after").display = what != "scan"

    def happened(self, event: Any) -> None:
        match event:
            case events.Digits():
                self.steps.now("Waiting for the other person to type the digits", "The digits were right")
                digits = f"{event.digits[:3]} {event.digits[3:]}"
                self.query_one("#ask", Static).update(f"Show them these digits: {digits}")
                self.query_one(Digits).update(digits)
                self._look("digits")
            case events.ShowScan():
                self.steps.now("Waiting for the other person to scan this code", "The code was right")
                text = exchange.scan_text(event.payload)
                self.query_one(CodeView).show(Code(text, text, "", None))
                self._look("scan")
            case events.Completed():
                self.steps.now("The cards are on their way", "Both cards have arrived")
                self._look("steps")

    def ended(self) -> None:
        self._look("steps")
