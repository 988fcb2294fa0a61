"""Who sees what: contacts × fields. Changes are collected and saved as one, which can be undone."""

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from vauchi_tui.actions import visibility
from vauchi_tui.actions.visibility import LabelRow, Matrix, Toggle
from vauchi_tui.model.visibility import label_audience
from vauchi_tui.ui import label_edits
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.staged import Staged
from vauchi_tui.ui.widgets.matrix import VisibilityMatrix, legend
from vauchi_tui.ui.words import count, plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


LEGEND = "  ".join(f"{sign} {words}" for sign, words in legend())


class VisibilityScreen(ViewScreen[Matrix]):
    """Tab 3."""

    TAB = "Visibility"
    AUTO_FOCUS = "VisibilityMatrix"
    HELP_TEXT = (
        "● sees it, by a rule of its own · ○ sees it by a label or because everyone does · a dot: does not. "
        "Changes carry a * until s saves them; only then anything is sent. The first line is everyone, also people you "
        "meet later; then come labels, whose members see what they show; a contact's own rule goes before both."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save", id="visibility.save"),
        Binding("v", "view_as", "View as", id="visibility.view_as"),
        Binding("m", "members", "Members", id="visibility.members"),
        Binding("n", "new_label", "New label", id="visibility.new_label"),
        Binding("e", "rename_label", "Rename label", show=False, id="visibility.rename_label"),
        Binding("d", "delete_label", "Delete label", show=False, id="visibility.delete_label"),
        Binding("z", "undo", "Undo", show=False, id="visibility.undo"),
        Binding("escape", "leave", "Drop changes", show=False, id="visibility.leave"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.staged = Staged()
        self.wanted: tuple[str | None, str | None] = (None, None)

    def body(self) -> Iterable[Widget]:
        yield Static("", classes="dim head", id="state", markup=False)
        yield VisibilityMatrix()
        yield Static(LEGEND, classes="foot", id="legend", markup=False)

    @property
    def matrix(self) -> VisibilityMatrix:
        return self.query_one(VisibilityMatrix)

    def read(self, ctx: "Context") -> Matrix:
        return visibility.matrix(ctx)

    def show(self, view: Matrix) -> None:
        self.staged.rebase(view)
        self.draw()
        if self.wanted != (None, None):
            self.point_at(*self.wanted)

    def point_at(self, field_id: str | None, audience: str | None) -> None:
        """Put the cursor on a field, a line, or both; before the first view has come, remember it."""
        if self.view is None:
            self.wanted = (field_id, audience)
            return
        self.wanted = (None, None)
        columns = [field.id for field in self.view.fields]
        if field_id in columns:
            self.matrix.column = columns.index(field_id)
        line = self.staged.line_of(audience) if audience is not None else None
        if line is not None:
            self.matrix.row = line
        self.matrix.action_move(0, 0)

    def draw(self) -> None:
        """Draw what is stored and what is staged upon it."""
        self.matrix.show(self.staged.drawn())
        self.describe()

    @on(VisibilityMatrix.Moved)
    def describe(self) -> None:
        """The cell under the cursor in words, and what is not saved yet."""
        state = self.query_one("#state", Static)
        view, matrix = self.view, self.matrix
        if view is None:
            return
        if not view.fields:
            state.update("Your card has no fields yet. Add one on the first tab.")
            return
        state.update(self.staged.words(matrix.row, matrix.column))
        changes, foot = len(self.staged.changes), self.query_one("#legend", Static)
        foot.update(f"{count(changes, 'change')} not saved: s saves, esc drops." if changes else LEGEND)
        foot.set_class(bool(changes), "warn")

    @on(VisibilityMatrix.Toggled)
    def toggled(self, event: VisibilityMatrix.Toggled) -> None:
        step = {"toggle": self.staged.toggle, "only": self.staged.only, "reset": self.staged.reset}[event.what]
        step(event.scope, event.row, event.column)
        self.draw()

    async def action_save(self) -> None:
        """Save all staged changes as one."""
        toggles = self.staged.toggles()
        if not toggles:
            self.house.say("There is nothing to save.")
            return
        undo = await self.house.act(visibility.apply_batch, toggles)
        if undo is None:
            return
        self.staged.clear()
        self.house.can_undo(count(len(toggles), "change") + " of visibility", lambda: self._restore(undo))
        self.house.say(f"Saved {count(len(toggles), 'change')}. z undoes it.")
        self.wake()
        self.draw()

    async def _restore(self, undo: tuple[Toggle, ...]) -> None:
        await self.house.store.run(visibility.apply_batch, undo)
        self.wake()

    async def action_undo(self) -> None:
        """The last staged change first, then what was saved."""
        if self.staged.back():
            self.draw()
        else:
            await self.house.action_undo()

    def action_view_as(self) -> None:
        from vauchi_tui.ui.screens.view_as import ViewAsDialog

        row = self.staged.contact_at(self.matrix.row)
        if self.view is None or row is None:
            self.house.say("Put the cursor on a contact first.")
            return
        seen = self.staged.seen_by(row.identity)
        fields = [field for field in self.view.fields if field.id in seen]
        self.app.push_screen(ViewAsDialog(plain(row.name), fields, bool(self.staged.changes)))

    # Labels

    def action_new_label(self) -> None:
        async def new() -> None:
            label = await label_edits.new(self.house)
            if label is not None:
                self.wanted = (None, label_audience(label.id))
                self.wake()

        self.run_worker(new())

    def action_rename_label(self) -> None:
        if (label := self._label) is not None:
            self.run_worker(self._then_wake(label_edits.rename(self.house, label.id)))

    def action_delete_label(self) -> None:
        if (label := self._label) is not None:
            self.run_worker(self._then_wake(label_edits.delete(self.house, label.id)))

    def action_members(self) -> None:
        """Who is in the label under the cursor, or which labels the contact under it is in."""
        label, row = self.staged.label_at(self.matrix.row), self.staged.contact_at(self.matrix.row)
        if label is not None:
            self.run_worker(self._then_wake(label_edits.choose_members(self.house, label.id)))
        elif row is not None:
            chosen = label_edits.choose_labels(self.house, row.identity, plain(row.name), row.labels)
            self.run_worker(self._then_wake(chosen))
        else:
            self.house.say("Put the cursor on a label or a contact first. n makes a label.")

    @property
    def _label(self) -> LabelRow | None:
        label = self.staged.label_at(self.matrix.row)
        if label is None:
            self.house.say("Put the cursor on a label first. n makes one.")
        return label

    async def _then_wake(self, step: Awaitable[None]) -> None:
        await step
        self.wake()

    def action_leave(self) -> None:
        if self.staged.changes:
            self.staged.clear()
            self.draw()
            self.house.say("Dropped the changes.")
