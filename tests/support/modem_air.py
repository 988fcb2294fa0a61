"""Frames of the modem through the simulated channel: one trial, and many."""

from dataclasses import dataclass

import channel
import numpy as np
from channel import Samples
from numpy.random import Generator

from vauchi_dsp import Modem, Receiver


@dataclass(frozen=True, slots=True)
class Air:
    """What a frame passes through. SNR in dB in the 2 kHz band; the order is that of nature: loudspeaker, motion, room,
    noise, microphone."""

    profile: str = "fast"
    length: int = 32
    rate: int = 48_000
    heard_at: int | None = None  # the recorder's rate, where it differs
    snr: float = 10.0
    level: float = 0.25
    tilt: float = 0.0  # dB at 20 kHz relative to 18 kHz
    ppm: float = 0.0
    speed: float = 0.0  # m/s, away
    decay: float = 0.0  # s, of the reverberation
    echo: float = 0.0  # s, after which all of it comes once more
    agc: float = 0.0  # dB
    clip: float = 0.0  # times the signal's peak
    speech: float | None = None  # dB above the signal
    clicks: float | None = None
    music: float | None = None


def through(air: Air, payload: bytes, rng: Generator) -> Samples:
    rate = air.rate
    sound = np.asarray(Modem(rate, air.profile).modulate(payload), np.float64) * air.level  # type: ignore[arg-type]
    sound = np.concatenate([np.zeros(rng.integers(rate // 20, rate // 5)), sound, np.zeros(rate // 7)])
    if air.tilt:
        sound = channel.tilt(sound, rate, air.tilt)
    if air.ppm:
        sound = channel.clock(sound, air.ppm)
    if air.speed:
        sound = channel.moving(sound, rate, 0.5, air.speed)
    if air.decay:
        sound = channel.convolve(sound, channel.room(rate, air.decay, rng))
    if air.echo:
        sound = channel.convolve(sound, channel.paths(rate, [0, air.echo], [1, rng.choice([-1, 1])]))
    power = channel.lasting_power(sound, rate)
    if air.agc:
        sound = channel.agc_steps(sound, rate, air.agc, 0.1, rng)
    for kind, make in (("speech", channel.speech), ("clicks", channel.clicks), ("music", channel.music)):
        loud: float | None = getattr(air, kind)
        if loud is not None:
            sound = channel.mix(sound, make(len(sound), rate, rng), loud, float(np.sqrt(power)))
    sound = channel.add_noise(sound, rate, air.snr, rng, power)
    if air.clip:
        sound = channel.clip(sound, air.clip * np.sqrt(2 * power))
    return sound if air.heard_at is None else channel.resample(sound, rate / air.heard_at)


def succeeds(air: Air, seed: int) -> bool:
    """One frame of random bytes: whether it and nothing else is heard."""
    rng = np.random.default_rng(seed)
    payload = rng.bytes(air.length)
    receiver = Receiver(air.heard_at or air.rate, air.profile)  # type: ignore[arg-type]
    return [frame.payload for frame in receiver.feed(through(air, payload, rng).astype(np.float32))] == [payload]


def successes(air: Air, trials: int, seed: int = 0) -> int:
    return sum(succeeds(air, 1_000_000 * seed + trial) for trial in range(trials))
