"""Add a field to the card, or change one: label, value, type."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vauchi_tui.actions import card as cards
from vauchi_tui.actions.context import Context
from vauchi_tui.errors import VauchiError
from vauchi_tui.model import limits
from vauchi_tui.model.fields import Field, FieldType, guess_type
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.widgets.choice import Choice, Option
from vauchi_tui.ui.widgets.dialog import Dialog
from vauchi_tui.ui.widgets.text_field import TextField


def keep(ctx: Context, old: Field | None, label: str, value: str, kind: FieldType | None) -> Field:
    """Store what the dialog has. A refused value leaves the field as it was."""
    if old is None:
        return cards.add_field(ctx, label, value, kind)
    return cards.change_field(ctx, old.id, label, value, kind)


class FieldDialog(Dialog[Field]):
    """The result is the field as stored, or None."""

    AUTO_FOCUS = ""  # which field depends on what is edited
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "keep", "Keep", show=False, id="field.keep")]

    def __init__(self, field: Field | None = None) -> None:
        super().__init__()
        self._field = field

    def compose(self) -> ComposeResult:
        old = self._field
        kinds = [Option(str(kind), str(kind)) for kind in FieldType]
        if old is None:
            kinds.insert(0, Option("", "by its form"))
        with Vertical(classes="box"):
            yield Static("Change a field" if old else "Add a field", classes="title")
            with Horizontal():
                yield Static("Label", classes="label")
                yield TextField(
                    old.label if old else "", hint="Mobile, Work, Home …", limit=limits.LABEL_LENGTH, id="label"
                )
            with Horizontal():
                yield Static("Value", classes="label")
                yield TextField(old.value if old else "", hint="+1 555 1234", lines=True, id="value")
            with Horizontal():
                yield Static("Type", classes="label")
                yield Choice(kinds, str(old.type) if old else "", flat=True, id="type")
            yield Static("", classes="problem", id="problem", markup=False)
            yield Static("⏎ next, then keep · ↑↓ move · ctrl+n line break · esc leaves", classes="keys")

    def on_mount(self) -> None:
        self.query_one("#value" if self._field is not None else "#label").focus()

    @property
    def kind(self) -> FieldType | None:
        value = self.query_one(Choice).value
        return FieldType(value) if value else None

    @on(Input.Changed)
    def guess(self) -> None:
        """Say which type the form suggests."""
        choice, value = self.query_one(Choice), self.query_one("#value", TextField).text
        if choice.options[0].value == "":
            guessed = guess_type(self.query_one("#label", TextField).text, value) if value.strip() else None
            choice.options = [Option("", "by its form", str(guessed or "")), *choice.options[1:]]
            choice.refresh()
        self.query_one("#problem", Static).update("")

    @on(Input.Submitted, "#label")
    def to_value(self) -> None:
        if self._field is None:
            self.query_one("#value").focus()
        else:
            self.run_worker(self.keep())

    @on(Input.Submitted, "#value")
    def submitted(self) -> None:
        self.run_worker(self.keep())

    def action_keep(self) -> None:
        self.run_worker(self.keep())

    async def keep(self) -> None:
        """Store it; what is wrong with it is said here, and nothing is lost."""
        app = self.app
        assert isinstance(app, VauchiApp)
        label, value = self.query_one("#label", TextField).text, self.query_one("#value", TextField).text
        try:
            field = await app.store.run(keep, self._field, label, value, self.kind)
        except VauchiError as error:
            self.query_one("#problem", Static).update(f"{error.title} {error.hint}".strip())
        else:
            self.dismiss(field)
