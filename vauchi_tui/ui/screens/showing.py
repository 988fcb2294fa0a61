"""Showing a code: the code alone with its countdown, then the proof, then the steps to the end."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from vauchi_tui.actions import exchange
from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.ui.screens.run import RunScreen
from vauchi_tui.ui.widgets.code_view import Code, CodeView
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.steps import Steps
from vauchi_tui.ui.widgets.text_field import TextField, typed_path
from vauchi_tui.ui.words import count, plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class ShowingScreen(RunScreen):
    """The showing side of an exchange. `grants`: ids of fields for this person beside everyone's."""

    HELP_TEXT = (
        "Let the other person scan this code, or paste its text. It works once, for five minutes. "
        "Then type the six digits from their screen here: not from a call or a chat, from the screen beside you."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "again", "New code", id="showing.again"),
        Binding("t", "text", "Text", id="showing.text"),
        Binding("y", "copy", "Copy", id="showing.copy"),
        Binding("p", "png", "PNG file", id="showing.png"),
    ]

    def __init__(self, proof: Method, grants: frozenset[str]) -> None:
        super().__init__()
        self._proof, self._grants = proof, grants
        self._shown: events.CodeShown | None = None

    def compose(self) -> ComposeResult:
        yield CodeView(self.house.store.context.clock)
        with Vertical(id="after"):
            yield Static("Exchange", classes="title")
            yield Steps()
            yield Static("", classes="title", id="ask", markup=False)
            yield TextField(id="answer")
            yield Static("", classes="dim", id="why", markup=False)
            yield Static("", classes="problem", id="problem", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.action_again()

    def begin(self, ctx: "Context") -> ExchangeRun:
        return exchange.show(ctx, wanted=Wanted(self._proof.value), grants=self._grants)

    # What is seen: the code, the question, or only the steps

    def _look(self, what: str) -> None:
        self.query_one(CodeView).display = what == "code"
        self.set_class(what == "code", "-code")
        self.query_one("#after").display = what != "code"
        self.query_one(KeyBar).display = what != "code"
        for name in ("#ask", "#answer", "#why", "#problem"):
            self.query_one(name).display = what == "question"
        self.set_focus(self.query_one("#answer") if what == "question" else None)
        self.refresh_bindings()

    def action_again(self) -> None:
        """Throw this code away and show another."""
        self._shown = None
        self.steps.clear()
        self.steps.now("Making a code", "A code was made")
        self._look("steps")
        self.start()

    def happened(self, event: Any) -> None:
        match event:
            case events.CodeShown():
                self._shown = event
                relay = event.relay or ""
                relay = relay if event.relay_apart else relay.partition("://")[2]
                self.query_one(CodeView).show(Code(event.text, event.bare, relay, event.expires))
                self.steps.now("Waiting for the other person to scan or paste the code", "Somebody answered the code")
                self._look("code")
            case events.Scanned():
                self.steps.now("Waiting for the proof from the screen beside you", "The proof is right")
                self._look("steps")
            case events.EnterDigits():
                self._ask_digits(event.tries_left, "")
            case events.WrongDigits():
                tries = count(event.tries_left, "more try").replace("trys", "tries")
                self._ask_digits(event.tries_left, f"These are not the digits. You have {tries}.")
            case events.ScanBack():
                self._ask("A picture of the code on their screen", "a file name, then ⏎", "", None)
            case events.WrongScan():
                self._problem("That code belongs to another exchange. Take the picture of the screen beside you.")
            case events.SecondAnswer():
                self.steps.note(
                    "A second device answered this code: somebody may have photographed it. Check the digits well."
                )
            case events.Completed():
                self.steps.now("The cards are on their way", "Both cards have arrived")
                self._look("steps")

    def ended(self) -> None:
        self._look("steps")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The code's other forms are there while it is shown; a new one once this one is of no use."""
        seen = self.query(CodeView) and self.query_one(CodeView).display
        if action in ("text", "copy", "png"):
            return bool(seen)
        if action == "again":
            return bool(seen) or (self.over and self._met is None)
        return super().check_action(action, parameters)

    # The proof

    def _ask_digits(self, tries: int, problem: str) -> None:
        words = "Read them off the screen beside you, not from a call or a message."
        self._ask("Type the six digits from their screen", "000000", words, r"[0-9 ]*")
        self._problem(problem)

    def _ask(self, title: str, hint: str, why: str, restrict: str | None) -> None:
        self.query_one("#ask", Static).update(title)
        self.query_one("#why", Static).update(why)
        field = self.query_one("#answer", TextField)
        field.placeholder, field.restrict, field.value = hint, restrict, ""
        self._problem("")
        self._look("question")

    def _problem(self, words: str) -> None:
        self.query_one("#problem", Static).update(words)

    @on(Input.Submitted, "#answer")
    async def answered(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self.run is None or not text:
            return
        try:
            if self._proof is Method.SCAN:
                await self.run.scan_back(typed_path(text))
            elif len(text.replace(" ", "")) != 6:
                self._problem(f"There are six digits; these are {len(text.replace(' ', ''))}.")
            else:
                await self.run.enter_digits(text)
        except VauchiError as error:
            self._problem(f"{error.title} {error.hint}".strip())

    # The code by other ways

    def action_text(self) -> None:
        self.query_one(CodeView).toggle_text()

    def action_copy(self) -> None:
        if self._shown is not None:
            self.app.copy_to_clipboard(self._shown.text)
            self.query_one(CodeView).tell("copied")

    async def action_png(self) -> None:
        """Write the code as a picture into the current directory."""
        from vauchi_tui.actions.code_drawing import write_png

        if self._shown is None:
            return
        now = self.house.store.context.now()
        try:
            path = await self.house.store.in_thread(write_png, self._shown.text, Path(), now)
        except VauchiError as error:
            self.query_one(CodeView).tell(f"{error.title} {error.hint}".strip())
        else:
            self.query_one(CodeView).tell(f"wrote {plain(str(path))}")
