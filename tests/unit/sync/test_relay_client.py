"""The client's side of a connection: against the real relay, and against servers that misbehave."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from relay_certificate import make_certificate
from websockets.asyncio.server import ServerConnection, serve

from vauchi_tui.errors import RelayUnavailable
from vauchi_tui.protocol.frames import (
    SUBPROTOCOL,
    Drain,
    End,
    Error,
    ErrorCode,
    FromServer,
    Hello,
    Message,
    Ok,
    Send,
    address_of,
    decode_from_client,
    encode,
)
from vauchi_tui.relay.embedded import EmbeddedRelay, RunningRelay
from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.listen import Listen
from vauchi_tui.relay.options import RelayOptions
from vauchi_tui.sync.relay_client import RelayConnection
from vauchi_tui.sync.relay_errors import RelayRefused

TOKEN = b"t" * 32
ADDRESS = address_of(TOKEN)
HELLO = Hello(30, 1000, 4194304, 65536, 1_767_000_000)


def mid(number: int) -> bytes:
    return number.to_bytes(16, "big")


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[EmbeddedRelay]:
    running = EmbeddedRelay(tmp_path / "m.sqlite3", port=0, limits=Limits(mailbox_messages=50, subscriptions=5000))
    await running.start()
    yield running
    await running.stop()


@asynccontextmanager
async def server(handler: Callable[[ServerConnection], Awaitable[None]], **options: object) -> AsyncIterator[str]:
    """A WebSocket server of the right subprotocol that does whatever `handler` does; its URL."""
    settings: dict[str, object] = {"subprotocols": [SUBPROTOCOL], "compression": None} | options
    async with serve(handler, "127.0.0.1", 0, **settings) as running:
        yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}"


def saying(*frames: FromServer | bytes | str) -> Callable[[ServerConnection], Awaitable[None]]:
    """A handler that says these things after Hello and then waits for the client to go."""

    async def handler(connection: ServerConnection) -> None:
        await connection.send(encode(HELLO))
        for frame in frames:
            await connection.send(frame if isinstance(frame, bytes | str) else encode(frame))
        await connection.wait_closed()

    return handler


async def test_send_subscribe_acknowledge(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as writer, await RelayConnection.open(relay.url) as reader:
        assert reader.hello.ttl_days == 30
        await writer.send(mid(1), ADDRESS, b"stored")
        await reader.subscribe([TOKEN])
        first = await anext(reader)
        assert isinstance(first, Message) and first.blob == b"stored"
        assert await anext(reader) == End(ADDRESS)
        await reader.acknowledge(ADDRESS, first.seq)
        await writer.send(mid(2), ADDRESS, b"live")
        second = await anext(reader)
        assert isinstance(second, Message) and second.blob == b"live"
        await reader.seen(ADDRESS, second.seq)
        await reader.send(mid(3), bytes(32), b"committed after the acknowledgement")
    async with await RelayConnection.open(relay.url) as again:
        await again.subscribe([TOKEN])
        assert await anext(again) == second, "acknowledged is gone, seen is not"


async def test_several_sends_in_flight_are_stored_in_the_order_of_the_calls(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as connection:
        await asyncio.gather(*(connection.send(mid(n), ADDRESS, b"%d" % n) for n in range(40)))
        await connection.subscribe([TOKEN])
        got = []
        async for frame in connection:
            if isinstance(frame, End):
                break
            assert isinstance(frame, Message)
            got.append(frame.blob)
            await connection.acknowledge(ADDRESS, frame.seq)
        assert got == [b"%d" % n for n in range(40)]


async def test_the_same_mid_twice_at_once_is_one_message(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as connection:
        await asyncio.gather(*(connection.send(mid(1), ADDRESS, b"once") for _ in range(3)))
        await connection.subscribe([TOKEN])
        assert isinstance(await anext(connection), Message)
        assert await anext(connection) == End(ADDRESS)


async def test_a_long_list_of_mailboxes_goes_in_several_frames(relay: EmbeddedRelay) -> None:
    tokens = [n.to_bytes(32, "big") for n in range(3000)]
    async with await RelayConnection.open(relay.url) as connection:
        await connection.subscribe(tokens)
        await connection.subscribe([TOKEN])
        ends = [await anext(connection) for _ in range(3001)]
        assert ends == [End(address_of(token)) for token in [*tokens, TOKEN]]


async def test_a_refused_message_says_why_and_the_connection_lives(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as connection:
        results = await asyncio.gather(
            *(connection.send(mid(n), ADDRESS, b"x") for n in range(51)), return_exceptions=True
        )
        refusal = results[-1]
        assert results[:-1] == [None] * 50
        assert isinstance(refusal, RelayRefused) and isinstance(refusal, RelayUnavailable)
        assert refusal.code is ErrorCode.QUOTA
        assert refusal.retry_after > 0
        assert refusal.title and refusal.hint
        await connection.send(mid(99), bytes(32), b"elsewhere")


@pytest.mark.parametrize("code", ErrorCode)
async def test_every_refusal_has_words_of_ours(code: ErrorCode) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(encode(HELLO))
        frame = decode_from_client(await connection.recv())
        assert isinstance(frame, Send)
        await connection.send(encode(Error(frame.mid, code, 7, "theirs")))
        await connection.wait_closed()

    async with server(handler) as url, await RelayConnection.open(url) as connection:
        with pytest.raises(RelayRefused) as caught:
            await connection.send(mid(1), ADDRESS, b"x")
        assert (caught.value.code, caught.value.retry_after, caught.value.text) == (code, 7, "theirs")
        assert caught.value.hint and "theirs" not in caught.value.title


async def test_a_refusal_of_the_connection_reaches_whoever_reads(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as connection:
        await connection.subscribe([n.to_bytes(32, "big") for n in range(5001)])
        with pytest.raises(RelayRefused) as caught:
            while True:
                await anext(connection)
        assert caught.value.code is ErrorCode.SUBSCRIPTIONS


async def test_a_relay_that_goes_down_says_so_and_ends_everything_in_flight(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as connection:
        ending = asyncio.create_task(relay.stop())
        drain = await anext(connection)
        assert isinstance(drain, Drain) and drain.seconds > 0
        with pytest.raises(RelayUnavailable, match="restarting"):
            await anext(connection)
        await ending
        for attempt in (connection.send(mid(1), ADDRESS, b"x"), connection.subscribe([TOKEN]), anext(connection)):
            with pytest.raises(RelayUnavailable):
                await attempt


async def test_an_answer_that_never_comes_ends_with_the_connection() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(encode(HELLO))
        await connection.recv()
        connection.transport.abort()

    async with server(handler) as url, await RelayConnection.open(url) as connection:
        with pytest.raises(RelayUnavailable, match="closed the connection"):
            await connection.send(mid(1), ADDRESS, b"x")


async def test_closing_ends_the_iteration_and_what_is_in_flight() -> None:
    async with server(saying()) as url:
        connection = await RelayConnection.open(url)
        sending = asyncio.create_task(connection.send(mid(1), ADDRESS, b"x"))
        reading = asyncio.create_task(anext(connection, None))
        await asyncio.wait([sending, reading], timeout=0)
        await connection.close()
        assert await reading is None
        with pytest.raises(RelayUnavailable):
            await sending
        await connection.close()


async def test_a_send_that_was_given_up_does_not_disturb_the_others(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as connection:
        impatient = asyncio.create_task(connection.send(mid(1), ADDRESS, b"x"))
        await asyncio.wait([impatient], timeout=0)
        impatient.cancel()
        await connection.send(mid(2), ADDRESS, b"y")
        await connection.send(mid(1), ADDRESS, b"x")


async def test_waiting_for_the_next_frame_can_be_given_up(relay: EmbeddedRelay) -> None:
    async with await RelayConnection.open(relay.url) as connection:
        await connection.subscribe([TOKEN])
        assert await anext(connection) == End(ADDRESS)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await anext(connection)
        await connection.send(mid(1), ADDRESS, b"x")
        assert isinstance(await anext(connection), Message)


@pytest.mark.parametrize(
    "said",
    [
        (b"\x63",),
        ("text",),
        (Message(ADDRESS, 1, b"never asked for"),),
        (End(ADDRESS),),
        (HELLO,),
    ],
)
async def test_a_relay_that_breaks_the_protocol_is_left(said: tuple[FromServer | bytes | str, ...]) -> None:
    async with server(saying(*said)) as url, await RelayConnection.open(url) as connection:
        with pytest.raises(RelayUnavailable, match="not a Vauchi relay"):
            await anext(connection)


async def test_a_relay_may_not_repeat_or_reorder_messages() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(encode(HELLO))
        await connection.recv()
        for seq in (5, 6, 6):
            await connection.send(encode(Message(ADDRESS, seq, b"%d" % seq)))
        await connection.wait_closed()

    async with server(handler) as url, await RelayConnection.open(url) as connection:
        await connection.subscribe([TOKEN])
        assert [await anext(connection) for _ in range(2)] == [Message(ADDRESS, 5, b"5"), Message(ADDRESS, 6, b"6")]
        with pytest.raises(RelayUnavailable):
            await anext(connection)


async def test_an_ok_for_something_never_sent_changes_nothing() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(encode(HELLO))
        frame = decode_from_client(await connection.recv())
        assert isinstance(frame, Send)
        await connection.send(encode(Ok(b"?" * 16)))
        await connection.send(encode(Error(b"!" * 16, ErrorCode.BUSY, 1, "")))
        await connection.send(encode(Ok(frame.mid)))
        await connection.wait_closed()

    async with server(handler) as url, await RelayConnection.open(url) as connection:
        await connection.send(mid(1), ADDRESS, b"x")


async def test_a_flood_is_not_read_into_memory_and_nothing_of_it_is_lost() -> None:
    count = 400  # 25 MiB, more than may wait for the caller

    async def handler(connection: ServerConnection) -> None:
        await connection.send(encode(HELLO))
        await connection.recv()
        for seq in range(1, count + 1):
            await connection.send(encode(Message(ADDRESS, seq, bytes(65536))))
        await connection.wait_closed()

    async with server(handler) as url, await RelayConnection.open(url) as connection:
        await connection.subscribe([TOKEN])
        assert [(await anext(connection)).seq for _ in range(count)] == list(range(1, count + 1))


async def refused_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"ws://127.0.0.1:{probe.getsockname()[1]}"


async def test_nobody_listens() -> None:
    with pytest.raises(RelayUnavailable, match="No relay is running") as caught:
        await RelayConnection.open(await refused_port())
    assert caught.value.hint


async def test_no_such_host() -> None:
    with pytest.raises(RelayUnavailable, match="no host of the name"):
        await RelayConnection.open("ws://nowhere.invalid:8787")


async def test_no_address_of_a_relay() -> None:
    with pytest.raises(RelayUnavailable, match="not the address"):
        await RelayConnection.open("https://relay.example.org")


async def test_a_host_that_never_answers() -> None:
    gone = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(RelayUnavailable, match="does not answer"):
            await RelayConnection.open(f"ws://127.0.0.1:{port}", open_timeout=0.1)
        gone.set()


async def test_a_relay_that_never_says_hello() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with server(handler) as url:
        with pytest.raises(RelayUnavailable, match="does not answer"):
            await RelayConnection.open(url, open_timeout=0.3)


async def test_a_web_server() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as listening:
        with pytest.raises(RelayUnavailable, match="not a Vauchi relay"):
            await RelayConnection.open(f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}")


@pytest.mark.parametrize("greeting", [b"\x05" + bytes(16), b"\x09{}", "hello"])
async def test_a_first_frame_that_is_no_hello(greeting: bytes | str) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send(greeting)
        await connection.wait_closed()

    async with server(handler) as url:
        with pytest.raises(RelayUnavailable, match="not a Vauchi relay"):
            await RelayConnection.open(url)


async def test_a_websocket_server_of_another_kind() -> None:
    async with server(saying(), subprotocols=["chat"]) as url:
        with pytest.raises(RelayUnavailable) as caught:
            await RelayConnection.open(url)
        assert "relay" in caught.value.title


async def test_a_relay_with_tls(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    relay = RunningRelay(RelayOptions(tmp_path / "m", Listen("127.0.0.1", 0), cert, key))
    url = await relay.start()
    assert url.startswith("wss://")
    try:
        async with await RelayConnection.open(url, tls=ssl.create_default_context(cafile=cert)) as connection:
            await connection.send(mid(1), ADDRESS, b"x")
        with pytest.raises(RelayUnavailable, match="certificate that cannot be trusted"):
            await RelayConnection.open(url)
        with pytest.raises(RelayUnavailable):
            await RelayConnection.open(url.replace("wss:", "ws:"), open_timeout=5)
    finally:
        await relay.stop()


async def test_tls_towards_a_relay_without(relay: EmbeddedRelay) -> None:
    with pytest.raises(RelayUnavailable, match="TLS"):
        await RelayConnection.open(relay.url.replace("ws:", "wss:"), open_timeout=5)
