"""Labels in use: what they grant, what goes with them, and what a contact's own rule says against them."""

from collections.abc import Callable

import pytest

from vauchi_tui.actions import card, contacts, labels, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.visibility import Toggle
from vauchi_tui.errors import InvalidValue, NotFound
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.visibility import contact_audience, label_audience


@pytest.fixture
def people(ctx: Context, meet: Callable[..., Contact]) -> dict[str, Contact]:
    """Bob is family and at work, Carol is family, Dave is nothing."""
    card.set_field(ctx, "phone", "555-1234567")
    card.set_field(ctx, "email", "alice@example.com")
    met = {name: meet(name) for name in ("Bob", "Carol", "Dave")}
    labels.create(ctx, "family")
    labels.create(ctx, "work")
    labels.add(ctx, "@family", ["Bob", "Carol"])
    labels.add(ctx, "work", ["bob"])
    return met


def seen(ctx: Context) -> dict[str, list[str]]:
    """Contact → the labels of what he sees."""
    matrix = visibility.matrix(ctx)
    return {row.name: [field.label for field in matrix.fields if field.id in row.visible] for row in matrix.rows}


def owed(ctx: Context) -> set[str]:
    """Who is to be sent something; then nobody is."""
    with ctx.vault.write() as tx:
        names = {contact.name for one in tx.fanout.all() if (contact := tx.contacts.get(one)) is not None}
        for identity in tx.fanout.all():
            tx.fanout.clear(identity)
    return names


def test_a_label_shows_its_members_a_field_who_come_later_too(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["@Family"])
    assert seen(ctx) == {"Bob": ["phone"], "Carol": ["phone"], "Dave": []} and owed(ctx) == {"Bob", "Carol"}
    labels.add(ctx, "family", ["Dave"])
    assert seen(ctx)["Dave"] == ["phone"] and owed(ctx) == {"Dave"}
    who = card.audiences(ctx)[card.find(ctx, "phone").id]
    assert who == card.Audience(False, ("Bob", "Carol", "Dave"), ("family",))
    visibility.allow(ctx, "email", ["@work", "Dave"])
    who = card.audiences(ctx)[card.find(ctx, "email").id]
    assert who == card.Audience(False, ("Bob", "Dave"), ("work",), beside=1)


def test_grants_are_united_and_a_rule_for_one_contact_goes_before_labels(
    ctx: Context, people: dict[str, Contact]
) -> None:
    visibility.allow(ctx, "phone", ["@family"])
    visibility.allow(ctx, "email", ["@work"])
    assert seen(ctx) == {"Bob": ["phone", "email"], "Carol": ["phone"], "Dave": []}
    visibility.deny(ctx, "phone", ["Bob"])
    visibility.allow(ctx, "phone", ["@work"])
    assert seen(ctx)["Bob"] == ["email"]
    visibility.allow(ctx, "email", ["Carol"])
    visibility.deny(ctx, "email", ["@family", "@work"])
    assert seen(ctx) == {"Bob": [], "Carol": ["phone", "email"], "Dave": []}


def test_leaving_takes_away_what_only_the_label_granted(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["@family", "@work"])
    visibility.allow(ctx, "email", ["@family"])
    owed(ctx)
    labels.remove(ctx, "family", ["Bob", "Carol", "Dave"])
    assert seen(ctx) == {"Bob": ["phone"], "Carol": [], "Dave": []} and owed(ctx) == {"Bob", "Carol"}


def test_deleting_takes_away_too_and_undoing_brings_everything_back(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["@family"])
    visibility.allow(ctx, "phone", ["Carol"])
    before = visibility.matrix(ctx)
    owed(ctx)
    family = labels.delete(ctx, "family")
    assert seen(ctx) == {"Bob": [], "Carol": ["phone"], "Dave": []} and owed(ctx) == {"Bob"}
    assert [label.title for label in labels.show(ctx)] == ["work"]
    labels.restore(ctx, family.id)
    assert visibility.matrix(ctx) == before and owed(ctx) == {"Bob"}


def test_renaming_concerns_nobody_else(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["@family"])
    owed(ctx)
    assert labels.rename(ctx, "@family", "clan") == "family"
    assert seen(ctx)["Bob"] == ["phone"] and owed(ctx) == set()
    with pytest.raises(InvalidValue):
        labels.rename(ctx, "clan", "WORK")


def test_a_label_that_grants_nothing_new_makes_no_message(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["everyone"])
    owed(ctx)
    visibility.allow(ctx, "phone", ["@family"])
    labels.remove(ctx, "work", ["Bob"])
    assert owed(ctx) == set()


def test_labels_and_contacts_in_one_batch_are_one_change(ctx: Context, people: dict[str, Contact]) -> None:
    phone, email = (card.find(ctx, label).id for label in ("phone", "email"))
    family = label_audience(labels.find(ctx, "family").id)
    before, version = visibility.matrix(ctx), ctx.vault.data_version()
    undo = visibility.apply_batch(
        ctx,
        [
            Toggle(phone, family, True),
            Toggle(email, family, True),
            Toggle(email, contact_audience(people["Carol"].identity), False),
        ],
    )
    assert ctx.vault.data_version() == version + 1
    assert seen(ctx) == {"Bob": ["phone", "email"], "Carol": ["phone"], "Dave": []}
    visibility.apply_batch(ctx, undo)
    assert visibility.matrix(ctx) == before


def test_a_contacts_labels_are_set_as_one_change(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["@family"])
    visibility.allow(ctx, "email", ["@work"])
    owed(ctx)
    bob, version = people["Bob"].identity, ctx.vault.data_version()
    was = labels.set_labels(ctx, bob, [])
    assert ctx.vault.data_version() == version + 1 and seen(ctx)["Bob"] == [] and owed(ctx) == {"Bob"}
    labels.set_labels(ctx, bob, was)
    assert contacts.show(ctx, "Bob").labels == ("family", "work") and owed(ctx) == {"Bob"}


def test_one_unknown_name_and_nothing_is_changed(ctx: Context, people: dict[str, Contact]) -> None:
    before = labels.show(ctx)
    for edit in (labels.add, labels.remove):
        with pytest.raises(NotFound, match="Eve"):
            edit(ctx, "family", ["Dave", "Eve"])
        with pytest.raises(NotFound, match="friends"):
            edit(ctx, "friends", ["Dave"])
    with pytest.raises(NotFound):
        labels.set_labels(ctx, people["Dave"].identity, ["family", "gone"])
    assert labels.show(ctx) == before


def test_what_is_shown_of_a_label(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "email", ["@family"])
    family, work = labels.show(ctx)
    assert (family.title, [field.label for field in family.fields]) == ("family", ["email"])
    assert [name for _, name in family.members] == ["Bob", "Carol"]
    assert (work.title, work.fields, [name for _, name in work.members]) == ("work", (), ["Bob"])
    assert labels.titles(ctx) == {family.id: "family", work.id: "work"}


def test_hiding_from_everyone_hides_it_from_labels_too(ctx: Context, people: dict[str, Contact]) -> None:
    visibility.allow(ctx, "phone", ["everyone", "@family", "Dave"])
    visibility.deny(ctx, "phone", ["everyone"])
    assert seen(ctx) == {"Bob": [], "Carol": [], "Dave": []}


def test_contacts_are_found_by_label(ctx: Context, people: dict[str, Contact]) -> None:
    def found(query: str) -> list[str]:
        return [contact.name for contact in contacts.list_contacts(ctx, query)]

    labels.create(ctx, "example")
    labels.add(ctx, "example", ["Dave"])
    assert found("@family") == ["Bob", "Carol"] and found("FAMILY") == ["Bob", "Carol"]
    assert found("@family @work") == ["Bob"] and found("@fam bob") == ["Bob"]
    assert found("@example") == ["Dave"], "a label, not everybody with an address there"
    assert found("@nobody") == []


def test_who_is_blocked_is_put_into_no_label_and_granted_nothing(ctx: Context, people: dict[str, Contact]) -> None:
    contacts.block(ctx, "Bob")
    for edit in (
        lambda: labels.add(ctx, "family", ["Dave", "Bob"]),
        lambda: labels.set_labels(ctx, people["Bob"].identity, [labels.find(ctx, "work").id]),
        lambda: visibility.allow(ctx, "phone", ["Bob"]),
    ):
        with pytest.raises(InvalidValue, match="Bob is blocked"):
            edit()
    assert [name for _, name in labels.show(ctx)[0].members] == ["Carol"]
    labels.remove(ctx, "family", ["Bob"])
    visibility.deny(ctx, "phone", ["Bob"])
