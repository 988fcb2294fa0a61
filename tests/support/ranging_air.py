"""Two devices in one air: each records itself and the other, with clocks, latencies and sample rates of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import channel
import numpy as np
from channel import SOUND, Samples
from numpy.random import Generator

SLOT = 0.15  # s from one burst to the next
SELF_DISTANCE = 0.2  # m between a device's own speaker and microphone
LEVEL = 0.25  # −12 dBFS


@dataclass(frozen=True, slots=True)
class Station:
    """One laptop. `ppm`: how much faster its clock runs than true time; `play_latency` and `record_latency` (s) are
    what its operating system adds and does not tell; `start` (s) is when its streams began, in true time."""

    rate: int = 48_000
    ppm: float = 0.0
    play_latency: float = 0.01
    record_latency: float = 0.01
    start: float = 0.0

    @property
    def true_rate(self) -> float:
        return self.rate * (1 + self.ppm * 1e-6)


@dataclass(frozen=True, slots=True)
class Score:
    """What a station plays: bursts in order and the times (s, own clock) at which each begins."""

    bursts: Sequence[Samples]
    times: Sequence[float]

    def samples(self, rate: int, length: float) -> Samples:
        out = np.zeros(int(length * rate))
        for burst, time in zip(self.bursts, self.times, strict=True):
            at = round(time * rate)
            out[at : at + len(burst)] += LEVEL * np.asarray(burst, np.float64)[: len(out) - at]
        return out


def scores(
    a: Station, b: Station, bursts_a: Sequence[Samples], bursts_b: Sequence[Samples]
) -> tuple[Score, Score, float]:
    """a1 a2 | b1 b2 b3 b4 | a3 a4, each part when the one before must have been heard; and how long it takes (s)."""
    first = 0.1 + max(a.start, b.start)
    second = first + 2 * SLOT + 0.05 + a.play_latency + b.record_latency
    third = second + 4 * SLOT + 0.05 + b.play_latency + a.record_latency
    times_a = [time - a.start for time in (first, first + SLOT, third, third + SLOT)]
    times_b = [second - b.start + i * SLOT for i in range(4)]
    length = third + 2 * SLOT + 0.1 + a.play_latency + max(a.record_latency, b.record_latency)
    return Score(bursts_a, times_a), Score(bursts_b, times_b), length


def carry(played: Samples, player: Station, recorder: Station, response: Samples, count: int) -> Samples:
    """What the recorder's stream holds of the player's: both clocks, both latencies, and the room from `response`
    (at the recorder's rate, the way through the air included)."""
    ratio = player.true_rate / recorder.true_rate
    offset = (recorder.start - recorder.record_latency - player.start - player.play_latency) * player.true_rate
    return channel.convolve(channel.resample(played, ratio, offset, count), response)


@dataclass(frozen=True, slots=True)
class Air:
    """The room between two stations. Levels in dB: the other device arrives `own_db` weaker than oneself; `snr_db`
    compares what arrives of the other (all of it, while it lasts) with the noise in 18–20 kHz. `direct_db`,
    `reflection`, `decay` and `reverberation_db` as in `channel.room`, relative to the undamped direct path."""

    distance: float = 0.6
    snr_db: float = 20.0
    own_db: float = 35.0
    decay: float = 0.03
    reverberation_db: float = -6.0
    onset: float = 0.0
    direct_db: float = 0.0
    reflection: tuple[float, float] | None = None
    tilt_db: float = 0.0
    relay: float = 0.0  # s by which a live relay delays each way
    speed: float = 0.0  # m/s, away, in a `Conversation`
    own_echo: tuple[float, float] | None = None  # what comes back to oneself (s, dB), in a `Conversation`
    shift: float = 0.0  # Hz by which it shifts the frequency

    def response(self, rate: int, rng: Generator) -> Samples:
        response = channel.room(
            rate,
            self.decay,
            rng,
            start=self.distance / SOUND + self.relay,
            direct_db=self.direct_db,
            reverberation_db=self.reverberation_db,
            onset=self.onset,
            reflection=self.reflection,
        )
        return channel.amplitude(-self.own_db) * (
            channel.tilt(response, rate, self.tilt_db) if self.tilt_db else response
        )


def own_response(rate: int, decay: float, rng: Generator, echo: tuple[float, float] | None = None) -> Samples:
    """From a laptop's speaker to its own microphone: near, with the same room far below it, and perhaps an echo."""
    return channel.room(rate, decay, rng, start=SELF_DISTANCE / SOUND, reverberation_db=-18.0, reflection=echo)


@dataclass(frozen=True, slots=True)
class Recordings:
    a: Samples
    b: Samples
    heard_by_a: Samples = field(repr=False)  # without noise and without oneself, for attackers who do better
    heard_by_b: Samples = field(repr=False)


def hear(score: Score, there: Station, here: Station, length: float, air: Air, rng: Generator) -> Samples:
    """What `here` records of what `there` plays, without noise."""
    played = score.samples(there.rate, length)
    heard = carry(played, there, here, air.response(here.rate, rng), int(length * here.rate))
    return channel.shift(heard, here.rate, air.shift) if air.shift else heard


def converse(
    a: Station, b: Station, score_a: Score, score_b: Score, length: float, air: Air, rng: Generator
) -> Recordings:
    """Both recordings, `length` s long. The room is another in each direction: speakers and microphones are apart."""
    out: list[Samples] = []
    heard: list[Samples] = []
    for here, there, mine, theirs in ((a, b, score_a, score_b), (b, a, score_b, score_a)):
        played = mine.samples(here.rate, length)
        own = carry(played, here, here, own_response(here.rate, air.decay, rng), len(played))
        heard.append(hear(theirs, there, here, length, air, rng))
        out.append(own + channel.add_noise(heard[-1], here.rate, air.snr_db, rng))
    return Recordings(out[0], out[1], heard[0], heard[1])
