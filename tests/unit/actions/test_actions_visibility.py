"""Who sees what: grants by name and for everyone, hiding, batches with undo."""

from collections.abc import Callable

import pytest

from vauchi_tui.actions import card, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.visibility import Toggle
from vauchi_tui.errors import NotFound
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.visibility import EVERYONE, contact_audience


@pytest.fixture
def people(ctx: Context, meet: Callable[..., Contact]) -> dict[str, Contact]:
    card.set_field(ctx, "phone", "555-1234567")
    card.set_field(ctx, "email", "alice@example.com")
    return {name: meet(name) for name in ("Bob", "Carol")}


def seen(ctx: Context, name: str) -> list[str]:
    matrix = visibility.matrix(ctx)
    row = next(row for row in matrix.rows if row.name == name)
    return [field.label for field in matrix.fields if field.id in row.visible]


def test_a_new_field_is_seen_by_nobody(ctx: Context, people: dict[str, Contact]) -> None:
    assert seen(ctx, "Bob") == seen(ctx, "Carol") == []
    assert visibility.view_as(ctx, "Bob").fields == ()
    assert visibility.view_as(ctx, "Bob").display_name == "Alice"


def test_a_grant_by_name_reaches_only_that_contact(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["bob"])
    assert (seen(ctx, "Bob"), seen(ctx, "Carol")) == (["phone"], [])
    assert card.audiences(ctx)[card.find(ctx, "phone").id].names == ("Bob",)


def test_everyone_includes_who_comes_later(
    ctx: Context, people: dict[str, Contact], meet: Callable[..., Contact]
) -> None:
    visibility.allow(ctx, "email", ["everyone"])
    meet("Dave")
    assert seen(ctx, "Dave") == ["email"]


def test_who_is_denied_by_name_stays_denied_when_everyone_is_granted(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.deny(ctx, "phone", ["Carol"])
    visibility.allow(ctx, "phone", ["everyone"])
    assert (seen(ctx, "Bob"), seen(ctx, "Carol")) == (["phone"], [])


def test_hiding_from_everyone_hides_it_from_those_granted_by_name_too(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["everyone", "Bob"])
    visibility.deny(ctx, "phone", ["everyone"])
    assert seen(ctx, "Bob") == seen(ctx, "Carol") == []


def test_a_batch_is_one_change_and_its_result_undoes_it(ctx: Context, people: dict[str, Contact]) -> None:
    phone, email = (card.find(ctx, label).id for label in ("phone", "email"))
    bob = contact_audience(people["Bob"].identity)
    before = visibility.matrix(ctx)
    version = ctx.vault.data_version()
    batch = [Toggle(phone, bob, True), Toggle(email, EVERYONE, True), Toggle(email, bob, False)]
    undo = visibility.apply_batch(ctx, batch)
    assert ctx.vault.data_version() == version + 1
    assert (seen(ctx, "Bob"), seen(ctx, "Carol")) == (["phone"], ["email"])
    visibility.apply_batch(ctx, undo)
    assert visibility.matrix(ctx) == before


def test_a_batch_that_changes_nothing_has_nothing_to_undo(ctx: Context, people: dict[str, Contact]) -> None:
    phone = card.find(ctx, "phone").id
    assert visibility.apply_batch(ctx, [Toggle(phone, EVERYONE, None)]) == ()


def test_one_unknown_name_and_nothing_is_changed(ctx: Context, people: dict[str, Contact]) -> None:
    for stranger in ("Eve", "@family"):
        with pytest.raises(NotFound):
            visibility.allow(ctx, "phone", ["Bob", stranger])
    assert seen(ctx, "Bob") == []
