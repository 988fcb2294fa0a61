"""By choice, a contact is told within a day that his messages have arrived, and not when."""

from pathlib import Path

import pytest
from sync_people import Clock, Person, Post, link, meet

from vauchi_tui.actions import settings
from vauchi_tui.sync import receipts
from vauchi_tui.sync.outgoing import UNACKNOWLEDGED_MAX
from vauchi_tui.vault.outbox import Kind

HOUR = 3_600


def settle(post: Post, *people: Person) -> None:
    for _ in range(4):
        for person in people:
            person.flush()
            person.send(post)
        for person in people:
            person.read(post)


@pytest.fixture
def people(tmp_path: Path) -> tuple[Person, Person, Clock, Post]:
    """Alice, and Bob who delays his receipts; they have met and told each other everything."""
    clock, post = Clock(), Post()
    alice, bob = Person("Alice", tmp_path, clock, relay="ws://a"), Person("Bob", tmp_path, clock, relay="ws://b")
    meet(alice, bob)
    settle(post, alice, bob)
    settings.set_value(bob.ctx, "delay_receipts", "on")
    alice.set("phone", "555-0")
    alice.allow("phone", bob)
    return alice, bob, clock, post


def acks(person: Person) -> int:
    with person.vault.read() as tx:
        return sum(row.kind is Kind.ACK for row in tx.outbox.waiting())


def test_the_setting_and_what_it_is_called() -> None:
    assert settings.RECEIPTS == receipts.DELAYED


def test_it_is_told_within_a_day_and_not_at_once(people: tuple[Person, Person, Clock, Post]) -> None:
    alice, bob, clock, post = people
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555-0"} and acks(bob) == 0 and alice.pending() == 1
    with bob.vault.read() as tx:
        due = tx.heard.ack_due(alice.me().device.id)
    assert due is not None and clock.ms < due < clock.ms + receipts.LONGEST_MS
    passed = 0
    while not acks(bob):
        bob.restart()  # when it is due survives that
        assert passed < 24, "at most a day"
        clock.now += HOUR
        passed += 1
        bob.upkeep()
    assert clock.ms >= due > clock.ms - HOUR * 1_000
    settle(post, alice, bob)
    assert alice.pending() == 0
    with bob.vault.read() as tx:
        assert tx.heard.ack_due(alice.me().device.id) is None


def test_it_is_another_time_every_time(people: tuple[Person, Person, Clock, Post]) -> None:
    alice, bob, clock, post = people
    waits = set()
    for number in range(1, 6):
        alice.set("phone", f"555-{number}")
        settle(post, alice, bob)
        with bob.vault.read() as tx:
            due = tx.heard.ack_due(alice.me().device.id)
        assert due is not None
        waits.add(due - clock.ms)
        clock.now += 24 * HOUR
        bob.upkeep()
        settle(post, alice, bob)
        assert alice.pending() == 0
    assert len(waits) == 5 and max(waits) - min(waits) > HOUR * 1_000


def test_a_sender_who_would_have_to_stop_is_told_at_once(people: tuple[Person, Person, Clock, Post]) -> None:
    alice, bob, clock, post = people
    for number in range(UNACKNOWLEDGED_MAX // 2):
        assert acks(bob) == 0
        alice.set("phone", f"555-{number + 1}")
        clock.now += 11
        alice.flush()
        alice.send(post)
        bob.read(post)
    assert acks(bob) == 1
    settle(post, alice, bob)
    assert alice.pending() == 0 and bob.sees(alice) == {"phone": f"555-{UNACKNOWLEDGED_MAX // 2}"}


def test_own_devices_are_told_at_once(people: tuple[Person, Person, Clock, Post]) -> None:
    alice, bob, _, post = people
    second = link(bob, "second")
    settle(post, alice, bob, second)
    second.set("email", "bob@example.com")
    settle(post, alice, bob, second)
    with second.vault.read() as tx:
        assert [row for row in tx.outbox.for_contact(bob.identity) if row.kind is Kind.OWN] == []


def test_turned_off_it_is_told_with_the_next_look(people: tuple[Person, Person, Clock, Post]) -> None:
    alice, bob, _, post = people
    settle(post, alice, bob)
    assert acks(bob) == 0
    settings.set_value(bob.ctx, "delay_receipts", "off")
    bob.upkeep()
    assert acks(bob) == 1


def test_a_time_noted_by_a_clock_ahead_is_drawn_anew(people: tuple[Person, Person, Clock, Post]) -> None:
    alice, bob, clock, post = people
    with bob.vault.write() as tx:
        tx.heard.put_off(alice.me().device.id, clock.ms + 100 * 365 * 24 * HOUR * 1_000)
    settle(post, alice, bob)
    with bob.vault.read() as tx:
        due = tx.heard.ack_due(alice.me().device.id)
    assert due is not None and due < clock.ms + receipts.LONGEST_MS
