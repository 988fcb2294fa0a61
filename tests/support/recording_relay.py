"""A relay in the middle: hands every frame on between clients and a real relay, keeps all bytes, and can be an enemy.

Left alone it changes nothing. What a test wants done to frames it says in two hooks; each gets the passage and a frame
and returns what goes on instead: nothing (dropped, or held to be handed on later with `Passage.to_client` or
`to_relay`), the frame, several, other ones, or raw bytes and text that are no frame at all.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from vauchi_tui.protocol.frames import (
    FRAME_MAX,
    SUBPROTOCOL,
    Acknowledge,
    FromClient,
    FromServer,
    Message,
    Seen,
    Send,
    Subscribe,
    address_of,
    decode_from_client,
    decode_from_server,
    encode,
)

_QUIET = logging.getLogger("tests.recording_relay")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False

Goes = FromClient | FromServer | bytes | str
ClientHook = Callable[["Passage", FromClient], Iterable[Goes]]
RelayHook = Callable[["Passage", FromServer], Iterable[Goes]]


class Towards(Enum):
    """Which way some bytes went."""

    RELAY = "client to relay"
    CLIENT = "relay to client"


@dataclass(frozen=True, slots=True)
class Crossed:
    """One message as it came in here, or the opening request of a client."""

    passage: int
    towards: Towards
    data: bytes


class Passage:
    """One client's connection, and the one to the relay that belongs to it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.reads: set[bytes] = set()
        """Addresses that the client subscribed to."""
        self.for_client: asyncio.Queue[bytes | str] = asyncio.Queue()
        self.for_relay: asyncio.Queue[bytes | str] = asyncio.Queue()
        self._handles: dict[bytes, list[tuple[int, int]]] = {}  # address → (seq as the client knows it, the relay's)

    def to_client(self, frame: Goes, *, as_it_is: bool = False) -> None:
        """Hand a frame to the client. A Message gets the next seq of its mailbox, unless it goes `as_it_is`."""
        if isinstance(frame, Message) and not as_it_is:
            handles = self._handles.setdefault(frame.address, [(0, 0)])
            seq = max(frame.seq, handles[-1][0] + 1)
            handles.append((seq, frame.seq))
            frame = replace(frame, seq=seq)
        self.for_client.put_nowait(frame if isinstance(frame, bytes | str) else encode(frame))

    def to_relay(self, frame: Goes) -> None:
        """Hand a frame to the relay. Acknowledge and Seen name its own seq again; for what it never sent they stay."""
        if isinstance(frame, Acknowledge | Seen):
            handles = self._handles.get(frame.address, [])
            upto = max((theirs for ours, theirs in handles if ours <= frame.upto), default=0)
            if not upto:
                return
            frame = replace(frame, upto=upto)
        self.for_relay.put_nowait(frame if isinstance(frame, bytes | str) else encode(frame))


class RecordingRelay:
    """`async with RecordingRelay(url_of_the_relay) as between:` – clients use `between.url`."""

    def __init__(self, relay: str) -> None:
        self.relay = relay
        self.url = ""
        self.crossed: list[Crossed] = []
        """Everything that clients and the relay said, in both directions, before a hook changed it."""
        self.sent: dict[bytes, list[bytes]] = defaultdict(list)
        """Address → every blob that a client has sent there, oldest first."""
        self.passages: list[Passage] = []
        """Those that are open."""
        self.on_client: ClientHook | None = None
        self.on_relay: RelayHook | None = None
        self._opened = 0
        self._moved = asyncio.Event()
        self._wrong: list[BaseException] = []
        self._server: Server | None = None

    def honest(self) -> None:
        """Change nothing any more."""
        self.on_client = self.on_relay = None

    def readers(self, address: bytes) -> list[Passage]:
        """The connections that read a mailbox."""
        return [passage for passage in self.passages if address in passage.reads]

    def put(self, address: bytes, blob: bytes) -> int:
        """Put a blob before everybody who reads that mailbox, as if it were new; how many they are."""
        readers = self.readers(address)
        for passage in readers:
            passage.to_client(Message(address, 0, blob))
        return len(readers)

    async def until(self, state: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until something is so that becomes so with a frame that comes through here."""
        async with asyncio.timeout(seconds):
            while not state():
                self._moved.clear()
                await self._moved.wait()

    def blobs(self) -> list[bytes]:
        """Every blob that a client has sent."""
        return [blob for blobs in self.sent.values() for blob in blobs]

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            max_size=None,
            ping_interval=None,
            close_timeout=1,
            logger=_QUIET,
        )
        (socket,) = self._server.sockets
        self.url = f"ws://127.0.0.1:{socket.getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        if self._wrong:
            raise AssertionError("a hook or the relay in the middle failed") from self._wrong[0]

    async def _serve(self, client: ServerConnection) -> None:
        self._opened += 1
        passage = Passage(self._opened)
        assert client.request is not None
        opening = f"{client.request.path}\n{client.request.headers}".encode()
        self.crossed.append(Crossed(passage.number, Towards.RELAY, opening))
        try:
            upstream = await connect(
                self.relay,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                max_size=2 * FRAME_MAX,
                ping_interval=None,
                close_timeout=1,
                proxy=None,
                logger=_QUIET,
            )
        except (OSError, ConnectionClosed):
            client.transport.abort()  # as if the relay itself did not answer
            return
        self.passages.append(passage)

        async def from_client() -> None:
            async for data in client:
                self._from_client(passage, data)

        async def from_relay() -> None:
            async for data in upstream:
                self._from_relay(passage, data)

        async def to_client() -> None:
            while True:
                await client.send(await passage.for_client.get())

        async def to_relay() -> None:
            while True:
                await upstream.send(await passage.for_relay.get())

        tasks = [asyncio.create_task(pump()) for pump in (from_client, from_relay, to_client, to_relay)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception()
                if error is not None and not isinstance(error, ConnectionClosed):
                    self._wrong.append(error)
        finally:
            self.passages.remove(passage)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(ConnectionClosed):
                # What the relay said last, such as why it closes, still reaches the client.
                while not passage.for_client.empty():
                    await client.send(passage.for_client.get_nowait())
            await upstream.close()
            code = upstream.close_code
            await client.close(code if code in (1001, 1002, 1009, 1012) else 1000)

    def _from_client(self, passage: Passage, data: bytes | str) -> None:
        self._record(passage, Towards.RELAY, data)
        assert isinstance(data, bytes), "a client sends text"
        frame = decode_from_client(data)
        if isinstance(frame, Subscribe):
            passage.reads |= {address_of(token) for token in frame.tokens}
        elif isinstance(frame, Send):
            self.sent[frame.address].append(frame.blob)
        goes = [frame] if self.on_client is None else self.on_client(passage, frame)
        for one in goes:
            passage.to_relay(one)
        self._moved.set()

    def _from_relay(self, passage: Passage, data: bytes | str) -> None:
        self._record(passage, Towards.CLIENT, data)
        assert isinstance(data, bytes), "the relay sends text"
        frame = decode_from_server(data)
        goes = [frame] if self.on_relay is None else self.on_relay(passage, frame)
        for one in goes:
            passage.to_client(one)
        self._moved.set()

    def _record(self, passage: Passage, towards: Towards, data: bytes | str) -> None:
        self.crossed.append(Crossed(passage.number, towards, data.encode() if isinstance(data, str) else data))
