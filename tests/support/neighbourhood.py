"""A local network for tests: devices on this machine that find each other without multicast, if the test lets them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from vauchi_tui.sync.lan_discovery import LanUnavailable, Place


class Neighbourhood:
    """What is announced by one is found by all others. `places` may be changed by the test."""

    def __init__(self) -> None:
        self.places: dict[str, list[Place]] = {}
        self._changed = asyncio.Condition()

    def discovery(self) -> "Neighbour":
        return Neighbour(self)

    async def put(self, name: str, *places: Place) -> None:
        """Let these places be found under a name."""
        async with self._changed:
            self.places[name] = list(places)
            self._changed.notify_all()

    async def get(self, name: str) -> list[Place]:
        """Wait until there are some."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.places.get(name))
            return self.places[name]


class Neighbour:
    """One device's view."""

    def __init__(self, around: Neighbourhood) -> None:
        self._around = around
        self.closed = False

    async def announce(self, name: str, port: int) -> None:
        await self._around.put(name, Place("127.0.0.1", port))

    async def find(self, name: str) -> Sequence[Place]:
        return await self._around.get(name)

    async def close(self) -> None:
        self.closed = True


class Lonely:
    """A network in which nothing is ever found, such as one without multicast."""

    async def announce(self, name: str, port: int) -> None:
        return

    async def find(self, name: str) -> Sequence[Place]:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nothing is found")

    async def close(self) -> None:
        return


class Broken(Lonely):
    """A network that cannot be used at all."""

    async def announce(self, name: str, port: int) -> None:
        raise LanUnavailable("The local network cannot be used: no such device.", "Check the network.")

    async def find(self, name: str) -> Sequence[Place]:
        raise LanUnavailable("The local network cannot be used: no such device.", "Check the network.")


class Wiretap(Neighbour):
    """A device whose connections go through one that writes down every byte, by direction: "out" is what it says."""

    def __init__(self, around: Neighbourhood) -> None:
        super().__init__(around)
        self.heard = {"out": bytearray(), "in": bytearray()}
        self._target: Place | None = None
        self._server: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()

    async def find(self, name: str) -> Sequence[Place]:
        (self._target,) = await super().find(name)
        if self._server is None:
            self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return [Place("127.0.0.1", self._server.sockets[0].getsockname()[1])]

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._target is not None
        there, back = await asyncio.open_connection(self._target.host, self._target.port)
        for way, source, sink in (("out", reader, back), ("in", there, writer)):
            task = asyncio.create_task(self._pass_on(way, source, sink))
            self._pipes.add(task)

    async def _pass_on(self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while said := await source.read(65_536):
                self.heard[way] += said
                sink.write(said)
        sink.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._pipes:
            task.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)
