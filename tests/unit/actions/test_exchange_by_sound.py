"""Exchanges that are proven by sound: two profiles over a real relay, two laptops in simulated air."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from exchange_side import Side

from vauchi_tui.actions import card, contacts, exchange, profile, sync
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_events import (
    AttemptFailed,
    CodeShown,
    Complete,
    Confirm,
    Digits,
    EnterDigits,
    Failed,
    Heard,
    Listening,
    Nearby,
    NoSound,
    Scanned,
)
from vauchi_tui.actions.profile import Protection
from vauchi_tui.demo.air import Air
from vauchi_tui.demo.card import Seat
from vauchi_tui.demo.room import Laptop, Room
from vauchi_tui.errors import ExchangeRefused
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.proximity.devices import Pair, SoundUnavailable
from vauchi_tui.proximity.soundcard import Card
from vauchi_tui.relay.embedded import EmbeddedRelay
from vauchi_tui.sync.standing import Standing

NewPerson = Callable[[str], Context]


@pytest.fixture
async def person(tmp_path: Path) -> AsyncIterator[NewPerson]:
    """Makes people with a card who use one relay and sync while the test runs."""
    async with AsyncExitStack() as stack:
        relay = EmbeddedRelay(tmp_path / "relay.db", "127.0.0.1", 0)
        await relay.start()
        stack.push_async_callback(relay.stop)

        def make(name: str) -> Context:
            ctx = profile.create(
                profile.find(f"{tmp_path}/{name}", {}),
                name,
                relay=relay.url,
                protection=Protection.FILE,
                rng=random.Random(name).randbytes,
            )
            stack.callback(ctx.close)
            card.set_field(ctx, "phone", "555-1234567")
            return ctx

        yield make


class Meeting:
    """Alice shows, Bob answers, both in that air; a seat that is None stands for a machine without sound."""

    def __init__(
        self, alice: Context, bob: Context, air: Air, *, wanted: Wanted = Wanted.AUTO, bob_hears: bool = True
    ) -> None:
        self.alice, self.bob, self.wanted = alice, bob, wanted
        self.hers, self.his = Seat(air, Laptop()), Seat(air, Laptop(rate=44_100, ppm=60, play_latency=0.12))
        self.bob_hears = bob_hears

    async def begin(self) -> tuple[Side, Side]:
        showing = Side(
            exchange.show(
                self.alice,
                wanted=self.wanted,
                grants=exchange.resolve_grants(self.alice, ["all"]),
                sound=self.hers.pair,
                card=self.hers.card,
            )
        )
        code = await showing.wait(CodeShown)
        sound = self.his.pair if self.bob_hears else None
        return showing, Side(exchange.scan(self.bob, code.text, sound=sound, card=self.his.card))


async def test_two_people_side_by_side(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    async with sync.running(alice, lambda _: None), sync.running(bob, lambda _: None):
        showing, scanning = await Meeting(alice, bob, Air(Room(distance=0.6), seed=1)).begin()
        asked = await showing.wait(Confirm)
        seen = await scanning.wait(Nearby)
        assert asked.name == "Bob" and asked.digits == seen.digits
        assert not contacts.list_contacts(alice) and not contacts.list_contacts(bob)
        assert await showing.run.confirm()
        answer = await scanning.wait(Confirm)
        assert answer.name == "Alice" and answer.digits == asked.digits
        assert not contacts.list_contacts(bob)
        assert await scanning.run.confirm()
        done, other = await showing.end(), await scanning.end()
    assert isinstance(done, Complete) and isinstance(other, Complete)
    assert done.trust.method is other.trust.method is Method.SOUND
    assert done.trust.distance_m == pytest.approx(0.6, abs=0.05)
    assert other.trust.distance_m == pytest.approx(done.trust.distance_m)
    assert [field.value for field in other.contact.card.fields] == ["555-1234567"]
    for side in (showing, scanning):
        kinds = [type(event) for event in side.events]
        assert kinds.index(Listening) < kinds.index(Heard) < kinds.index(Nearby) < kinds.index(Confirm)
        assert Digits not in kinds and EnterDigits not in kinds
    assert [type(event) for event in showing.events[:3]] == [CodeShown, Scanned, Listening]


async def test_too_far_apart_ends_it_on_both_sides_and_nothing_is_exchanged(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    room = Room(distance=3.0, noise_db=-95)
    showing, scanning = await Meeting(alice, bob, Air(room, seed=2)).begin()
    for side in (showing, scanning):
        failed = await side.end(60)
        assert isinstance(failed, Failed) and failed.reason == "proof_failed"
        assert failed.title == "Proximity verification failed"
        tries = [event for event in side.events if isinstance(event, AttemptFailed)]
        assert [event.attempts_left for event in tries] == [2, 1, 0]
        assert failed.hint == f"{tries[-1].refusal.title} {tries[-1].refusal.hint}"
    assert not contacts.list_contacts(alice) and not contacts.list_contacts(bob)


@pytest.mark.parametrize("who", ["shower", "scanner"])
async def test_a_no_at_the_end_leaves_nobody_stored(person: NewPerson, who: str) -> None:
    alice, bob = person("Alice"), person("Bob")
    async with sync.running(alice, lambda _: None), sync.running(bob, lambda _: None):
        showing, scanning = await Meeting(alice, bob, Air(seed=3)).begin()
        await showing.wait(Confirm)
        refusing, other = showing, scanning
        if who == "scanner":
            await showing.run.confirm()
            await scanning.wait(Confirm)
            refusing, other = scanning, showing
        await refusing.run.cancel()
        failed, told = await refusing.end(), await other.end()
    assert isinstance(failed, Failed) and failed.reason == "cancelled"
    assert isinstance(told, Failed) and told.reason == "refused"
    assert not contacts.list_contacts(alice) and not contacts.list_contacts(bob)
    if who == "scanner":
        with alice.vault.read() as tx:  # other own devices are to forget him too
            assert [tx.shared.get(key).value for key in tx.shared.names("standing:")] == [Standing.REMOVED]


async def test_a_no_to_somebody_known_leaves_both_as_they_were(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    async with sync.running(alice, lambda _: None), sync.running(bob, lambda _: None):
        first = await Meeting(alice, bob, Air(), wanted=Wanted.CODE).begin()
        await first[0].wait(EnterDigits)
        assert await first[0].run.enter_digits((await first[1].wait(Digits)).digits)
        assert [type(await side.end()) for side in first] == [Complete, Complete]
        (before,) = contacts.list_contacts(alice)
        showing, scanning = await Meeting(alice, bob, Air(seed=5)).begin()
        await showing.wait(Confirm)
        await showing.run.confirm()
        await scanning.wait(Confirm)
        await scanning.run.cancel()
        told = await showing.end()
    assert isinstance(told, Failed) and told.reason == "refused"
    (after,) = contacts.list_contacts(alice)
    assert after.confirmed and after.trust == before.trust and after.card == before.card
    with alice.vault.read() as tx:
        assert tx.contacts.trusts(after.identity) == [before.trust]
    assert [contact.confirmed for contact in contacts.list_contacts(bob)] == [True]


async def test_who_has_no_sound_is_met_by_digits_when_that_is_accepted(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    async with sync.running(alice, lambda _: None), sync.running(bob, lambda _: None):
        showing, scanning = await Meeting(alice, bob, Air(), bob_hears=False).begin()
        await showing.wait(NoSound)
        assert not any(isinstance(event, Digits) for event in scanning.events)
        assert await showing.run.accept_without_sound()
        await showing.wait(EnterDigits)
        assert await showing.run.enter_digits((await scanning.wait(Digits)).digits)
        done = await showing.end()
    assert isinstance(done, Complete) and done.trust.method is Method.CODE and done.trust.distance_m is None


async def test_who_insists_on_sound_meets_nobody_without(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    showing, scanning = await Meeting(alice, bob, Air(), wanted=Wanted.SOUND, bob_hears=False).begin()
    for side in (showing, scanning):
        failed = await side.end()
        assert isinstance(failed, Failed) and failed.reason == "no_sound"
    with pytest.raises(ExchangeRefused, match="none to prove with"):
        exchange.show(alice, wanted=Wanted.SOUND)


async def test_a_card_that_does_not_open_ends_it_in_its_own_words(person: NewPerson) -> None:
    def broken(_pair: Pair) -> Card:
        raise SoundUnavailable("The microphone is in use.", "Close the other program.")

    alice, bob = person("Alice"), person("Bob")
    meeting = Meeting(alice, bob, Air())
    meeting.his.card = broken  # type: ignore[method-assign]
    showing, scanning = await meeting.begin()
    failed, other = await scanning.end(), await showing.end(40)
    assert isinstance(failed, Failed) and failed.hint == "The microphone is in use. Close the other program."
    assert isinstance(other, Failed) and other.title == "Proximity verification failed"
    assert not contacts.list_contacts(alice) and not contacts.list_contacts(bob)
