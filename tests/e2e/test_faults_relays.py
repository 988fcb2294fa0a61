"""Two relays and a third: people at different ones stay in touch, one moves, one cannot be reached."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_people import person
from cli_process import Person, meet
from fault_people import at_rest, card_of, edit, sync_until_at_rest, told, values
from relay_process import RelayProcess


@pytest.fixture
def first(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "first") as running:
        yield running


@pytest.fixture
def second(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "second") as running:
        yield running


def messages_at(relay: RelayProcess) -> int:
    with sqlite3.connect(f"file:{relay.store}?mode=ro", uri=True) as database:
        (count,) = database.execute("SELECT count(*) FROM message").fetchone()
    return int(count)


def place(relay: RelayProcess) -> str:
    """How an error names it."""
    return relay.url.removeprefix("ws://")


def refused_once(who: Person) -> tuple[str, str]:
    """What `sync --once` prints and complains of when it cannot do all of it: in words, with exit code 1."""
    done = who.run("sync", "--once")
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("error: ") and "\nhint: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout, done.stderr


def test_people_at_two_relays_meet_and_each_is_written_to_at_his_own(
    tmp_path: Path, first: RelayProcess, second: RelayProcess
) -> None:
    alice, bob = person(tmp_path, "Alice", first.url), person(tmp_path, "Bob", second.url)
    meet(alice, bob, "all", back="all")
    sync_until_at_rest(alice, bob)
    before = messages_at(first), messages_at(second)
    edit(alice, "phone", "555-2222222")
    alice.ok("sync", "--once")
    assert (messages_at(first), messages_at(second)) == (before[0], before[1] + 1)
    edit(bob, "phone", "555-3333333")
    bob.ok("sync", "--once")
    assert messages_at(first) > before[0]
    sync_until_at_rest(alice, bob)
    assert values(alice) == card_of(bob) and values(bob) == card_of(alice)


def test_who_moves_is_followed_and_gets_what_was_sent_to_the_old_place(
    tmp_path: Path, first: RelayProcess, second: RelayProcess
) -> None:
    alice, bob = person(tmp_path, "Alice", first.url), person(tmp_path, "Bob", second.url)
    meet(alice, bob, "all", back="all")
    sync_until_at_rest(alice, bob)
    with RelayProcess(tmp_path / "third") as third:
        alice.ok("settings", "relay", third.url)
        edit(bob, "phone", "555-2222222")
        at_the_old_place = messages_at(first)
        bob.ok("sync", "--once")  # he has not heard of the move
        assert messages_at(first) == at_the_old_place + 1 and messages_at(third) == 0
        alice.ok("sync", "--once")
        assert values(alice)["phone"] == "555-2222222"

        sync_until_at_rest(bob, alice)
        first.kill()  # from here on there is only the new place
        edit(bob, "phone", "555-3333333")
        bob.ok("sync", "--once")
        assert messages_at(third) >= 1
        out = alice.ok("sync", "--once")  # she still asks at the old one, but does not depend on it
        assert place(first) in out and "All is received and sent." in out
        assert values(alice) == card_of(bob)
        assert told(alice) == ["phone", "phone"]
        edit(alice, "phone", "555-4444444")
        alice.ok("sync", "--once")
        bob.ok("sync", "--once")
        assert values(bob) == card_of(alice)


def test_a_contact_s_relay_that_cannot_be_reached_holds_up_nobody_else(
    tmp_path: Path, first: RelayProcess, second: RelayProcess
) -> None:
    alice = person(tmp_path, "Alice", first.url)
    bob, carol = person(tmp_path, "Bob", second.url), person(tmp_path, "Carol", first.url)
    meet(alice, bob, "all")
    meet(alice, carol, "all")
    sync_until_at_rest(alice, bob, carol)
    second.kill()
    edit(alice, "phone", "555-2222222")
    out, err = refused_once(alice)
    assert "Bob: 1 not sent yet" in out and "Carol" not in out
    assert place(second) in err and place(first) not in err
    reasons = {row["contact"]: row["reason"] for row in alice.json("status")["contacts"]}
    assert "not sent yet" in reasons["Bob"] and "not sent" not in reasons["Carol"]
    carol.ok("sync", "--once")
    assert values(carol) == card_of(alice)
    second.start()
    sync_until_at_rest(alice, bob, carol)
    assert values(bob) == card_of(alice)
    assert told(bob) == told(carol) == ["phone"]


def test_who_cannot_reach_the_own_relay_still_sends(tmp_path: Path, first: RelayProcess, second: RelayProcess) -> None:
    alice, bob = person(tmp_path, "Alice", first.url), person(tmp_path, "Bob", second.url)
    meet(alice, bob, "all")
    sync_until_at_rest(alice, bob)
    first.kill()
    edit(alice, "phone", "555-2222222")
    out, err = refused_once(alice)
    assert place(first) in err and "not sent" not in out
    bob.run("sync", "--once")  # his answer has nowhere to go
    assert values(bob) == card_of(alice)
    assert not at_rest(alice)
    first.start()
    sync_until_at_rest(bob, alice)


def test_without_a_relay_in_reach_an_exchange_says_so_and_goes_on_when_there_is_one(
    tmp_path: Path, first: RelayProcess
) -> None:
    alice, bob = person(tmp_path, "Alice", first.url), person(tmp_path, "Bob", first.url)
    first.kill()
    with alice.start("exchange", "show", "--grant", "all") as showing:
        code = showing.wait_for("code")["text"]
        assert place(first) in showing.wait_for("notice")["text"]
        with bob.start("exchange", "scan", code) as scanning:
            assert place(first) in scanning.wait_for("notice")["text"]
            first.start()
            digits = scanning.wait_for("digits")["digits"]
            showing.wait_for("enter_digits")
            showing.write(digits)
            showing.wait_for("complete")
            scanning.wait_for("complete")
            for process in (showing, scanning):
                code_, errors = process.end()
                assert code_ == 0 and "Traceback" not in errors
    assert values(bob) == card_of(alice)
