"""Exchanges in a local network: without any relay, beside one, and where it takes over."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from exchange_side import Side
from leak_search import search
from neighbourhood import Broken, Lonely, Neighbourhood, Wiretap

from vauchi_tui.actions import card, contacts, exchange, profile, settings, sync
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_events import (
    CodeShown,
    Complete,
    Completed,
    Digits,
    EnterDigits,
    Failed,
    Notice,
    SecondAnswer,
)
from vauchi_tui.actions.exchange_pipe import HEAD_START_S
from vauchi_tui.actions.profile import Protection
from vauchi_tui.errors import ExchangeRefused
from vauchi_tui.protocol.code import parse_code
from vauchi_tui.protocol.lan import instance_name
from vauchi_tui.protocol.mailbox import SHOWER_TO_SCANNER, SLOT_DAY, Mailbox
from vauchi_tui.relay.embedded import EmbeddedRelay
from vauchi_tui.sync.events import Applied, SyncEvent
from vauchi_tui.sync.lan_discovery import Discovery, Place
from vauchi_tui.sync.lan_room import LanRoom

NewPerson = Callable[..., Context]


@pytest.fixture
async def person(tmp_path: Path) -> AsyncIterator[NewPerson]:
    """Makes people with a phone on the card; the sync worker runs beside."""
    async with AsyncExitStack() as stack:

        async def make(
            name: str, relay: str | None = None, on_event: Callable[[SyncEvent], None] = lambda _: None
        ) -> Context:
            place = profile.find(f"{tmp_path}/{name}", {})
            ctx = profile.create(
                place, name, relay=relay, protection=Protection.FILE, rng=random.Random(name).randbytes
            )
            stack.callback(ctx.close)
            card.set_field(ctx, "phone", f"555-{name}")
            await stack.enter_async_context(sync.running(ctx, on_event))
            return ctx

        yield make


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[EmbeddedRelay]:
    running = EmbeddedRelay(tmp_path / "relay.db", "127.0.0.1", 0)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def around() -> Neighbourhood:
    return Neighbourhood()


async def begin(alice: Context, hers: Discovery, bob: Context, his: Discovery) -> tuple[Side, Side]:
    """Alice shows, Bob answers; both grant all."""
    showing = Side(exchange.show(alice, grants=exchange.resolve_grants(alice, ["all"]), discovery=hers))
    code = await showing.wait(CodeShown)
    scanning = exchange.scan(bob, code.text, grants=exchange.resolve_grants(bob, ["all"]), discovery=his)
    return showing, Side(scanning)


async def finish(showing: Side, scanning: Side) -> None:
    """The digits are typed, and both have both cards and nothing left to send."""
    digits = (await scanning.wait(Digits)).digits
    await showing.wait(EnterDigits)
    assert await showing.run.enter_digits(digits)
    done, other = await showing.end(), await scanning.end()
    assert isinstance(done, Complete) and isinstance(other, Complete), (done, other)
    settled = await asyncio.gather(showing.run.settle(), scanning.run.settle())
    assert settled == [True, True]
    await asyncio.gather(showing.run.cancel(), scanning.run.cancel())


def values(ctx: Context) -> dict[str, list[str]]:
    return {one.name: [field.value for field in one.card.fields] for one in contacts.list_contacts(ctx)}


def told(ctx: Context) -> list[str]:
    with ctx.vault.read() as tx:
        return [row.kind for row in tx.history.recent()]


def check_cards(alice: Context, bob: Context) -> None:
    """Both have the other's card, once."""
    assert values(alice) == {"Bob": ["555-Bob"]} and values(bob) == {"Alice": ["555-Alice"]}
    assert told(alice) == told(bob) == ["exchange"]


async def test_a_whole_exchange_without_any_relay(person: NewPerson, around: Neighbourhood) -> None:
    alice, bob = await person("Alice"), await person("Bob")
    hers, his = around.discovery(), around.discovery()
    showing, scanning = await begin(alice, hers, bob, his)
    code = await showing.wait(CodeShown)
    assert code.relay is None and not code.relay_apart and "/" not in code.text
    await finish(showing, scanning)
    check_cards(alice, bob)
    for ctx in (alice, bob):
        with ctx.vault.read() as tx:
            assert not tx.outbox.pending()  # all is acknowledged
    assert hers.closed and his.closed
    assert not any(isinstance(event, Notice) for event in showing.events + scanning.events)


async def test_what_changes_later_waits_for_a_relay(
    person: NewPerson, around: Neighbourhood, relay: EmbeddedRelay
) -> None:
    arrived = asyncio.Event()
    alice = await person("Alice")
    bob = await person("Bob", on_event=lambda event: arrived.set() if isinstance(event, Applied) else None)
    await finish(*await begin(alice, around.discovery(), bob, around.discovery()))
    card.remove_field(alice, "phone")  # what is taken back is not put off
    assert sync.status(alice).contacts[0].pending == 1
    settings.set_relay(alice, relay.url)
    settings.set_relay(bob, relay.url)
    async with asyncio.timeout(20):
        await arrived.wait()
    assert values(bob) == {"Alice": []}


async def test_whoever_listens_in_the_network_reads_nothing(person: NewPerson, around: Neighbourhood) -> None:
    alice, bob = await person("Alice of the canaries"), await person("Bob of the canaries")
    async with Wiretap(around) as wire:
        showing, scanning = await begin(alice, around.discovery(), bob, wire)
        token = parse_code((await showing.wait(CodeShown)).text).token
        await finish(showing, scanning)
    assert len(values(alice)) == len(values(bob)) == 1
    secrets: dict[str, str | bytes] = {"token": token}
    for ctx in (alice, bob):
        with ctx.vault.read() as tx:
            own = tx.me.person()
        secrets |= {own.name: own.name, f"{own.name}'s phone": f"555-{own.name}"}
        secrets |= {f"{own.name}'s identity": own.device.identity, f"{own.name}'s list": own.devices.raw[:40]}
    heard = {way: bytes(said) for way, said in wire.heard.items()}
    assert all(len(said) > 3 * 1024 for said in heard.values())
    assert search(heard, secrets) == []


async def test_by_both_ways_nothing_comes_twice(
    person: NewPerson, around: Neighbourhood, relay: EmbeddedRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vauchi_tui.actions.exchange_pipe.HEAD_START_S", 0.0)
    alice, bob = await person("Alice", relay.url), await person("Bob", relay.url)
    await finish(*await begin(alice, around.discovery(), bob, around.discovery()))
    check_cards(alice, bob)


@pytest.mark.parametrize("network", [Lonely, Broken])
async def test_the_relay_takes_over_without_a_word(
    person: NewPerson, relay: EmbeddedRelay, network: type[Lonely]
) -> None:
    alice, bob = await person("Alice", relay.url), await person("Bob", relay.url)
    start = time.monotonic()
    showing, scanning = await begin(alice, network(), bob, network())
    await scanning.wait(Digits)
    seconds = time.monotonic() - start
    assert HEAD_START_S <= seconds < HEAD_START_S + 2 if network is Lonely else seconds < HEAD_START_S
    await finish(showing, scanning)
    check_cards(alice, bob)
    assert not any(isinstance(event, Notice) for event in showing.events + scanning.events)


async def test_a_network_that_keeps_its_devices_apart_is_no_obstacle(
    person: NewPerson, around: Neighbourhood, relay: EmbeddedRelay
) -> None:
    alice, bob = await person("Alice", relay.url), await person("Bob")
    showing = Side(exchange.show(alice, grants=exchange.resolve_grants(alice, ["all"]), discovery=Lonely()))
    text = (await showing.wait(CodeShown)).text
    await around.put(instance_name(parse_code(text).token), Place("127.0.0.1", 9))  # found, but nobody can connect
    grants = exchange.resolve_grants(bob, ["all"])
    await finish(showing, Side(exchange.scan(bob, text, grants=grants, discovery=around.discovery())))
    check_cards(alice, bob)


async def test_where_the_connection_is_lost_midway_the_relay_goes_on(
    person: NewPerson, around: Neighbourhood, relay: EmbeddedRelay
) -> None:
    alice, bob = await person("Alice", relay.url), await person("Bob", relay.url)
    showing, scanning = await begin(alice, around.discovery(), bob, around.discovery())
    await scanning.wait(Digits)
    for side in (showing, scanning):
        lan = side.run._pipe.lan
        assert lan is not None and lan.connected
        for peer in lan._room._peers:
            peer.writer.transport.abort()
        side.run._pipe.lan = None  # and it does not come back
    await finish(showing, scanning)
    check_cards(alice, bob)


async def test_three_times_wrong_digits_end_it_on_both_screens(person: NewPerson, around: Neighbourhood) -> None:
    alice, bob = await person("Alice"), await person("Bob")
    showing, scanning = await begin(alice, around.discovery(), bob, around.discovery())
    right = (await scanning.wait(Digits)).digits
    await showing.wait(EnterDigits)
    for attempt in range(1, 4):
        assert not await showing.run.enter_digits(f"{(int(right) + attempt) % 10**6:06}")
    failed, other = await showing.end(), await scanning.end()
    assert isinstance(failed, Failed) and isinstance(other, Failed)
    assert failed.title == other.title == "Proximity verification failed"
    assert values(alice) == values(bob) == {}


async def test_cancelling_tells_the_other_side(person: NewPerson, around: Neighbourhood) -> None:
    alice, bob = await person("Alice"), await person("Bob")
    showing, scanning = await begin(alice, around.discovery(), bob, around.discovery())
    await scanning.wait(Digits)
    await showing.run.cancel()
    ended = await scanning.end()
    assert isinstance(ended, Failed) and ended.title == "The other person cancelled."


async def test_a_second_device_that_answers_is_warned_of_and_gets_no_card(
    person: NewPerson, around: Neighbourhood
) -> None:
    alice, bob, mallory = await person("Alice"), await person("Bob"), await person("Mallory")
    showing, scanning = await begin(alice, around.discovery(), bob, around.discovery())
    await scanning.wait(Digits)
    text = (await showing.wait(CodeShown)).text
    second = Side(exchange.scan(mallory, text, discovery=around.discovery()))
    await showing.wait(SecondAnswer)
    await finish(showing, scanning)
    check_cards(alice, bob)
    await second.run.cancel()
    assert not any(isinstance(event, Digits | Completed) for event in second.events)
    assert values(mallory) == {}


async def test_who_answered_first_in_the_network_does_not_hide_who_answers_over_the_relay(
    person: NewPerson, around: Neighbourhood, relay: EmbeddedRelay
) -> None:
    alice, bob, mallory = await person("Alice", relay.url), await person("Bob"), await person("Mallory")
    showing, thief = await begin(alice, around.discovery(), mallory, around.discovery())
    await thief.wait(Digits)
    text = (await showing.wait(CodeShown)).text
    scanning = Side(exchange.scan(bob, text, discovery=Lonely()))
    await showing.wait(SecondAnswer)
    assert not any(isinstance(event, Digits) for event in scanning.events)
    for side in (showing, thief, scanning):
        await side.run.cancel()
    assert values(alice) == values(mallory) == {}


async def test_junk_from_who_knows_the_code_does_not_keep_the_relay_away(
    person: NewPerson, around: Neighbourhood, relay: EmbeddedRelay
) -> None:
    alice, bob = await person("Alice", relay.url), await person("Bob")
    showing = Side(exchange.show(alice, grants=exchange.resolve_grants(alice, ["all"]), discovery=Lonely()))
    text = (await showing.wait(CodeShown)).text
    token = parse_code(text).token
    slot = Mailbox(token, SHOWER_TO_SCANNER, SLOT_DAY)
    came = asyncio.Event()
    junk = LanRoom(instance_name(token), around.discovery(), hosting=True, admits=lambda *_: True, on_change=came.set)
    talking = asyncio.create_task(junk.run())
    grants = exchange.resolve_grants(bob, ["all"])
    scanning = Side(exchange.scan(bob, text, grants=grants, discovery=around.discovery()))
    async with asyncio.timeout(10):
        await came.wait()
    assert junk.send(slot.address, slot.wrap(b"\x02junk", random.randbytes))
    await finish(showing, scanning)
    check_cards(alice, bob)
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)


async def test_with_nobody_there_and_no_relay_the_answering_side_is_told(person: NewPerson) -> None:
    alice, bob = await person("Alice"), await person("Bob")
    showing, scanning = await begin(alice, Lonely(), bob, Lonely())
    assert "Nobody answers in this network" in (await scanning.wait(Notice)).text
    await showing.run.cancel()
    await scanning.run.cancel()


async def test_where_neither_can_be_used_it_ends_in_words(person: NewPerson) -> None:
    alice = await person("Alice")
    failed = await Side(exchange.show(alice, discovery=Broken())).end()
    assert isinstance(failed, Failed) and "cannot be used" in failed.title and failed.hint
    with pytest.raises(ExchangeRefused, match="switched off") as caught:  # as it is for all tests
        exchange.show(alice)
    assert "settings relay" in caught.value.hint


async def test_a_missing_library_is_said_and_stops_nothing_else(
    person: NewPerson, relay: EmbeddedRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAUCHI_LAN", "on")
    monkeypatch.setitem(sys.modules, "zeroconf.asyncio", None)
    with pytest.raises(ExchangeRefused, match="python-zeroconf is missing"):
        exchange.show(await person("Carol"))
    alice, bob = await person("Alice", relay.url), await person("Bob")
    showing = Side(exchange.show(alice))
    scanning = Side(exchange.scan(bob, (await showing.wait(CodeShown)).text))
    await scanning.wait(Digits)
    await showing.run.cancel()
    await scanning.end()


async def test_the_setting_leaves_the_network_alone(person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    from vauchi_tui.actions import lan

    monkeypatch.delenv("VAUCHI_LAN")
    alice = await person("Alice")
    assert settings.get(alice, "lan").value == "on" and lan.is_wanted(alice, {})
    settings.set_value(alice, "lan", "OFF")
    assert not lan.is_wanted(alice, {}) and lan.is_wanted(alice, {"VAUCHI_LAN": "on"})
    with pytest.raises(ExchangeRefused, match="switched off"):
        exchange.show(alice)
