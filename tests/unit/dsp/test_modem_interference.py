"""Frames of the modem beside music and among people who walk about: what the other impairments leave out."""

import channel
import numpy as np
import pytest
from channel import Samples
from modem_air import Air, through
from numpy.random import Generator

from vauchi_dsp import Receiver

RATE, TRIALS = 48_000, 8
PROFILES = {"fast": 10.0, "robust": 4.0}  # SNR in dB


def heard(profile: str, seed: int, spoil: object) -> bool:
    """One frame of random bytes through that and noise: whether it and nothing else is heard."""
    rng = np.random.default_rng(seed)
    payload = rng.bytes(32)
    clean = through(Air(profile, snr=300.0), payload, rng)
    power = channel.lasting_power(clean, RATE)
    assert callable(spoil)
    noisy = channel.add_noise(spoil(clean, power, rng), RATE, PROFILES[profile], rng, power)
    return [frame.payload for frame in Receiver(RATE, profile).feed(noisy.astype(np.float32))] == [payload]  # type: ignore[arg-type]


def music(sound: Samples, power: float, rng: Generator) -> Samples:
    """As loud as the sound itself; its cymbals reach into the band."""
    return channel.mix(sound, channel.music(len(sound), RATE, rng), 0.0, float(np.sqrt(power)))


def crowd(sound: Samples, power: float, rng: Generator) -> Samples:
    return sound + channel.moving_reflections(sound, RATE, rng, count=4, db=-6.0, speed=1.5)


def desk(sound: Samples, power: float, rng: Generator) -> Samples:
    """The direct path 6 dB below a reflection at a desk."""
    response = channel.room(RATE, 0.02, rng, direct_db=-6.0, reverberation_db=-9.0, reflection=(0.0015, 0.0))
    return channel.convolve(sound, response, len(sound))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("spoil", [music, crowd, desk])
def test_it_survives(profile: str, spoil: object) -> None:
    assert sum(heard(profile, seed, spoil) for seed in range(TRIALS)) >= TRIALS - 1


@pytest.mark.soak
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("spoil", [music, crowd, desk])
def test_soak_it_survives(profile: str, spoil: object) -> None:
    assert sum(heard(profile, seed, spoil) for seed in range(1_000, 1_200)) >= 190
