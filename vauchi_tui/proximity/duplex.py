"""Between the callback of a sound card and the thread that reads and plays: a ring for what is captured, and a queue.

The stream's place n is the same for both directions: with the block that begins at n the card takes what is played from
n on. What the system adds in latency is neither known nor needed. Neither side waits for the other.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from vauchi_tui.proximity.recording import Samples

RING_SECONDS: Final = 4
_SAMPLE: Final = 4  # bytes of a float32


@dataclass(frozen=True, slots=True)
class Captured:
    """Samples that begin at `position` of the stream. `flawed`: the card lost samples since the block before."""

    samples: Samples
    position: int
    flawed: bool


class Duplex:
    """One channel each way of a stream with that many. `read` and `play` belong to one thread, `turn` to the card's."""

    def __init__(self, rate: int, inputs: int, outputs: int) -> None:
        self._rate = rate
        self._inputs, self._outputs = inputs, outputs
        self._capacity = RING_SECONDS * rate
        self._ring = memoryview(bytearray(_SAMPLE * self._capacity)).cast("f")
        self._written = 0
        self._read = 0
        self._flaws = 0  # counted by `turn` …
        self._flaws_told = 0  # … and told by `read`
        self._waiting: deque[tuple[Samples, int]] = deque()
        self._playing_from: int | None = None

    # --- for the thread that reads and plays ---

    def play(self, samples: Samples, position: int) -> None:
        """Play from that place on, or at once if it has passed; after what is waiting already."""
        self._waiting.append((samples, position))

    def read(self) -> Captured | None:
        """What has been captured since the last call; None if nothing. The ring keeps no copy of it."""
        written = self._written
        flaws, told = self._flaws, self._flaws_told
        if written - self._read > self._capacity - self._rate // 4:  # the card may already be writing over it
            self._read = written
            self._flaws_told = told - 1
            return None
        if written == self._read:
            return None
        position, count = self._read, written - self._read
        samples = memoryview(bytearray(_SAMPLE * count)).cast("f")
        first = position % self._capacity
        head = min(count, self._capacity - first)
        for ring, out in ((slice(first, first + head), slice(0, head)), (slice(0, count - head), slice(head, count))):
            samples[out] = self._ring[ring]
            self._ring[ring] = memoryview(bytes(_SAMPLE * (ring.stop - ring.start))).cast("f")
        self._read, self._flaws_told = written, flaws
        return Captured(samples, position, flaws != told)

    # --- for the card ---

    def turn(self, taken: Any, given: "memoryview[int]", frames: int, *, flawed: bool) -> None:
        """A block of float32 frames of all channels, captured, and one to fill, which is silent so far."""
        self._flaws += flawed
        position = self._written
        channel = memoryview(taken).cast("f")[:: self._inputs]
        first = position % self._capacity
        head = min(frames, self._capacity - first)
        self._ring[first : first + head] = channel[:head]
        self._ring[: frames - head] = channel[head:]
        self._fill(given.cast("f")[:: self._outputs], position, frames)
        self._written = position + frames

    def break_off(self) -> None:
        """The stream is interrupted: that is a flaw, and nobody waits any more for what was to be played."""
        self._flaws += 1
        self._waiting.clear()
        self._playing_from = None

    def wipe(self) -> None:
        """Overwrite what was captured and forget what was to be played."""
        self._waiting.clear()
        self._ring[:] = memoryview(bytes(_SAMPLE * self._capacity)).cast("f")

    def _fill(self, channel: Samples, position: int, frames: int) -> None:
        if not self._waiting:
            return
        samples, wanted = self._waiting[0]
        if self._playing_from is None:
            if wanted >= position + frames:
                return
            self._playing_from = max(wanted, position)
        begin = max(self._playing_from - position, 0)
        done = position + begin - self._playing_from
        count = min(frames - begin, len(samples) - done)
        channel[begin : begin + count] = samples[done : done + count]
        if done + count == len(samples):
            self._waiting.popleft()
            self._playing_from = None
