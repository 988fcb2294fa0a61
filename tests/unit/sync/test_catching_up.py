"""Much has waited at the relay: it is told how much has come; and what time it is there."""

import asyncio
from pathlib import Path

import pytest
from relay_process import RelayProcess
from sync_people import Person, meet
from test_sync_worker import Told, WallClock

from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.sync import clock
from vauchi_tui.sync.events import CatchingUp, ClockOff, Online
from vauchi_tui.sync.reader import MANY
from vauchi_tui.sync.relay_client import RelayConnection
from vauchi_tui.sync.worker import SyncWorker


def worker(person: Person, told: Told) -> SyncWorker:
    return SyncWorker(person.open_vault, person.profile, on_event=told, clock=person.clock, rng=person.rng)


@pytest.mark.parametrize(("shift", "words"), [(7 * 86_400.0, "7 days ahead"), (-7_300.0, "2 hours behind")])
async def test_a_clock_that_is_off_is_told_once_and_until_it_is_right(tmp_path: Path, shift: float, words: str) -> None:
    with RelayProcess(tmp_path) as relay:
        wall = WallClock()
        alice = Person("Alice", tmp_path, wall, relay=relay.url)
        wall.shift = shift
        for expected in (1, 0):
            told = Told()
            await worker(alice, told).once()
            off = [event for event in told if isinstance(event, ClockOff)]
            assert len(off) == expected, "said once, not at every connection"
            with alice.vault.read() as tx:
                ahead = clock.off(tx)
            assert ahead is not None and abs(ahead - shift) < 30
            assert words in clock.words(ahead)
        wall.shift = 100.0
        told = Told()
        await worker(alice, told).once()
        assert not any(isinstance(event, ClockOff) for event in told)
        with alice.vault.read() as tx:
            assert clock.off(tx) is None


async def test_what_has_waited_is_counted_while_it_comes(tmp_path: Path) -> None:
    with RelayProcess(tmp_path) as relay:
        wall, many = WallClock(), 3 * MANY
        alice, bob = (Person(name, tmp_path, wall, relay=relay.url) for name in ("Alice", "Bob"))
        meet(alice, bob)
        with bob.vault.read() as tx:
            (link,) = tx.links.all()
        address = link.mailbox_in(day_of(wall.now)).address
        async with await RelayConnection.open(relay.url) as connection:
            for start in range(0, many, 50):
                numbers = range(start, min(start + 50, many))
                await asyncio.gather(*(connection.send(alice.rng(16), address, bytes(1_024)) for _ in numbers))
        told = Told()
        await worker(bob, told).once()
        counts = [event for event in told if isinstance(event, CatchingUp)]
        assert len(counts) >= 2 and counts[-1] == CatchingUp(relay.url, many, over=True)
        assert [event.over for event in counts[:-1]] == [False] * (len(counts) - 1)
        assert [event.received for event in counts] == sorted(event.received for event in counts)
        assert counts[0].received >= MANY
        told = Told()
        await worker(bob, told).once()
        assert any(isinstance(event, Online) for event in told)
        assert not any(isinstance(event, CatchingUp) for event in told), "nothing waits any more"
