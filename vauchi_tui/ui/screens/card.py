"""One's own card: fields in order, who sees each, and every edit of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from vauchi_tui.actions import card as cards
from vauchi_tui.model.fields import Field
from vauchi_tui.model.labels import SIGN
from vauchi_tui.ui.card_view import CardView, read_card
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context

EMPTY = "Your card has only your name.\na adds a phone number, an e-mail address, anything"


def audience_words(audience: cards.Audience | None) -> Cell:
    """Who sees a field, in a few words."""
    if audience is None or (not audience.everyone and not audience.names and not audience.labels):
        return Cell("nobody", "dim")
    if audience.everyone:
        return Cell("everyone", "good")
    if audience.labels:
        names = " ".join(SIGN + plain(one) for one in audience.labels)
        return Cell(f"{names} + {audience.beside}" if audience.beside else names)
    if len(audience.names) <= 2:
        return Cell(", ".join(map(plain, audience.names)))
    return Cell(f"{plain(audience.names[0])} + {len(audience.names) - 1}")


class CardScreen(ViewScreen[CardView]):
    """Tab 1."""

    TAB = "Card"
    HELP_TEXT = (
        "This is your card. Contacts see your name and the fields you let them see; the last column says who. "
        "A new field is seen by nobody until you say so. Edits reach your contacts by themselves."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="card.add"),
        Binding("e", "edit", "Edit", key_display="⏎", id="card.edit"),
        Binding("w", "who", "Who sees it", id="card.who"),
        Binding("d", "remove", "Remove", id="card.remove"),
        Binding("K", "shift(-1)", "Up", id="card.up"),
        Binding("J", "shift(1)", "Down", id="card.down"),
        Binding("n", "name", "Name", id="card.name"),
        Binding("y", "copy", "Copy", show=False, id="card.copy"),
    ]

    def body(self) -> Iterable[Widget]:
        yield Static("", classes="title", id="name", markup=False)
        yield Static("", classes="dim", id="fingerprint", markup=False)
        yield Static("")
        yield TableList(empty=EMPTY, id="fields")

    def read(self, ctx: "Context") -> CardView:
        return read_card(ctx)

    def show(self, view: CardView) -> None:
        self.query_one("#name", Static).update(view.card.display_name)
        self.query_one("#fingerprint", Static).update(view.card.fingerprint)
        self.fields.set_rows(
            [
                Row(
                    field.id,
                    (
                        Cell(plain(field.label), "strong"),
                        Cell(plain(field.value)),
                        Cell(str(field.type), "dim"),
                        audience_words(view.audiences.get(field.id)),
                    ),
                )
                for field in view.card.fields
            ]
        )

    @property
    def fields(self) -> TableList:
        return self.query_one("#fields", TableList)

    @property
    def field(self) -> Field | None:
        """The field under the cursor; says so where there is none."""
        row = self.fields.current
        if row is not None and self.view is not None:
            for field in self.view.card.fields:
                if field.id == row.key:
                    return field
        self.house.say("Add a field first: press a.")
        return None

    # Edits

    def action_add(self) -> None:
        from vauchi_tui.ui.screens.field import FieldDialog

        def added(field: Field | None) -> None:
            if field is not None:
                self.run_worker(self._ask_who(field))

        self.app.push_screen(FieldDialog(), added)

    async def _ask_who(self, field: Field) -> None:
        from vauchi_tui.actions import visibility
        from vauchi_tui.model.visibility import EVERYONE
        from vauchi_tui.ui import label_edits
        from vauchi_tui.ui.screens.prompts import KeyQuestion

        self.wake()
        answers = [
            ("e", "everyone, also people you meet later"),
            ("l", "labels: whoever is in them"),
            ("c", "contacts"),
            ("n", "nobody yet"),
        ]
        answer = await self.app.push_screen_wait(
            KeyQuestion(f"Who may see “{plain(field.label)}”?", "Nobody sees it so far.", answers)
        )
        self.fields.select(field.id)
        if answer == "e":
            await self.house.act(visibility.allow, field.id, [EVERYONE])
        elif answer in ("l", "c"):
            among = "labels" if answer == "l" else "contacts"
            await label_edits.choose_audience(self.house, field.id, plain(field.label), among)
        self.wake()

    @on(TableList.Chosen)
    def action_edit(self) -> None:
        from vauchi_tui.ui.screens.field import FieldDialog

        if (field := self.field) is not None:
            self.app.push_screen(FieldDialog(field), lambda _: self.wake())

    async def action_who(self) -> None:
        if (field := self.field) is not None:
            await self.house.show_visibility(field.id)

    async def action_remove(self) -> None:
        if (field := self.field) is None:
            return
        removed = await self.house.act(cards.remove_field, field.id)
        if removed is not None:
            self.house.can_undo(
                f"the removal of {field.label}", lambda: self.house.store.run(cards.restore_field, removed)
            )
            self.house.say(f"Removed {plain(field.label)}. z undoes it.")
            self.wake()

    async def action_shift(self, step: int) -> None:
        if (field := self.field) is None or self.view is None:
            return
        place = [other.id for other in self.view.card.fields].index(field.id) + 1 + step
        if 1 <= place <= len(self.view.card.fields):
            await self.house.act(cards.move_field, field.id, place)
            self.wake()

    def action_name(self) -> None:
        from vauchi_tui.ui.screens.prompts import LinePrompt

        async def rename(name: str) -> None:
            await self.house.act(cards.set_name, name)
            self.wake()

        def renamed(name: str | None) -> None:
            if name:
                self.run_worker(rename(name))

        if self.view is not None:
            self.app.push_screen(
                LinePrompt("Your name", self.view.card.display_name, words="Every contact sees it."),
                renamed,
            )

    def action_copy(self) -> None:
        if (field := self.field) is not None:
            self.app.copy_to_clipboard(field.value)
            self.house.say(f"Copied {plain(field.label)}.")
