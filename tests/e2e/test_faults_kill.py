"""Killed with -9 at any step: vaults open, nobody has half a contact or another key, what waited goes on."""

import queue
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cli_people import person
from cli_process import Person, Running, meet
from fault_people import bond, card_of, died, dying, edit, sync_until_at_rest, told, values
from relay_process import RelayProcess

NewPerson = Callable[[str], Person]
SEED = 20261122
LINES = [("show", f"print:{line}") for line in ("code", "enter_digits", "complete")]
LINES += [("scan", f"print:{line}") for line in ("digits", "complete")]
STEPS = [("show", str(step)) for step in range(1, 41)] + [("scan", str(step)) for step in range(1, 31)]
SOME = random.Random(SEED).sample(STEPS, 4)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


@pytest.fixture
def new(tmp_path: Path, relay: RelayProcess) -> NewPerson:
    return lambda name: person(tmp_path, name, relay.url)


def comes_to(process: Running, event: str, beside: Running | None = None) -> bool:
    """Does it print that event before it ends? With `beside`: before that one ends, without whom it waits in vain."""
    while True:
        goes_on = beside is None or beside.is_running
        try:
            found = process.next_event(40.0 if beside is None else 0.2)
        except queue.Empty:
            assert beside is not None
            if goes_on:
                continue
            return False
        if found is None or found["event"] == event:
            return found is not None


def kill_in_exchange(alice: Person, bob: Person, side: str, step: str) -> None:
    """Alice shows, Bob scans; whose side it is dies at the step, and syncs later. The other one sees the outcome."""

    def start(who: str, person: Person, *arguments: str) -> Running:
        command = ("exchange", who, "--grant", "all", *arguments)
        return dying(person, step, *command) if who == side else person.start(*command)

    with start("show", alice) as showing:
        if not comes_to(showing, "code"):
            return
        with start("scan", bob, showing.events[-1]["text"]) as scanning:
            # Who may die is waited for first: as long as he lives the other one comes along.
            mortal, other, victim = (showing, scanning, alice) if side == "show" else (scanning, showing, bob)
            mine, others = ("enter_digits", "digits") if side == "show" else ("digits", "enter_digits")
            if comes_to(mortal, mine) and comes_to(other, others, beside=mortal):
                (digits,) = (event["digits"] for event in scanning.events if event["event"] == "digits")
                with suppress(BrokenPipeError):
                    showing.write(digits)
                comes_to(mortal, "complete")
            died(mortal)
            edit(victim, "phone", "555-2222222")
            if bond(victim) is not None:
                victim.ok("sync", "--once")
                other.wait_for("complete")
                assert other.end() == (0, "")
            else:
                other.send(signal.SIGKILL)  # who waits in vain may as well be gone
                assert died(other)


def check_killed_exchange(alice: Person, bob: Person, side: str, step: str) -> None:
    kill_in_exchange(alice, bob, side, step)
    bonds = bond(alice), bond(bob)
    if None in bonds:
        assert not any(one and one.confirmed for one in bonds), "nobody believes in a contact who has nothing"
        meet(alice, bob, "all", back="all")
    edit(alice if side == "scan" else bob, "email", "new@example.org")
    sync_until_at_rest(alice, bob)
    mine, his = bond(alice), bond(bob)
    assert mine is not None and his is not None
    assert (mine.name, his.name) == ("Bob", "Alice")
    assert mine.confirmed and his.confirmed
    assert mine.keys[-1] == his.keys[-1] and mine.sid == his.sid is not None
    assert values(alice) == card_of(bob) and values(bob) == card_of(alice)
    for who in (alice, bob):
        assert told(who) in ([], ["phone"], ["email"])


@pytest.mark.parametrize(("side", "step"), LINES + SOME)
def test_an_exchange_killed_at_a_step_leaves_both_nothing_or_something_whole(
    new: NewPerson, side: str, step: str
) -> None:
    check_killed_exchange(new("Alice"), new("Bob"), side, step)


@pytest.mark.soak
@pytest.mark.parametrize(("side", "step"), STEPS)
def test_an_exchange_killed_at_every_step_leaves_both_nothing_or_something_whole(
    new: NewPerson, side: str, step: str
) -> None:
    check_killed_exchange(new("Alice"), new("Bob"), side, step)


def test_a_stream_of_edits_goes_on_through_syncs_killed_at_every_turn(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    labels = [f"Number {index}" for index in range(6)]
    for label in labels:
        edit(alice, label, "555-0000000")
    meet(alice, bob, "all")
    chance = random.Random(SEED)
    deaths = 0
    for index, label in enumerate(labels):
        edit(alice, label, f"555-111111{index}")
        for who, steps in ((alice, 20), (bob, 22)):
            with dying(who, str(chance.randint(1, steps)), "sync", "--once") as syncing:
                deaths += died(syncing)
    assert deaths >= len(labels), "most die before they are done"
    sync_until_at_rest(alice, bob)
    assert values(bob) == card_of(alice)
    assert sorted(told(bob)) == labels, "nothing is lost, nothing comes twice"


@pytest.mark.soak
def test_the_only_message_survives_its_reader_killed_at_every_step(new: NewPerson) -> None:
    """No later message tells Bob that one is missing: what a killed sync took and did not keep would be gone."""
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "phone")
    sync_until_at_rest(alice, bob)
    for step in range(1, 23):
        edit(alice, "phone", f"555-11111{step:02}")
        alice.ok("sync", "--once")
        with dying(bob, str(step), "sync", "--once") as syncing:
            died(syncing)
        bob.ok("sync", "--once")
        assert values(bob)["phone"] == f"555-11111{step:02}", step
    assert told(bob) == ["phone"] * 22


def test_a_watch_killed_after_what_it_told_goes_on_where_it_stopped(new: NewPerson) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "all")
    for value in ("555-2222222", "555-3333333"):
        edit(alice, "phone", value, at_once=True)
        with dying(alice, "print:sent", "sync", "--watch") as sending:
            assert died(sending)
        with alice.start("sync", "--watch") as sending:
            sending.wait_for("stored", contact="Bob")
            sending.send(signal.SIGKILL)
            assert died(sending)
        with dying(bob, "print:received", "sync", "--watch") as receiving:
            assert died(receiving)
    sync_until_at_rest(alice, bob)
    assert values(bob) == card_of(alice)
    assert told(bob) == ["phone", "phone"]


def test_a_relay_killed_three_times_in_an_exchange_only_delays_it(new: NewPerson, relay: RelayProcess) -> None:
    alice, bob = new("Alice"), new("Bob")

    def crash() -> None:
        relay.kill()
        relay.start()

    with alice.start("exchange", "show", "--grant", "all") as showing:
        code = showing.wait_for("code")["text"]
        crash()
        with bob.start("exchange", "scan", "--grant", "all", code) as scanning:
            digits = scanning.wait_for("digits")["digits"]
            showing.wait_for("enter_digits")
            crash()
            showing.write(digits)
            showing.wait_for("completed")
            crash()
            showing.wait_for("complete")
            scanning.wait_for("complete")
            assert (showing.end()[0], scanning.end()[0]) == (0, 0)
    sync_until_at_rest(alice, bob)
    mine, his = bond(alice), bond(bob)
    assert mine is not None and his is not None and mine.keys == his.keys and mine.sid == his.sid
    assert values(alice) == card_of(bob) and values(bob) == card_of(alice)


def test_a_relay_killed_in_a_stream_of_edits_loses_none_and_brings_none_twice(
    new: NewPerson, relay: RelayProcess
) -> None:
    alice, bob = new("Alice"), new("Bob")
    labels = [f"Number {index}" for index in range(6)]
    for label in labels:
        edit(alice, label, "555-0000000")
    meet(alice, bob, "all")
    chance = random.Random(SEED)
    with alice.start("sync", "--watch") as sending, bob.start("sync", "--watch") as receiving:
        for index, label in enumerate(labels):
            edit(alice, label, f"555-111111{index}", at_once=True)
            if index % 2:
                sending.wait_for(chance.choice(["sent", "stored"]))
                relay.kill()
                relay.start()
        while len(told(bob)) < len(labels):
            receiving.wait_for("applied")
        for process in (sending, receiving):
            process.send(signal.SIGTERM)
            assert process.end() == (0, "")
    sync_until_at_rest(alice, bob)
    assert values(bob) == card_of(alice)
    assert sorted(told(bob)) == labels
