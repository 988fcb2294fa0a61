"""Whoever has photographed the code can write into its slots without end; nothing of that is kept for long."""

import asyncio
import random

import pytest
from neighbourhood import Neighbourhood

from vauchi_tui.actions.exchange_carrier import ARRIVED_MAX, Carrier
from vauchi_tui.actions.exchange_lan import LanPath
from vauchi_tui.protocol.mailbox import SCANNER_TO_SHOWER, SLOT_DAY, Mailbox
from vauchi_tui.sync.lan_room import Frame

RNG = random.Random(5).randbytes


class Torrent:
    """A channel on which junk comes for as long as somebody reads."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.dry = asyncio.Event()

    async def send(self, content: bytes, mid: bytes) -> None:
        raise AssertionError("nothing is sent here")

    async def receive(self) -> bytes:
        if not self.left:
            self.dry.set()
            await asyncio.get_running_loop().create_future()
        self.left -= 1
        return self.left.to_bytes(4, "big")

    async def close(self) -> None:
        pass


async def test_of_a_torrent_at_the_relay_the_newest_is_kept() -> None:
    torrent = Torrent(10 * ARRIVED_MAX)
    carrier = Carrier(torrent, asyncio.Event(), lambda _: None, lambda _: None)
    carrying = asyncio.create_task(carrier.run())
    await torrent.dry.wait()
    assert carrier.arrived() == [number.to_bytes(4, "big") for number in reversed(range(ARRIVED_MAX))]
    assert carrier.arrived() == []
    carrying.cancel()
    await asyncio.gather(carrying, return_exceptions=True)


async def test_of_a_torrent_in_the_local_network_the_newest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    token = RNG(32)
    path = LanPath(token, showing=True, discovery=Neighbourhood().discovery(), rng=RNG, on_change=lambda: None)
    slot = Mailbox(token, SCANNER_TO_SHOWER, SLOT_DAY)
    numbers = iter(range(1_000))

    def take() -> list[Frame]:
        return [(slot.address, slot.wrap(next(numbers).to_bytes(4, "big"), RNG)) for _ in range(50)]

    monkeypatch.setattr(path._room, "take", take)
    for _ in range(10):
        assert path.messages() == []  # as when only cards are waited for
    kept = path.contents()
    assert len(kept) == 64 and kept[-1] == (549).to_bytes(4, "big")
