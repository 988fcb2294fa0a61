"""Keeps the contents of an exchange going over its channel, whatever the connection does."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from vauchi_tui.actions.exchange_channel import Channel
from vauchi_tui.errors import RelayUnavailable

ARRIVED_MAX = 64  # contents; what matters is sent again until it is answered
_BACKOFF_FIRST, _BACKOFF_MOST = 1.0, 8.0  # seconds; a code lives for five minutes only


@dataclass(frozen=True, slots=True)
class Parcel:
    """A content on its way. `mid`: 16 bytes, see Channel. `row` is its row in the outbox, if it has one there."""

    content: bytes
    mid: bytes
    row: int | None = None


class Carrier:
    """Sends in order and collects what arrives while `run` runs."""

    def __init__(
        self,
        channel: Channel,
        news: asyncio.Event,
        on_sent: Callable[[Parcel], None],
        on_trouble: Callable[[RelayUnavailable], None],
    ) -> None:
        """`news` is set when something has arrived. `on_trouble` is told of every failed attempt; it is tried again."""
        self._news = news
        self._channel = channel
        self._on_sent = on_sent
        self._on_trouble = on_trouble
        self._outgoing: asyncio.Queue[Parcel] = asyncio.Queue()
        self._arrived: deque[bytes] = deque(maxlen=ARRIVED_MAX)

    @property
    def idle(self) -> bool:
        """Does nothing wait to be taken up?"""
        return self._outgoing.empty()

    def post(self, parcel: Parcel) -> None:
        """Send this after what was posted before."""
        self._outgoing.put_nowait(parcel)

    def arrived(self) -> list[bytes]:
        """What has come since the last call, in order; the newest ARRIVED_MAX, for it may be junk."""
        contents = list(self._arrived)
        self._arrived.clear()
        return contents

    async def flush(self, seconds: float) -> None:
        """Wait until all that was posted is sent, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._outgoing.join()

    async def run(self) -> None:
        """Carry until cancelled, then close the channel."""
        tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._send())]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._channel.close()

    async def _receive(self) -> None:
        delay = _BACKOFF_FIRST
        while True:
            try:
                content = await self._channel.receive()
            except RelayUnavailable as error:
                delay = await self._back_off(error, delay)
            else:
                delay = _BACKOFF_FIRST
                self._arrived.append(content)
                self._news.set()

    async def _send(self) -> None:
        while True:
            parcel = await self._outgoing.get()
            await self._deliver(parcel)
            self._outgoing.task_done()
            self._on_sent(parcel)

    async def _deliver(self, parcel: Parcel) -> None:
        delay = _BACKOFF_FIRST
        while True:
            try:
                await self._channel.send(parcel.content, parcel.mid)
            except RelayUnavailable as error:
                delay = await self._back_off(error, delay)
            else:
                return

    async def _back_off(self, error: RelayUnavailable, delay: float) -> float:
        self._on_trouble(error)
        await asyncio.sleep(delay)
        return min(2 * delay, _BACKOFF_MOST)
