"""A device whose clock was wrong for a while: what it noted with it holds nothing up once the clock is right."""

from pathlib import Path

from sync_people import Clock, Person, Post, meet

from vauchi_tui.protocol.mailbox import DAY_SECONDS, day_of
from vauchi_tui.sync import fanout
from vauchi_tui.sync.watch import HELLO_DRAINED, fresh_watch_set

YEARS = 90 * 365 * DAY_SECONDS


def two(directory: Path) -> tuple[Person, Person, Clock, Clock, Post]:
    """Alice and Bob with a clock each, who have met and told each other everything."""
    right, other, post = Clock(), Clock(), Post()
    alice, bob = Person("Alice", directory, other, relay="ws://a"), Person("Bob", directory, right, relay="ws://b")
    meet(alice, bob)
    settle(post, alice, bob)
    return alice, bob, other, right, post


def settle(post: Post, *people: Person) -> None:
    for _ in range(4):
        for person in people:
            person.flush()
            person.send(post)
        for person in people:
            person.read(post)


def test_what_was_stored_by_a_clock_years_ahead_is_sent_again(tmp_path: Path) -> None:
    alice, bob, clock, right, post = two(tmp_path)
    clock.now += YEARS
    alice.set("phone", "555-1")
    alice.allow("phone", bob)
    settle(post, alice, bob)
    assert bob.sees(alice) == {}, "it lies in a mailbox of another century"
    clock.now = right.now
    alice.upkeep()
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555-1"} and alice.pending() == 0
    alice.set("phone", "555-2")
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555-2"}, "honest edits win"


def test_what_was_stored_by_a_clock_years_behind_is_sent_again(tmp_path: Path) -> None:
    alice, bob, clock, right, post = two(tmp_path)
    clock.now -= YEARS / 3
    alice.set("phone", "555-1")
    alice.allow("phone", bob)
    settle(post, alice, bob)
    assert bob.sees(alice) == {}
    clock.now = right.now
    alice.upkeep()
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555-1"} and alice.pending() == 0


def test_an_edit_put_off_by_a_clock_ahead_is_due_when_it_is_right(tmp_path: Path) -> None:
    alice, bob, clock, right, _ = two(tmp_path)
    clock.now += YEARS
    alice.set("phone", "555-1")
    alice.allow("phone", bob)
    with alice.vault.write() as tx:
        tx.takeovers.mark(bob.identity, clock.ms + fanout.TAKEOVER_MS)
    clock.now = right.now
    alice.upkeep()
    with alice.vault.write() as tx:
        assert tx.fanout.due(clock.ms + fanout.COALESCE_MS) == [bob.identity]
        assert tx.takeovers.take_due(clock.ms + fanout.TAKEOVER_MS) == [bob.identity]


def test_days_drained_by_a_clock_ahead_do_not_hide_what_came_meanwhile(tmp_path: Path) -> None:
    alice, _, clock, _, _ = two(tmp_path)
    today = day_of(clock.now)
    with alice.vault.write() as tx:
        (link,) = tx.links.all()
        tx.links.set_last_drain(link.peer_id, today + 30_000)
        tx.settings.set(HELLO_DRAINED, str(today + 30_000))
        watch = fresh_watch_set(tx, clock.now)
    days = [watched.mailbox.day for watched in watch.mailboxes.values() if not watched.shared]
    assert (min(days), max(days)) == (today - 30, today + 1)
    shared = [watched.mailbox.day for watched in watch.mailboxes.values() if watched.shared]
    assert (min(shared), max(shared)) == (today - 30, today + 1)
