"""Ticking some of many: contacts, or labels, which can be made and changed on the way."""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from vauchi_tui.actions import labels
from vauchi_tui.model.labels import SIGN
from vauchi_tui.ui import label_edits
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.widgets.dialog import Dialog
from vauchi_tui.ui.widgets.mark_list import Mark, MarkList
from vauchi_tui.ui.widgets.text_field import TextField
from vauchi_tui.ui.words import count

LINES = 10


class MarkDialog(Dialog[frozenset[Hashable]]):
    """The result are the keys of what is ticked, or None after escape."""

    AUTO_FOCUS = "MarkList"
    EMPTY: ClassVar[str] = "You have no contacts yet.\nx on the tabs exchanges cards with somebody who is here with you"
    KEYS: ClassVar[str] = "space ticks · ⏎ keeps it · esc leaves it"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", show=False, id="marking.filter"),
    ]

    def __init__(
        self, title: str, marks: Sequence[Mark] = (), ticked: Iterable[Hashable] = (), words: str = ""
    ) -> None:
        super().__init__()
        self._title, self._words = title, words
        self._list = MarkList(marks, ticked, empty=self.EMPTY)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(self._title, classes="title", markup=False)
            if self._words:
                yield Static(f"{self._words}\n", markup=False)
            if len(self._list.marks) > LINES:
                yield TextField(hint="/ filter by name")
            self._list.styles.height = max(2, min(LINES, len(self._list.marks)))
            yield self._list
            yield Static(self.KEYS, classes="keys")

    @on(MarkList.Chosen)
    @on(Input.Submitted)
    def keep(self, event: MarkList.Chosen | Input.Submitted) -> None:
        if isinstance(event, Input.Submitted):
            self._list.focus()
        else:
            self.dismiss(frozenset(self._list.ticked))

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        self._list.filter(event.value)

    def action_filter(self) -> None:
        self.query(TextField).focus()


class LabelsDialog(MarkDialog):
    """Labels to tick. The result are ids of labels, or None after escape; what was made or renamed stays so."""

    EMPTY = "There are no labels yet.\nn makes one: family, work, whoever sees the same of your card"
    KEYS = "space ticks · ⏎ keeps it · esc leaves it\nn new label · e rename · d delete"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New label", id="labels.new"),
        Binding("e", "rename", "Rename", id="labels.rename"),
        Binding("d", "delete", "Delete", id="labels.delete"),
    ]

    @property
    def house(self) -> VauchiApp:
        assert isinstance(self.app, VauchiApp)
        return self.app

    def on_mount(self) -> None:
        self.run_worker(self._load())

    async def _load(self) -> None:
        known = await self.house.store.run(labels.show)
        marks = [Mark(label.id, f"{SIGN}{label.title}", _words(label)) for label in known]
        self._list.offer(marks)
        self._list.styles.height = max(2, min(LINES, len(marks)))

    def action_new(self) -> None:
        async def new() -> None:
            label = await label_edits.new(self.house)
            if label is not None:
                self._list.ticked.add(label.id)
                await self._load()
                self._list.select(label.id)

        self.run_worker(new())

    def action_rename(self) -> None:
        async def rename(label_id: str) -> None:
            await label_edits.rename(self.house, label_id)
            await self._load()

        if self._list.current is not None:
            self.run_worker(rename(str(self._list.current.key)))

    def action_delete(self) -> None:
        async def delete(label_id: str) -> None:
            await label_edits.delete(self.house, label_id)
            await self._load()

        if self._list.current is not None:
            self.run_worker(delete(str(self._list.current.key)))


def _words(label: labels.LabelView) -> str:
    fields = ", ".join(field.label for field in label.fields) or "shows nothing yet"
    return f"{count(len(label.members), 'member')} · {fields}"
