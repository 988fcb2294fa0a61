"""For every device of a contact: where what he is owed is, since when, and why."""

from pathlib import Path

import pytest
from sync_people import Clock, Person, Post, link, meet

from vauchi_tui.actions import sync
from vauchi_tui.actions.delivery import KEPT_DAYS, Delivery, State
from vauchi_tui.protocol.mailbox import DAY_SECONDS


def settle(post: Post, *people: Person) -> None:
    for _ in range(6):
        for person in people:
            person.upkeep()
            person.flush()
            person.send(post)
        for person in people:
            person.read(post)
            person.hellos(post)


def told(person: Person) -> sync.ContactStatus:
    (contact,) = sync.status(person.ctx).contacts
    return contact


def of(person: Person, device: Person) -> Delivery:
    return next(one for one in told(person).devices if one.id == device.me().device.id)


@pytest.fixture
def people(tmp_path: Path) -> tuple[Person, Person, Person, Clock, Post]:
    """Alice, and Bob with two devices, who have met and have everything."""
    clock, post = Clock(), Post()
    alice, bob = Person("Alice", tmp_path, clock, relay="ws://a"), Person("Bob", tmp_path, clock, relay="ws://b")
    meet(alice, bob)
    settle(post, alice, bob)
    second = link(bob, "second")
    settle(post, alice, bob, second)
    alice.set("phone", "555-1")
    alice.allow("phone", bob)
    return alice, bob, second, clock, post


def test_each_device_goes_through_the_states(people: tuple[Person, Person, Person, Clock, Post]) -> None:
    alice, bob, second, clock, post = people
    assert [one.state for one in told(alice).devices] == [State.QUEUED] * 2, "not even sealed"
    alice.flush()
    assert {(one.state, one.count) for one in told(alice).devices} == {(State.QUEUED, 1)}
    assert "not sent yet" in told(alice).reason
    alice.send(post)
    assert {one.state for one in told(alice).devices} == {State.STORED}
    assert of(alice, bob).since == int(clock.now)
    clock.now += 60
    bob.read(post)
    bob.send(post)
    alice.read(post)
    delivered, stored = of(alice, bob), of(alice, second)
    assert (delivered.state, delivered.count, delivered.reason) == (State.DELIVERED, 0, "")
    assert delivered.heard == delivered.since == int(clock.now)
    assert (stored.state, stored.count) == (State.STORED, 1)
    assert told(alice).state is State.STORED and "not fetched" in told(alice).reason
    assert told(alice).last_synced == int(clock.now), "an acknowledgement is heard, too"


def test_what_is_not_fetched_for_as_long_as_a_relay_keeps_it_has_expired(
    people: tuple[Person, Person, Person, Clock, Post],
) -> None:
    alice, bob, second, clock, post = people
    settle(post, alice, bob)
    clock.now += KEPT_DAYS * DAY_SECONDS
    assert of(alice, second).state is State.STORED
    clock.now += 1
    assert of(alice, second).state is State.EXPIRED and of(alice, bob).state is State.DELIVERED
    assert "30 days" in told(alice).reason
    alice.upkeep()
    assert of(alice, second).state is State.QUEUED, "it is about to be sent anew"
    alice.send(post)
    assert of(alice, second).state is State.EXPIRED, "the relay has it once more; that nobody fetches it stays true"
    second.read(post)
    second.send(post)
    alice.read(post)
    assert told(alice).state is State.DELIVERED, "late is not lost"


def test_what_a_relay_refused_says_why_until_it_is_taken(people: tuple[Person, Person, Person, Clock, Post]) -> None:
    alice, bob, second, _, post = people
    alice.flush()
    with alice.vault.write() as tx:
        for row in tx.outbox.waiting():
            if row.peer_id == second.me().device.id:
                tx.outbox.refused(row.id, "The relay b has no room left in that mailbox.")
    assert of(alice, second).state is State.FAILED and of(alice, bob).state is State.QUEUED
    assert told(alice).state is State.FAILED and "no room left" in told(alice).reason
    assert sync.resend(alice.ctx, bob.identity) == 1
    assert of(alice, second).state is State.QUEUED
    alice.send(post)
    assert of(alice, second).state is State.STORED


def test_sending_again_is_for_one_contact_or_for_all(people: tuple[Person, Person, Person, Clock, Post]) -> None:
    alice, bob, _, _, post = people
    alice.flush()
    alice.send(post)
    assert sync.resend(alice.ctx, bytes(32)) == 0 and told(alice).waiting == 0
    assert sync.resend(alice.ctx, bob.identity) == 2 and told(alice).waiting == 2
    alice.send(post)
    assert sync.resend(alice.ctx) == 2
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555-1"}, "sent twice, applied once"


def test_a_device_that_has_not_answered_is_waited_for(tmp_path: Path) -> None:
    clock = Clock()
    alice, bob = Person("Alice", tmp_path, clock, relay="ws://a"), Person("Bob", tmp_path, clock, relay="ws://b")
    meet(alice, bob)
    states = {person.profile.name: told(person).devices[0] for person in (alice, bob)}
    waiting = [one for one in states.values() if "has not answered" in one.reason]
    assert len(waiting) == 1 and waiting[0].state is State.QUEUED, "the other one speaks first"
