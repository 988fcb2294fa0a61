"""Looking for speaker and microphone beside everything else, also where the sound system never answers."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from vauchi_tui.actions import sound_search
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.sound import Pair, SoundUnavailable
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.proximity.devices import Device

LAPTOP = Device(0, "Built-in", "ALSA", 2, 2, 48e3)
PAIR = Pair(LAPTOP, LAPTOP, 48_000)
Look = Callable[[Callable[[Context], Pair]], None]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    """What is done in place of looking for devices."""
    return lambda find: monkeypatch.setattr(sound_search, "find_pair", find)


async def test_what_is_found_is_given_to_everyone_who_asks(ctx: Context, look: Look) -> None:
    asked: list[Context] = []

    def find(own: Context) -> Pair:
        asked.append(own)
        return PAIR

    look(find)
    search = SoundSearch(ctx)
    assert list(await asyncio.gather(search.pair(), search.pair())) == [PAIR, PAIR]
    assert not search.pending and await search.pair() is PAIR
    assert len(asked) == 1 and asked[0].vault is not ctx.vault and asked[0].profile is ctx.profile


async def test_why_there_is_none_is_told_as_often_as_it_is_asked(ctx: Context, look: Look) -> None:
    def find(_: Context) -> Pair:
        raise SoundUnavailable("There is no microphone.", "Connect one.")

    look(find)
    search = SoundSearch(ctx)
    for _ in range(2):
        with pytest.raises(SoundUnavailable, match="no microphone"):
            await search.pair()


async def test_nothing_waits_while_it_is_being_looked_for(ctx: Context, look: Look) -> None:
    plugged = threading.Event()

    def find(_: Context) -> Pair:
        assert plugged.wait(10)
        return PAIR

    look(find)
    search = SoundSearch(ctx)
    waiting = asyncio.create_task(search.pair())
    await asyncio.sleep(0)
    assert search.pending and not waiting.done()
    plugged.set()
    assert await waiting == PAIR


async def test_a_sound_system_that_hangs_is_given_up_and_said_to_hang(ctx: Context, look: Look) -> None:
    never = threading.Event()

    def find(_: Context) -> Pair:
        assert never.wait(10)
        return PAIR

    look(find)
    search = SoundSearch(ctx, patience=0.05)
    try:
        with pytest.raises(SoundUnavailable, match="does not answer") as told:
            await search.pair()
        assert told.value.hint and search.pending
        with pytest.raises(SoundUnavailable, match="does not answer"):  # and at once from then on
            await asyncio.wait_for(search.pair(), 1)
    finally:
        never.set()
