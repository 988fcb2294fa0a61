"""One way of the sound, from a loudspeaker to a microphone: the flight, both clocks and rates, and the reflections."""

import math
from collections.abc import Callable, Sequence
from itertools import repeat
from operator import add, mul

from vauchi_tui.demo.interpolation import BEFORE, TAPS, between

Places = Callable[[int], float]
"""The loudspeaker's place, in samples and parts of them, that arrives at that place of the microphone's."""
Played = Callable[[int, int], list[float] | None]
"""What is played from one place to before another; None where that is silent."""
Reflections = Sequence[tuple[int, float]]
"""How many samples of the microphone after the direct path, and with what part of its amplitude."""


class Path:
    """Asked block by block, in order; remembers what is reflected yet."""

    def __init__(self, reflections: Reflections) -> None:
        self._reflections = reflections
        self._longest = max((later for later, _ in reflections), default=0)
        self._direct = [0.0] * self._longest  # what arrived last
        self._lasts_until = 0

    def block(self, start: int, count: int, gain: float, played: Played, at: Places) -> list[float] | None:
        """What arrives at the microphone's places from `start` on; None if it is silent."""
        first, last = at(start), at(start + count)
        begin = math.floor(first) - BEFORE
        source = played(begin, math.ceil(last) + TAPS)
        if source is not None:
            self._lasts_until = start + count + self._longest
            direct = between(source, first - begin, (last - first) / count, count)
            direct = list(map(mul, repeat(gain), direct))
        elif start < self._lasts_until:
            direct = [0.0] * count
        else:
            return None
        window = self._direct + direct
        out = direct
        for later, part in self._reflections:
            reflected = window[self._longest - later : self._longest - later + count]
            out = list(map(add, out, map(mul, repeat(part), reflected)))
        self._direct = window[count:]
        return out
