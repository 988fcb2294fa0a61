"""A code that is shown, by whatever way it is read, and the six digits that are typed below it."""

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Digits, Static

from vauchi_tui.actions import exchange_events as events
from vauchi_tui.errors import VauchiError
from vauchi_tui.ui.screens.pipe import PipeScreen
from vauchi_tui.ui.widgets.code_view import Code, CodeView
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.steps import Steps
from vauchi_tui.ui.widgets.text_field import TextField
from vauchi_tui.ui.words import count, plain


class CodeShowing(PipeScreen):
    """A subclass binds `text`, `copy` and `png`, and takes what is typed into `#answer`."""

    HEADING: ClassVar[str] = ""

    shown: events.CodeShown | None = None

    def compose(self) -> ComposeResult:
        yield CodeView(self.house.store.context.clock)
        with Vertical(id="after"):
            yield Static(self.HEADING, classes="title always")
            yield Steps(classes="always")
            yield Static("", classes="title", id="ask", markup=False)
            yield Digits("", id="digits")
            yield TextField(id="answer")
            yield Static("", classes="words", id="why", markup=False)
            yield Static("", classes="problem", id="problem", markup=False)
        yield KeyBar()

    @property
    def code_is_seen(self) -> bool:
        return bool(self.query(CodeView)) and self.query_one(CodeView).display

    def making(self) -> None:
        """A code is being made, the first or another."""
        self.shown = None
        self.steps.clear()
        self.steps.now("Making a code", "A code was made")
        self.look("steps")
        self.start()

    def show_code(self, event: events.CodeShown) -> None:
        """The code alone with its countdown."""
        self.shown = event
        relay = event.relay or ""
        relay = relay if event.relay_apart else relay.partition("://")[2]
        self.query_one(CodeView).show(Code(event.text, event.bare, relay, event.expires))
        self.look("code")

    # What is typed

    def ask_digits(self, title: str, why: str, problem: str = "") -> None:
        """Six digits are to be typed."""
        self.ask_line(title, "000000", why, r"[0-9 ]*")
        self.problem(problem)

    def ask_line(self, title: str, hint: str, why: str, restrict: str | None) -> None:
        """A line is to be typed; `restrict`: an expression that its characters fit."""
        self.query_one("#ask", Static).update(title)
        self.query_one("#why", Static).update(why)
        field = self.query_one("#answer", TextField)
        field.placeholder, field.restrict, field.value = hint, restrict, ""
        self.problem("")
        self.look("field")

    def problem(self, words: str) -> None:
        """What is wrong with what was typed."""
        self.query_one("#problem", Static).update(words)

    @staticmethod
    def wrong_digits(event: events.WrongDigits) -> str:
        """That they were wrong, and how many tries are left."""
        tries = count(event.tries_left, "more try").replace("trys", "tries")
        return f"These are not the digits. You have {tries}."

    async def take_digits(self, text: str) -> None:
        """Hand over what was typed as digits. Raises VauchiError where it cannot be used."""
        length = len(text.replace(" ", ""))
        if length != 6:
            self.problem(f"There are six digits; these are {length}.")
        else:
            await self.run.enter_digits(text)

    # The code by other ways

    def action_text(self) -> None:
        self.query_one(CodeView).toggle_text()

    def action_copy(self) -> None:
        if self.shown is not None:
            self.app.copy_to_clipboard(self.shown.text)
            self.query_one(CodeView).tell("copied")

    async def action_png(self) -> None:
        """Write the code as a picture into the current directory."""
        from vauchi_tui.actions.code_drawing import write_png

        if self.shown is None:
            return
        now = self.house.store.context.now()
        try:
            path = await self.house.store.in_thread(write_png, self.shown.text, Path(), now)
        except VauchiError as error:
            self.query_one(CodeView).tell(f"{error.title} {error.hint}".strip())
        else:
            self.query_one(CodeView).tell(f"wrote {plain(str(path))}")
