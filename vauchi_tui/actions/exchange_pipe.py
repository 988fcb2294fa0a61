"""All ways between the two sides of an exchange: the local network at once, the relay where that is not enough."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from vauchi_tui.actions.exchange_carrier import Carrier, Parcel
from vauchi_tui.actions.exchange_channel import Channel
from vauchi_tui.actions.exchange_lan import LanPath
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import RelayUnavailable
from vauchi_tui.sync.lan_discovery import Discovery, LanUnavailable

HEAD_START_S = 3.0


class Pipe:
    """Carries contents both ways while `run` runs; what comes by both ways comes twice. `news` is set when it does.

    The relay is used from the moment at which the local network cannot be, has brought no answer for HEAD_START_S, or
    has lost the other side; whatever was posted until then goes there too. The showing side, to whom anybody may come,
    uses it after HEAD_START_S in any case: a second device that answers there must not go unseen.
    """

    def __init__(
        self,
        relay: Channel | None,
        on_sent: Callable[[Parcel], None],
        on_trouble: Callable[[RelayUnavailable], None],
        on_no_lan: Callable[[], None],
    ) -> None:
        """`on_sent`: a parcel has left; with its row, it is stored at the relay. `on_trouble`: see Carrier.

        `on_no_lan`: from now on the relay is used, if there is one.
        """
        self.news = asyncio.Event()
        self.lan: LanPath | None = None
        self._carrier = Carrier(relay, self.news, on_sent, self._trouble) if relay is not None else None
        self._carrying = self._showing = self._answered = self._finishing = False
        self._on_sent, self._on_trouble, self._on_no_lan = on_sent, on_trouble, on_no_lan
        self._posted: dict[bytes, Parcel] = {}
        self._told_joins = 0
        self._lan_changed = asyncio.Event()

    def use_lan(self, token: bytes, *, showing: bool, discovery: Discovery, rng: Rng) -> None:
        """Before `run`: look for the other side in the local network too. `token`: T of the code."""
        self._showing = showing
        self.lan = LanPath(token, showing=showing, discovery=discovery, rng=rng, on_change=self._lan_moved)

    @property
    def idle(self) -> bool:
        """Does nothing wait to be taken up?"""
        return self._carrier is None or self._carrier.idle

    def post(self, parcel: Parcel) -> None:
        """Send this after what was posted before."""
        self._posted.setdefault(parcel.content, parcel)
        self._send_by_lan(parcel)
        if self._carrier is not None and self._carrying:
            self._carrier.post(parcel)

    def arrived(self) -> list[bytes]:
        """What has come since the last call."""
        contents = self.lan.contents() if self.lan is not None else []
        return contents + (self._carrier.arrived() if self._carrier is not None else [])

    def answered(self) -> None:
        """The other side was heard: something that arrived was what it should be."""
        self._answered = True
        self._lan_changed.set()

    def finish(self) -> None:
        """All contents are exchanged: the end of a connection is no reason any more to turn to the relay."""
        self._finishing = True

    async def flush(self, seconds: float) -> None:
        """Wait until all that was posted is sent, but no longer than that."""
        if self._carrier is not None and self._carrying:
            await self._carrier.flush(seconds)

    async def run(self) -> None:
        """Carry until cancelled. Raises LanUnavailable where there is no relay either."""
        tasks = [asyncio.create_task(self._run_relay())]
        if self.lan is not None:
            tasks.append(asyncio.create_task(self._run_lan(self.lan)))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                if not task.cancelling():  # a second time would disturb it while it says goodbye
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run_lan(self, lan: LanPath) -> None:
        try:
            await lan.run()
        except LanUnavailable:
            self.lan = None
            self._lan_changed.set()
            if self._carrier is None:
                raise

    async def _run_relay(self) -> None:
        await self._until_relay_is_needed()
        self._on_no_lan()
        if self._carrier is None:
            return
        self._carrying = True
        for parcel in self._posted.values():
            self._carrier.post(parcel)
        await self._carrier.run()

    async def _until_relay_is_needed(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + HEAD_START_S
        while self.lan is not None:
            if self._answered and not self.lan.connected and not self._finishing:
                return
            end = None if self._answered and not self._showing else deadline
            if end is not None and loop.time() >= end:
                return
            self._lan_changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(end):
                    await self._lan_changed.wait()

    def _lan_moved(self) -> None:
        if self.lan is not None and self.lan.joins != self._told_joins:
            self._told_joins = self.lan.joins
            for parcel in self._posted.values():
                self._send_by_lan(parcel)
        self._lan_changed.set()
        self.news.set()

    def _send_by_lan(self, parcel: Parcel) -> None:
        if self.lan is not None and self.lan.send(parcel.content):
            self._on_sent(replace(parcel, row=None))  # what the other side has taken in nobody has said yet

    def _trouble(self, error: RelayUnavailable) -> None:
        if self.lan is None or not self.lan.connected:
            self._on_trouble(error)
