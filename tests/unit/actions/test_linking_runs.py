"""Linking between a profile and a machine that has none yet: over a relay, in the local network, and in vain."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from exchange_side import RunSide
from neighbourhood import Neighbourhood

from vauchi_tui.actions import card, devices, linking, profile, sync
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.link_events import (
    Arriving,
    CodeShown,
    Completed,
    DeviceAnswered,
    Digits,
    EnterDigits,
    Failed,
    Joined,
    Linked,
    WrongDigits,
)
from vauchi_tui.actions.link_runs import JoinRun, LinkRun
from vauchi_tui.actions.profile import Protection
from vauchi_tui.errors import ExchangeRefused, InvalidValue, LimitExceeded, ProfileError
from vauchi_tui.model import limits
from vauchi_tui.relay.embedded import EmbeddedRelay
from vauchi_tui.vault.profile import Profile

NewPerson = Callable[..., Awaitable[Context]]


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[EmbeddedRelay]:
    running = EmbeddedRelay(tmp_path / "relay.db", "127.0.0.1", 0)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def person(tmp_path: Path) -> AsyncIterator[NewPerson]:
    """Makes people with a phone on the card; the sync worker runs beside."""
    async with AsyncExitStack() as stack:

        async def make(name: str, relay: str | None = None) -> Context:
            ctx = profile.create(
                place(tmp_path, name), name, relay=relay, protection=Protection.FILE, rng=random.Random(name).randbytes
            )
            stack.callback(ctx.close)
            card.set_field(ctx, "phone", f"555-{name}-1234567".translate({ord(letter): None for letter in name}))
            await stack.enter_async_context(sync.running(ctx, lambda _: None))
            return ctx

        yield make


def place(directory: Path, name: str) -> Profile:
    return profile.find(f"{directory}/{name}", {})


async def begin(
    alice: Context, at: Profile, name: str = "laptop", **options: Any
) -> tuple[RunSide[LinkRun], RunSide[JoinRun]]:
    """Alice shows a code, a new device of hers answers."""
    showing = RunSide(linking.link(alice, **options))
    code = await showing.wait(CodeShown)
    return showing, RunSide(linking.join(at, code.text, name, protection=Protection.FILE, **options))


async def through(showing: RunSide[LinkRun], joining: RunSide[JoinRun]) -> tuple[Linked, Joined]:
    digits = (await joining.wait(Digits)).digits
    await showing.wait(EnterDigits)
    assert await showing.run.enter_digits(digits)
    linked, joined = await showing.last(), await joining.last()
    assert isinstance(linked, Linked), showing.events
    assert isinstance(joined, Joined), joining.events
    return linked, joined


async def test_a_device_is_linked_and_has_all_that_is_the_persons(
    person: NewPerson, relay: EmbeddedRelay, tmp_path: Path
) -> None:
    alice = await person("Alice", relay.url)
    showing, joining = await begin(alice, place(tmp_path, "laptop"))
    linked, joined = await through(showing, joining)
    kinds = [type(event) for event in showing.events]
    assert kinds == [CodeShown, DeviceAnswered, EnterDigits, Completed, Linked]
    assert showing.events[1].name == linked.name == "laptop"
    assert [type(event) for event in joining.events if not isinstance(event, Arriving)] == [Digits, Completed, Joined]
    assert joined.name == "Alice" and joined.fingerprint == card.show(alice).fingerprint
    assert joining.run.context is not None
    with joining.run.context as laptop:
        assert [field.value for field in card.show(laptop).fields] == ["555--1234567"]
        assert card.show(laptop).relay == relay.url
        here, there = devices.list_devices(alice), devices.list_devices(laptop)
    assert [(one.name, one.primary, one.this) for one in here] == [
        (devices.default_name(), True, True),
        ("laptop", False, False),
    ]
    assert [(one.name, one.primary, one.this) for one in there] == [
        (devices.default_name(), True, False),
        ("laptop", False, True),
    ]
    assert [one.added for one in here] == [one.added for one in there] and None not in [one.added for one in here]
    assert here[1].last_seen is not None and there[0].last_seen is not None


async def test_a_name_that_is_taken_gets_a_number(person: NewPerson, relay: EmbeddedRelay, tmp_path: Path) -> None:
    alice = await person("Alice", relay.url)
    for number, expected in enumerate((f"{devices.default_name()} 2", f"{devices.default_name()} 3")):
        showing, joining = await begin(alice, place(tmp_path, f"other{number}"), devices.default_name().upper())
        linked, _ = await through(showing, joining)
        assert linked.name.casefold() == expected.casefold()
        assert joining.run.context is not None
        joining.run.context.close()


async def test_in_the_local_network_no_relay_is_needed(person: NewPerson, tmp_path: Path) -> None:
    alice, around = await person("Alice"), Neighbourhood()
    card.set_field(alice, "email", "alice@example.com")
    showing, joining = await begin(alice, place(tmp_path, "laptop"), discovery=around.discovery())
    await through(showing, joining)
    assert joining.run.context is not None
    with joining.run.context as laptop:
        assert {field.label for field in card.show(laptop).fields} == {"phone", "email"}
        assert card.show(laptop).relay is None


async def test_three_times_wrong_digits_and_there_is_neither_a_device_nor_a_profile(
    person: NewPerson, relay: EmbeddedRelay, tmp_path: Path
) -> None:
    alice, at = await person("Alice", relay.url), place(tmp_path, "laptop")
    showing, joining = await begin(alice, at)
    right = (await joining.wait(Digits)).digits
    await showing.wait(EnterDigits)
    with pytest.raises(InvalidValue):
        await showing.run.enter_digits("12345")
    for attempt in range(1, 4):
        assert not await showing.run.enter_digits(f"{(int(right) + attempt) % 10**6:06}")
    failed, other = await showing.last(), await joining.last()
    assert isinstance(failed, Failed) and isinstance(other, Failed)
    assert failed.title == other.title == "The digits were wrong three times."
    assert [event.tries_left for event in showing.events if isinstance(event, WrongDigits)] == [2, 1, 0]
    assert len(devices.list_devices(alice)) == 1 and not at.exists() and joining.run.context is None


@pytest.mark.parametrize("who", ["first", "new"])
async def test_cancelling_on_either_side_is_told_on_the_other(
    person: NewPerson, relay: EmbeddedRelay, tmp_path: Path, who: str
) -> None:
    alice, at = await person("Alice", relay.url), place(tmp_path, "laptop")
    showing, joining = await begin(alice, at)
    await joining.wait(Digits)
    await showing.wait(EnterDigits)
    left, stayed = (showing, joining) if who == "first" else (joining, showing)
    await left.run.cancel()
    assert (await stayed.last()).title == "Linking was cancelled on the other device."
    assert len(devices.list_devices(alice)) == 1 and not at.exists()


async def test_what_cannot_be_is_refused_before_anything_is_made(
    person: NewPerson, relay: EmbeddedRelay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, at = await person("Alice", relay.url), place(tmp_path, "laptop")
    showing, joining = await begin(alice, at)
    text = showing.events[0].text
    with pytest.raises(ProfileError, match="exists already"):
        linking.join(alice.profile, text)
    with pytest.raises(InvalidValue):
        linking.join(place(tmp_path, "tablet"), text, "x" * 65)
    with pytest.raises(ExchangeRefused, match="not a Vauchi code"):
        linking.join(place(tmp_path, "tablet"), "hello")
    await through(showing, joining)
    assert joining.run.context is not None
    with joining.run.context as laptop, pytest.raises(InvalidValue, match="Only your first device"):
        linking.link(laptop)
    monkeypatch.setattr(limits, "DEVICES", 2)
    with pytest.raises(LimitExceeded):
        linking.link(alice)
    late = RunSide(linking.join(place(tmp_path, "tablet"), text, protection=Protection.FILE))
    await late.run.cancel()
    assert isinstance(await late.last(), Failed)


async def test_a_profile_without_relay_and_network_shows_no_code(
    person: NewPerson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAUCHI_LAN", "off")
    with pytest.raises(ExchangeRefused, match="You have no relay yet"):
        linking.link(await person("Alice"))
