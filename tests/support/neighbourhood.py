"""A local network for tests: devices on this machine that find each other without multicast, if the test lets them."""

import asyncio
from collections.abc import Sequence

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
