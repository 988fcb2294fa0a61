"""What the matrix draws before saving is what is so after saving, whatever was turned; and undoing brings it back."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ui_people import furnished_profile

from vauchi_tui.actions import contacts, labels, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.visibility import LabelRow, Matrix, Row
from vauchi_tui.model.fields import Field, FieldType
from vauchi_tui.ui.staged import Staged

LINES, FIELDS = 9, 4  # everyone, three labels, five people
steps = st.tuples(
    st.sampled_from(["toggle", "only", "reset"]),
    st.sampled_from(["cell", "row", "column"]),
    st.integers(0, LINES - 1),
    st.integers(0, FIELDS - 1),
)


def profile(directory: Path, members: Iterable[tuple[int, int]], blocked: int) -> Context:
    ctx = furnished_profile(directory)
    people = [contact.identity for contact in contacts.list_contacts(ctx)]
    made = [labels.create(ctx, name).id for name in ("club", "family", "work")]
    for label, person in members:
        labels.assign(ctx, made[label], {people[person]: True})
    if blocked < len(people):
        contacts.block(ctx, people[blocked])
    return ctx


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), max_size=8),
    st.integers(0, 9),
    st.lists(st.lists(steps, min_size=1, max_size=6), min_size=1, max_size=3),
)
def test_what_is_drawn_is_what_is_saved(
    members: list[tuple[int, int]], blocked: int, rounds: list[list[tuple[str, str, int, int]]]
) -> None:
    directory = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        with profile(directory, members, blocked) as ctx:
            staged = Staged()
            for turned in rounds:
                before = visibility.matrix(ctx)
                staged.rebase(before)
                for what, scope, line, column in turned:
                    {"toggle": staged.toggle, "only": staged.only, "reset": staged.reset}[what](scope, line, column)
                drawn = [[cell.sees for cell in staged.drawn().cells(line)] for line in range(LINES)]
                undo = visibility.apply_batch(ctx, staged.toggles())
                after = visibility.matrix(ctx)
                ids = [field.id for field in after.fields]
                lines = [after.everyone, *(row.granted for row in after.labels), *(row.visible for row in after.rows)]
                assert drawn == [[field_id in line for field_id in ids] for line in lines]
                staged.clear()
                staged.rebase(after)
                assert staged.toggles() == (), "nothing is left to save"
                visibility.apply_batch(ctx, undo)
                assert visibility.matrix(ctx) == before
    finally:
        shutil.rmtree(directory)


@given(st.lists(steps, max_size=12), st.integers(0, LINES))
def test_going_back_step_by_step_ends_where_it_began(turned: list[tuple[str, str, int, int]], blocked: int) -> None:
    staged = Staged()
    fields = tuple(Field(f"f{number}", FieldType.TEXT, f"F{number}", "v") for number in range(FIELDS))
    rows = tuple(
        Row(bytes([number]) * 32, f"P{number}", frozenset(), {}, number == blocked, ("a",) * (number % 2))
        for number in range(LINES - 2)
    )
    staged.rebase(Matrix(fields, frozenset({"f1"}), rows, (LabelRow("a", "A", frozenset({"f2"})),)))
    for what, scope, line, column in turned:
        {"toggle": staged.toggle, "only": staged.only, "reset": staged.reset}[what](scope, line, column)
    while staged.back():
        pass
    assert staged.changes == {}
