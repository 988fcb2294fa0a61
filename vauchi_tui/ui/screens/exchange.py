"""Meeting somebody: what this person will get, then show a code or answer one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from vauchi_tui.actions import exchange
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.contact import Method
from vauchi_tui.ui.offers import Offers
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.widgets.choice import Choice, Option
from vauchi_tui.ui.widgets.table_list import TableList
from vauchi_tui.ui.widgets.text_field import TextField, typed_path

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context

EMPTY = "Your name, and nothing else: your card has no fields yet.\n1 leads to your card"
PROOFS = (
    Option(Method.CODE, "six digits", "they read six digits to you, you type them"),
    Option(Method.SCAN, "scan back", "you name a picture of the code on their screen"),
)


class ExchangeScreen(ViewScreen[Offers]):
    """Tab 4."""

    TAB = "Exchange"
    AUTO_FOCUS = "#offers"
    HELP_TEXT = (
        "Both of you are in one room. One shows a code, the other answers it: from a picture, or pasted. "
        "Then one reads six digits aloud and the other types them. No card leaves before that has succeeded. "
        "Tick what this person will see of your card, or the labels he joins; the third tab changes that later."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "show_code", "Show a code", id="exchange.show"),
        Binding("p", "paste", "Answer", id="exchange.paste"),
        Binding("i", "picture", "Picture", id="exchange.picture"),
        Binding("space", "give", "Give", key_display="space", id="exchange.toggle"),
        Binding("a", "all", "All", id="exchange.all"),
        Binding("escape", "leave", "Back", show=False, id="exchange.leave"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.chosen: set[str] = set()

    def body(self) -> Iterable[Widget]:
        yield Static("What this person will get", classes="title", id="gets")
        yield TableList(flex=2, empty=EMPTY, id="offers")
        with Vertical(classes="form"):
            with Horizontal():
                yield Static("s  Show a code", classes="label")
                yield Choice(PROOFS, flat=True, id="proof")
            with Horizontal():
                yield Static("p  Answer one", classes="label")
                yield TextField(hint="paste the code, then ⏎", id="code")
            with Horizontal():
                yield Static("i  or a picture", classes="label")
                yield TextField(hint="the file of a picture of it, then ⏎", id="picture")
            with Horizontal():
                yield Static("Their relay", classes="label")
                yield TextField(hint="only if their screen names one beside the code", id="relay")

    @property
    def offers(self) -> TableList:
        return self.query_one("#offers", TableList)

    def read(self, ctx: "Context") -> Offers:
        return Offers(tuple(exchange.offer(ctx)), exchange.offered_labels(ctx))

    def show(self, view: Offers) -> None:
        self.chosen &= view.keys
        self.offers.set_rows(view.rows(self.chosen))
        self.query_one("#gets", Static).update(view.words(self.chosen))

    def action_give(self) -> None:
        """Give the field under the cursor to this person, or put him into the label there, or not."""
        row = self.offers.current
        if row is None or self.view is None:
            return
        key = str(row.key)
        if why := self.view.given_anyway(key, self.chosen):
            self.house.say(why)
            return
        self.chosen ^= {key}
        self.show(self.view)

    @on(TableList.Chosen)
    def toggled(self) -> None:
        self.action_give()

    def action_all(self) -> None:
        """Give everything, or, where everything is given, only what everyone sees."""
        if self.view is None:
            return
        free = self.view.free(self.chosen)
        self.chosen = self.chosen - free if self.chosen >= free else self.chosen | free
        self.show(self.view)

    def action_paste(self) -> None:
        self.query_one("#code").focus()

    def action_picture(self) -> None:
        self.query_one("#picture").focus()

    def action_leave(self) -> None:
        self.offers.focus()

    # Starting a run

    def action_show_code(self) -> None:
        from vauchi_tui.ui.screens.showing import ShowingScreen

        proof = Method(self.query_one("#proof", Choice).value)
        self.app.push_screen(ShowingScreen(proof, frozenset(self.chosen)), self._returned)

    @on(Input.Submitted, "#code")
    def code_given(self) -> None:
        field = self.query_one("#code", TextField)
        if field.value.strip():
            self._answer(field.value)
            field.value = ""

    @on(Input.Submitted, "#relay")
    def relay_given(self) -> None:
        self.query_one("#code").focus()

    @on(Input.Submitted, "#picture")
    async def picture_given(self) -> None:
        field = self.query_one("#picture", TextField)
        if not field.value.strip():
            return
        try:
            code = await self.house.store.in_thread(exchange.read_image, typed_path(field.value))
        except VauchiError as error:
            self.house.tell(error)
        else:
            field.value = ""
            self._answer(code)

    def _answer(self, code: str) -> None:
        from vauchi_tui.ui.screens.answering import AnsweringScreen

        relay = self.query_one("#relay", TextField).value.strip() or None
        self.app.push_screen(AnsweringScreen(code, relay, frozenset(self.chosen)), self._returned)

    def _returned(self, met: bool | None) -> None:
        """What was ticked was meant for the person just met: the next one starts with nothing."""
        self.offers.focus()
        if met and self.view is not None:
            self.chosen.clear()
            self.query_one("#relay", TextField).value = ""
            self.show(self.view)
