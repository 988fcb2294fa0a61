"""The distance beside speech, music and typing, with microphones that clip or regulate, among people who walk about."""

from collections.abc import Callable
from dataclasses import replace

import channel
import numpy as np
import pytest
from channel import Samples
from numpy.random import Generator
from ranging_air import Air, Recordings
from ranging_trials import attempt

TRIALS = 6
Spoil = Callable[[Samples, Samples, int, Generator], Samples]
"""From a recording and what is in it of the other device, at that rate."""


def loudness(other: Samples, rate: int) -> float:
    return float(np.sqrt(channel.lasting_power(other, rate)))


def speech(recording: Samples, other: Samples, rate: int, rng: Generator) -> Samples:
    return channel.mix(recording, channel.speech(len(recording), rate, rng), 20.0, loudness(other, rate))


def music(recording: Samples, other: Samples, rate: int, rng: Generator) -> Samples:
    return channel.mix(recording, channel.music(len(recording), rate, rng), 6.0, loudness(other, rate))


def typing(recording: Samples, other: Samples, rate: int, rng: Generator) -> Samples:
    return channel.mix(recording, channel.clicks(len(recording), rate, rng), 0.0, loudness(other, rate))


def clipping(recording: Samples, other: Samples, rate: int, rng: Generator) -> Samples:
    """Of oneself: the other is far from any limit."""
    return channel.clip(recording, 0.5 * float(np.abs(recording).max()))


def regulating(recording: Samples, other: Samples, rate: int, rng: Generator) -> Samples:
    return channel.agc_steps(recording, rate, 6.0, 0.2, rng)


def crowd(recording: Samples, other: Samples, rate: int, rng: Generator) -> Samples:
    return recording + channel.moving_reflections(other, rate, rng, db=-6.0, speed=1.0)


SPOILS = (speech, music, typing, clipping, regulating, crowd)


def errors(spoil: Spoil, seeds: range) -> list[float | None]:
    """In metres, of honest attempts at 0.6 m and 15 dB; None where one was refused."""
    out = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        whole = attempt(Air(distance=0.6, snr_db=15.0), rng)
        heard = whole.recordings
        spoilt = Recordings(
            spoil(heard.a, heard.heard_by_a, whole.a.rate, rng),
            spoil(heard.b, heard.heard_by_b, whole.b.rate, rng),
            heard.heard_by_a,
            heard.heard_by_b,
        )
        measured = replace(whole, recordings=spoilt).measure()
        out.append(measured.distance - 0.6 if measured.accepted and measured.distance is not None else None)
    return out


def check(spoil: Spoil, seeds: range, accepted: float) -> None:
    found = [error for error in errors(spoil, seeds) if error is not None]
    assert len(found) >= accepted * len(seeds)
    assert float(np.median(np.abs(found))) < 0.05
    assert max(np.abs(found)) < 0.3


@pytest.mark.parametrize("spoil", SPOILS)
def test_the_distance_stays_right(spoil: Spoil) -> None:
    check(spoil, range(TRIALS), 5 / 6)


@pytest.mark.soak
@pytest.mark.parametrize("spoil", SPOILS)
def test_the_distance_stays_right_in_full_counts(spoil: Spoil) -> None:
    check(spoil, range(20_000, 20_200), 0.95)
