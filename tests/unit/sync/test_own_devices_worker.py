"""Several own devices and the worker, against a real relay on loopback."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from time import time

import pytest
from relay_process import RelayProcess
from sync_people import Clock, Person, link, meet

from vauchi_tui.errors import ProfileError
from vauchi_tui.protocol.hello import HelloMailbox
from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.sync import revoke
from vauchi_tui.sync.events import Failed, OwnUpdated, Revoked, SyncEvent
from vauchi_tui.sync.worker import SyncWorker
from vauchi_tui.vault.outbox import Kind


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as process:
        yield process


@pytest.fixture
def friends(tmp_path: Path, relay: RelayProcess) -> tuple[Person, Person]:
    clock = Clock(time())
    alice, bob = (Person(name, tmp_path, clock, relay=relay.url) for name in ("Alice", "Bob"))
    alice.set("phone", "555 11 11")
    bob.set("mail", "bob@example.org")
    meet(alice, bob, grants=["phone"], back=["mail"])
    return alice, bob


async def rounds(*people: Person, count: int = 1) -> list[SyncEvent]:
    """Everybody syncs once, one after the other, so many times."""
    events: list[SyncEvent] = []
    for _ in range(count):
        for person in people:
            person.clock.now += 1
            worker = SyncWorker(
                person.open_vault, person.profile, on_event=events.append, clock=person.clock, rng=person.rng
            )
            assert (await worker.once()).complete
    assert not [event for event in events if isinstance(event, Failed)], events
    return events


def stored(relay: RelayProcess, address: bytes) -> int:
    """How many messages lie in a mailbox."""
    with sqlite3.connect(f"file:{relay.store}?mode=ro", uri=True) as database:
        (count,) = database.execute("SELECT count(*) FROM message WHERE addr = ?", (address,)).fetchone()
    return int(count)


async def test_a_linked_device_gets_everything_and_talks_to_a_contact(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    await rounds(alice, bob, count=2)
    laptop = link(alice, "laptop")
    told = await rounds(alice, laptop)
    assert [event.left for event in told if isinstance(event, OwnUpdated)][-1] == 0
    await rounds(alice, bob, laptop, count=3)
    assert laptop.sees(bob) == {"mail": "bob@example.org"}
    laptop.set("phone", "555 22 22")
    await rounds(laptop, bob)
    assert bob.sees(alice) == {"phone": "555 22 22"}
    await rounds(alice)
    assert alice.shows(bob) == {"phone": "555 22 22"}


async def test_every_device_reads_a_hello_mailbox_and_none_deletes_it(
    friends: tuple[Person, Person], relay: RelayProcess
) -> None:
    alice, bob = friends
    await rounds(alice, bob, count=2)
    tablet = link(bob, "tablet")
    await rounds(alice, bob, tablet, count=4)
    with bob.vault.read() as tx:
        before = tx.contacts.devices(alice.identity)
    link(alice, "laptop")
    with alice.vault.write() as tx:  # sessions bring nothing this time
        for row in tx.outbox.waiting():
            if row.kind is not Kind.HELLO:
                tx.outbox.delete(row.id)
        tx.fanout.clear(bob.identity)
        ((_, key),) = tx.contacts.all_keys()
    hello = HelloMailbox(key, bob.identity, day_of(alice.clock.now))
    await rounds(alice)
    assert stored(relay, hello.address) == 1
    for device in (tablet, bob, bob):
        await rounds(device)
        with device.vault.read() as tx:
            known = tx.contacts.devices(alice.identity)
            assert known is not None and before is not None
            assert len(known.devices) == 2 and known.version > before.version
            assert [line.text for line in tx.history.recent(alice.identity)].count("Alice added a device.") == 1
        assert stored(relay, hello.address) == 1


async def test_the_worker_of_a_revoked_device_ends_and_says_why(friends: tuple[Person, Person]) -> None:
    alice, bob = friends
    laptop = link(alice, "laptop")
    await rounds(alice, bob, laptop, count=3)
    gone = laptop.me().device.id
    with alice.vault.write() as tx:
        revoke.revoke(tx, gone, int(alice.clock.now), alice.rng)
    await rounds(alice, bob)
    events: list[SyncEvent] = []
    worker = SyncWorker(laptop.open_vault, laptop.profile, on_event=events.append, clock=laptop.clock, rng=laptop.rng)
    async with asyncio.timeout(30):
        with pytest.raises(ProfileError, match="revoked"):
            await worker.run()
    assert Revoked() in events
    with laptop.vault.read() as tx:
        assert not tx.me.exists() and tx.contacts.all() == []
