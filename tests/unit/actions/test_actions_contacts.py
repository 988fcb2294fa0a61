"""Looking people up and keeping notes."""

from collections.abc import Callable

import pytest

from vauchi_tui.actions import card, contacts, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.errors import Ambiguous, LimitExceeded, NotFound
from vauchi_tui.model.contact import Contact


def test_the_list_is_sorted_by_name_and_filtered_over_names_labels_and_values(
    ctx: Context, meet: Callable[..., Contact]
) -> None:
    for name, phone in (("bob", "555-1111111"), ("Alina", "555-2222222"), ("Zoë", "555-3333333")):
        meet(name, phone)
    assert [contact.name for contact in contacts.list_contacts(ctx)] == ["Alina", "bob", "Zoë"]
    assert [contact.name for contact in contacts.list_contacts(ctx, "2222")] == ["Alina"]
    assert [contact.name for contact in contacts.list_contacts(ctx, "ZOË mobile")] == ["Zoë"]
    assert contacts.list_contacts(ctx, "alina 3333") == []


def test_a_contact_is_found_by_name_start_or_fingerprint(ctx: Context, meet: Callable[..., Contact]) -> None:
    bob = meet("Bob")
    meet("Carol")
    assert contacts.get(ctx, "bo") == bob
    assert contacts.get(ctx, bob.fingerprint[:9]) == bob
    with pytest.raises(NotFound):
        contacts.get(ctx, "Dave")


def test_an_ambiguous_name_lists_the_candidates(ctx: Context, meet: Callable[..., Contact]) -> None:
    meet("Bob Miller")
    meet("Bob Smith")
    with pytest.raises(Ambiguous) as caught:
        contacts.get(ctx, "Bob")
    assert "Bob Miller" in caught.value.hint and "Bob Smith" in caught.value.hint


def test_details_say_what_he_sees_of_us_and_how_we_met(ctx: Context, meet: Callable[..., Contact]) -> None:
    bob = meet("Bob")
    card.set_field(ctx, "phone", "555-1234567")
    visibility.allow(ctx, "phone", ["Bob"])
    details = contacts.show(ctx, bob.identity)
    assert [field.label for field in details.sees] == ["phone"]
    assert details.trusts == (bob.trust,)
    assert details.pending == 0


def test_a_note_is_kept_and_an_empty_one_removes_it(ctx: Context, meet: Callable[..., Contact]) -> None:
    meet("Bob")
    contacts.note(ctx, "Bob", " met at the lake ")
    assert contacts.get(ctx, "Bob").note == "met at the lake"
    with pytest.raises(LimitExceeded):
        contacts.note(ctx, "Bob", "x" * 4001)
    contacts.note(ctx, "Bob", "")
    assert contacts.get(ctx, "Bob").note == ""
