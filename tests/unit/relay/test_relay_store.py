"""What every mailbox store must do. A store is a factory from a directory and limits; there is one now."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.sqlite_store import SqliteStore
from vauchi_tui.relay.store import Store, Stored, Verdict

A, B, C = (bytes([letter]) * 32 for letter in b"ABC")
DAY = 20_000

Open = Callable[[Limits], Awaitable[Store]]


@pytest.fixture(params=["sqlite"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    factories = {"sqlite": lambda limits: SqliteStore.open(tmp_path / "mailboxes.sqlite3", limits)}
    return factories[request.param]


def mid(number: int) -> bytes:
    return number.to_bytes(16, "big")


async def contents(store: Store, address: bytes) -> list[bytes]:
    blobs: list[bytes] = []
    after = 0
    while True:
        page = await store.read(address, after, 100)
        blobs += [message.blob for message in page.messages]
        if not page.more:
            return blobs
        after = page.messages[-1].seq


async def test_messages_come_back_in_order_above_a_sequence_number(open_store: Open) -> None:
    store = await open_store(Limits())
    verdicts = await asyncio.gather(*(store.put(mid(n), A, b"%d" % n, DAY) for n in range(5)))
    assert verdicts == [Verdict.ACCEPTED] * 5
    everything = (await store.read(A, 0, 100)).messages
    assert [message.blob for message in everything] == [b"0", b"1", b"2", b"3", b"4"]
    numbers = [message.seq for message in everything]
    assert numbers == sorted(set(numbers))
    page = await store.read(A, numbers[1], 2)
    assert (page.messages, page.more) == (everything[2:4], True)
    page = await store.read(A, numbers[3], 2)
    assert (page.messages, page.more) == (everything[4:], False)
    await store.close()


async def test_a_page_ends_before_64_kib_but_has_at_least_one_message(open_store: Open) -> None:
    store = await open_store(Limits())
    await asyncio.gather(*(store.put(mid(n), A, bytes(40_000), DAY) for n in range(2)))
    page = await store.read(A, 0, 8)
    assert (len(page.messages), page.more) == (1, True)
    assert len(await contents(store, A)) == 2
    await store.close()


async def test_the_same_mid_in_a_mailbox_is_stored_once(open_store: Open) -> None:
    store = await open_store(Limits(mailbox_messages=1))
    assert await store.put(mid(1), A, b"x", DAY) is Verdict.ACCEPTED
    assert await store.put(mid(1), A, b"x", DAY) is Verdict.DUPLICATE  # and not QUOTA: the sender may be sure
    assert await store.put(mid(1), B, b"x", DAY) is Verdict.ACCEPTED
    assert await contents(store, A) == [b"x"]
    await store.close()


async def test_a_duplicate_in_the_same_commit_is_seen(open_store: Open) -> None:
    store = await open_store(Limits())
    verdicts = await asyncio.gather(*(store.put(mid(1), A, b"x", DAY) for _ in range(3)))
    assert verdicts == [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.DUPLICATE]
    await store.close()


@pytest.mark.parametrize("limits", [Limits(mailbox_messages=3), Limits(mailbox_bytes=30)])
async def test_a_full_mailbox_refuses_and_evicts_nothing(open_store: Open, limits: Limits) -> None:
    store = await open_store(limits)
    for number in range(3):
        assert await store.put(mid(number), A, b"%010d" % number, DAY) is Verdict.ACCEPTED
    assert await store.put(mid(9), A, b"x", DAY) is Verdict.QUOTA
    assert await store.put(mid(9), B, b"x", DAY) is Verdict.ACCEPTED
    first = (await store.read(A, 0, 1)).messages[0]
    assert (len(await contents(store, A)), first.blob) == (3, b"0000000000")
    await store.ack(A, first.seq)
    assert await store.put(mid(9), A, b"x", DAY) is Verdict.ACCEPTED
    await store.close()


async def test_ack_deletes_up_to_and_including_in_that_mailbox_only(open_store: Open) -> None:
    store = await open_store(Limits())
    for address in (A, B):
        await asyncio.gather(*(store.put(mid(n), address, b"%d" % n, DAY) for n in range(4)))
    second = (await store.read(A, 0, 2)).messages[1]
    await store.ack(A, second.seq)
    assert await contents(store, A) == [b"2", b"3"]
    assert await contents(store, B) == [b"0", b"1", b"2", b"3"]
    await store.ack(A, 2**64 - 1)
    await store.ack(C, 5)
    assert await contents(store, A) == []
    await store.close()


async def test_sequence_numbers_grow_over_ack_restart_and_sweep(open_store: Open) -> None:
    store = await open_store(Limits())
    await store.put(mid(1), A, b"1", DAY)
    (first,) = (await store.read(A, 0, 8)).messages
    await store.ack(A, first.seq)
    await store.close()

    store = await open_store(Limits())
    await store.put(mid(2), A, b"2", DAY)
    (second,) = (await store.read(A, first.seq, 8)).messages
    await store.sweep(DAY + 1)
    await store.put(mid(3), A, b"3", DAY + 31)
    (third,) = (await store.read(A, second.seq, 8)).messages
    assert first.seq < second.seq < third.seq
    await store.close()


async def test_waiting_names_mailboxes_with_messages_and_their_last_number(open_store: Open) -> None:
    store = await open_store(Limits())
    await asyncio.gather(
        store.put(mid(1), A, b"1", DAY), store.put(mid(2), A, b"2", DAY), store.put(mid(3), B, b"3", DAY)
    )
    last = (await store.read(A, 0, 8)).messages[1].seq
    await store.ack(B, 2**63)
    many = [number.to_bytes(32, "big") for number in range(3000)]
    assert await store.waiting([A, B, C, *many]) == {A: last}
    await store.close()


async def test_what_was_accepted_is_there_after_a_restart(open_store: Open) -> None:
    store = await open_store(Limits())
    await asyncio.gather(*(store.put(mid(n), A, b"%d" % n, DAY) for n in range(100)))
    before = (await store.read(A, 0, 100)).messages
    await store.close()
    store = await open_store(Limits())
    assert (await store.read(A, 0, 100)).messages == before
    assert await store.put(mid(5), A, b"5", DAY) is Verdict.DUPLICATE
    await store.close()


async def test_a_message_lives_through_its_last_day_and_no_longer(open_store: Open) -> None:
    store = await open_store(Limits(mailbox_messages=2))
    await asyncio.gather(store.put(mid(1), A, b"old", DAY), store.put(mid(2), A, b"new", DAY + 1))
    assert await store.sweep(DAY) == 0
    assert await store.sweep(DAY + 1) == 1
    assert await contents(store, A) == [b"new"]
    assert await store.put(mid(3), A, b"x", DAY + 1) is Verdict.ACCEPTED, "the quota counts what is there"
    await store.close()


async def test_a_sweep_of_many_leaves_nothing_behind(open_store: Open) -> None:
    store = await open_store(Limits(mailbox_messages=2000))
    addresses = [bytes([n]) * 32 for n in range(5)]
    await asyncio.gather(*(store.put(mid(n), addresses[n % 5], b"x", DAY) for n in range(1203)))
    assert await store.sweep(DAY + 1) == 1203
    assert await store.waiting(addresses) == {}
    await store.close()


async def test_wakeups_name_the_mailboxes_that_got_something_after_it_can_be_read(open_store: Open) -> None:
    store = await open_store(Limits(mailbox_messages=1))
    async with aclosing(store.wakeups()) as wakeups:
        put = store.put(mid(1), A, b"x", DAY)
        assert list(await anext(wakeups)) == [A]
        assert put.done()
        assert [message.blob for message in (await store.read(A, 0, 8)).messages] == [b"x"]
        refused = [store.put(mid(1), A, b"x", DAY), store.put(mid(2), A, b"x", DAY)]
        await asyncio.gather(*refused, store.ack(B, 1), store.put(mid(3), B, b"x", DAY))
        assert list(await anext(wakeups)) == [B], "what was not accepted wakes nobody"
    await store.close()


async def test_ready_and_close_wait_for_what_was_put(open_store: Open) -> None:
    store = await open_store(Limits())
    puts = [store.put(mid(n), A, b"x", DAY) for n in range(1500)]
    await store.ready()
    last = store.put(mid(5000), B, b"x", DAY)
    await store.close()
    assert await last is Verdict.ACCEPTED
    assert all(put.done() for put in puts)


def test_a_stored_message_is_a_value() -> None:
    assert Stored(1, b"x") == Stored(1, b"x")
