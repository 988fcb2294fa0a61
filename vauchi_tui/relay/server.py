"""The relay itself: accepts connections, wakes readers after each commit, sweeps daily, drains before it stops."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from vauchi_tui.protocol.frames import SUBPROTOCOL
from vauchi_tui.relay.connection import Connection
from vauchi_tui.relay.hub import Hub
from vauchi_tui.relay.limits import SECONDS_PER_DAY, Limits, day_of
from vauchi_tui.relay.listen import Listen
from vauchi_tui.relay.store import Store

COME_BACK_SECONDS: Final = 5
DRAIN_SECONDS: Final = 10.0
_PING_SECONDS = 30.0
_SWEEP_SECONDS = 3600.0

_log = logging.getLogger("vauchi.relay")
_quiet = logging.getLogger("vauchi.relay.websockets")  # would log who connects and what is sent
_quiet.addHandler(logging.NullHandler())
_quiet.setLevel(logging.CRITICAL + 1)
_quiet.propagate = False


class RelayServer:
    """A running relay over an open store. `start`, then wait for `failure` or stop it with `drain`."""

    def __init__(
        self,
        store: Store,
        limits: Limits,
        listen: Listen,
        *,
        tls: SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._hub = Hub(store, limits, clock)
        self._limits = limits
        self._listen = listen
        self._tls = tls
        self._connections: set[Connection] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._server: Server | None = None
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Gets the exception that makes further service impossible: the store failed."""

    async def start(self) -> Listen:
        """Begin to listen; returns where, with the real port. Raises OSError when the address cannot be had."""
        self._server = await serve(
            self._serve,
            self._listen.host,
            self._listen.port,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            origins=[None],  # browsers send one; a page on the web has no business here
            compression=None,
            server_header=None,
            process_request=self._admit,
            ssl=self._tls,
            open_timeout=10,
            close_timeout=5,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PING_SECONDS,
            max_size=self._limits.frame_bytes,
            max_queue=4,
            logger=_quiet,
        )
        self._start(self._wake())
        self._start(self._sweep())
        port: int = self._server.sockets[0].getsockname()[1]
        return Listen(self._listen.host, port)

    async def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Accept nothing new, answer what has been sent, say goodbye; cut off who has not left after `seconds`.

        The store stays open.
        """
        self._hub.draining = True
        if self._server is not None:
            self._server.close(close_connections=False)
            farewells = [asyncio.create_task(one.drain(COME_BACK_SECONDS)) for one in self._connections]
            if farewells:
                _, late = await asyncio.wait(farewells, timeout=seconds)
                for farewell in late:
                    farewell.cancel()
                await asyncio.gather(*farewells, return_exceptions=True)
            for connection in self._connections:
                connection.abort()
            await self._server.wait_closed()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, socket: ServerConnection) -> None:
        if self._hub.draining:  # the handshake was under way when it began
            return
        connection = Connection(socket, self._hub)
        self._connections.add(connection)
        try:
            await connection.run()
        except Exception as error:
            # Only where it happened: a traceback's values could name an address.
            frame = error.__traceback__
            while frame is not None and frame.tb_next is not None:
                frame = frame.tb_next
            where = f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "?"
            _log.error("internal error: %s in %s", type(error).__name__, where)
        finally:
            self._connections.discard(connection)

    def _admit(self, socket: ServerConnection, _request: Request) -> Response | None:
        if self._hub.draining or len(self._connections) >= self._limits.connections:
            return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The relay takes no more connections right now.\n")
        return None

    async def _wake(self) -> None:
        async for addresses in self._hub.store.wakeups():
            for address in addresses:
                self._hub.wake(address)

    async def _sweep(self) -> None:
        """At start, then soon after each midnight (UTC); hourly too, should the clock be set."""
        while True:
            now = self._hub.clock()
            await self._hub.store.sweep(day_of(now))
            await asyncio.sleep(min(_SWEEP_SECONDS, SECONDS_PER_DAY - now % SECONDS_PER_DAY + 1))

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self.failure.done():
            self.failure.set_exception(error)
            self.failure.exception()  # seen, should nobody wait for it
