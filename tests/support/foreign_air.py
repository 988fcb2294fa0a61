"""What a receiver hears when nobody speaks to it: noise, talk, music, typing, and other people's devices."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

import channel
import numpy as np
from channel import Samples
from numpy.random import Generator
from numpy.typing import NDArray

from vauchi_dsp import Modem, Receiver, burst

RATE, SECONDS = 48_000, 10
COUNT = RATE * SECONDS
Profile = Literal["fast", "robust"]
PROFILES: tuple[Profile, ...] = ("fast", "robust")


@dataclass(frozen=True, slots=True)
class Heard:
    """Ten seconds at 48 kHz, and what others have sent in them: profile and payload."""

    samples: NDArray[np.float32]
    sent: set[tuple[Profile, bytes]] = field(default_factory=set)


def _quiet_room(sound: Samples, rng: Generator) -> Heard:
    level = 10 ** rng.uniform(-4, -2)
    return Heard((sound + level * rng.standard_normal(len(sound))).astype(np.float32))


def noise(rng: Generator) -> Heard:
    """White, at one level or one that goes up and down, as a fan's or a train's does."""
    points = 1 if rng.random() < 0.5 else int(rng.integers(2, 200))
    level = np.interp(np.arange(COUNT), np.linspace(0, COUNT, points), rng.uniform(-4, -0.5, points))
    return Heard((10**level * rng.standard_normal(COUNT)).astype(np.float32))


def talk(rng: Generator) -> Heard:
    return _quiet_room(0.2 * channel.speech(COUNT, RATE, rng), rng)


def tune(rng: Generator) -> Heard:
    return _quiet_room(0.2 * channel.music(COUNT, RATE, rng), rng)


def typing(rng: Generator) -> Heard:
    return _quiet_room(0.1 * channel.clicks(COUNT, RATE, rng, rng.uniform(2, 40)), rng)


def traffic(rng: Generator) -> Heard:
    """Other pairs: ranging bursts and frames of both profiles, near and far, in rooms, on top of each other, and frames
    that break off or of which only the end is heard."""
    out = np.zeros(COUNT)
    sent: set[tuple[Profile, bytes]] = set()

    def put(sound: Samples, start: int) -> None:
        heard = sound[: COUNT - start] if start >= 0 else sound[-start:]
        out[max(start, 0) : max(start, 0) + len(heard)] += heard

    for _ in range(rng.integers(2, 5)):
        level, start = 10 ** rng.uniform(-2.2, -0.6), int(rng.integers(-RATE, COUNT - RATE // 2))
        pieces = [burst(rng.bytes(16), RATE) for _ in range(rng.integers(0, 5))]
        for _ in range(rng.integers(1, 3)):
            profile = PROFILES[rng.integers(2)]
            payload = rng.bytes(rng.choice((0, 8, 16, 32, 32, 64, int(rng.integers(256)))))
            sent.add((profile, payload))
            pieces.append(Modem(RATE, profile).modulate(payload))
        for piece in pieces:
            sound = level * np.asarray(piece, np.float64)
            if rng.random() < 0.2:
                sound = sound[: int(rng.uniform(0.2, 1) * len(sound))]
            if rng.random() < 0.3:
                response = channel.room(RATE, 10 ** rng.uniform(-2.5, -1.2), rng, direct_db=rng.uniform(-10, 0))
                sound = channel.convolve(sound, response, len(sound) + RATE // 10)
            if start < COUNT and start + len(sound) > 0:
                put(sound, start)
            start += max(int(0.15 * RATE), len(sound) + RATE // 50)
    return Heard((out + 10 ** rng.uniform(-3, -1) * rng.standard_normal(COUNT)).astype(np.float32), sent)


KINDS: dict[str, Callable[[Generator], Heard]] = {kind.__name__: kind for kind in (noise, talk, tune, typing, traffic)}


@dataclass(slots=True)
class Tally:
    """What a receiver of each profile made of a time of listening."""

    seconds: int = 0
    true: int = 0
    false: int = 0


def listen(blocks: Iterable[Heard]) -> Tally:
    """Counts the frames that somebody sent in this profile, and those that nobody did."""
    receivers = {profile: Receiver(RATE, profile) for profile in PROFILES}
    sent: set[tuple[Profile, bytes]] = set()
    tally = Tally()
    for block in blocks:
        sent |= block.sent
        for profile, receiver in receivers.items():
            for frame in receiver.feed(block.samples):
                if (profile, frame.payload) in sent:
                    tally.true += 1
                else:
                    tally.false += 1
        tally.seconds += SECONDS
    return tally


def hours(kind: str, count: float, seed: int) -> Tally:
    """`count` hours of a kind of sound, the same for the same seed."""
    rng = np.random.default_rng(seed)
    return listen(KINDS[kind](rng) for _ in range(round(count * 3_600 / SECONDS)))
