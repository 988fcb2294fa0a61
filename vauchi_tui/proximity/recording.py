"""What one device has heard of an attempt: bounded, in memory only, and wiped."""

from typing import Final, TypeAlias

Samples: TypeAlias = "memoryview[float]"
"""Contiguous float32, one channel."""
_SAMPLE: Final = 4  # bytes of a float32


class Recording:
    """The last `capacity` samples of one stream, float32, addressed by their place in the stream."""

    def __init__(self, capacity: int) -> None:
        self.start = 0  # place in the stream of the first sample that is kept
        self._capacity = capacity
        self._samples = memoryview(bytearray(_SAMPLE * 2 * capacity)).cast("f")
        self._count = 0

    @property
    def end(self) -> int:
        """The place in the stream after the last sample."""
        return self.start + self._count

    def append(self, samples: Samples, position: int) -> None:
        """Add a block that begins at `position`. Raises ValueError where it does not join what is there."""
        if self._count and position != self.end:
            raise ValueError("a block does not begin where the one before it ended")
        if not self._count:
            self.start = position
        if len(samples) > self._capacity:
            raise ValueError("a block is longer than the recording")
        if self._count + len(samples) > 2 * self._capacity:
            self.keep_from(self.end - self._capacity)
        self._samples[self._count : self._count + len(samples)] = samples
        self._count += len(samples)

    def keep_from(self, position: int) -> None:
        """Forget what was heard before that place."""
        drop = min(max(position - self.start, 0), self._count)
        if drop:
            kept = self._count - drop
            self._samples[:kept] = self._samples[drop : self._count]
            self._zero(kept, self._count)
            self.start += drop
            self._count = kept

    def part(self, start: int, end: int) -> Samples:
        """The samples of these places, as far as they are kept; no copy, so it must not outlive the next call."""
        first = min(max(start - self.start, 0), self._count)
        return self._samples[first : max(first, min(end - self.start, self._count))]

    def wipe(self) -> None:
        """Overwrite every sample."""
        self._zero(0, len(self._samples))
        self._count = 0

    def _zero(self, start: int, end: int) -> None:
        self._samples[start:end] = memoryview(bytes(_SAMPLE * (end - start))).cast("f")
