"""Between the samples: exact where it has to be, at both rates."""

import math
import re
import subprocess
import sys

import pytest

from vauchi_tui.demo.interpolation import BEFORE, TAPS, between


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("frequency", [1_000.0, 18_000.0, 19_000.0, 20_200.0])
@pytest.mark.parametrize("step", [1.0, 1 + 1e-4, 44_100 / 48_000, 48_000 / 44_100])
def test_a_tone_has_the_value_that_it_has(rate: int, frequency: float, step: float) -> None:
    turn = 2 * math.pi * frequency / rate
    samples = [math.sin(turn * n) for n in range(3_000)]
    first, count = BEFORE + 0.37, 2_000
    found = between(samples, first, step, count)
    error = max(abs(value - math.sin(turn * (first + n * step))) for n, value in enumerate(found))
    assert 20 * math.log10(error) < -50


def test_on_a_sample_it_is_the_sample() -> None:
    samples = [0.0] * BEFORE + [1.0, -2.0, 3.0] + [0.0] * TAPS
    assert between(samples, float(BEFORE), 1.0, 3) == pytest.approx([1.0, -2.0, 3.0], abs=1e-9)


def test_nothing_of_nothing() -> None:
    assert between([], 0.0, 1.0, 0) == []


def test_the_demo_runs_without_numpy() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import vauchi_tui.demo.card, sys; print('numpy' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"False\s*", said.stdout)
