"""Exchanges between two profiles over a real relay: the way that succeeds, and every way that does not."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from exchange_side import Side

from vauchi_tui.actions import card, contacts, exchange, profile, settings, sync, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_events import (
    CodeShown,
    Complete,
    Completed,
    Digits,
    EnterDigits,
    Failed,
    Notice,
    ScanBack,
    SecondAnswer,
    ShowScan,
    WrongDigits,
)
from vauchi_tui.actions.profile import Protection
from vauchi_tui.errors import ExchangeRefused, InvalidValue, ProfileError, VauchiError
from vauchi_tui.model.contact import Method
from vauchi_tui.optics.qr_picture import write_png
from vauchi_tui.protocol.code import parse_code, to_text
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.relay.embedded import EmbeddedRelay


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[EmbeddedRelay]:
    running = EmbeddedRelay(tmp_path / "relay.db", "127.0.0.1", 0)
    await running.start()
    yield running
    await running.stop()


NewPerson = Callable[..., Context]


@pytest.fixture
async def person(tmp_path: Path, relay: EmbeddedRelay) -> AsyncIterator[NewPerson]:
    """Makes people who use that relay and have a phone and an e-mail address on their card."""
    async with AsyncExitStack() as stack:

        def make(name: str, url: str | None = relay.url) -> Context:
            ctx = profile.create(
                profile.find(f"{tmp_path}/{name}", {}),
                name,
                relay=url,
                protection=Protection.FILE,
                rng=random.Random(name).randbytes,
            )
            stack.callback(ctx.close)
            card.set_field(ctx, "phone", "555-1234567")
            card.set_field(ctx, "email", f"{name.lower()}@example.com")
            return ctx

        yield make


def names(ctx: Context) -> list[str]:
    return [contact.name for contact in contacts.list_contacts(ctx)]


async def begin(alice: Context, bob: Context, wanted: Wanted = Wanted.CODE) -> tuple[Side, Side]:
    """Alice shows, Bob answers."""
    showing = Side(exchange.show(alice, wanted=wanted))
    code = await showing.wait(CodeShown)
    return showing, Side(exchange.scan(bob, code.text))


async def test_two_people_meet_and_have_what_each_was_granted(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    visibility.allow(bob, "email", ["everyone"])
    async with sync.running(alice, lambda _: None), sync.running(bob, lambda _: None):
        showing = Side(exchange.show(alice, grants=exchange.resolve_grants(alice, ["PHONE"])))
        scanning = Side(exchange.scan(bob, (await showing.wait(CodeShown)).text))
        digits = await scanning.wait(Digits)
        await showing.wait(EnterDigits)
        assert await showing.run.enter_digits(f" {digits.digits[:3]} {digits.digits[3:]} ")
        done, other = await showing.end(), await scanning.end()
        assert await showing.run.settle() and await scanning.run.settle()
    assert isinstance(done, Complete) and isinstance(other, Complete)
    assert (done.contact.name, other.contact.name) == ("Bob", "Alice")
    assert done.trust.method is other.trust.method is Method.CODE
    assert [field.value for field in done.contact.card.fields] == ["bob@example.com"]
    assert [field.value for field in other.contact.card.fields] == ["555-1234567"]
    assert contacts.get(alice, "Bob").confirmed and contacts.get(bob, "Alice").confirmed


async def test_the_code_on_the_other_screen_read_from_a_picture_is_a_proof(person: NewPerson, tmp_path: Path) -> None:
    showing, scanning = await begin(person("Alice"), person("Bob"), Wanted.SCAN)
    shown = await scanning.wait(ShowScan)
    await showing.wait(ScanBack)
    picture = tmp_path / "screen.png"
    write_png(exchange.scan_text(shown.payload), picture)
    assert await showing.run.scan_back(picture)
    await showing.wait(Completed)
    await scanning.wait(Completed)
    await showing.run.cancel()
    await scanning.run.cancel()


async def test_text_or_any_other_picture_is_no_proof(person: NewPerson, tmp_path: Path) -> None:
    alice = person("Alice")
    showing, scanning = await begin(alice, person("Bob"), Wanted.SCAN)
    shown = await scanning.wait(ShowScan)
    await showing.wait(ScanBack)
    with pytest.raises(VauchiError, match="no file"):
        await showing.run.scan_back(Path(exchange.scan_text(shown.payload)))
    other = tmp_path / "other.png"
    write_png(to_text(shown.payload[:5] + bytes(32)), other)
    assert not await showing.run.scan_back(other)
    await showing.run.cancel()
    assert (await scanning.end()).title == "The other person cancelled."  # type: ignore[union-attr]
    assert names(alice) == []


async def test_three_times_wrong_digits_and_the_code_dies_with_nothing_stored(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    showing, scanning = await begin(alice, bob)
    right = (await scanning.wait(Digits)).digits
    await showing.wait(EnterDigits)
    with pytest.raises(InvalidValue):
        await showing.run.enter_digits("12345")  # not six digits: does not count
    for attempt in range(1, 4):
        assert not await showing.run.enter_digits(f"{(int(right) + attempt) % 10**6:06}")
    assert not await showing.run.enter_digits(right)
    failed, other = await showing.end(), await scanning.end()
    assert isinstance(failed, Failed) and isinstance(other, Failed)
    assert failed.title == other.title == "Proximity verification failed"
    assert [event.tries_left for event in showing.events if isinstance(event, WrongDigits)] == [2, 1, 0]
    assert names(alice) == names(bob) == []
    for ctx in (alice, bob):
        with ctx.vault.read() as tx:
            assert tx.outbox.waiting() == [] and tx.links.all() == []


async def test_expired_used_own_damaged_and_foreign_codes_get_five_different_sentences(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    showing, scanning = await begin(alice, bob)
    text = (await showing.wait(CodeShown)).text
    await scanning.wait(Digits)
    late = replace(bob, clock=lambda: parse_code(text).expiry + 60.0)
    cases = {
        "used": (bob, text),
        "own": (alice, text),
        "expired": (late, (await Side(exchange.show(alice)).wait(CodeShown)).text),
        "damaged": (bob, text[:60] + text[62:]),
        "foreign": (bob, "https://example.com/"),
    }
    said = {}
    for case, (who, code) in cases.items():
        with pytest.raises(ExchangeRefused) as caught:
            exchange.scan(who, code)
        assert caught.value.hint
        said[case] = caught.value.title
    assert len(set(said.values())) == 5
    assert said["expired"] == "QR code expired"
    await showing.run.cancel()
    await scanning.run.cancel()


async def test_a_code_that_was_never_answered_may_be_tried_again(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    showing = Side(exchange.show(alice))
    text = (await showing.wait(CodeShown)).bare
    nowhere = Side(exchange.scan(bob, text, relay="127.0.0.1:1"))
    assert "127.0.0.1:1" in (await nowhere.wait(Notice)).text
    await nowhere.run.cancel()
    scanning = Side(exchange.scan(bob, text))  # without a relay in the code: one's own, and said
    assert alice.vault is not None and (await scanning.wait(Notice)).text.startswith("The code names no relay")
    await scanning.wait(Digits)
    await showing.run.cancel()
    await scanning.end()


async def test_cancelling_tells_the_other_side(person: NewPerson) -> None:
    showing, scanning = await begin(person("Alice"), person("Bob"))
    await scanning.wait(Digits)
    await showing.run.cancel()
    mine, theirs = await showing.end(), await scanning.end()
    assert isinstance(mine, Failed) and mine.reason == "cancelled"
    assert isinstance(theirs, Failed) and theirs.reason == "refused"


async def test_a_second_device_that_answers_is_warned_of(person: NewPerson) -> None:
    alice, bob, mallory = person("Alice"), person("Bob"), person("Mallory")
    showing, scanning = await begin(alice, bob)
    await scanning.wait(Digits)
    second = Side(exchange.scan(mallory, (await showing.wait(CodeShown)).text))
    await showing.wait(SecondAnswer)
    assert not any(isinstance(event, Digits) for event in second.events)
    for side in (showing, scanning, second):
        await side.run.cancel()


async def test_without_a_relay_the_remedy_is_named(person: NewPerson) -> None:
    with pytest.raises(ExchangeRefused) as caught:
        exchange.show(person("Alice", None))
    assert "settings relay" in caught.value.hint


async def test_who_has_no_relay_can_answer_a_code_that_names_one(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob", None)
    async with sync.running(alice, lambda _: None), sync.running(bob, lambda _: None):
        showing, scanning = await begin(alice, bob)
        await showing.run.enter_digits((await scanning.wait(Digits)).digits)
        assert isinstance(await showing.end(), Complete) and isinstance(await scanning.end(), Complete)


async def test_people_on_two_relays_meet(person: NewPerson, tmp_path: Path) -> None:
    elsewhere = EmbeddedRelay(tmp_path / "elsewhere.db", "127.0.0.1", 0)
    await elsewhere.start()
    try:
        alice, bob = person("Alice"), person("Bob", elsewhere.url)
        async with sync.running(alice, lambda _: None), sync.running(bob, lambda _: None):
            showing, scanning = await begin(alice, bob)
            await showing.run.enter_digits((await scanning.wait(Digits)).digits)
            done = await showing.end()
            assert isinstance(done, Complete) and isinstance(await scanning.end(), Complete)
        assert done.contact.registers.text("/relay") == elsewhere.url
    finally:
        await elsewhere.stop()


async def test_the_exchange_goes_on_when_the_relay_comes_back(person: NewPerson, relay: EmbeddedRelay) -> None:
    alice, bob = person("Alice"), person("Bob")
    port = int(relay.url.rpartition(":")[2])
    await relay.stop()
    showing, scanning = await begin(alice, bob)
    assert "Trying again" in (await showing.wait(Notice)).text
    again = EmbeddedRelay(alice.profile.relay_store, "127.0.0.1", port)
    await again.start()
    try:
        await showing.run.enter_digits((await scanning.wait(Digits)).digits)
        await scanning.wait(Completed)
        for side in (showing, scanning):
            await side.run.cancel()
    finally:
        await again.stop()


async def test_what_will_be_given_is_listed_before(person: NewPerson) -> None:
    alice = person("Alice")
    visibility.allow(alice, "email", ["everyone"])
    assert [(one.field.label, one.granted) for one in exchange.offer(alice)] == [("phone", False), ("email", True)]
    everything = {field.id for field in card.show(alice).fields}
    assert exchange.resolve_grants(alice, ["all"]) == everything
    with pytest.raises(VauchiError, match="fax"):
        exchange.resolve_grants(alice, ["fax"])
    assert settings.get(alice, "relay").value


async def test_a_vault_that_cannot_store_the_contact_lets_nothing_leave(
    person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = person("Alice"), person("Bob")
    showing, scanning = await begin(alice, bob)
    digits = (await scanning.wait(Digits)).digits

    def full(*_: object) -> None:
        raise ProfileError("The disk is full; nothing was changed.", "Make room.")

    monkeypatch.setattr("vauchi_tui.sync.introduce.store_contact", full)
    await showing.run.enter_digits(digits)
    failed = await showing.end()
    assert isinstance(failed, Failed) and failed.title == "The disk is full; nothing was changed."
    assert names(alice) == [] and not any(isinstance(event, Completed) for event in scanning.events)
    await scanning.run.cancel()


async def test_a_vault_that_cannot_be_written_on_the_way_ends_the_exchange_with_its_words(person: NewPerson) -> None:
    alice, bob = person("Alice"), person("Bob")
    showing = Side(exchange.show(alice))
    scanning = Side(exchange.scan(bob, (await showing.wait(CodeShown)).text))
    bob.profile.database.rename(bob.profile.database.with_suffix(".gone"))
    failed = await scanning.end()
    assert isinstance(failed, Failed) and "replaced or removed" in failed.title
    await showing.run.cancel()
