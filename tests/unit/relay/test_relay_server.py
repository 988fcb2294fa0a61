"""The relay as its clients meet it: a real server on loopback, bare frames on the wire."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from relay_wire import Wire
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vauchi_tui.protocol.frames import (
    BLOB_MAX,
    NO_MID,
    SUBPROTOCOL,
    Acknowledge,
    Drain,
    End,
    Error,
    ErrorCode,
    Hello,
    Message,
    Ok,
    Seen,
    Send,
    Subscribe,
    address_of,
    encode,
)
from vauchi_tui.relay import sqlite_tables
from vauchi_tui.relay.embedded import EmbeddedRelay
from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.listen import Listen
from vauchi_tui.relay.server import RelayServer
from vauchi_tui.relay.sqlite_store import SqliteStore
from vauchi_tui.relay.store import StoreFailed

TOKEN, OTHER, BARRIER = (bytes([number]) * 32 for number in (1, 2, 3))
ADDRESS = address_of(TOKEN)

Start = Callable[..., Awaitable[EmbeddedRelay]]
Client = Callable[[], Awaitable[Wire]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    relays: list[EmbeddedRelay] = []

    async def begin(limits: Limits | None = None) -> EmbeddedRelay:
        relays.append(EmbeddedRelay(tmp_path / "mailboxes.sqlite3", port=0, limits=limits))
        await relays[-1].start()
        return relays[-1]

    yield begin
    for relay in relays:
        await relay.stop()


@pytest.fixture
async def relay(start: Start) -> EmbeddedRelay:
    return await start()


@pytest.fixture
async def client(relay: EmbeddedRelay) -> AsyncIterator[Client]:
    async with AsyncExitStack() as stack:
        yield lambda: stack.enter_async_context(Wire(relay.url))


def blobs(messages: list[Message]) -> list[bytes]:
    return [message.blob for message in messages]


async def nothing_waits(reader: Wire, writer: Wire) -> None:
    """Fail if the relay has anything to deliver to `reader`: what comes next is what is put now."""
    await reader.send(Subscribe((BARRIER,)))
    assert await reader.receive() == End(address_of(BARRIER))
    await writer.put(BARRIER, b"barrier")
    frame = await reader.receive()
    assert isinstance(frame, Message) and frame.blob == b"barrier", frame
    await reader.send(Acknowledge(frame.address, frame.seq))


async def test_hello_comes_first_and_tells_the_limits(client: Client) -> None:
    hello = (await client()).hello
    assert hello == Hello(30, 1000, 4 * 1024 * 1024, 65536, hello.time)
    assert hello.time > 1_700_000_000


async def test_a_message_waits_for_its_reader(client: Client) -> None:
    await (await client()).put(TOKEN, b"one", b"two")
    reader = await client()
    await reader.send(Subscribe((TOKEN,)))
    assert blobs(await reader.messages(2)) == [b"one", b"two"]
    assert await reader.receive() == End(ADDRESS)


async def test_a_message_is_pushed_to_a_connected_reader(client: Client) -> None:
    reader, writer = await client(), await client()
    await reader.send(Subscribe((TOKEN,)))
    assert await reader.receive() == End(ADDRESS)
    await writer.put(TOKEN, b"live")
    assert blobs(await reader.messages(1)) == [b"live"]


async def test_an_unknown_mailbox_looks_like_an_empty_one(client: Client) -> None:
    one, two = await client(), await client()
    await one.put(TOKEN, b"x")
    await one.send(Subscribe((TOKEN,)))
    (message,) = await one.messages(1)
    await one.receive()
    await one.send(Acknowledge(ADDRESS, message.seq))
    await one.put(OTHER, b"settled")  # the acknowledgement has been committed before this
    await two.send(Subscribe((TOKEN, bytes(32))))
    assert await two.take(2) == [End(ADDRESS), End(address_of(bytes(32)))]


async def test_one_connection_can_send_to_itself(client: Client) -> None:
    wire = await client()
    await wire.send(Subscribe((TOKEN,)))
    assert await wire.receive() == End(ADDRESS)
    await wire.send(Send(bytes(16), ADDRESS, b"x"))
    frames = await wire.take(2)
    assert Ok(bytes(16)) in frames
    assert any(isinstance(frame, Message) and frame.blob == b"x" for frame in frames)


async def test_at_most_eight_unacknowledged_messages_are_in_flight(client: Client) -> None:
    writer, reader = await client(), await client()
    await writer.put(TOKEN, *(b"%d" % n for n in range(20)))
    await reader.send(Subscribe((TOKEN,)))
    first = await reader.messages(8)
    await nothing_waits(reader, writer)
    await reader.send(Acknowledge(ADDRESS, first[2].seq))
    more = await reader.messages(3)
    await nothing_waits(reader, writer)
    await reader.send(Acknowledge(ADDRESS, more[2].seq))
    more += await reader.messages(8)
    await nothing_waits(reader, writer)
    await reader.send(Acknowledge(ADDRESS, more[-1].seq))
    assert blobs(first + more + await reader.messages(1)) == [b"%d" % n for n in range(20)]
    assert await reader.receive() == End(ADDRESS)


async def test_a_full_window_holds_back_live_messages_of_that_mailbox_only(client: Client) -> None:
    writer, reader = await client(), await client()
    await reader.send(Subscribe((TOKEN, OTHER)))
    await reader.take(2)
    await writer.put(TOKEN, *(b"%d" % n for n in range(9)))
    eight = await reader.messages(8)
    await writer.put(OTHER, b"other")
    assert blobs(await reader.messages(1)) == [b"other"]
    await reader.send(Acknowledge(ADDRESS, eight[0].seq))
    assert blobs(await reader.messages(1)) == [b"8"]


async def test_seen_frees_places_and_deletes_nothing(client: Client) -> None:
    writer, reader, later = await client(), await client(), await client()
    await writer.put(TOKEN, *(b"%d" % n for n in range(10)))
    await reader.send(Subscribe((TOKEN,)))
    first = await reader.messages(8)
    await reader.send(Seen(ADDRESS, first[-1].seq))
    assert blobs(await reader.messages(2)) == [b"8", b"9"]
    assert await reader.receive() == End(ADDRESS)
    await later.send(Subscribe((TOKEN,)))
    assert blobs(await later.messages(8)) == [b"%d" % n for n in range(8)]


async def test_the_end_comes_when_the_backlog_has_been_sent_even_if_more_has_come(client: Client) -> None:
    writer, reader = await client(), await client()
    await writer.put(TOKEN, *(b"%d" % n for n in range(9)))
    await reader.send(Subscribe((TOKEN,)))
    eight = await reader.messages(8)
    await writer.put(TOKEN, *(b"late" for _ in range(5)))
    await reader.send(Acknowledge(ADDRESS, eight[-1].seq))
    assert blobs(await reader.messages(1)) == [b"8"]
    assert await reader.receive() == End(ADDRESS)
    assert blobs(await reader.messages(5)) == [b"late"] * 5
    await nothing_waits(reader, writer)


async def test_the_end_comes_when_another_device_has_emptied_the_mailbox(client: Client) -> None:
    writer, one, two = await client(), await client(), await client()
    await writer.put(TOKEN, *(b"%d" % n for n in range(9)))
    await one.send(Subscribe((TOKEN,)))
    await two.send(Subscribe((TOKEN,)))
    eight = await one.messages(8)
    await two.messages(8)
    await two.send(Acknowledge(ADDRESS, eight[-1].seq))
    assert blobs(await two.messages(1)) == [b"8"]
    assert await two.receive() == End(ADDRESS)
    await two.send(Acknowledge(ADDRESS, 2**63), Send(bytes(16), address_of(OTHER), b"committed after it"))
    assert await two.receive() == Ok(bytes(16))
    await one.send(Acknowledge(ADDRESS, eight[-1].seq))
    assert await one.receive() == End(ADDRESS)


async def test_every_subscribe_is_answered_and_nothing_is_sent_twice(client: Client) -> None:
    writer, reader = await client(), await client()
    await writer.put(TOKEN, b"x")
    await reader.send(Subscribe((TOKEN, TOKEN)))
    assert blobs(await reader.messages(1)) == [b"x"]
    assert await reader.receive() == End(ADDRESS)
    await reader.send(Subscribe((TOKEN,)))
    assert await reader.receive() == End(ADDRESS)
    await nothing_waits(reader, writer)


async def test_what_was_not_acknowledged_comes_again_on_the_next_connection(
    client: Client, relay: EmbeddedRelay
) -> None:
    writer = await client()
    await writer.put(TOKEN, b"1", b"2", b"3")
    async with Wire(relay.url) as reader:
        await reader.send(Subscribe((TOKEN,)))
        one, two, three = await reader.messages(3)
        await reader.send(Acknowledge(ADDRESS, one.seq))
        await reader.send(Send(bytes(16), address_of(OTHER), b"settled"))
        assert await reader.take(2) == [End(ADDRESS), Ok(bytes(16))]
    again = await client()
    await again.send(Subscribe((TOKEN,)))
    assert await again.messages(2) == [two, three]


async def test_the_same_mid_again_is_ok_and_delivered_once(client: Client) -> None:
    writer, reader = await client(), await client()
    await reader.send(Subscribe((TOKEN,)))
    await reader.receive()
    for _ in range(3):
        await writer.send(Send(bytes(16), ADDRESS, b"once"))
    assert await writer.take(3) == [Ok(bytes(16))] * 3
    assert blobs(await reader.messages(1)) == [b"once"]
    await nothing_waits(reader, writer)


async def test_order_holds_per_mailbox_under_several_writers(client: Client) -> None:
    reader, writers = await client(), [await client() for _ in range(3)]
    tokens = (TOKEN, OTHER)
    await reader.send(Subscribe(tokens))
    await reader.take(2)

    async def write(number: int) -> None:
        for n in range(50):
            await writers[number].put(tokens[n % 2], b"%d %d" % (number, n))

    writing = asyncio.gather(*(write(number) for number in range(3)))
    got: list[Message] = []
    while len(got) < 150:
        got += await reader.messages(1)
        await reader.send(Acknowledge(got[-1].address, got[-1].seq))
    await writing
    for token in tokens:
        mine = [message for message in got if message.address == address_of(token)]
        assert [message.seq for message in mine] == sorted({message.seq for message in mine})
        for number in range(3):
            sent = [int(message.blob.split()[1]) for message in mine if message.blob.startswith(b"%d " % number)]
            assert sent == sorted(sent)


async def test_two_readers_of_a_mailbox_both_get_everything(client: Client) -> None:
    writer, readers = await client(), [await client() for _ in range(2)]
    for reader in readers:
        await reader.send(Subscribe((TOKEN,)))
        await reader.receive()
    await writer.put(TOKEN, b"both")
    assert [blobs(await reader.messages(1)) for reader in readers] == [[b"both"]] * 2


@pytest.mark.parametrize("kind", [Acknowledge, Seen])
async def test_a_stranger_who_knows_the_address_can_neither_read_nor_delete(
    client: Client, kind: type[Acknowledge | Seen]
) -> None:
    writer, stranger, owner = await client(), await client(), await client()
    await writer.put(TOKEN, b"private")
    await stranger.send(Subscribe((ADDRESS,)), kind(ADDRESS, 2**63))  # the address is no token
    assert await stranger.receive() == End(address_of(ADDRESS))
    refusal = await stranger.receive()
    assert isinstance(refusal, Error) and refusal.code is ErrorCode.NOT_SUBSCRIBED and refusal.mid == NO_MID
    await owner.send(Subscribe((TOKEN,)))
    assert blobs(await owner.messages(1)) == [b"private"]


async def test_a_subscription_belongs_to_its_connection(client: Client) -> None:
    one, two = await client(), await client()
    await one.send(Subscribe((TOKEN,)))
    await one.receive()
    await two.send(Acknowledge(ADDRESS, 1))
    refusal = await two.receive()
    assert isinstance(refusal, Error) and refusal.code is ErrorCode.NOT_SUBSCRIBED


async def test_a_full_mailbox_refuses_by_name_and_keeps_what_it_has(start: Start) -> None:
    relay = await start(Limits(mailbox_messages=2))
    async with Wire(relay.url) as wire:
        assert wire.hello.mailbox_messages == 2
        await wire.put(TOKEN, b"1", b"2")
        await wire.send(Send(b"m" * 16, ADDRESS, b"3"))
        refusal = await wire.receive()
        assert isinstance(refusal, Error)
        assert (refusal.mid, refusal.code, refusal.retry_after > 0) == (b"m" * 16, ErrorCode.QUOTA, True)
        await wire.send(Subscribe((TOKEN,)))
        assert blobs(await wire.messages(2)) == [b"1", b"2"]


async def test_a_blob_of_64_kib_goes_and_a_larger_one_is_refused_by_name(client: Client) -> None:
    wire = await client()
    await wire.put(TOKEN, bytes(BLOB_MAX))
    await wire.socket.send(b"\x01" + b"m" * 16 + ADDRESS + bytes(BLOB_MAX + 1))
    refusal = await wire.receive()
    assert isinstance(refusal, Error) and (refusal.mid, refusal.code) == (b"m" * 16, ErrorCode.TOO_LARGE)
    await wire.put(TOKEN, b"and the connection lives")


@pytest.mark.parametrize("data", [b"", b"\x63", b"\x05" + bytes(16), b"\x01short", "text", b"\x02\x00\x05" + bytes(32)])
async def test_what_is_no_frame_is_told_and_ends_the_connection(client: Client, data: bytes | str) -> None:
    wire, other = await client(), await client()
    await wire.socket.send(data)
    refusal = await wire.receive()
    assert isinstance(refusal, Error) and refusal.code is ErrorCode.MALFORMED
    with pytest.raises(ConnectionClosed):
        await wire.receive()
    await other.put(TOKEN, b"nobody else minds")


async def test_too_many_mailboxes_on_a_connection_are_refused(start: Start) -> None:
    relay = await start(Limits(subscriptions=2))
    async with Wire(relay.url) as wire:
        await wire.send(Subscribe((TOKEN, OTHER)), Subscribe((TOKEN, BARRIER)), Subscribe((OTHER,)))
        frames = await wire.take(4)
        refusal = frames[2]
        assert isinstance(refusal, Error) and refusal.code is ErrorCode.SUBSCRIPTIONS
        assert frames[3] == End(address_of(OTHER))


async def test_all_connections_together_read_so_many_mailboxes_and_no_more(start: Start) -> None:
    relay = await start(Limits(all_subscriptions=2))
    async with Wire(relay.url) as second:
        async with Wire(relay.url) as first:
            await first.send(Subscribe((TOKEN, OTHER)), Subscribe((TOKEN,)))
            assert len(await first.take(3)) == 3
            await second.send(Subscribe((TOKEN,)))
            refusal = await second.receive()
            assert isinstance(refusal, Error)
            assert (refusal.code, refusal.retry_after > 0) == (ErrorCode.BUSY, True)
        async with asyncio.timeout(10):
            while isinstance(refusal, Error):  # until the relay has noticed that the first is gone
                await second.send(Subscribe((TOKEN,)))
                refusal = await second.receive()
        assert refusal == End(address_of(TOKEN))


async def test_a_relay_that_cannot_keep_up_says_busy_and_recovers(start: Start) -> None:
    relay = await start(Limits(pending_bytes=10))
    async with Wire(relay.url) as wire:
        await wire.send(Send(b"m" * 16, ADDRESS, bytes(11)))
        refusal = await wire.receive()
        assert isinstance(refusal, Error)
        assert (refusal.mid, refusal.code, refusal.retry_after > 0) == (b"m" * 16, ErrorCode.BUSY, True)
        await wire.put(TOKEN, bytes(10))


async def test_more_sends_than_may_be_unfinished_are_all_answered(start: Start) -> None:
    relay = await start(Limits(pending_operations=4))
    async with Wire(relay.url) as wire:
        await wire.put(TOKEN, *(b"%d" % n for n in range(200)))


async def test_a_relay_that_is_full_refuses_politely(start: Start) -> None:
    relay = await start(Limits(connections=1))
    async with Wire(relay.url):
        with pytest.raises(InvalidStatus) as caught:
            async with Wire(relay.url):
                pass
        assert caught.value.response.status_code == 503


@pytest.mark.parametrize("options", [{}, {"subprotocols": ["other"]}, {"origin": "https://example.org"}])
async def test_only_clients_of_this_protocol_get_in(relay: EmbeddedRelay, options: dict[str, object]) -> None:
    good = {"subprotocols": [SUBPROTOCOL]} if "origin" in options else {}
    with pytest.raises(InvalidStatus):
        await connect(relay.url, compression=None, proxy=None, **(good | options))


async def test_compression_is_never_agreed(relay: EmbeddedRelay) -> None:
    async with connect(relay.url, subprotocols=[SUBPROTOCOL], compression="deflate", proxy=None) as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


async def test_a_fragmented_frame_is_one_frame(client: Client) -> None:
    wire = await client()
    whole = encode(Send(b"m" * 16, ADDRESS, b"in pieces"))
    await wire.socket.send([whole[:5], whole[5:30], whole[30:]])
    assert await wire.receive() == Ok(b"m" * 16)


async def test_messages_expire_after_their_days(tmp_path: Path) -> None:
    limits = Limits(ttl_days=30)

    async def held(now: float) -> list[bytes]:
        """What a relay that starts at unix time `now` delivers."""
        store = await SqliteStore.open(tmp_path / "m", limits)
        server = RelayServer(store, limits, Listen("127.0.0.1", 0), clock=lambda: now)
        url = (await server.start()).url(tls=False)
        await store.ready()  # the sweep at start came before
        async with Wire(url) as wire:
            assert wire.hello.time == int(now)
            await wire.send(Subscribe((TOKEN,)))
            got = []
            while isinstance(frame := await wire.receive(), Message):
                got.append(frame.blob)
        async with Wire(url) as wire:
            await wire.put(TOKEN, b"%d" % (now // 86400))
        async with asyncio.timeout(4):  # a client that leaves at this very moment does not hold it up
            await server.drain()
        await store.close()
        return got

    day, evening = 86400.0, 80_000.0
    assert await held(100 * day + evening) == []
    assert await held(130 * day + evening) == [b"100"]
    assert await held(131 * day) == [b"130"]
    assert await held(162 * day) == []


async def test_a_store_that_fails_ends_the_relay_without_a_false_ok(
    client: Client, relay: EmbeddedRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    wire = await client()
    await wire.put(TOKEN, b"safe")
    monkeypatch.setattr(sqlite_tables, "put", broken)
    await wire.send(Send(bytes(16), ADDRESS, b"lost"))
    with pytest.raises(StoreFailed):
        await relay.failure
    stopping = asyncio.create_task(relay.stop())
    assert isinstance(await wire.receive(), Drain)
    with pytest.raises(ConnectionClosed):
        await wire.receive()
    await stopping


async def test_a_client_that_does_not_leave_is_cut_off(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "m", Limits())
    server = RelayServer(store, Limits(), Listen("127.0.0.1", 0))
    url = (await server.start()).url(tls=False)
    async with Wire(url) as wire:
        wire.socket.transport.pause_reading()
        async with asyncio.timeout(4):
            await server.drain(0.1)
        wire.socket.transport.abort()
    await store.close()


async def test_nothing_is_logged_about_connections_and_messages(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("vauchi.relay", "vauchi.relay.websockets", "websockets.server"):
        logging.getLogger(name).addHandler(caplog.handler)
    try:
        writer, reader = await client(), await client()
        await reader.send(Subscribe((TOKEN,)))
        await reader.receive()
        await writer.put(TOKEN, b"x")
        await reader.messages(1)
        await writer.socket.send(b"\x63")
        await writer.receive()
        with pytest.raises(ConnectionClosed):
            await writer.receive()
    finally:
        for name in ("vauchi.relay", "vauchi.relay.websockets", "websockets.server"):
            logging.getLogger(name).removeHandler(caplog.handler)
    # the bare client of this test logs under websockets.client
    assert [record for record in caplog.records if "relay" in record.name or "server" in record.name] == []
