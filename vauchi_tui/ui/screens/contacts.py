"""Everybody one has met, with a live filter over names, labels and values."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from vauchi_tui.actions import contacts, labels
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.widgets.contact_list import ContactLine, ContactList
from vauchi_tui.ui.widgets.text_field import TextField
from vauchi_tui.ui.words import count

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.model.contact import Contact

EMPTY = "You have no contacts yet.\nx exchanges cards with somebody who is here with you"


@dataclass(frozen=True, slots=True)
class ContactsView:
    """One line per contact, by name."""

    lines: tuple[ContactLine, ...]


def line(contact: "Contact", labels: tuple[str, ...] = ()) -> ContactLine:
    """What the list shows of a contact; `labels`: how those that he is in are called."""
    card = contact.card
    if contact.blocked:
        mark, tone = "✗", "bad"
    elif not contact.confirmed:
        mark, tone = "…", "warn"
    else:
        mark, tone = "✓", "good"
    values = tuple(field.value for field in card.fields)
    trust = "blocked" if contact.blocked else contact.trust.words() if contact.confirmed else "not confirmed yet"
    text = f"{contacts.haystack(contact, labels)}\n{contact.note.casefold()}"
    return ContactLine(contact.identity, contact.name, values, trust, mark, tone, text, labels)


class ContactsScreen(ViewScreen[ContactsView]):
    """Tab 2."""

    TAB = "Contacts"
    AUTO_FOCUS = "#contacts"
    HELP_TEXT = (
        "The filter looks for every word in names, labels, values and notes; @family for who is in that label. "
        "✓ both have each other's card · … the other side has not confirmed yet · ✗ blocked."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "to_list", "Into the list", show=False, id="contacts.to_list"),
        Binding("slash", "filter", "Filter", id="contacts.filter"),
        Binding("x", "app.tab(4)", "Exchange", id="contacts.exchange"),
        Binding("y", "copy", "Copy first value", show=False, id="contacts.copy"),
    ]

    def body(self) -> Iterable[Widget]:
        with Horizontal(classes="filter"):
            yield Static("", id="count", classes="dim")
            yield TextField(hint="/ filter by name, value or @label", id="filter")
        yield ContactList(empty=EMPTY, id="contacts")

    @property
    def list(self) -> ContactList:
        return self.query_one(ContactList)

    def read(self, ctx: "Context") -> ContactsView:
        titles = labels.titles(ctx)
        everybody = contacts.list_contacts(ctx)
        return ContactsView(tuple(line(contact, contacts.titles_of(contact, titles)) for contact in everybody))

    def show(self, view: ContactsView) -> None:
        self.list.show(view.lines)
        self._count()

    def _count(self) -> None:
        shown, everybody = len(self.list.rows), len(self.list.everybody)
        text = count(everybody, "contact") if shown == everybody else f"{shown:,} of {count(everybody, 'contact')}"
        self.query_one("#count", Static).update(text)

    def action_filter(self) -> None:
        self.query_one("#filter").focus()

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        self.list.filter(event.value)
        self._count()

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        self.list.focus()

    def action_to_list(self) -> None:
        """From the filter into the list."""
        self.list.focus()

    @on(ContactList.Chosen)
    def open_contact(self) -> None:
        from vauchi_tui.ui.screens.contact import ContactScreen

        row = self.list.current
        if row is not None:
            self.app.push_screen(ContactScreen(row.identity))

    def action_copy(self) -> None:
        row = self.list.current
        if row is not None and row.values:
            self.app.copy_to_clipboard(row.values[0])
            self.house.say(f"Copied {row.values[0]}.")

    def action_leave(self) -> None:
        if self.query_one("#filter", TextField).value:
            self.query_one("#filter", TextField).value = ""
        self.list.focus()
