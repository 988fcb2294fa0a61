"""`vauchi label`, and labels in the other commands."""

import pytest
from command_line import Cli, meet


@pytest.fixture
def people(cli: Cli) -> Cli:
    """Bob and Carol are family; Dave is not."""
    cli("card", "set", "phone", "555-1234567")
    cli("card", "set", "email", "alice@example.com")
    for name in ("Bob", "Carol", "Dave"):
        meet(cli, name)
    assert cli("label", "new", "family") == 0
    assert cli("label", "add", "family", "bob", "Carol") == 0
    return cli


def ids(cli: Cli) -> dict[str, str]:
    return {field["label"]: field["id"] for field in cli.json("card")["fields"]}


def test_without_labels_it_says_how_to_make_one(cli: Cli) -> None:
    assert cli.json("label", "list") == cli.json("label") == []
    assert cli("label") == 0 and cli.out == "" and "vauchi label new" in cli.err


def test_the_list_in_json_has_the_documented_shape(people: Cli) -> None:
    people("label", "new", "@work")
    people("visibility", "allow", "email", "@family")
    assert people.json("label", "list") == [
        {"name": "family", "fields": [ids(people)["email"]], "members": ["Bob", "Carol"]},
        {"name": "work", "fields": [], "members": []},
    ]


def test_the_list_for_people(people: Cli) -> None:
    people("visibility", "allow", "email", "@family")
    assert people("label") == 0
    assert people.out == "family\n  sees     email\n  members  Bob, Carol\n"


def test_labels_are_renamed_and_deleted(people: Cli) -> None:
    assert [label["name"] for label in people.json("label", "rename", "@family", "clan")] == ["clan"]
    assert "There is no label “family”" in people.refused("label", "delete", "family")
    assert people.json("label", "delete", "clan") == []


def test_a_label_in_use_is_not_made_again(people: Cli) -> None:
    assert "already a label “family”" in people.refused("label", "new", "FAMILY")
    assert "64" in people.refused("label", "new", "x" * 65)


def test_members_see_what_the_label_shows(people: Cli) -> None:
    shown = people.json("visibility", "allow", "phone", "@family")
    phone = ids(people)["phone"]
    assert {one["name"]: one["visible"] for one in shown["contacts"]} == {"Bob": [phone], "Carol": [phone], "Dave": []}
    assert shown["labels"] == [{"name": "family", "visible": [phone]}]
    people("label", "remove", "family", "Carol")
    assert people.json("visibility", "as", "Carol")["fields"] == []
    assert people("visibility") == 0 and "phone: @family: Bob" in people.out
    shown = people.json("visibility", "deny", "phone", "@family")
    assert all(one["visible"] == [] for one in shown["contacts"] + shown["labels"])


def test_contacts_show_their_labels_and_are_found_by_them(people: Cli) -> None:
    assert [one["labels"] for one in people.json("contacts")] == [["family"], ["family"], []]
    assert [one["name"] for one in people.json("contacts", "@family")] == ["Bob", "Carol"]
    assert people("contacts", "@family carol") == 0
    assert people.out.startswith("Carol @family\n")
    assert people.json("contact", "show", "Bob")["labels"] == ["family"]
    assert people("contact", "show", "Bob") == 0 and people.out.startswith("Bob @family\n")


def test_an_unknown_label_or_name_changes_nothing(people: Cli) -> None:
    before = people.json("label")
    assert "Your labels: family" in people.refused("label", "add", "friends", "Bob")
    assert "Eve" in people.refused("label", "add", "family", "Dave", "Eve")
    assert "friends" in people.refused("visibility", "allow", "phone", "@friends")
    assert "friends" in people.refused("exchange", "show", "--proximity", "code", "--grant", "@friends")
    assert people.json("label") == before


def test_wrong_usage_ends_with_two(cli: Cli) -> None:
    assert cli("label", "add", "family") == 2 and cli("label", "bogus") == 2
