"""Two devices of Alice, two of Bob, Carol and Dave, in real processes: who hears what, whoever is killed meanwhile."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cli_process import Person
from fault_people import card_of
from household import Household, Watching, make
from mailboxes import letters
from relay_process import RelayProcess
from upheaval import Upheaval

SEED = 20261123


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Household:
    return make(tmp_path_factory.mktemp("strangers"))


@pytest.fixture(scope="module")
def original(strangers: Household, tmp_path_factory: pytest.TempPathFactory) -> Household:
    original = strangers.copy(tmp_path_factory.mktemp("household") / "original")
    original.settle()
    return original


@pytest.fixture
def household(original: Household, tmp_path: Path) -> Household:
    return original.copy(tmp_path / "copy")


@pytest.fixture
def relay(household: Household) -> Iterator[RelayProcess]:
    with household.relay() as running:
        yield running


def test_a_phone_changed_on_one_device_reaches_whom_it_concerns_and_nobody_else(
    household: Household, relay: RelayProcess
) -> None:
    (first, second), bobs, carol, dave = household.alice, household.bob, household.carol, household.dave
    mail = {"email": "alice@example.com"}
    before = {name: letters(one, relay) for name, one in (("Carol", carol), ("Dave", dave))}

    def news(name: str, who: Person) -> int:
        return len(letters(who, relay) - before[name])

    for one in bobs:
        assert one.values()["Alice"] == {"phone": "555-1111111", **mail}
    with ExitStack() as stack:
        watching = [stack.enter_context(one.start("sync", "--watch")) for one in (first, *bobs)]
        second.ok("card", "set", "phone", "555-2222222")
        second.ok("sync", "--once")
        watching[0].wait_for("own_update")
        for process in watching[1:]:
            process.wait_for("applied", contact="Alice", fields=["phone"], first=False)
    assert card_of(first) == {"phone": "555-2222222", **mail}
    for one in bobs:
        assert one.values()["Alice"] == {"phone": "555-2222222", **mail}
    for one in (*household.alice, *bobs, *household.alice):
        one.ok("sync", "--once")
    assert (news("Carol", carol), news("Dave", dave)) == (0, 0), "not even that there was something"

    # What Carol may see does come, once, and Dave still hears nothing.
    second.ok("card", "set", "email", "alice@example.net")
    second.ok("sync", "--once")
    assert (news("Carol", carol), news("Dave", dave)) == (1, 0)
    carol.ok("sync", "--once")
    assert carol.values() == {"Alice": {"email": "alice@example.net"}}
    assert dave.values() == {"Alice": {}}


def agree_and_die(household: Household, seed: int, lives: int) -> int:
    """Devices that have not met agree on sessions, each process dying at some step; how many deaths there were."""
    chance = random.Random(seed)
    steps = [str(chance.randint(1, 60)) for _ in range(lives)]
    with household.relay(), Watching(household.devices, steps) as watching:
        watching.until(household.is_at_rest)
        deaths = watching.deaths
    mail = {"email": "alice@example.com"}
    for one in household.bob:
        assert one.values()["Alice"] == {"phone": "555-1111111", **mail}
    for one in household.alice:
        seen = one.values()
        assert seen == {"Bob": {"phone": "555-1111111", "email": "bob@example.com"}, "Carol": {}, "Dave": {}}
    assert household.carol.values() == {"Alice": mail}
    assert household.dave.values() == {"Alice": {}}
    return deaths


def test_devices_come_to_agree_on_sessions_though_each_dies_several_times(strangers: Household, tmp_path: Path) -> None:
    assert agree_and_die(strangers.copy(tmp_path / "copy"), SEED, 18) >= 6


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_devices_come_to_agree_on_sessions_whenever_they_die(strangers: Household, tmp_path: Path) -> None:
    for number in range(50):
        agree_and_die(strangers.copy(tmp_path / str(number)), SEED + number, 30)


def upheavals(household: Household, relay: RelayProcess, seed: int, rounds: int) -> Upheaval:
    with Watching(household.devices) as watching:
        upheaval = Upheaval(household, relay, watching, seed)
        for _ in range(rounds):
            upheaval.round()
        assert watching.deaths + upheaval.relay_deaths >= rounds
    assert set(household.dave.values()["Alice"]) == set()
    return upheaval


def test_edits_go_on_while_devices_and_relay_are_killed(household: Household, relay: RelayProcess) -> None:
    upheavals(household, relay, SEED, 4)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_two_hundred_rounds_of_edits_and_deaths_lose_nothing_and_bring_nothing_twice(
    household: Household, relay: RelayProcess
) -> None:
    done = upheavals(household, relay, SEED + 1, 200)
    assert done.edits >= 3 * 200 and done.relay_deaths
