"""One client of the relay: reads its frames, answers them, and delivers its mailboxes in order."""

import asyncio
from collections import deque
from functools import partial

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.frames import (
    FRAME_MAX,
    MID_BYTES,
    NO_MID,
    Acknowledge,
    Drain,
    End,
    Error,
    ErrorCode,
    FromServer,
    Message,
    Ok,
    Op,
    Seen,
    Send,
    Subscribe,
    address_of,
    decode_from_client,
    encode,
)
from vauchi_tui.relay.hub import Hub
from vauchi_tui.relay.store import StoreFailed, Verdict
from vauchi_tui.relay.window import Window

_FULL_RETRY = 3600
_BUSY_RETRY = 2
_REPLIES_MAX = 256  # answers that wait for a client that does not read them; beyond, it is not read either


class Connection:
    """Runs from Hello to the close. Idle it costs one task and, per mailbox, an entry in two tables."""

    __slots__ = ("_flusher", "_gone", "_hub", "_moved", "_pending", "_ready", "_replies", "_socket", "_windows")

    def __init__(self, socket: ServerConnection, hub: Hub) -> None:
        self._socket = socket
        self._hub = hub
        self._windows: dict[bytes, Window | None] = {}  # None: nothing has been sent from that mailbox yet
        self._replies: deque[bytes] = deque()
        self._ready: dict[bytes, None] = {}  # mailboxes to look at, oldest first
        self._pending = 0
        self._gone = False
        self._flusher: asyncio.Task[None] | None = None
        self._moved: asyncio.Event | None = None

    async def run(self) -> None:
        """Serve until the client leaves, misbehaves or the relay closes the connection."""
        try:
            await self._socket.send(encode(self._hub.limits.hello(self._hub.clock())))
            async for data in self._socket:
                if not await self._take(data):
                    break
                while self._pending >= self._hub.limits.pending_operations or len(self._replies) >= _REPLIES_MAX:
                    await self._movement()
        except (ConnectionClosed, StoreFailed):
            pass
        finally:
            self._gone = True
            self._hub.remove(self._windows, self)
            if self._flusher is not None:
                self._flusher.cancel()
            self._moving()

    def wake(self, address: bytes) -> None:
        """The mailbox has got something."""
        self._ready[address] = None
        self._flush_soon()

    async def drain(self, seconds: int) -> None:
        """Tell the client that the relay is going down, answer everything it has sent, and close."""
        self._reply(Drain(seconds))
        while (self._pending or self._replies) and not self._gone:
            await self._movement()
        await self._socket.close(CloseCode.SERVICE_RESTART)

    def abort(self) -> None:
        """Cut the client off."""
        self._socket.transport.abort()

    async def _take(self, data: bytes | str) -> bool:
        """Handle one frame. False: that was no frame of this protocol, and the client has been told."""
        if isinstance(data, bytes) and len(data) > FRAME_MAX:
            mid = data[1 : 1 + MID_BYTES] if data[0] == Op.SEND else NO_MID
            self._refuse(ErrorCode.TOO_LARGE, 0, "larger than 64 KiB", mid)
            return True
        try:
            if isinstance(data, str):
                raise Malformed("Frames are binary messages.")
            frame = decode_from_client(data)
        except Malformed as error:
            self._refuse(ErrorCode.MALFORMED, 0, error.title)
            while self._replies:
                await self._movement()
            await self._socket.close(CloseCode.PROTOCOL_ERROR)
            return False
        match frame:
            case Send():
                self._put(frame)
            case Subscribe(tokens):
                await self._subscribe(dict.fromkeys(map(address_of, tokens)))
            case Acknowledge(address, upto) | Seen(address, upto):
                if address not in self._windows:
                    self._refuse(ErrorCode.NOT_SUBSCRIBED, 0, "not subscribed to that mailbox")
                    return True
                if isinstance(frame, Acknowledge):
                    self._pending += 1
                    self._hub.store.ack(address, upto).add_done_callback(self._acknowledged)
                window = self._windows[address]
                if window is not None and window.free(upto):
                    self.wake(address)
        return True

    def _put(self, frame: Send) -> None:
        hub, size = self._hub, len(frame.blob)
        if hub.draining or hub.pending_bytes + size > hub.limits.pending_bytes:
            self._refuse(ErrorCode.BUSY, _BUSY_RETRY, "going down" if hub.draining else "busy", frame.mid)
            return
        self._pending += 1
        hub.pending_bytes += size
        put = hub.store.put(frame.mid, frame.address, frame.blob, hub.limits.expiry(hub.clock()))
        put.add_done_callback(partial(self._stored, frame.mid, size))

    def _stored(self, mid: bytes, size: int, put: asyncio.Future[Verdict]) -> None:
        self._pending -= 1
        self._hub.pending_bytes -= size
        if put.cancelled() or put.exception() is not None:
            self._moving()  # nothing is promised; the relay is about to stop
        elif put.result() is Verdict.QUOTA:
            self._refuse(ErrorCode.QUOTA, _FULL_RETRY, "the mailbox is full", mid)
        else:
            self._reply(Ok(mid))

    def _acknowledged(self, _: asyncio.Future[None]) -> None:
        self._pending -= 1
        self._moving()

    async def _subscribe(self, addresses: dict[bytes, None]) -> None:
        new = addresses.keys() - self._windows.keys()
        if len(self._windows) + len(new) > self._hub.limits.subscriptions:
            self._refuse(ErrorCode.SUBSCRIPTIONS, 0, "too many mailboxes on one connection")
            return
        if self._hub.subscriptions + len(new) > self._hub.limits.all_subscriptions:
            self._refuse(ErrorCode.BUSY, _BUSY_RETRY, "too many mailboxes are read at once")
            return
        for address in new:  # before looking at what is stored: nothing that comes meanwhile may be missed
            self._windows[address] = None
            self._hub.add(address, self)
        waiting = await self._hub.store.waiting(addresses)
        for address in addresses:
            window = self._windows[address]
            if waiting.get(address, 0) <= (window.after if window else 0):
                self._reply(End(address))
            else:
                self._window(address).expect_end(waiting[address])
                self.wake(address)

    def _window(self, address: bytes) -> Window:
        window = self._windows[address]
        if window is None:
            window = self._windows[address] = Window()
        return window

    def _refuse(self, code: ErrorCode, retry_after: int, text: str, mid: bytes = NO_MID) -> None:
        self._reply(Error(mid, code, retry_after, text))

    def _reply(self, frame: FromServer) -> None:
        self._replies.append(encode(frame))
        self._flush_soon()

    def _flush_soon(self) -> None:
        if self._flusher is None and not self._gone:
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """Send answers and messages until there are none left. Only here, so that everything keeps its order."""
        try:
            while self._replies or self._ready:
                while self._replies:
                    await self._socket.send(self._replies.popleft())
                    self._moving()
                if self._ready:
                    address = next(iter(self._ready))
                    del self._ready[address]
                    await self._deliver(address, self._window(address))
        except (ConnectionClosed, StoreFailed):
            self._replies.clear()
            self._ready.clear()
        finally:
            self._flusher = None
            self._moving()

    async def _deliver(self, address: bytes, window: Window) -> None:
        """Send what the window has room for; the rest follows when the client acknowledges."""
        window.behind = True
        if window.room == 0:
            return
        page = await self._hub.store.read(address, window.after, window.room)
        for message in page.messages:
            window.sent(message.seq)
            await self._socket.send(encode(Message(address, message.seq, message.blob)))
            await self._send_ends(address, window.take_ends(exhausted=False))
        window.behind = page.more
        await self._send_ends(address, window.take_ends(exhausted=not page.more))
        if page.more and window.room:
            self._ready[address] = None

    async def _send_ends(self, address: bytes, count: int) -> None:
        for _ in range(count):
            await self._socket.send(encode(End(address)))

    async def _movement(self) -> None:
        """Wait until an answer has left or a put is done."""
        if self._moved is None:
            self._moved = asyncio.Event()
        self._moved.clear()
        await self._moved.wait()

    def _moving(self) -> None:
        if self._moved is not None:
            self._moved.set()
