"""One contact: values first, then how the keys were proven, what he sees, the note and the history."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from vauchi_tui.actions import contacts
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.contact import Method
from vauchi_tui.model.labels import SIGN
from vauchi_tui.model.visibility import contact_audience
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.widgets.table_list import Cell, Row, TableList, blank, heading
from vauchi_tui.ui.words import date, moment, plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.model.contact import Contact, Trust

Ending = Callable[["Context", bytes], "Contact"]


@dataclass(frozen=True, slots=True)
class ContactView:
    """All about him."""

    details: contacts.Details


def rows(details: contacts.Details) -> list[Row]:
    """The lines of the screen. The key of a line that can be copied is ("copy", its text)."""
    contact, out = details.contact, []
    for field in contact.card.fields:
        label = Cell(plain(field.label), "strong")
        out.append(
            Row(("copy", field.id, field.value), (label, Cell(plain(field.value)), Cell(str(field.type), "dim")))
        )
    if not contact.card.fields:
        text = "shows you no field yet" if contact.confirmed else "the card is on its way"
        out.append(Row("no fields", (Cell("—", "dim"), Cell(text, "dim"))))
    out += [blank("1"), heading("Trust")]
    for trust in details.trusts or (contact.trust,):
        out.append(Row(("trust", trust.at), (Cell("Met", "dim"), Cell(proven(trust)))))
    if not contact.confirmed:
        words = "The other side has not confirmed yet; it will with its first message."
        out.append(Row("unconfirmed", (Cell("…", "warn"), Cell(words, "warn"))))
    out.append(Row(("copy", "", contact.fingerprint), (Cell("Fingerprint", "dim"), Cell(contact.fingerprint))))
    if details.relay:
        out.append(Row(("copy", "relay", details.relay), (Cell("Relay", "dim"), Cell(plain(details.relay)))))
    out += [blank("2"), heading("Sees of your card")]
    sees = ", ".join(plain(field.label) for field in details.sees)
    words = "nothing (blocked)" if contact.blocked else f"your name{', ' + sees if sees else ' only'}"
    waiting = Cell(f"{details.pending} on the way", "warn") if details.pending else Cell("delivered", "good")
    out.append(Row("sees", (waiting, Cell(words))))
    if details.labels:
        out.append(Row("labels", (Cell("Labels", "dim"), Cell(" ".join(SIGN + plain(one) for one in details.labels)))))
    if contact.note:
        out += [blank("3"), heading("Note")]
        for number, text in enumerate(contact.note.splitlines()):
            out.append(Row(("note", number), (Cell("", "dim"), Cell(plain(text)))))
    if details.history:
        out += [blank("4"), heading("History")]
        for entry in details.history:
            out.append(Row(("history", entry.id), (Cell(moment(entry.at), "dim"), Cell(plain(entry.text)))))
    return out


def proven(trust: "Trust") -> str:
    """`nearby 0.6 m, heard 2026-11-22`, `confirmed by code, 2026-11-22`."""
    heard = "heard " if trust.method is Method.SOUND else ""
    return f"{trust.words()}, {heard}{date(trust.at)}"


class ContactScreen(ViewScreen[ContactView]):
    """Opens from the list of contacts; escape goes back to it."""

    TAB = "Contacts"
    HELP_TEXT = "⏎ or y copies the value under the cursor. Removing and blocking take back what was shown."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="contact.copy"),
        Binding("n", "note", "Note", id="contact.note"),
        Binding("v", "sees", "Their view", id="contact.sees"),
        Binding("l", "labels", "Labels", id="contact.labels"),
        Binding("b", "block", "Block", id="contact.block"),
        Binding("d", "remove", "Remove", id="contact.remove"),
        Binding("escape", "leave", "Back", id="contact.leave"),
    ]

    def __init__(self, identity: bytes) -> None:
        super().__init__()
        self.identity = identity

    def body(self) -> Iterable[Widget]:
        yield Static("", classes="title", id="name", markup=False)
        yield Static("", id="state", classes="dim", markup=False)
        yield Static("")
        yield TableList(id="details")

    def read(self, ctx: "Context") -> ContactView:
        return ContactView(contacts.show(ctx, self.identity))

    def show(self, view: ContactView) -> None:
        contact = view.details.contact
        state = ["✗ blocked"] if contact.blocked else ["✓ confirmed"] if contact.confirmed else ["… not confirmed yet"]
        if contact.updated_at:
            state.append(f"updated {moment(contact.updated_at)}")
        self.query_one("#name", Static).update(plain(contact.name))
        self.query_one("#state", Static).update(" · ".join([*state, f"met {date(contact.added_at)}"]))
        self.table.set_rows(rows(view.details))

    def lost(self, error: VauchiError) -> None:
        """He was removed, perhaps by another process."""
        self.house.say("This contact is not there any more.")
        if self.is_current:
            self.app.pop_screen()

    @property
    def table(self) -> TableList:
        return self.query_one(TableList)

    @on(TableList.Chosen)
    def action_copy(self) -> None:
        row = self.table.current
        if row is not None and isinstance(row.key, tuple) and row.key[0] == "copy":
            self.app.copy_to_clipboard(str(row.key[-1]))
            self.house.say(f"Copied {plain(str(row.key[-1]))}.")
        else:
            self.house.say("There is nothing to copy on this line.")

    def action_note(self) -> None:
        from vauchi_tui.ui.screens.prompts import LinePrompt

        async def keep(text: str) -> None:
            await self.house.act(contacts.note, self.identity, text)
            self.wake()

        def answered(text: str | None) -> None:
            if text is not None:
                self.run_worker(keep(text))

        if self.view is not None:
            contact = self.view.details.contact
            words = "Only you see it. ctrl+n starts a new line."
            self.app.push_screen(
                LinePrompt(f"Note on {plain(contact.name)}", contact.note, words=words, lines=True), answered
            )

    async def action_sees(self) -> None:
        await self.house.show_visibility(None, contact_audience(self.identity))

    def action_labels(self) -> None:
        from vauchi_tui.ui import label_edits

        async def choose(contact: "Contact") -> None:
            await label_edits.choose_labels(self.house, contact.identity, plain(contact.name), contact.labels)
            self.wake()

        if self.view is not None:
            self.run_worker(choose(self.view.details.contact))

    def action_block(self) -> None:
        words = (
            "Your values are taken back, and neither side hears of the other any more. Coming back takes an exchange."
        )
        self._ask("Block", words, contacts.block)

    def action_remove(self) -> None:
        words = "Your values are taken back and the contact is forgotten. Coming back takes an exchange."
        self._ask("Remove", words, contacts.remove)

    def _ask(self, verb: str, words: str, action: Ending) -> None:
        from vauchi_tui.ui.screens.prompts import KeyQuestion

        if self.view is None:
            return
        name = plain(self.view.details.contact.name)

        def answered(key: str | None) -> None:
            if key is not None:
                self.run_worker(self._end(verb, name, action))

        self.app.push_screen(KeyQuestion(f"{verb} {name}?", words, [("y", f"{verb.lower()} {name}")]), answered)

    async def _end(self, verb: str, name: str, action: Ending) -> None:
        if await self.house.act(action, self.identity) is None:
            return
        self.house.say(f"{verb}ed {name}." if verb == "Block" else f"{verb}d {name}.")
        if verb == "Remove" and self.is_current:
            self.app.pop_screen()
        else:
            self.wake()
