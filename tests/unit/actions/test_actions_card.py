"""Editing one's own card: each edit is stored at once, refused ones change nothing, removals can be undone."""

import pytest

from vauchi_tui.actions import card, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.errors import InvalidValue, LimitExceeded, NotFound
from vauchi_tui.model.fields import FieldType


def labels(ctx: Context) -> list[str]:
    return [field.label for field in card.show(ctx).fields]


def test_a_new_profile_has_a_card_with_only_the_name(ctx: Context) -> None:
    own = card.show(ctx)
    assert (own.display_name, own.fields, own.relay) == ("Alice", (), None)
    assert len(own.fingerprint.split()) == 8


def test_a_field_is_added_changed_renamed_and_moved(ctx: Context) -> None:
    field, new = card.set_field(ctx, "Phone", "555-1234567")
    assert new and field.type is FieldType.PHONE
    same, new = card.set_field(ctx, "phone", "555-7654321")
    assert not new and same.id == field.id and same.value == "555-7654321"
    card.add_field(ctx, "Home", "1 Main Street", FieldType.ADDRESS)
    assert card.rename_field(ctx, "phone", "Mobile")
    assert card.move_field(ctx, "Home", 1)
    assert labels(ctx) == ["Home", "Mobile"]


def test_what_another_connection_sees_is_what_was_stored(ctx: Context) -> None:
    card.set_field(ctx, "phone", "555-1234567")
    card.set_name(ctx, "Alice Smith")
    with ctx.open_vault() as other, other.read() as tx:
        stored = tx.card.registers().card()
    assert stored.display_name == "Alice Smith"
    assert [field.value for field in stored.fields] == ["555-1234567"]


def test_an_edit_that_changes_nothing_leaves_the_vault_alone(ctx: Context) -> None:
    card.set_field(ctx, "phone", "555-1234567")
    before = ctx.vault.data_version()
    assert not card.set_name(ctx, "Alice")
    assert not card.set_value(ctx, "phone", "555-1234567")
    assert ctx.vault.data_version() == before


def test_an_invalid_value_names_the_rule_and_the_old_one_stays(ctx: Context) -> None:
    card.set_field(ctx, "phone", "555-1234567")
    with pytest.raises(InvalidValue, match="digits"):
        card.set_field(ctx, "phone", "12", FieldType.PHONE)
    with pytest.raises(LimitExceeded, match="100"):
        card.set_name(ctx, "x" * 101)
    assert card.show(ctx).fields[0].value == "555-1234567"
    assert card.show(ctx).display_name == "Alice"


def test_an_unknown_field_lists_the_fields_there_are(ctx: Context) -> None:
    card.set_field(ctx, "phone", "555-1234567")
    with pytest.raises(NotFound) as caught:
        card.remove_field(ctx, "fax")
    assert "phone" in caught.value.hint


def test_a_removed_field_comes_back_as_it_was_and_to_the_same_people(ctx: Context) -> None:
    card.set_field(ctx, "phone", "555-1234567")
    card.set_field(ctx, "email", "alice@example.com")
    visibility.allow(ctx, "phone", ["everyone"])
    before = card.show(ctx).fields
    removed = card.remove_field(ctx, "phone")
    assert labels(ctx) == ["email"]
    card.restore_field(ctx, removed)
    assert card.show(ctx).fields == before
    assert card.audiences(ctx)[before[0].id].everyone


def test_a_refused_label_leaves_the_value_as_it_was_too(ctx: Context) -> None:
    card.add_field(ctx, "Home", "1 Main Street")
    field = card.add_field(ctx, "Work", "old@example.com")
    with pytest.raises(InvalidValue, match="already a field"):
        card.change_field(ctx, field.id, "home", "new@example.com")
    assert card.find(ctx, field.id) == field
    changed = card.change_field(ctx, field.id, "Office", "by the river", FieldType.TEXT)
    assert (changed.label, changed.value, changed.type) == ("Office", "by the river", FieldType.TEXT)
