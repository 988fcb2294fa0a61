"""How far apart two devices are, from when each heard itself and the other, and whether to believe it. Pure.

`a` is the device that showed the code: it plays bursts a1 a2, then a3 a4 after the other's b1 to b4. Both devices
compute from both reports and get the same (protocol page, section 3). Signatures and time limits are the handshake's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from itertools import combinations
from statistics import median
from typing import Final, Self

from vauchi_dsp.buffers import SAMPLE_RATES
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import Reader

BURSTS: Final = 8
UNITS: Final = 256  # of an arrival time in one sample
REPORT_SIZE: Final = BURSTS * 8 + 4 + 1
SOUND: Final = 343.0  # m/s
SELF_DISTANCE: Final = 0.2  # m between a device's own speaker and microphone: assumed
SLOT: Final = 0.15  # s from one burst to the next
NEAREST, FARTHEST = -0.3, 1.5  # m
_OWN_SPACING: Final = 3 * UNITS
_AGREEMENT: Final = 0.0003  # s by which bursts of one part may contradict each other: 10 cm, and 300 ppm of two slots
CLOCKS: Final = 300e-6  # by which two clocks may differ
_ENOUGH: Final = 3  # of four bursts
_MISSING: Final = 2**64 - 1
_LONGEST: Final = 60  # s
_FIRST, _LAST, _ANSWER = (0, 1), (2, 3), (4, 5, 6, 7)  # a1 a2, a3 a4, b1 to b4


class Flags(IntFlag):
    """What the sound card did during the attempt, without a word perhaps."""

    NONE = 0
    OVERFLOW = 1  # captured samples were lost
    UNDERFLOW = 2  # played samples came late


@dataclass(frozen=True, slots=True)
class Report:
    """When one device heard a1 to a4 and b1 to b4 in its own recording, in 1/256 sample; None where it did not."""

    times: tuple[int | None, ...]
    rate: int
    flags: Flags = Flags.NONE

    def __post_init__(self) -> None:
        if self.rate not in SAMPLE_RATES:
            raise Malformed("A report of sounds has a sample rate that no sound card has.")
        if len(self.times) != BURSTS:
            raise Malformed("A report of sounds is not about eight bursts.")
        if any(time is not None and not 0 <= time < _LONGEST * self.rate * UNITS for time in self.times):
            raise Malformed("A report of sounds has a time beyond the attempt.")

    def encode(self) -> bytes:
        times = b"".join((_MISSING if time is None else time).to_bytes(8, "big") for time in self.times)
        return times + self.rate.to_bytes(4, "big") + bytes([self.flags])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises Malformed."""
        reader = Reader(data)
        numbers = [reader.uint(8) for _ in range(BURSTS)]
        rate, flags = reader.uint(4), reader.uint(1)
        reader.end()
        if flags > Flags.OVERFLOW | Flags.UNDERFLOW:
            raise Malformed("A report of sounds has a flag that this version does not know.")
        return cls(tuple(None if number == _MISSING else number for number in numbers), rate, Flags(flags))

    def seconds(self, index: int) -> float | None:
        """That burst's arrival by the device's own clock."""
        time = self.times[index]
        return None if time is None else time / (UNITS * self.rate)


class Ground(StrEnum):
    """Why a measurement does not count."""

    INTERRUPTED = "interrupted"  # the sound card lost samples or was late, by its flags or by the own bursts' spacing
    OWN_UNHEARD = "own_unheard"  # a device did not hear itself
    UNHEARD = "unheard"  # fewer than three of the four bursts of a device were heard by both
    UNCLEAR = "unclear"  # they were, but do not agree, or the distance is less than nothing
    CLOCKS = "clocks"  # the clocks differ by more than clocks do: something moved, or somebody stretches time
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The distance in metres where it could be computed, and the ground for refusing it; `rho` compares the clocks."""

    distance: float | None
    refusal: Ground | None
    rho: float | None = None

    @property
    def accepted(self) -> bool:
        return self.refusal is None


def interruptions(times: Sequence[int | None], places: Sequence[int], *, drift: float = 0.0) -> Flags:
    """What happened between a device's own bursts, by where they lie in its recording (1/256 sample) and where it has
    played them (samples): ±3 samples are nothing, and `drift` of the way between two where the clock that plays may be
    another than the one that records. Lost samples bring bursts nearer to each other, late ones put them apart."""
    heard = [(place, time - place * UNITS) for time, place in zip(times, places, strict=True) if time is not None]
    flags = Flags.NONE
    for (place, late), (next_place, next_late) in combinations(heard, 2):
        allowed = _OWN_SPACING + drift * UNITS * (next_place - place)
        if abs(next_late - late) > allowed:
            flags |= Flags.UNDERFLOW if next_late > late else Flags.OVERFLOW
    return flags


def measure(a: Report, b: Report) -> Measurement:
    """The distance between the two devices by their reports, refused by the first of the rules that it breaks."""
    if a.flags or b.flags:
        return Measurement(None, Ground.INTERRUPTED)
    if not _own_spacing(a, _FIRST, _LAST) or not _own_spacing(b, _ANSWER):
        return Measurement(None, Ground.INTERRUPTED)
    if _count(a, *_FIRST, *_LAST) < _ENOUGH or _count(b, *_ANSWER) < _ENOUGH:
        return Measurement(None, Ground.OWN_UNHEARD)
    first, last, answer = (_both(a, b, part) for part in (_FIRST, _LAST, _ANSWER))
    if not first or not last or len(first) + len(last) < _ENOUGH or len(answer) < _ENOUGH:
        return Measurement(None, Ground.UNHEARD)
    first, last, answer = (_agreeing(part) for part in (first, last, answer))
    if not first or not last or len(first) + len(last) < _ENOUGH or len(answer) < _ENOUGH:
        return Measurement(None, Ground.UNCLEAR)
    a1, a2, ab = (_mean([at_a for at_a, _ in part]) for part in (first, last, answer))
    b1, b2, bb = (_mean([at_b for _, at_b in part]) for part in (first, last, answer))
    if not a1 < ab < a2 or not b1 < bb < b2:
        return Measurement(None, Ground.UNCLEAR)
    rho = (a2 - a1) / (b2 - b1)
    distance = SOUND / 4 * ((ab - a1) - rho * (bb - b1) + (ab - a2) - rho * (bb - b2)) + SELF_DISTANCE
    if abs(rho - 1) > CLOCKS:
        return Measurement(distance, Ground.CLOCKS, rho)
    if distance > FARTHEST:
        return Measurement(distance, Ground.TOO_FAR, rho)
    return Measurement(distance, Ground.UNCLEAR if distance < NEAREST else None, rho)


def _count(report: Report, *indices: int) -> int:
    return sum(report.times[index] is not None for index in indices)


def _own_spacing(report: Report, *parts: Sequence[int]) -> bool:
    # All that one device knows of the other's playing: a part is one piece, whatever is between two of them.
    slot = round(SLOT * report.rate)
    return not any(interruptions([report.times[i] for i in part], range(0, slot * len(part), slot)) for part in parts)


def _both(a: Report, b: Report, part: Sequence[int]) -> list[tuple[float, float]]:
    """The bursts of one part that are in both reports, by both clocks."""
    pairs = [(a.seconds(index), b.seconds(index)) for index in part]
    return [(at_a, at_b) for at_a, at_b in pairs if at_a is not None and at_b is not None]


def _agreeing(part: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those whose delay from one device to the other is about that of the others; of two that differ, neither."""
    middle = median(at_b - at_a for at_a, at_b in part)
    return [pair for pair in part if abs(pair[1] - pair[0] - middle) <= _AGREEMENT / 2]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
