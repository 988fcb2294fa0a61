"""Two machines, each with a network of its own: near each other they need no relay, kept apart the relay takes over."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_people import person
from cli_process import Person, meet
from fault_people import at_rest, card_of, edit, sync_until_at_rest, told, values
from network_namespaces import Machines
from relay_process import RelayProcess

from vauchi_tui.actions.exchange_pipe import HEAD_START_S


@pytest.fixture(autouse=True)
def lan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here other devices are looked for."""
    monkeypatch.setenv("VAUCHI_LAN", "on")


@pytest.fixture
def near() -> Iterator[Machines]:
    """Two machines with a cable between them."""
    with Machines("alice", "bob") as machines:
        machines.cable("alice", "10.77.0.1/24", "bob", "10.77.0.2/24")
        yield machines


def has_card_of(who: Person, other: Person) -> bool:
    return values(who) == card_of(other)


def test_near_each_other_two_people_exchange_cards_with_no_relay_at_all(tmp_path: Path, near: Machines) -> None:
    alice = person(tmp_path, "Alice", None, near.inside("alice"))
    bob = person(tmp_path, "Bob", None, near.inside("bob"))
    done, other = meet(alice, bob, "all", back="all")
    assert (done["contact"], other["contact"]) == ("Bob", "Alice")
    assert has_card_of(alice, bob) and has_card_of(bob, alice)
    for who in (alice, bob):
        (row,) = who.json("status")["contacts"]
        assert row["pending"] == 0, row


def test_what_changes_later_waits_until_a_relay_is_chosen(tmp_path: Path, near: Machines) -> None:
    alice = person(tmp_path, "Alice", None, near.inside("alice"))
    bob = person(tmp_path, "Bob", None, near.inside("bob"))
    meet(alice, bob, "all", back="all")
    edit(alice, "phone", "555-2222222")
    assert not at_rest(alice)
    with RelayProcess(tmp_path / "relay", "10.77.0.1:0", near.inside("alice")) as relay:
        for who in (alice, bob):
            who.ok("settings", "relay", relay.url)
        sync_until_at_rest(alice, bob)
    assert has_card_of(bob, alice)
    assert told(bob) == ["phone"]


def test_with_a_relay_beside_nothing_comes_twice(tmp_path: Path, near: Machines) -> None:
    with RelayProcess(tmp_path / "relay", "10.77.0.1:0", near.inside("alice")) as relay:
        alice = person(tmp_path, "Alice", relay.url, near.inside("alice"))
        bob = person(tmp_path, "Bob", relay.url, near.inside("bob"))
        meet(alice, bob, "all", back="all")
        sync_until_at_rest(alice, bob)
        assert has_card_of(alice, bob) and has_card_of(bob, alice)
        edit(bob, "phone", "555-3333333")
        sync_until_at_rest(bob, alice)
        assert told(alice) == ["phone"] and told(bob) == []


def test_a_relay_that_is_down_is_not_missed_near_each_other(tmp_path: Path, near: Machines) -> None:
    relay = "ws://10.77.0.1:9"
    alice = person(tmp_path, "Alice", relay, near.inside("alice"))
    bob = person(tmp_path, "Bob", relay, near.inside("bob"))
    with (
        alice.start("exchange", "show", "--grant", "all") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        showing.wait_for("enter_digits")
        showing.write(scanning.wait_for("digits")["digits"])
        showing.wait_for("complete")
        scanning.wait_for("complete")
    assert has_card_of(bob, alice)


def takes_over(alice: Person, bob: Person) -> None:
    """An exchange over the relay: no later than a breath after the head start, and without a word."""
    with alice.start("exchange", "show", "--grant", "all") as showing:
        code = showing.wait_for("code")
        start = time.monotonic()
        with bob.start("exchange", "scan", code["text"], "--grant", "all") as scanning:
            digits = scanning.wait_for("digits")["digits"]
            assert HEAD_START_S < time.monotonic() - start < HEAD_START_S + 4.0  # the start of a process is in it
            showing.wait_for("enter_digits")
            showing.write(digits)
            showing.wait_for("complete")
            scanning.wait_for("complete")
            assert scanning.end() == (0, "")
        assert showing.end() == (0, "")
        assert "notice" not in kinds(showing.events + scanning.events)
    assert has_card_of(alice, bob) and has_card_of(bob, alice)


def kinds(events: list[dict[str, Any]]) -> set[str]:
    return {event["event"] for event in events}


def test_in_two_networks_the_relay_takes_over(tmp_path: Path) -> None:
    with Machines("alice", "bob", "router") as machines:
        machines.cable("alice", "10.77.1.1/24", "router", "10.77.1.254/24")
        machines.cable("bob", "10.77.2.1/24", "router", "10.77.2.254/24")
        machines.route("bob", "10.77.2.254")
        with RelayProcess(tmp_path / "relay", "10.77.1.254:0", machines.inside("router")) as relay:
            alice = person(tmp_path, "Alice", relay.url, machines.inside("alice"))
            bob = person(tmp_path, "Bob", None, machines.inside("bob"))
            takes_over(alice, bob)


def test_where_the_network_keeps_its_clients_apart_the_relay_takes_over(tmp_path: Path) -> None:
    with Machines("alice", "bob", "hotel") as machines:
        machines.isolate("hotel", "10.77.0.254/24", alice="10.77.0.1/24", bob="10.77.0.2/24")
        with RelayProcess(tmp_path / "relay", "10.77.0.254:0", machines.inside("hotel")) as relay:
            alice = person(tmp_path, "Alice", relay.url, machines.inside("alice"))
            bob = person(tmp_path, "Bob", relay.url, machines.inside("bob"))
            takes_over(alice, bob)
