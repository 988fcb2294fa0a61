"""Meeting somebody: what this person will get, then show a code or answer one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from vauchi_tui.actions import exchange
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.errors import VauchiError
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.ui.offers import Offers
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.widgets.choice import Choice, Option
from vauchi_tui.ui.widgets.table_list import TableList
from vauchi_tui.ui.widgets.text_field import TextField, typed_path
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context

EMPTY = "Your name, and nothing else: your card has no fields yet.\n1 leads to your card"
WITHOUT_SOUND = (
    Option(Wanted.CODE, "six digits", "they read six digits to you, you type them"),
    Option(Wanted.SCAN, "scan back", "you name a picture of the code on their screen"),
)
BY_SOUND = Option(Wanted.AUTO, "sound", "the devices hear each other, side by side")
LOOKING = BY_SOUND._replace(words="looking for microphone and speaker …")


class ExchangeScreen(ViewScreen[Offers]):
    """Tab 4."""

    TAB = "Exchange"
    AUTO_FOCUS = "#offers"
    HELP_TEXT = (
        "Both of you are in one room. One shows a code, the other answers it: from a picture, or pasted. "
        "Then the two devices hear each other, or one of you types six digits from the other's screen. "
        "No card leaves before that has succeeded. "
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
        self._search: SoundSearch | None = None

    def body(self) -> Iterable[Widget]:
        yield Static("What this person will get", classes="title", id="gets")
        yield TableList(flex=2, empty=EMPTY, id="offers")
        with Vertical(classes="form"):
            with Horizontal():
                yield Static("s  Show a code", classes="label")
                yield Choice((LOOKING, *WITHOUT_SOUND), flat=True, id="proof")
            with Horizontal():
                yield Static("p  Answer one", classes="label")
                yield TextField(hint="paste the code, then ⏎", id="code")
            with Horizontal():
                yield Static("i  or a picture", classes="label")
                yield TextField(hint="the file of a picture of it, then ⏎", id="picture")
            with Horizontal():
                yield Static("Their relay", classes="label")
                yield TextField(hint="only if their screen names one beside the code", id="relay")
            yield Static("", id="no-sound", markup=False)

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

    # Speaker and microphone, looked for while the person reads what will be shared

    def on_screen_resume(self) -> None:
        if self.house.store.is_open and (self._search is None or not self._search.pending):
            self._search = SoundSearch(self.house.store.context)
            self.run_worker(self._tell_sound(self._search), group="sound")

    async def _tell_sound(self, search: SoundSearch) -> None:
        choice, reason = self.query_one("#proof", Choice), self.query_one("#no-sound", Static)
        try:
            await search.pair()
        except VauchiError as error:
            choice.offer(WITHOUT_SOUND)
            reason.update(plain(f"No sound here: {error.title} {error.hint}".rstrip()))
        else:
            choice.offer((BY_SOUND, *WITHOUT_SOUND))
            reason.update("")
        reason.display = bool(str(reason.render()))

    # Starting a run

    def action_show_code(self) -> None:
        from vauchi_tui.ui.screens.showing import ShowingScreen

        wanted = Wanted(self.query_one("#proof", Choice).value)
        assert self._search is not None
        self.app.push_screen(ShowingScreen(wanted, frozenset(self.chosen), self._search), self._returned)

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
        assert self._search is not None
        screen = AnsweringScreen(code, relay, frozenset(self.chosen), self._search)
        self.app.push_screen(screen, self._returned)

    def _returned(self, met: bool | None) -> None:
        """What was ticked was meant for the person just met: the next one starts with nothing."""
        self.offers.focus()
        if met and self.view is not None:
            self.chosen.clear()
            self.query_one("#relay", TextField).value = ""
            self.show(self.view)
