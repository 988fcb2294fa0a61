"""What a sampled sound is between its samples: for any delay, clock and sample rate. Plain Python."""

import math
from functools import lru_cache
from operator import mul
from typing import Final

TAPS: Final = 48
"""From the last wanted frequency (20.5 kHz) to its image above half of 44.1 kHz: 57 dB apart."""
BEFORE: Final = TAPS // 2 - 1
"""How many samples before the place and, one more, after it a value rests on."""
_PHASES: Final = 1_024
_BETA: Final = 6.0  # of the Kaiser window
_FRACTION: Final = 32  # bits


def between(samples: list[float], first: float, step: float, count: int) -> list[float]:
    """The values at `first`, `first + step`, … in samples: by a Kaiser-windowed sinc, within −55 dB up to 20.3 kHz.

    The first place is at least `BEFORE`, and `TAPS - BEFORE` samples follow the last one.
    """
    if count <= 0:
        return []
    kernels, shift, mask = _kernels(), _FRACTION - _PHASES.bit_length() + 1, _PHASES - 1
    start = round((first - BEFORE) * (1 << _FRACTION)) + (1 << shift - 1)  # to the nearest phase
    by = round(step * (1 << _FRACTION))
    places = range(start, start + count * by, by)
    return [
        sum(map(mul, kernels[(place >> shift) & mask], samples[(at := place >> _FRACTION) : at + TAPS]))
        for place in places
    ]


@lru_cache(1)
def _kernels() -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(_sinc(tap - BEFORE - phase / _PHASES) for tap in range(TAPS)) for phase in range(_PHASES))


def _sinc(at: float) -> float:
    edge = 1 - (2 * at / TAPS) ** 2
    window = _bessel(_BETA * math.sqrt(max(edge, 0.0))) / _bessel(_BETA)
    return window * (math.sin(math.pi * at) / (math.pi * at) if at else 1.0)


def _bessel(x: float) -> float:
    """I0 by its series."""
    term = total = 1.0
    for k in range(1, 20):
        term *= (x / (2 * k)) ** 2
        total += term
    return total
