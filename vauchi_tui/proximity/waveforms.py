"""What the two sides play, each as one piece so that nothing can come between its bursts."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from vauchi_dsp import Modem, burst
from vauchi_tui.proximity.recording import Samples

SLOT_SECONDS: Final = 0.15
"""From the beginning of one burst to the next, and from the last one to the frame."""
LEVEL: Final = 0.25
"""−12 dBFS."""


@dataclass(frozen=True, slots=True)
class Play:
    """Samples to play without a gap, from that place of the stream on or as soon after it as can be."""

    samples: Samples
    position: int

    @property
    def end(self) -> int:
        return self.position + len(self.samples)


def slot(rate: int) -> int:
    """Samples from one burst to the next."""
    return round(SLOT_SECONDS * rate)


def piece(codes: Sequence[bytes], frame: bytes | None, rate: int, level: float) -> Samples:
    """One burst per slot and after them, in a slot of its own, a frame."""
    parts = [memoryview(burst(code, rate)).cast("B").cast("f") for code in codes]
    if frame is not None:
        parts.append(memoryview(Modem(rate, "fast").modulate(frame)).cast("B").cast("f"))
    out = memoryview(bytearray(4 * ((len(parts) - 1) * slot(rate) + len(parts[-1])))).cast("f")
    for number, part in enumerate(parts):
        start = number * slot(rate)
        out[start : start + len(part)] = memoryview(array("f", map(partial(_times, level), part)))
    return out


def _times(level: float, sample: float) -> float:
    return level * sample
