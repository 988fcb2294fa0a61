"""Direct connections of one exchange in a local network: frames both ways, from and to whoever knows its code.

The showing side listens and is found by name, the other side dials. It is a pipe like a relay: not trusted, all that
it carries is sealed before. Frames may come twice, from several devices, or not at all.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.lan import HEAD_LENGTH, decode_head, encode
from vauchi_tui.relay.listen import is_private
from vauchi_tui.sync.lan_discovery import Discovery, LanUnavailable, Place

CONNECTIONS_MAX = 16
PLACES_MAX = 8
FRAMES_MAX = 1_000
CONNECT_S = 2.0
FIRST_FRAME_S = 5.0
FRAME_S = 10.0
FIND_AGAIN_S = 1.0
_WAITING_MAX = 64  # frames that are not taken yet; beyond, the other side has to wait
_BACKLOG_BYTES = 1 << 20
_CLOSE_S = 1.0
_KEEPALIVE = {"TCP_KEEPIDLE": 1, "TCP_KEEPALIVE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 3_000}

Frame = tuple[bytes, bytes]
"""Address and blob."""


@dataclass(eq=False, slots=True)
class _Peer:
    """`proven`: it has sent something that only who knows the code can have made."""

    writer: asyncio.StreamWriter
    dialled: bool
    proven: bool = False

    @property
    def is_written_to(self) -> bool:
        return (self.dialled or self.proven) and not self.writer.is_closing()


class LanRoom:
    """Runs while `run` runs. `joins` counts the connections that could be written to so far."""

    def __init__(
        self,
        name: str,
        discovery: Discovery,
        *,
        hosting: bool,
        admits: Callable[[bytes, bytes], bool],
        on_change: Callable[[], None],
    ) -> None:
        """`admits`: may the sender of this frame, his first, stay? `on_change`: frames or connections have changed."""
        self.joins = 0
        self._name = name
        self._discovery = discovery
        self._hosting = hosting
        self._admits = admits
        self._on_change = on_change
        self._peers: list[_Peer] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._frames: asyncio.Queue[Frame] = asyncio.Queue(_WAITING_MAX)

    @property
    def proven(self) -> int:
        """Connections to somebody who knows the code."""
        return sum(peer.proven and peer.is_written_to for peer in self._peers)

    @property
    def congested(self) -> bool:
        """Is so much under way that more had better wait?"""
        return any(_unsent(peer) > _BACKLOG_BYTES // 4 for peer in self._peers)

    def send(self, address: bytes, blob: bytes) -> int:
        """Write to all that are connected, as at a relay everybody may read who knows the address. To how many?

        Who takes nothing in is disconnected.
        """
        frame, sent = encode(address, blob), 0
        for peer in self._peers:
            if not peer.is_written_to:
                continue
            if _unsent(peer) > _BACKLOG_BYTES:
                peer.writer.transport.abort()
                continue
            peer.writer.write(frame)
            sent += 1
        return sent

    def take(self) -> list[Frame]:
        """What has come since the last call, in order."""
        return [self._frames.get_nowait() for _ in range(self._frames.qsize())]

    async def run(self) -> None:
        """Until cancelled; what was written still leaves. Raises LanUnavailable."""
        try:
            await (self._host() if self._hosting else self._seek())
        finally:
            for peer in self._peers:
                peer.writer.close()
            closing = [peer.writer.wait_closed() for peer in self._peers]
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await asyncio.gather(*closing, return_exceptions=True)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._discovery.close()

    async def _host(self) -> None:
        try:
            server = await asyncio.start_server(self._accept, "0.0.0.0", 0)
        except OSError as error:
            raise LanUnavailable(
                f"Nobody in this network can be answered: {error.strerror or error}.", "Use a relay."
            ) from error
        try:
            await self._discovery.announce(self._name, server.sockets[0].getsockname()[1])
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer.get_extra_info(end) for end in ("sockname", "peername")]
        if not all(end and is_private(end[0]) for end in ends) or not self._has_room():
            writer.transport.abort()
            return
        await self._serve(reader, writer, dialled=False)

    def _has_room(self) -> bool:
        """Make room by sending away who has been silent for longest."""
        if len(self._peers) < CONNECTIONS_MAX:
            return True
        silent = next((peer for peer in self._peers if not peer.proven), None)
        if silent is not None:
            silent.writer.transport.abort()
            self._peers.remove(silent)
        return silent is not None

    async def _seek(self) -> None:
        while True:
            places = [place for place in await self._discovery.find(self._name) if is_private(place.host)]
            await asyncio.gather(*(self._dial(place) for place in places[:PLACES_MAX]))
            await asyncio.sleep(FIND_AGAIN_S)

    async def _dial(self, place: Place) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(place.host, place.port)
        except (OSError, TimeoutError):
            return
        await self._serve(reader, writer, dialled=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, dialled: bool) -> None:
        """Read one connection to its end."""
        task = asyncio.current_task()
        if not dialled and task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        peer = _Peer(writer, dialled)
        self._peers.append(peer)
        try:
            _watch_for_its_end(writer.get_extra_info("socket"))
            if dialled:
                self._joined()
            await self._read(reader, peer)
        except (OSError, EOFError, TimeoutError, Malformed):
            pass  # whoever it was finds us again if he is of this exchange
        finally:
            if peer in self._peers:
                self._peers.remove(peer)
            writer.close()
            self._on_change()

    async def _read(self, reader: asyncio.StreamReader, peer: _Peer) -> None:
        async with asyncio.timeout(FIRST_FRAME_S):
            first = await _read_frame(reader)
        if not self._admits(*first):
            return
        peer.proven = True
        if not peer.dialled:
            self._joined()
        frame = first
        for _ in range(FRAMES_MAX):
            await self._frames.put(frame)
            self._on_change()
            frame = await _read_frame(reader)

    def _joined(self) -> None:
        self.joins += 1
        self._on_change()


async def _read_frame(reader: asyncio.StreamReader) -> Frame:
    address, size = decode_head(await reader.readexactly(HEAD_LENGTH))
    async with asyncio.timeout(FRAME_S):
        return address, await reader.readexactly(size)


def _unsent(peer: _Peer) -> int:
    return peer.writer.transport.get_write_buffer_size()


def _watch_for_its_end(connection: socket.socket) -> None:
    """Let the system notice within seconds that the other side is out of reach."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
