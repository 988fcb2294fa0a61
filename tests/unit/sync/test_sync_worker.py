"""The worker against a real relay on loopback: live, offline, restarted, shared with other processes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic, time

import pytest
from relay_process import RelayProcess
from sync_people import Clock, Person, meet

from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.sync import fanout
from vauchi_tui.sync.events import Applied, Offline, Online, Role, SyncEvent
from vauchi_tui.sync.worker import SyncWorker
from vauchi_tui.vault.outbox import OutboxRow
from vauchi_tui.vault.role import SyncRole


class WallClock(Clock):
    def __init__(self) -> None:
        super().__init__(0)
        self.shift = 0.0

    def __call__(self) -> float:
        return self.now

    @property
    def now(self) -> float:  # type: ignore[override]
        return time() + self.shift

    @now.setter
    def now(self, value: float) -> None:
        self.shift = value - time() if value else 0.0


class Told(list[SyncEvent]):
    """The events of a worker; `until` waits for one and forgets those before it."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def __call__(self, event: SyncEvent) -> None:
        self.append(event)
        self._news.set()

    async def until(self, wanted: Callable[[SyncEvent], bool], seconds: float = 20) -> SyncEvent:
        async with asyncio.timeout(seconds):
            while True:
                for event in self:
                    if wanted(event):
                        del self[: self.index(event) + 1]
                        return event
                await self.news()

    async def news(self) -> None:
        self._news.clear()
        await self._news.wait()


async def until(state: Callable[[], bool], *tolds: Told, seconds: float = 20) -> None:
    """What a vault holds changes with an event of one of these workers, or it has changed already."""
    async with asyncio.timeout(seconds):
        while not state():
            waits = [asyncio.ensure_future(told.news()) for told in tolds]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()


@asynccontextmanager
async def syncing(*people: Person) -> AsyncIterator[list[Told]]:
    tolds = [Told() for _ in people]
    workers = [worker(person, told) for person, told in zip(people, tolds, strict=True)]
    tasks = [asyncio.create_task(one.run()) for one in workers]
    try:
        yield tolds
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results), results


def worker(person: Person, told: Told | None = None) -> SyncWorker:
    return SyncWorker(
        person.open_vault, person.profile, on_event=Told() if told is None else told, clock=person.clock, rng=person.rng
    )


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as process:
        yield process


@pytest.fixture
def friends(tmp_path: Path, relay: RelayProcess) -> tuple[Person, Person]:
    clock = WallClock()
    alice, bob = (Person(name, tmp_path, clock, relay=relay.url) for name in ("Alice", "Bob"))
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    return alice, bob


def applied(event: SyncEvent) -> bool:
    return isinstance(event, Applied)


def forget_coalescing(person: Person, other: Person) -> None:
    """Let the next edit leave at once, as if ten seconds had passed."""
    with person.vault.write() as tx:
        tx.fanout.set_last_sent(other.identity, 0)


async def test_an_exchange_is_completed_and_an_edit_arrives_live(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    async with syncing(alice, bob) as (other, told):
        await told.until(applied)
        await until(lambda: alice.contact(bob).confirmed, other)
        assert bob.sees(alice) == {"phone": "555 11 11"}
        forget_coalescing(alice, bob)
        alice.set("phone", "555 22 22")
        await told.until(applied)
        assert bob.sees(alice) == {"phone": "555 22 22"}
        await until(lambda: alice.pending() == 0 and bob.pending() == 0, told, other)


async def test_an_edit_arrives_within_300_ms(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    took = []
    async with syncing(alice, bob) as (other, told):
        await told.until(applied)
        await until(lambda: alice.contact(bob).confirmed and alice.pending() == 0, other)
        for number in range(20):
            forget_coalescing(alice, bob)
            start = monotonic()
            alice.set("phone", f"555 22 {number:02}")
            await told.until(applied)
            took.append(monotonic() - start)
    print(f"edit to the other vault: median {sorted(took)[10]:.3f} s, p95 {sorted(took)[18]:.3f} s")
    assert sorted(took)[10] < 1


async def test_a_worker_started_late_drains_before_it_sends(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    assert (await worker(alice).once()).complete
    result = await worker(bob).once()
    assert result.complete and result.drained
    assert bob.sees(alice) == {"phone": "555 11 11"}
    assert (await worker(alice).once()).complete
    assert alice.contact(bob).confirmed
    assert (await worker(bob).once()).complete
    assert alice.pending() == 0 and bob.pending() == 0


async def test_once_without_a_relay_to_reach_says_what_is_left(
    friends: tuple[Person, Person], relay: RelayProcess
) -> None:
    alice, bob = friends
    relay.kill()
    started = monotonic()
    result = await worker(alice).once()
    assert not result.complete and result.waiting == 1
    assert "No relay is running" in result.reasons[0]
    assert monotonic() - started < 10
    relay.start()
    assert (await worker(alice).once()).complete
    assert (await worker(bob).once()).complete


async def test_without_any_relay_what_waits_waits_for_one(tmp_path: Path) -> None:
    clock = WallClock()
    alice, bob = Person("Alice", tmp_path, clock), Person("Bob", tmp_path, clock)
    meet(alice, bob)
    result = await worker(alice).once()
    assert result.waiting == 1 and result.reasons == ("No relay is known for what waits.",)


async def test_a_relay_killed_and_restarted_loses_and_doubles_nothing(
    friends: tuple[Person, Person], relay: RelayProcess
) -> None:
    alice, bob = friends
    async with syncing(alice, bob) as (told_a, told_b):
        await told_b.until(applied)
        await until(lambda: alice.contact(bob).confirmed, told_a)
        relay.kill()
        await told_a.until(lambda event: isinstance(event, Offline))
        forget_coalescing(alice, bob)
        alice.set("phone", "555 33 33")
        await told_a.until(lambda event: isinstance(event, Offline))
        relay.start()
        event = await told_b.until(applied)
        assert isinstance(event, Applied) and event.labels == ("phone",)
        assert bob.sees(alice) == {"phone": "555 33 33"}
        await until(lambda: alice.pending() == 0, told_a)
        assert not [event for event in told_b if applied(event)]


async def test_sync_now_does_not_wait_for_the_back_off(friends: tuple[Person, Person], relay: RelayProcess) -> None:
    alice, bob = friends
    relay.kill()
    told = Told()
    one = worker(alice, told)
    task = asyncio.create_task(one.run())
    try:
        offline = await told.until(lambda event: isinstance(event, Offline))
        assert isinstance(offline, Offline) and 1 < offline.retry_in <= 2
        for _ in range(2):
            await told.until(lambda event: isinstance(event, Offline))
        relay.start()
        started = monotonic()
        one.sync_now()
        await told.until(lambda event: isinstance(event, Online))
        await until(lambda: not any(row.stored_at is None for row in rows(alice, bob)), told)
        assert monotonic() - started < 2
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def rows(person: Person, other: Person) -> list[OutboxRow]:
    with person.vault.read() as tx:
        return list(tx.outbox.for_contact(other.identity))


async def test_people_on_two_relays_meet_and_one_moves(tmp_path: Path) -> None:
    clock = WallClock()
    with (
        RelayProcess(tmp_path / "r1") as first,
        RelayProcess(tmp_path / "r2") as second,
        RelayProcess(tmp_path / "r3") as third,
    ):
        alice = Person("Alice", tmp_path, clock, relay=first.url)
        bob = Person("Bob", tmp_path, clock, relay=second.url)
        alice.set("phone", "555 11 11")
        meet(alice, bob, grants=["phone"])
        async with syncing(alice, bob) as (other, told):
            await told.until(applied)
            await until(lambda: alice.contact(bob).confirmed and bob.pending() == 0, other, told)
            forget_coalescing(bob, alice)
            _move(bob, second.url, third.url)
            await until(lambda: alice.contact(bob).registers.text("/relay") == third.url, other)
            await until(lambda: bob.pending() == 0, told)
            second.kill()
            forget_coalescing(alice, bob)
            alice.set("phone", "555 44 44")
            await told.until(applied)
            assert bob.sees(alice) == {"phone": "555 44 44"}


def _move(person: Person, old: str, new: str) -> None:
    import json

    from vauchi_tui.model import edit

    with person.vault.write() as tx:
        tx.settings.set("relay", new)
        tx.settings.set("old_relays", json.dumps([{"url": old, "since": int(person.clock.now)}]))
        ticker = tx.clock.ticker(person.clock.ms)
        changes = edit.set_relay(tx.card.registers(), new, ticker)
        tx.card.apply(changes)
        tx.clock.save(ticker)
        fanout.edited(tx, person.clock.ms, changes)


async def test_one_process_syncs_and_makes_the_rounds_of_the_others(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    async with syncing(alice, bob) as (first, told):
        await told.until(applied)
        await until(lambda: alice.contact(bob).confirmed, first)
        alice.set("phone", "555 55 55")  # within ten seconds of the last message: put off
        other = Told()
        result = await worker(alice, other).once()
        assert result.complete and result.holder is not None
        assert other == [Role(result.holder)]
        await told.until(applied)
        assert bob.sees(alice) == {"phone": "555 55 55"}


async def test_the_role_passes_on_when_its_holder_ends(friends: tuple[Person, Person]) -> None:
    alice, _ = friends
    async with syncing(alice) as (first,):
        await first.until(lambda event: event == Role(None))
        second = Told()
        waiting = asyncio.create_task(worker(alice, second).run())
        event = await second.until(lambda event: isinstance(event, Role))
        assert isinstance(event, Role) and event.holder
    await second.until(lambda event: event == Role(None))
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    role = SyncRole(alice.profile)
    assert role.try_acquire()
    role.release()


async def test_a_holder_that_ends_before_it_answers_leaves_the_round_to_who_asked(
    friends: tuple[Person, Person],
) -> None:
    alice, _ = friends
    holder, told = SyncRole(alice.profile), Told()
    assert holder.try_acquire()
    asking = asyncio.create_task(worker(alice, told).once())
    event = await told.until(lambda event: isinstance(event, Role))
    assert isinstance(event, Role) and event.holder
    holder.release()
    result = await asking
    assert result.complete and result.holder is None


async def test_cancelled_at_any_moment_it_stops_cleanly_and_loses_nothing(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    for step in range(25):
        tasks = [asyncio.create_task(worker(person).run()) for person in (alice, bob)]
        await asyncio.sleep(step * 0.01)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results
        forget_coalescing(alice, bob)
        alice.set("phone", f"555 66 {step:02}")
    for _ in range(3):
        assert (await worker(alice).once()).complete
        assert (await worker(bob).once()).complete
    assert bob.sees(alice) == {"phone": "555 66 24"}
    assert alice.pending() == bob.pending() == 0


async def test_a_drain_is_noted_and_the_watch_starts_there(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    for person in (alice, bob):
        await worker(person).once()
    with bob.vault.read() as tx:
        (link,) = tx.links.all()
        assert tx.links.last_drain(link.peer_id) == day_of(bob.clock.now)
