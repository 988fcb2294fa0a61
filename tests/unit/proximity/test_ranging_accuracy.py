"""The goals of `vauchi_dsp/README.md` for honest pairs: small counts here, 1,000 seeded trials each in the soak."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.random import Generator
from ranging_air import Air, Station
from ranging_trials import attempt, in_sight, obstructed, run


@dataclass(frozen=True)
class Goal:
    airs: Callable[[Generator], Air]
    accepted: float
    centimetres: tuple[float, float, float]  # p50, p95, p99


ENDLESS = float("inf")
GOALS = {
    "in sight, 10 dB and more": Goal(in_sight, 0.99, (4, 10, 20)),
    "in sight, 0 dB": Goal(lambda rng: in_sight(rng, (0.0, 0.0)), 0.99, (ENDLESS,) * 3),
    "in sight, 0 to 10 dB": Goal(lambda rng: in_sight(rng, (0.0, 10.0)), 0.99, (ENDLESS,) * 3),
    "something in between": Goal(obstructed, 0.97, (10, ENDLESS, ENDLESS)),
}
SMALL, FULL = 20, 1_000


@pytest.mark.parametrize("name", GOALS)
def test_honest_pairs_are_accepted_at_the_right_distance(name: str) -> None:
    check(GOALS[name], range(SMALL))


@pytest.mark.soak
@pytest.mark.parametrize("name", GOALS)
def test_honest_pairs_in_full_counts(name: str) -> None:
    check(GOALS[name], range(10_000, 10_000 + FULL))


def check(goal: Goal, seeds: range) -> None:
    outcome = run(goal.airs, seeds)
    assert outcome.rate >= goal.accepted
    for found, allowed in zip(outcome.percentiles(), goal.centimetres, strict=True):
        assert found <= allowed


def median_by_latency_and_clock(seeds: range) -> list[float]:
    """The median error in the same rooms, for short and long latencies and for fast and slow clocks."""
    kinds = {
        "short": (Station(48_000, 0, 0.005, 0.005), Station(48_000, 0, 0.005, 0.005)),
        "long": (Station(48_000, 0, 0.2, 0.1), Station(48_000, 0, 0.1, 0.2, 0.05)),
        "apart": (Station(48_000, 100, 0.02, 0.01), Station(48_000, -100, 0.01, 0.05, 0.05)),
        "together": (Station(48_000, -100, 0.02, 0.01), Station(44_100, 100, 0.15, 0.05, 0.02)),
    }
    medians = []
    for stations in kinds.values():
        errors = []
        for seed in seeds:
            rng = np.random.default_rng(seed)
            air = replace(in_sight(rng), distance=0.6)
            distance = attempt(air, rng, stations=stations).measure().distance
            if distance is not None:
                errors.append(distance - 0.6)
        assert len(errors) >= 0.99 * len(seeds)
        medians.append(float(np.median(errors)))
    return medians


def test_the_distance_does_not_depend_on_latency_and_clock() -> None:
    medians = median_by_latency_and_clock(range(8))
    assert max(medians) - min(medians) <= 0.01


@pytest.mark.soak
def test_the_distance_does_not_depend_on_latency_and_clock_in_full_counts() -> None:
    medians = median_by_latency_and_clock(range(10_000, 10_300))
    assert max(medians) - min(medians) <= 0.01
