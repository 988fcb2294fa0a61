"""The whole way on the command line: profiles, a relay process, pipes between two `exchange --json`."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_people import person
from cli_process import Person, meet
from relay_process import RelayProcess

from vauchi_tui.optics.qr_picture import write_png

NewPerson = Callable[[str], Person]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


@pytest.fixture
def new(tmp_path: Path, relay: RelayProcess) -> NewPerson:
    return lambda name: person(tmp_path, name, relay.url)


def test_two_people_exchange_cards_and_an_edit_arrives_only_where_it_may_be_seen(new: NewPerson) -> None:
    alice, bob, carol = new("Alice"), new("Bob"), new("Carol")
    done, other = meet(alice, bob, "all")
    meet(alice, carol, "email")
    assert done["contact"] == "Bob" and other["contact"] == "Alice"
    assert done["trust"].keys() == {"method", "distance_m", "at"} and done["trust"]["method"] == "code"
    assert alice.values() == {"Bob": {}, "Carol": {}}
    assert bob.values() == {"Alice": {"phone": "555-1111111", "email": "alice@example.com"}}
    assert carol.values() == {"Alice": {"email": "alice@example.com"}}

    alice.ok("card", "set", "phone", "555-2222222")
    waiting = {row["contact"]: row["pending"] for row in alice.json("status")["contacts"]}
    assert waiting == {"Bob": 1, "Carol": 0}
    alice.ok("sync", "--once")
    bob.ok("sync", "--once")
    carol.ok("sync", "--once")
    assert bob.values()["Alice"]["phone"] == "555-2222222"
    assert carol.values() == {"Alice": {"email": "alice@example.com"}}
    alice.ok("sync", "--once")
    assert {row["pending"] for row in alice.json("status")["contacts"]} == {0}


def test_three_edits_made_while_the_other_was_away_arrive_in_order(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "all")
    for value in ("555-0000001", "555-0000002", "555-0000003"):
        alice.ok("card", "set", "phone", value)
        alice.ok("sync", "--once")
    assert alice.json("status")["contacts"][0]["pending"] == 3
    events = [json.loads(line) for line in bob.ok("sync", "--once", "--json").splitlines()]
    assert [event["fields"] for event in events if event["event"] == "applied"] == [["phone"]] * 3
    assert bob.values()["Alice"]["phone"] == "555-0000003"


def test_a_running_watch_shows_an_edit_without_being_asked(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "phone")
    with bob.start("sync", "--watch") as watching:
        alice.ok("card", "set", "phone", "555-2222222")
        alice.ok("sync", "--once")
        applied = watching.wait_for("applied")
        assert (applied["contact"], applied["fields"]) == ("Alice", ["phone"])
        assert bob.values()["Alice"]["phone"] == "555-2222222"
        watching.send(signal.SIGTERM)
        assert watching.end() == (0, "")


def test_an_edit_beside_a_running_watch_leaves_at_once_and_once_waits_for_it(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "phone")
    with alice.start("sync", "--watch") as watching, bob.start("sync", "--watch") as receiving:
        alice.ok("card", "set", "phone", "555-2222222")
        watching.wait_for("stored", contact="Bob")
        receiving.wait_for("applied")
        assert f"Process {watching.pid} " in alice.ok("status")
        alice.ok("card", "set", "phone", "555-3333333")  # within the ten seconds in which quick edits are collected
        alice.ok("sync", "--once")
        receiving.wait_for("applied")
        assert bob.values()["Alice"]["phone"] == "555-3333333"
        for process in (watching, receiving):
            process.send(signal.SIGINT)
            code, errors = process.end()
            assert (code, errors) == (130, "")


def test_an_exchange_beside_running_watches_uses_their_sync(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    with alice.start("sync", "--watch") as first, bob.start("sync", "--watch") as second:
        for who, watching in ((alice, first), (bob, second)):
            while f"Process {watching.pid} syncs" not in who.ok("status"):
                assert watching.is_running
        done, _ = meet(alice, bob, "phone")
        assert done["contact"] == "Bob"
        assert first.wait_for("applied")["first"] and second.wait_for("applied")["first"]
    assert bob.values() == {"Alice": {"phone": "555-1111111"}}


def test_the_picture_of_a_code_and_the_picture_of_the_code_back(new: NewPerson, tmp_path: Path) -> None:
    alice, bob = new("Alice"), new("Bob")
    front, back = tmp_path / "front.png", tmp_path / "back.png"
    with alice.start("exchange", "show", "--proximity", "scan") as showing:
        write_png(showing.wait_for("code")["text"], front)
        with bob.start("exchange", "scan", "--image", str(front)) as scanning:
            text = scanning.wait_for("show_scan")["text"]
            write_png(text, back)
            showing.wait_for("scan_back")
            showing.write(text)  # a text could have been forwarded: it does not count
            assert "no file" in showing.wait_for("error")["reason"]
            showing.wait_for("scan_back")
            showing.write(str(back))
            assert showing.wait_for("complete")["trust"]["method"] == "scan"
            scanning.wait_for("complete")
            assert scanning.end()[0] == 0
        assert showing.end()[0] == 0


def test_wrong_digits_three_times_and_nothing_is_stored(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    with alice.start("exchange", "show", "--grant", "all") as showing:
        text = showing.wait_for("code")["text"]
        with bob.start("exchange", "scan", text) as scanning:
            right = int(scanning.wait_for("digits")["digits"])
            for tries_left in (3, 2, 1):
                showing.wait_for("enter_digits", tries_left=tries_left)
                showing.write(f"{(right + tries_left) % 10**6:06}")
            for side in (showing, scanning):
                failed = side.wait_for("failed")
                assert failed["reason"] == "Proximity verification failed" and failed["hint"]
                assert side.end()[0] == 1
    assert alice.values() == bob.values() == {}
    again = bob.run("exchange", "scan", text)
    assert again.returncode == 1 and "used already" in again.stderr


def test_digits_that_are_none_and_a_closed_stdin_are_told(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    with (
        alice.start("exchange", "show") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        showing.wait_for("enter_digits")
        showing.write("twelve")
        assert "six digits" in showing.wait_for("error")["reason"]
        showing.wait_for("enter_digits", tries_left=3)
        showing.close_input()
        showing.wait_for("failed")
        assert showing.end()[0] == 1
        assert scanning.wait_for("failed")["reason"] == "The other person cancelled."


def test_a_stdin_that_is_not_even_open_is_told(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    closed = Person(alice.directory, ["sh", "-c", 'exec "$@" <&-', "sh"])
    with (
        closed.start("exchange", "show") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        assert "input ended" in showing.wait_for("error")["reason"]
        code, errors = showing.end()
        assert (code, errors) == (1, "")
        assert scanning.wait_for("failed")["reason"] == "The other person cancelled."


def test_ctrl_c_ends_an_exchange_cleanly_and_tells_the_other_side(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    with (
        alice.start("exchange", "show") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        scanning.wait_for("digits")
        showing.wait_for("enter_digits")
        showing.send(signal.SIGINT)
        assert showing.end() == (130, "")
        assert scanning.wait_for("failed")["reason"] == "The other person cancelled."
        assert scanning.end()[0] == 1


@pytest.mark.parametrize("killed", ["shower", "scanner"])
def test_who_is_killed_after_the_digits_completes_with_the_next_sync(new: NewPerson, killed: str) -> None:
    alice, bob = new("Alice"), new("Bob")
    with (
        alice.start("exchange", "show", "--grant", "phone") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        digits = scanning.wait_for("digits")["digits"]
        showing.wait_for("enter_digits")
        showing.write(digits)
        victim = showing if killed == "shower" else scanning
        victim.wait_for("completed")
        victim.send(signal.SIGKILL)
        victim.end()
        survivor = scanning if killed == "shower" else showing
        (alice if killed == "shower" else bob).run("sync", "--once")
        survivor.wait_for("complete")
        assert survivor.end()[0] == 0
    for who in (alice, bob, alice):
        who.ok("sync", "--once")
    assert bob.values() == {"Alice": {"phone": "555-1111111"}}
    assert alice.values() == {"Bob": {}}
    for who in (alice, bob):
        (contact,) = who.json("contacts")
        assert contact["confirmed"]
        assert who.json("status")["contacts"][0]["pending"] == 0


def test_a_code_is_read_from_stdin(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    with alice.start("exchange", "show") as showing, bob.start("exchange", "scan") as scanning:
        text = showing.wait_for("code")["text"]
        scanning.write(text.lower())
        digits = scanning.wait_for("digits")["digits"]
        showing.wait_for("enter_digits")
        showing.write(digits)
        showing.wait_for("complete")
        scanning.wait_for("complete")
        assert (showing.end()[0], scanning.end()[0]) == (0, 0)


def test_without_the_relay_edits_are_kept_and_leave_when_it_is_back(new: NewPerson, relay: RelayProcess) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "phone")
    relay.kill()
    alice.ok("card", "set", "phone", "555-2222222")
    failed = alice.run("sync", "--once")
    assert failed.returncode == 1 and "Bob: 1 not sent yet" in failed.stdout
    assert failed.stderr.startswith("error: ") and "Traceback" not in failed.stderr
    (row,) = alice.json("status")["contacts"]
    assert row["pending"] == 1 and "not sent" in row["reason"]
    relay.start()
    alice.ok("sync", "--once")
    bob.ok("sync", "--once")
    assert bob.values()["Alice"]["phone"] == "555-2222222"


def test_a_profile_moves_to_another_relay_and_its_contacts_follow(
    new: NewPerson, relay: RelayProcess, tmp_path: Path
) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "phone")
    with RelayProcess(tmp_path / "elsewhere") as elsewhere:
        bob.ok("settings", "relay", elsewhere.url)
        bob.ok("sync", "--once")
        alice.ok("sync", "--once")
        relay.kill()  # from here on only the new one
        alice.ok("card", "set", "phone", "555-2222222")
        alice.run("sync", "--once")
        bob.run("sync", "--once")
        assert bob.values()["Alice"]["phone"] == "555-2222222"


@pytest.mark.parametrize("parting", ["block", "remove"])
def test_parting_takes_back_what_was_shown_and_ends_the_talk_until_they_meet_again(
    new: NewPerson, parting: str
) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "all")
    meet_fields = {"phone": "555-1111111", "email": "alice@example.com"}
    assert bob.values() == {"Alice": meet_fields}
    alice.ok("contact", parting, "Bob")
    alice.ok("sync", "--once")
    bob.ok("sync", "--once")
    assert bob.values() == {"Alice": {}}
    assert list(alice.values()) == (["Bob"] if parting == "block" else [])

    alice.ok("visibility", "allow", "phone", "everyone")
    alice.ok("sync", "--once")
    bob.ok("visibility", "allow", "phone", "everyone")
    bob.ok("sync", "--once")
    alice.ok("sync", "--once")
    assert "555" not in alice.ok("contacts")
    bob.ok("sync", "--once")
    assert bob.values() == {"Alice": {}}

    meet(bob, alice)
    assert bob.values() == {"Alice": {"phone": "555-1111111"}}
    assert alice.values() == {"Bob": {"phone": "555-1111111"}}
