"""How long to wait before the next attempt: 2, 4, 8 … at most 300 s, with jitter so that not all come at once."""

import asyncio

from vauchi_tui.crypto.primitives import Rng

FIRST_S = 2.0
MOST_S = 300.0


class Backoff:
    """The attempts at one relay. `now` ends a wait that is under way and starts the count anew."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._failures = 0
        self._hurry = asyncio.Event()

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, at_least: float = 0.0) -> float:
        """Count a failure; the seconds to wait, of which up to a quarter are taken off by chance."""
        full = min(MOST_S, FIRST_S * (1 << min(self._failures, 10)))
        self._failures += 1
        self._hurry.clear()
        return max(at_least, full * (1 - int.from_bytes(self._rng(2), "big") / 2**18))

    def now(self) -> None:
        self._failures = 0
        self._hurry.set()

    async def wait(self, seconds: float) -> None:
        """Until the time is over or somebody says `now`."""
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass
