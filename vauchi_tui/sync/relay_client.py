"""One connection to a relay, as a client: sending, or reading mailboxes (protocol page, section 5).

It neither reconnects nor repeats anything: whoever uses it keeps the rows until `send` has returned.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from ssl import SSLContext
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from vauchi_tui.errors import Malformed, RelayUnavailable
from vauchi_tui.protocol.frames import (
    FRAME_MAX,
    NO_MID,
    SEQ_MAX,
    SUBPROTOCOL,
    TOKENS_MAX,
    Acknowledge,
    Drain,
    End,
    Error,
    FromClient,
    FromServer,
    Hello,
    Message,
    Ok,
    Seen,
    Send,
    Subscribe,
    address_of,
    decode_from_server,
    encode,
)
from vauchi_tui.sync.relay_errors import RelayRefused, explain_close, explain_open, no_answer, not_a_relay

ANSWER_S = 30.0  # a relay that owes an answer and is silent for so long is given up
_CLOSE_TIMEOUT = 2.0
_PING_INTERVAL = 20.0
_ARRIVED_MAX = 16 * 1024 * 1024  # bytes that wait for the caller; beyond them nothing is read from the relay
_LOGGER = logging.getLogger("vauchi.relay_client")  # websockets would log addresses and frames under its own
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False

Incoming = Message | End | Drain


class RelayConnection:
    """An open connection. Make one with `open`; iterate over it for what the relay delivers.

    `send` may be called many times without waiting: the relay stores per mailbox in the order of the calls. Whoever
    subscribes must iterate, also while sending, and acknowledge (or mark seen): the relay keeps at most 8 messages per
    mailbox in flight.
    """

    hello: Hello

    def __init__(self, socket: ClientConnection, url: str, hello: Hello) -> None:
        self.hello = hello
        self.url = url
        self._socket = socket
        self._answers: dict[bytes, asyncio.Future[None]] = {}
        self._arrived: deque[Incoming] = deque()
        self._arrived_bytes = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._last_seq: dict[bytes, int] = {}
        self._awaiting_end: dict[bytes, int] = {}
        self._subscribing: asyncio.Task[None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._silent = False
        self._failure: RelayUnavailable | None = None
        self._closing = False
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, *, open_timeout: float = 10.0, tls: SSLContext | None = None) -> Self:
        """Connect to `url` (ws:// or wss://) and read the relay's Hello, all within `open_timeout` seconds.

        Raises RelayUnavailable, with words for what is wrong: no such host, refused, no answer, certificate, no relay.
        """
        secure = url.startswith("wss:")
        try:
            async with asyncio.timeout(open_timeout):
                socket = await connect(
                    url,
                    subprotocols=[Subprotocol(SUBPROTOCOL)],
                    compression=None,
                    user_agent_header=None,
                    proxy=True if secure else None,  # plain relays are on the local network
                    open_timeout=None,
                    close_timeout=_CLOSE_TIMEOUT,
                    ping_interval=_PING_INTERVAL,
                    ping_timeout=_PING_INTERVAL,
                    max_size=FRAME_MAX,
                    max_queue=16,
                    logger=_LOGGER,
                    ssl=(tls or True) if secure else None,
                )
                try:
                    hello = decode_from_server(_binary(await socket.recv(decode=False)))
                    if not isinstance(hello, Hello):
                        raise Malformed("A relay did not say hello.")
                except BaseException:
                    socket.transport.abort()
                    raise
        except Malformed as error:
            raise not_a_relay(url) from error
        except Exception as error:
            raise explain_open(url, error) from error
        return cls(socket, url, hello)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def send(self, mid: bytes, address: bytes, blob: bytes) -> None:
        """Put a blob into a mailbox; returns when the relay has it on disk.

        Raises RelayRefused when the relay says no, RelayUnavailable when the connection ends first or no answer comes:
        then the relay may or may not have it, and sending it again with the same `mid` stores it once.
        """
        answer = self._answers.get(mid)
        if answer is None:
            answer = asyncio.get_running_loop().create_future()
            self._answers[mid] = answer
            answer.add_done_callback(lambda _: self._answers.pop(mid, None))
            try:
                await self._write(Send(mid, address, blob))
            except BaseException:
                answer.cancel()
                raise
        await asyncio.wait([answer], timeout=ANSWER_S)
        if not answer.done():
            raise no_answer(self.url)
        await answer

    async def subscribe(self, tokens: Sequence[bytes]) -> None:
        """Read these mailboxes from now on. For each, an End follows what stood in it; then messages come live.

        Returns at once; what is wrong shows when iterating.
        """
        self._check()
        addresses = [address_of(token) for token in tokens]
        for address in addresses:
            self._last_seq.setdefault(address, -1)
            self._awaiting_end[address] = self._awaiting_end.get(address, 0) + 1
        self._wait_for_end()
        frames = [Subscribe(tuple(tokens[start : start + TOKENS_MAX])) for start in range(0, len(tokens), TOKENS_MAX)]
        # In the background: the relay stops reading while it has answers to deliver, which only the iterating caller
        # can take, so waiting here for a long list to be written could wait for ever.
        self._subscribing = asyncio.create_task(self._write_after(self._subscribing, frames))

    async def acknowledge(self, address: bytes, upto: int) -> None:
        """Let the relay delete everything in the mailbox up to and including `upto`: it is committed here."""
        await self._write(Acknowledge(address, upto))

    async def seen(self, address: bytes, upto: int) -> None:
        """Take further messages of this mailbox without deleting those up to and including `upto`."""
        await self._write(Seen(address, upto))

    def __aiter__(self) -> Self:
        """What the relay delivers, in order. Ends after `close`; a lost connection raises RelayUnavailable."""
        return self

    async def __anext__(self) -> Incoming:
        return (await self._next(1))[0]

    async def batches(self, limit: int) -> AsyncIterator[list[Incoming]]:
        """As iterating, but all that has arrived at once, up to `limit` at a time."""
        with suppress(StopAsyncIteration):
            while True:
                yield await self._next(limit)

    async def _next(self, limit: int) -> list[Incoming]:
        while not self._arrived:
            if self._failure is not None:
                if self._closing:
                    raise StopAsyncIteration
                raise self._failure
            self._news.clear()
            await self._news.wait()
        frames = [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]
        self._arrived_bytes -= sum(len(frame.blob) for frame in frames if isinstance(frame, Message))
        self._room.set()
        return frames

    async def close(self) -> None:
        """Close the connection. What is in flight ends in RelayUnavailable."""
        self._closing = True
        self._room.set()
        if self._subscribing is not None:
            self._subscribing.cancel()
        await self._socket.close()
        await self._reader

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _write(self, frame: FromClient) -> None:
        self._check()
        try:
            await self._socket.send(encode(frame))
        except ConnectionClosed as error:
            raise self._failure or explain_close(self.url, error) from error

    async def _write_after(self, earlier: asyncio.Task[None] | None, frames: list[Subscribe]) -> None:
        if earlier is not None:
            await earlier
        with suppress(RelayUnavailable):  # the reader meets the same end and reports it
            for frame in frames:
                await self._write(frame)

    async def _read(self) -> None:
        """Sort what arrives until the connection ends; then everybody who waits learns why."""
        try:
            while True:
                self._take(decode_from_server(_binary(await self._socket.recv(decode=False))))
                while self._arrived_bytes > _ARRIVED_MAX and not self._closing:
                    self._room.clear()
                    await self._room.wait()
        except ConnectionClosed as error:
            failure = no_answer(self.url) if self._silent else explain_close(self.url, error)
        except RelayUnavailable as error:
            failure = error
        except Malformed:
            failure = not_a_relay(self.url)
        self._failure = failure
        self._awaiting_end.clear()
        self._wait_for_end()
        for answer in list(self._answers.values()):
            if not answer.done():
                answer.set_exception(failure)
                answer.exception()  # a caller that was cancelled meanwhile asks no more
        self._news.set()
        await self._socket.close()

    def _take(self, frame: FromServer) -> None:
        match frame:
            case Ok(mid):
                answer = self._answers.get(mid)
                if answer is not None and not answer.done():
                    answer.set_result(None)
            case Error(mid, code, retry_after, text):
                refusal = RelayRefused(self.url, code, retry_after, text)
                if mid == NO_MID:
                    raise refusal
                answer = self._answers.get(mid)
                if answer is not None and not answer.done():
                    answer.set_exception(refusal)
                    answer.exception()
            case Message(address, seq, blob) if seq > self._last_seq.get(address, SEQ_MAX):
                self._last_seq[address] = seq
                self._arrived_bytes += len(blob)
                self._deliver(frame)
            case End(address) if self._awaiting_end.get(address):
                self._awaiting_end[address] -= 1
                if not self._awaiting_end[address]:
                    del self._awaiting_end[address]
                self._deliver(frame)
            case Drain():
                self._deliver(frame)
            case _:
                raise Malformed("A relay sent something that was not asked for.")

    def _deliver(self, frame: Incoming) -> None:
        self._arrived.append(frame)
        self._news.set()
        self._wait_for_end()

    def _wait_for_end(self) -> None:
        """Start waiting anew for the next that a relay owes who was asked for mailboxes."""
        if self._patience is not None:
            self._patience.cancel()
        waits = bool(self._awaiting_end)
        self._patience = asyncio.get_running_loop().call_later(ANSWER_S, self._lose_patience) if waits else None

    def _lose_patience(self) -> None:
        if self._arrived:  # it waits for us
            self._wait_for_end()
        else:
            self._silent = True
            self._socket.transport.abort()


def _binary(data: bytes | str) -> bytes:
    if isinstance(data, str):
        raise Malformed("A relay sent text.")
    return data
