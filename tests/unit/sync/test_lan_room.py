"""Direct connections between two devices: frames both ways, and strangers who get nothing and keep nobody out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress

import pytest
from neighbourhood import Broken, Neighbourhood

from vauchi_tui.protocol.lan import encode
from vauchi_tui.sync import lan_room
from vauchi_tui.sync.lan_discovery import Discovery, LanUnavailable, Place
from vauchi_tui.sync.lan_room import Frame, LanRoom

NAME = "a" * 32
HERS, HIS = bytes([1]) * 32, bytes([2]) * 32
SECRET = b"s" * 1024


class Device:
    """One side's room, and what came into it. Only SECRET in its own mailbox admits a stranger."""

    def __init__(self, discovery: Discovery, *, hosting: bool) -> None:
        own = HERS if hosting else HIS
        self.frames: list[Frame] = []
        self._moved = asyncio.Condition()
        self._news = asyncio.Event()
        self.room = LanRoom(
            NAME,
            discovery,
            hosting=hosting,
            admits=lambda address, blob: (address, blob) == (own, SECRET),
            on_change=self._news.set,
        )
        self.task = asyncio.create_task(self.room.run())

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until that is so."""
        async with asyncio.timeout(10):
            while not what():
                await self._news.wait()
                self._news.clear()
                self.frames += self.room.take()

    async def receive(self, count: int) -> list[Frame]:
        """So many frames."""
        await self.until(lambda: len(self.frames) >= count)
        return self.frames

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


NewDevice = Callable[..., Device]


@pytest.fixture
def around() -> Neighbourhood:
    return Neighbourhood()


@pytest.fixture
async def device(around: Neighbourhood) -> AsyncIterator[NewDevice]:
    async with AsyncExitStack() as stack:

        def make(*, hosting: bool) -> Device:
            made = Device(around.discovery(), hosting=hosting)
            stack.push_async_callback(made.stop)
            return made

        yield make


async def meet(device: NewDevice) -> tuple[Device, Device]:
    """Two who have proven themselves to each other."""
    alice, bob = device(hosting=True), device(hosting=False)
    await bob.until(lambda: bob.room.joins == 1)
    assert bob.room.send(HERS, SECRET) == 1
    await alice.receive(1)
    assert alice.room.send(HIS, SECRET) == 1
    await bob.receive(1)
    return alice, bob


async def stranger(around: Neighbourhood) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Somebody who has found the port and does not know the code."""
    (place,) = await around.get(NAME)
    return await asyncio.open_connection(place.host, place.port)


async def sent_away(reader: asyncio.StreamReader) -> bytes:
    """All that the stranger gets before the end."""
    async with asyncio.timeout(10):
        with suppress(ConnectionError):
            return await reader.read()
        return b""


async def test_frames_of_all_sizes_go_both_ways_in_order(device: NewDevice) -> None:
    alice, bob = await meet(device)
    assert alice.room.proven == bob.room.proven == 1
    blobs = [bytes([number]) * size for number, size in enumerate((1024, 65_536, 4096, 16_384))]
    for blob in blobs:
        alice.room.send(HIS, blob)
        bob.room.send(bytes(32), blob)
    assert await bob.receive(5) == [(HIS, SECRET), *((HIS, blob) for blob in blobs)]
    assert await alice.receive(5) == [(HERS, SECRET), *((bytes(32), blob) for blob in blobs)]


async def test_what_was_sent_last_still_arrives(device: NewDevice) -> None:
    alice, bob = await meet(device)
    for _ in range(10):
        alice.room.send(HIS, bytes(65_536))
    await alice.stop()
    assert len(await bob.receive(11)) == 11


async def test_who_does_not_know_the_code_gets_nothing(device: NewDevice, around: Neighbourhood) -> None:
    alice = device(hosting=True)
    for bad in (encode(HERS, bytes(1024)), encode(HIS, SECRET), b"\x09" + bytes(40), b"GET / HTTP/1.1\r\n" + bytes(40)):
        reader, writer = await stranger(around)
        assert alice.room.send(HIS, SECRET) == 0
        writer.write(bad)
        assert await sent_away(reader) == b""
        writer.close()
    assert alice.frames == [] and alice.room.joins == 0


async def test_who_says_nothing_is_sent_away(
    device: NewDevice, around: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lan_room, "FIRST_FRAME_S", 0.05)
    device(hosting=True)
    reader, writer = await stranger(around)
    writer.write(encode(HERS, SECRET)[:-1])
    assert await sent_away(reader) == b""
    writer.close()


async def test_a_crowd_of_silent_strangers_keeps_nobody_out(device: NewDevice, around: Neighbourhood) -> None:
    device(hosting=True)
    crowd = [await stranger(around) for _ in range(3 * lan_room.CONNECTIONS_MAX)]
    for reader, _ in crowd[: 2 * lan_room.CONNECTIONS_MAX]:
        assert await sent_away(reader) == b""
    bob = device(hosting=False)
    await bob.until(lambda: bob.room.joins == 1)
    assert bob.room.send(HERS, SECRET) == 1
    for _, writer in crowd:
        writer.close()


async def test_who_takes_nothing_in_is_disconnected(device: NewDevice, around: Neighbourhood) -> None:
    alice = device(hosting=True)
    _, writer = await stranger(around)
    writer.transport.pause_reading()
    writer.write(encode(HERS, SECRET))
    await alice.receive(1)
    sent = 0
    while alice.room.send(HIS, bytes(65_536)):
        sent += 1
        assert sent < 1_000
        await asyncio.sleep(0)
    assert alice.room.congested or not alice.room.proven
    await alice.until(lambda: alice.room.proven == 0)
    writer.close()


async def test_a_connection_that_ended_is_made_again(device: NewDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan_room, "FIND_AGAIN_S", 0.01)
    alice, bob = await meet(device)
    await alice.stop()
    await bob.until(lambda: bob.room.proven == 0)
    again = device(hosting=True)
    await bob.until(lambda: bob.room.joins == 2)
    bob.room.send(HERS, SECRET)
    await again.receive(1)


async def test_no_place_outside_private_networks_is_dialled(
    device: NewDevice, around: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[str] = []
    enough = asyncio.Event()

    async def open_connection(host: str, port: int) -> None:
        dialled.append(host)
        if len(dialled) == lan_room.PLACES_MAX:
            enough.set()
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio, "open_connection", open_connection)
    monkeypatch.setattr(lan_room, "FIND_AGAIN_S", 0.0)
    await around.put(NAME, Place("93.184.215.14", 80), *[Place("127.0.0.1", port) for port in range(1, 50)])
    bob = device(hosting=False)
    async with asyncio.timeout(10):
        await enough.wait()
    await bob.stop()
    assert set(dialled) == {"127.0.0.1"}


@pytest.mark.parametrize("hosting", [True, False])
async def test_a_network_that_cannot_be_used_is_said(hosting: bool) -> None:
    lost = Device(Broken(), hosting=hosting)
    with pytest.raises(LanUnavailable):
        await lost.task
