"""An exchange by sound on the screen: two apps, a real relay, two laptops in simulated air that waits for both."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from relay_process import RelayProcess
from textual.pilot import Pilot
from textual.widgets import Static
from ui_people import until
from ui_windows import answer, person, show_code, text, windows

from vauchi_tui.actions import contacts, exchange, sound_search
from vauchi_tui.actions.context import Context
from vauchi_tui.demo.air import Air
from vauchi_tui.demo.card import Seat
from vauchi_tui.demo.pace import Lockstep
from vauchi_tui.demo.room import Laptop, Room
from vauchi_tui.model.contact import Method
from vauchi_tui.proximity.devices import Pair, SoundUnavailable
from vauchi_tui.ui.screens import sound_steps
from vauchi_tui.ui.screens.exchange import ExchangeScreen
from vauchi_tui.ui.widgets.choice import Choice
from vauchi_tui.ui.widgets.steps import Steps

AIR_SECONDS = 3000  # rounds for `until`: the air takes as long as both devices need to hear it


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as process:
        yield process


@dataclass
class Table:
    """Where the laptops stand. Whoever has no seat has a machine without sound."""

    monkeypatch: pytest.MonkeyPatch
    seats: dict[bytes, Seat] = field(default_factory=dict)
    told: dict[object, list[str]] = field(default_factory=lambda: defaultdict(list))  # what each app's steps have shown

    def set_up(self, air: Air, *hearing: Context) -> None:
        tell = sound_steps.tell

        def tell_and_note(steps: Steps, event: sound_steps.SoundEvent) -> None:
            tell(steps, event)
            self.told[steps.app].append(str(steps.render()).replace("\n ", ""))

        self.monkeypatch.setattr(sound_steps, "tell", tell_and_note)
        self.seats = {ctx.data_key: Seat(air, Laptop()) for ctx in hearing}
        self.monkeypatch.setattr(sound_search, "find_pair", self.find)
        for name in ("show", "scan"):
            self.monkeypatch.setattr(exchange, name, partial(self.start, getattr(exchange, name)))

    def find(self, ctx: Context) -> Pair:
        if ctx.data_key not in self.seats:
            raise SoundUnavailable("There is no microphone.", "Connect one, or go on without sound.")
        return self.seats[ctx.data_key].pair

    def start(self, begin: Any, ctx: Context, *args: Any, **options: Any) -> Any:
        seat = self.seats.get(ctx.data_key)
        assert (options["sound"] is None) == (seat is None or options.get("wanted") == "code")
        return begin(ctx, *args, **options, **({"card": seat.card} if seat else {}))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    return Table(monkeypatch)


def choice(pilot: Pilot[Any]) -> Choice:
    screen = pilot.app.screen
    assert isinstance(screen, ExchangeScreen)
    return screen.query_one("#proof", Choice)


def names(pilot: Pilot[Any]) -> list[str]:
    return [option.name for option in choice(pilot).options]


async def test_two_people_meet_by_sound_with_one_key_each(tmp_path: Path, relay: RelayProcess, table: Table) -> None:
    with person(tmp_path, "Alice", relay.url) as alice, person(tmp_path, "Bob", relay.url) as bob:
        table.set_up(Air(Room(distance=0.6), seed=1, pace=Lockstep(2)), alice, bob)
        async with windows(alice, bob) as (a, b):
            await until(a, lambda: "hear each other" in text(a))
            await a.press("a")
            await answer(b, await show_code(a))
            await until(a, lambda: "Is it Bob?" in text(a), AIR_SECONDS)
            await until(b, lambda: "Show them these digits" in text(b), AIR_SECONDS)
            digits = table_digits(a)
            assert digits == table_digits(b)
            for side in (a, b):
                told = " | ".join(table.told[side.app])
                assert re.search(
                    r"(?s)… Listening, attempt 1 of 3: hold the two .*… Heard the other device, \d+ dB", told
                )
                assert "0.6 m apart" in text(side) and "Type the six digits" not in text(side)
            await b.press("y")  # nobody has asked him yet
            assert not contacts.list_contacts(alice) and not contacts.list_contacts(bob)
            await a.press("y")
            await until(a, lambda: "Now Bob is asked" in text(a))
            assert table_digits(a) == digits  # he still has to compare them
            await until(b, lambda: "Is it Alice?" in text(b), AIR_SECONDS)
            assert table_digits(b) == digits and not contacts.list_contacts(bob)
            await b.press("y")
            for side in (a, b):
                await until(side, lambda side=side: "Exchange Successful" in text(side), AIR_SECONDS)
            assert "Alice’s card: nearby 0.6 m" in text(b)
            await b.press("enter")
            await until(b, lambda: "alice@example.com" in text(b))
            assert "nearby 0.6 m, heard 20" in text(b)
        (met,) = contacts.list_contacts(alice)
        assert met.name == "Bob" and met.trust.method is Method.SOUND


def table_digits(pilot: Pilot[Any]) -> str:
    """The six digits in the words below them."""
    words = str(pilot.app.screen.query_one("#why", Static).render()).replace("\u00a0", " ").split()
    return "".join(word for word in words if word.isdigit())


@pytest.mark.parametrize("who", ["shower", "scanner"])
async def test_escape_at_the_question_ends_it_for_both(
    tmp_path: Path, relay: RelayProcess, table: Table, who: str
) -> None:
    with person(tmp_path, "Alice", relay.url) as alice, person(tmp_path, "Bob", relay.url) as bob:
        table.set_up(Air(seed=2, pace=Lockstep(2)), alice, bob)
        async with windows(alice, bob) as (a, b):
            await answer(b, await show_code(a))
            await until(a, lambda: "Is it Bob?" in text(a), AIR_SECONDS)
            refusing, other = a, b
            if who == "scanner":
                await a.press("y")
                await until(b, lambda: "Is it Alice?" in text(b), AIR_SECONDS)
                refusing, other = b, a
            await refusing.press("escape")
            await until(other, lambda: "The other person cancelled." in text(other), AIR_SECONDS)
            await until(other, lambda: "y Yes" not in text(other))
        assert not contacts.list_contacts(alice) and not contacts.list_contacts(bob)


async def test_too_far_apart_says_why_and_a_new_code_without_sound_works(
    tmp_path: Path, relay: RelayProcess, table: Table
) -> None:
    with person(tmp_path, "Alice", relay.url) as alice, person(tmp_path, "Bob", relay.url) as bob:
        table.set_up(Air(Room(distance=3.0, noise_db=-95), seed=2, pace=Lockstep(2)), alice, bob)
        async with windows(alice, bob) as (a, b):
            await answer(b, await show_code(a))
            for side in (a, b):
                await until(side, lambda side=side: "✗ Proximity verification failed" in text(side), 3 * AIR_SECONDS)
                assert "↻ Attempt 2: The other device is too far away." in text(side)
                assert "too far away" in text(side) and "Hold the two side by side" in text(side)
            assert "d shows one without sound" in text(a) and "d By digits" in text(a)
            assert not contacts.list_contacts(alice) and not contacts.list_contacts(bob)
            await b.press("escape")
            await a.press("d")
            await until(a, lambda: "▄▄▄▄" in text(a))
            await a.press("t")
            await answer(b, str(a.app.screen.query_one("#code-text", Static).render()))
            await until(a, lambda: "Type the six digits" in text(a))
            await until(b, lambda: "Show them these digits" in text(b))
            line = next(line for line in text(b).splitlines() if "Show them these digits" in line)
            await a.press(*line.partition(":")[2].replace(" ", ""), "enter")
            for side in (a, b):
                await until(side, lambda side=side: "Exchange Successful" in text(side), AIR_SECONDS)
        assert contacts.list_contacts(alice)[0].trust.method is Method.CODE


async def test_the_other_device_without_a_microphone_has_to_be_accepted(
    tmp_path: Path, relay: RelayProcess, table: Table
) -> None:
    with person(tmp_path, "Alice", relay.url) as alice, person(tmp_path, "Bob", relay.url) as bob:
        table.set_up(Air(), alice)
        async with windows(alice, bob) as (a, b):
            await until(b, lambda: "No sound here: There is no microphone." in text(b))
            assert names(b) == ["six digits", "scan back"]
            await answer(b, await show_code(a))
            await until(a, lambda: "says that it has no microphone" in text(a))
            assert "Show them these digits" not in text(b)
            await a.press("y")
            await until(a, lambda: "Type the six digits" in text(a))
            await until(b, lambda: "Show them these digits" in text(b))


async def test_what_the_person_has_chosen_stays_chosen(tmp_path: Path, relay: RelayProcess, table: Table) -> None:
    with person(tmp_path, "Alice", relay.url) as alice:
        table.set_up(Air(), alice)
        async with windows(alice) as (a,):
            await until(a, lambda: "hear each other" in text(a))
            assert names(a) == ["sound", "six digits", "scan back"] and choice(a).value == "auto"
            choice(a).focus()
            await a.press("right")
            assert choice(a).value == "code"
            table.seats.clear()  # unplugged while he looks at another tab
            await a.press("1", "4")
            await until(a, lambda: "No sound here" in text(a))
            assert names(a) == ["six digits", "scan back"] and choice(a).value == "code"
