"""Hybrid logical clocks: the order in which edits win, whatever the wall clocks say.

Kulkarni et al., "Logical Physical Clocks" (2014). A device's clock is advanced by its own devices only, never by a
contact: otherwise anybody could push it a century ahead.
"""

import re
from dataclasses import dataclass
from typing import Self

from vauchi_tui.errors import LimitExceeded, Malformed

LATEST_MS = 7_258_118_400_000  # 2200-01-01T00:00:00Z: later is refused, so that nobody can win for ever
COUNTER_MAX = 0xFFFF_FFFF
_TEXT = re.compile(r"([0-9a-f]{12})-([0-9a-f]{8})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, order=True)
class Hlc:
    """One instant of a hybrid clock: milliseconds since the epoch, counter, device id (16 bytes). Totally ordered."""

    ms: int
    counter: int
    device: bytes

    def __str__(self) -> str:
        """Fixed-width hex, so that the order of the texts is the order of the clocks."""
        return f"{self.ms:012x}-{self.counter:08x}-{self.device.hex()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises Malformed on any other text and on clocks beyond the year 2200."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise Malformed("A change carries a clock that cannot be read.")
        value = cls(int(match[1], 16), int(match[2], 16), bytes.fromhex(match[3]))
        if value.ms >= LATEST_MS:
            raise Malformed("A change carries a clock beyond the year 2200.")
        return value


ZERO = Hlc(0, 0, bytes(16))


class Ticker:
    """Issues this device's clock values; `last` is what has to be stored with the change that used them."""

    def __init__(self, last: Hlc, now_ms: int, device: bytes) -> None:
        """`last`: newest clock this device has used or merged; `now_ms`: the wall clock; `device`: own id, 16 bytes."""
        self.last = last
        self._now_ms = min(now_ms, LATEST_MS - 1)
        self._device = device

    def tick(self) -> Hlc:
        """The next clock, greater than every one before it. Raises LimitExceeded where that would be in 2200."""
        if self._now_ms > self.last.ms:
            self.last = Hlc(self._now_ms, 0, self._device)
        elif self.last.counter < COUNTER_MAX:
            self.last = Hlc(self.last.ms, self.last.counter + 1, self._device)
        elif self.last.ms + 1 < LATEST_MS:
            self.last = Hlc(self.last.ms + 1, 0, self._device)
        else:
            raise LimitExceeded(
                "A device of yours has set the clock of all of them to the end of the year 2199.",
                "Nothing can be changed any more: revoke that device and begin a new profile.",
            )
        return self.last

    def tick_above(self, other: Hlc) -> Hlc:
        """The next clock, also greater than `other`, a clock of own state."""
        self.merge(other)
        return self.tick()

    def merge(self, other: Hlc) -> None:
        """Take note of a clock that another own device has used."""
        self.last = max(self.last, other)
