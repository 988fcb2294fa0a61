"""What each kind of edit does at a contact: what he sees, in which order, and what his list of changes says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sync_people import Clock, Person, Post, meet, settle

from vauchi_tui.actions import card, contacts, visibility
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import Change
from vauchi_tui.protocol.session import Session
from vauchi_tui.protocol.update import Update
from vauchi_tui.vault.outbox import Kind


@pytest.fixture
def people(tmp_path: Path) -> tuple[Person, Person, Post]:
    """Bob sees two of Alice's three fields: phone and mail, not home."""
    clock = Clock()
    alice, bob, post = Person("Alice", tmp_path, clock), Person("Bob", tmp_path, clock), Post()
    for label, value in (("phone", "555 11 11"), ("mail", "alice@example.org"), ("home", "12 Elm Street")):
        alice.set(label, value)
    meet(alice, bob, grants=["phone", "mail"])
    settle(post, alice, bob)
    clock.now += 60
    return alice, bob, post


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[list[Change]]:
    """The changes of every update or snapshot that is sealed from now on."""
    heard: list[list[Change]] = []
    seal = Session.seal

    def listen(self: Session, content: bytes, *rest: object, **more: object) -> object:
        if b'"type":"card_update"' in content or b'"type":"snapshot"' in content:
            heard.append(list(Update.decode(content).changes))
        return seal(self, content, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "seal", listen)
    return heard


def fields(bob: Person, alice: Person) -> list[tuple[str, str, str]]:
    return [(field.label, field.value, str(field.type)) for field in bob.contact(alice).card.fields]


PHONE, MAIL = ("phone", "555 11 11", "phone"), ("mail", "alice@example.org", "email")


@pytest.mark.parametrize(
    ("edit", "seen", "told"),
    [
        (lambda a: card.set_value(a, "phone", "555 22 22"), [("phone", "555 22 22", "phone"), MAIL], ["phone"]),
        (lambda a: card.rename_field(a, "phone", "mobile"), [("mobile", *PHONE[1:]), MAIL], ["mobile"]),
        (
            lambda a: card.set_value(a, "phone", "ask me", FieldType.TEXT),
            [("phone", "ask me", "text"), MAIL],
            ["phone"],
        ),
        (lambda a: card.move_field(a, "mail", 1), [MAIL, PHONE], []),
        (lambda a: card.remove_field(a, "phone"), [MAIL], ["phone"]),
        (lambda a: card.set_name(a, "Alice Ames"), [PHONE, MAIL], ["name"]),
        (
            lambda a: visibility.allow(a, "home", ["everyone"]),
            [PHONE, MAIL, ("home", "12 Elm Street", "text")],
            ["home"],
        ),
        (lambda a: visibility.deny(a, "mail", ["Bob"]), [PHONE], ["mail"]),
    ],
    ids=["value", "rename", "type", "order", "removal", "name", "grant", "hiding"],
)
def test_every_kind_of_edit_arrives_as_one_message(
    people: tuple[Person, Person, Post],
    edit: Callable[..., object],
    seen: list[tuple[str, str, str]],
    told: list[str],
) -> None:
    alice, bob, post = people
    edit(alice.ctx)
    alice.flush(force=False)
    assert alice.send(post) == 1, "the first edit leaves at once"
    alice.clock.now += 1_000
    settle(post, alice, bob)
    assert fields(bob, alice) == seen
    rows = [row for row in contacts.history(bob.ctx, "Alice") if row.kind == "update"]
    assert [row.text.partition(": ")[2] for row in rows] == told
    assert all(row.at == int(bob.clock.now) for row in rows), "and when it came"


def test_only_what_changed_is_said(people: tuple[Person, Person, Post], said: list[list[Change]]) -> None:
    alice, _, _ = people
    phone = alice.field_id("phone")
    card.rename_field(alice.ctx, "phone", "mobile")
    card.set_value(alice.ctx, "mobile", "555 22 22")
    card.set_value(alice.ctx, "home", "13 Elm Street")
    alice.flush()
    (changes,) = said
    assert {change.path: change.value for change in changes} == {
        f"/fields/{phone}": "555 22 22",
        f"/fields/{phone}/label": "mobile",
    }


def test_a_grant_carries_the_value_of_now_however_often_it_changed(
    people: tuple[Person, Person, Post], said: list[list[Change]]
) -> None:
    alice, bob, post = people
    for number in range(50):
        card.set_value(alice.ctx, "home", f"{number} Elm Street")
        alice.flush()
        alice.clock.now += 20
    assert said == [], "who does not see it hears nothing of it"
    visibility.allow(alice.ctx, "home", ["Bob"])
    settle(post, alice, bob)
    assert len(said) == 1 and [str(change.op) for change in said[0]] == ["add"]
    assert fields(bob, alice)[-1] == ("home", "49 Elm Street", "text")


def test_what_follows_within_ten_seconds_is_one_more_message(people: tuple[Person, Person, Post]) -> None:
    alice, bob, post = people
    sent = []
    for number in range(8):
        card.set_value(alice.ctx, "phone", f"555 00 {number:02}")
        alice.flush(force=False)
        sent.append(alice.send(post))
        alice.clock.now += 1
    assert sent == [1, 0, 0, 0, 0, 0, 0, 0]
    alice.clock.now += 2
    alice.flush(force=False)
    assert alice.send(post) == 1
    settle(post, alice, bob)
    assert fields(bob, alice)[0][1] == "555 00 07"
    card.set_value(alice.ctx, "phone", "555 33 33")
    alice.flush()  # as `sync --once` does it
    assert alice.send(post) == 1


def test_a_removal_waits_for_no_pause(people: tuple[Person, Person, Post]) -> None:
    alice, bob, post = people
    card.set_value(alice.ctx, "phone", "555 22 22")
    alice.flush(force=False)
    alice.clock.now += 1
    card.remove_field(alice.ctx, "mail")
    alice.flush(force=False)
    with alice.vault.read() as tx:
        assert tx.fanout.next_due() is None
    settle(post, alice, bob)
    assert fields(bob, alice) == [("phone", "555 22 22", "phone")]


def test_more_than_thirty_two_unacknowledged_are_replaced_by_one_snapshot(
    people: tuple[Person, Person, Post],
) -> None:
    alice, bob, post = people

    def kinds() -> list[str]:
        with alice.vault.read() as tx:
            return [str(row.kind) for row in tx.outbox.for_contact(bob.identity) if row.kind is not Kind.ACK]

    for number in range(32):
        card.set_value(alice.ctx, "phone", f"555 00 {number:02}")
        alice.flush()
        alice.clock.now += 20
    assert kinds() == [Kind.UPDATE] * 32
    card.set_value(alice.ctx, "phone", "555 99 99")
    alice.flush()
    assert kinds() == [Kind.SNAPSHOT]
    settle(post, alice, bob)
    assert fields(bob, alice) == [("phone", "555 99 99", "phone"), MAIL] and alice.pending() == 0
