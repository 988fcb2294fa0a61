"""Whole ranging attempts over simulated air: honest ones under stated conditions, their reports, and how they end."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from channel import Samples
from numpy.random import Generator
from numpy.typing import NDArray
from ranging_air import Air, Recordings, Station, converse, scores

from vauchi_dsp import burst, find_bursts
from vauchi_tui.proximity.ranging import Measurement, Report, measure

Find = Callable[[NDArray[np.float32], Sequence[bytes], int, bool], Sequence[int | None]]
Wave = Callable[[bytes, int], Samples]


def product_find(recording: NDArray[np.float32], codes: Sequence[bytes], rate: int, own: bool) -> Sequence[int | None]:
    return find_bursts(recording, codes, rate, own).times


def product_wave(code: bytes, rate: int) -> Samples:
    return np.asarray(burst(code, rate), np.float64)


def fresh_codes(rng: Generator) -> list[bytes]:
    return [rng.bytes(16) for _ in range(4)]


def any_station(rng: Generator, latency: tuple[float, float] = (0.01, 0.3), rate: int | None = None) -> Station:
    """Whatever laptop: 44.1 or 48 kHz, ±100 ppm, 10 to 300 ms of latency between playing and recording."""
    total, part = rng.uniform(*latency), rng.random()
    return Station(
        int(rng.choice([44_100, 48_000])) if rate is None else rate,
        rng.uniform(-100, 100),
        total * part,
        total * (1 - part),
        rng.uniform(0, 0.1),
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who played what, and what both recorded."""

    a: Station
    b: Station
    codes_a: Sequence[bytes]
    codes_b: Sequence[bytes]
    recordings: Recordings = field(repr=False)

    def reports(self, find: Find = product_find) -> tuple[Report, Report]:
        """What the two devices report with that receiver."""
        return (
            report(self.recordings.a, self.a.rate, self.codes_a, self.codes_b, True, find),
            report(self.recordings.b, self.b.rate, self.codes_a, self.codes_b, False, find),
        )

    def measure(self, find: Find = product_find) -> Measurement:
        return measure(*self.reports(find))


def report(
    samples: Samples,
    rate: int,
    codes_a: Sequence[bytes],
    codes_b: Sequence[bytes],
    is_a: bool,
    find: Find = product_find,
) -> Report:
    recording = samples.astype(np.float32)
    return Report((*find(recording, codes_a, rate, is_a), *find(recording, codes_b, rate, not is_a)), rate)


def attempt(
    air: Air,
    rng: Generator,
    *,
    stations: tuple[Station, Station] | None = None,
    codes: tuple[Sequence[bytes], Sequence[bytes]] | None = None,
    wave: Wave = product_wave,
) -> Attempt:
    """One attempt, through whatever laptops there are unless told."""
    a, b = (any_station(rng), any_station(rng)) if stations is None else stations
    codes_a, codes_b = (fresh_codes(rng), fresh_codes(rng)) if codes is None else codes
    score_a, score_b, length = scores(a, b, [wave(c, a.rate) for c in codes_a], [wave(c, b.rate) for c in codes_b])
    return Attempt(a, b, codes_a, codes_b, converse(a, b, score_a, score_b, length, air, rng))


def in_sight(rng: Generator, snr: tuple[float, float] = (10.0, 25.0)) -> Air:
    """Nothing in between: 0.3–1.0 m, reverberation 3–12 dB below the direct path from its very beginning, and the
    table's reflection within a millisecond."""
    return Air(
        distance=rng.uniform(0.3, 1.0),
        snr_db=rng.uniform(*snr),
        own_db=rng.uniform(30, 40),
        decay=rng.uniform(0.008, 0.06),
        reverberation_db=rng.uniform(-12, -3),
        reflection=(rng.uniform(0.0001, 0.001), rng.uniform(-12, -3)),
        tilt_db=rng.uniform(-12, 0),
    )


def obstructed(rng: Generator) -> Air:
    """Something in between: the direct path 6–10 dB below a reflection that comes 0.5–3.5 ms later, SNR ≥ 10 dB."""
    strongest = rng.uniform(6, 10)
    return Air(
        distance=rng.uniform(0.3, 1.0),
        snr_db=rng.uniform(10, 25),
        own_db=rng.uniform(30, 40),
        decay=rng.uniform(0.008, 0.06),
        reverberation_db=strongest + rng.uniform(-12, -6),
        reflection=(rng.uniform(0.0005, 0.0035), strongest),
        tilt_db=rng.uniform(-12, 0),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often an attempt was accepted, and the errors of the distance in metres where there was one."""

    trials: int
    accepted: int
    errors: NDArray[np.float64] = field(repr=False)

    @property
    def rate(self) -> float:
        return self.accepted / self.trials

    def percentiles(self) -> tuple[float, float, float]:
        """p50, p95 and p99 of the error in cm; endless where none was measured."""
        if not len(self.errors):
            return (float("inf"),) * 3
        p50, p95, p99 = 100 * np.percentile(np.abs(self.errors), (50, 95, 99))
        return float(p50), float(p95), float(p99)


def run(airs: Callable[[Generator], Air], seeds: Iterable[int], **options: object) -> Outcome:
    """One attempt for each seed."""
    measured = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        air = airs(rng)
        measured.append((attempt(air, rng, **options).measure(), air.distance))  # type: ignore[arg-type]
    errors = [m.distance - distance for m, distance in measured if m.distance is not None]
    return Outcome(len(measured), sum(m.accepted for m, _ in measured), np.array(errors))
