"""The list of own devices, their names, and the end of one."""

from pathlib import Path

import pytest
from sync_people import Clock, Person, Post, link, settle

from vauchi_tui.actions import devices
from vauchi_tui.errors import Ambiguous, InvalidValue, LimitExceeded, NotFound
from vauchi_tui.protocol.keys import device_added_key

Pair = tuple[Person, Person, Post]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Alice and her laptop, which have heard each other."""
    post, alice = Post(), Person("Alice", tmp_path, Clock())
    devices.rename(alice.ctx, alice.me().device.id, "Desk")
    laptop = link(alice, "laptop")
    settle(post, alice, laptop)
    return alice, laptop, post


def names(person: Person) -> list[str]:
    return [device.name for device in devices.list_devices(person.ctx)]


def test_both_show_the_same_devices(pair: Pair) -> None:
    alice, laptop, _ = pair
    here, there = devices.list_devices(alice.ctx), devices.list_devices(laptop.ctx)
    assert [device.id for device in here] == [device.id for device in there]
    assert names(alice) == names(laptop) == ["Desk", "laptop"]
    assert [device.primary for device in here] == [device.primary for device in there] == [True, False]
    assert [device.this for device in here] == [True, False] and [device.this for device in there] == [False, True]
    assert here[1].last_seen == there[0].last_seen == int(alice.clock.now)


def test_a_name_goes_to_the_other_device(pair: Pair) -> None:
    alice, laptop, post = pair
    assert devices.rename(laptop.ctx, "LAPTOP", " Study ").name == "Study"
    settle(post, alice, laptop)
    assert names(alice) == ["Desk", "Study"]


def test_a_name_that_is_taken_or_none_is_refused(pair: Pair) -> None:
    alice = pair[0]
    with pytest.raises(InvalidValue, match="called “desk” already"):
        devices.rename(alice.ctx, "laptop", "desk")
    with pytest.raises(InvalidValue):
        devices.rename(alice.ctx, "laptop", " ")
    with pytest.raises(LimitExceeded):
        devices.rename(alice.ctx, "laptop", "x" * 65)
    assert devices.rename(alice.ctx, "laptop", "Laptop").name == "Laptop"  # its own name in other letters


def test_devices_of_one_name_are_told_apart_by_their_ids(pair: Pair) -> None:
    alice, laptop, post = pair
    second = link(alice, "LAPTOP")
    settle(post, alice, laptop, second)
    with pytest.raises(Ambiguous) as refused:
        devices.find(alice.ctx, "laptop")
    for device in (laptop, second):
        device_id = device.me().device.id
        assert device_id.hex()[:8] in refused.value.hint
        assert devices.find(alice.ctx, device_id.hex()[:8]).id == device_id


def test_who_is_unknown_is_told_who_there_is(pair: Pair) -> None:
    with pytest.raises(NotFound) as refused:
        devices.rename(pair[0].ctx, "tablet", "Tablet")
    assert "Desk" in refused.value.hint and "laptop" in refused.value.hint


def test_only_the_first_device_revokes_and_never_itself(pair: Pair) -> None:
    alice, laptop, _ = pair
    for person, who in ((laptop, "laptop"), (laptop, "Desk"), (alice, "Desk")):
        with pytest.raises(InvalidValue):
            devices.revoke(person.ctx, who)
    assert names(alice) == names(laptop) == ["Desk", "laptop"]
    assert devices.revoke(alice.ctx, "laptop").id == laptop.me().device.id
    assert names(alice) == ["Desk"]
    with alice.vault.read() as tx:
        assert "You revoked your device “laptop”." in [line.text for line in tx.history.recent()]


@pytest.mark.parametrize("since", ["9" * 4_000, "\u0663", "-1", "soon"], ids=["huge", "arabic", "negative", "words"])
def test_a_time_that_is_none_is_not_shown(pair: Pair, since: str) -> None:
    alice, laptop, post = pair
    key = device_added_key(laptop.me().device.id)
    with laptop.vault.write() as tx:
        ticker = tx.clock.ticker(laptop.clock.ms)
        tx.shared.set(key, since, ticker.tick())
        tx.clock.save(ticker)
    settle(post, alice, laptop)
    assert devices.find(alice.ctx, "laptop").added == int(alice.clock.now)
