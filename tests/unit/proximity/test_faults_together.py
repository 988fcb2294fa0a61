"""Several faults at once, drawn by chance: both sides end by themselves, and a proof is the right one."""

import random

import numpy as np
import pytest
from ranging_air import Air, Station
from sound_conversation import LONGEST, Conversation, Ear
from sound_faults import conversation

from vauchi_tui.proximity.sounding import Sounding

FAR = 2.0  # m: beyond the limit by more than any error


def place(rng: random.Random) -> Air:
    near = rng.random() < 0.7
    return Air(
        distance=rng.uniform(0.3, 1.0) if near else rng.uniform(FAR, 6.0),
        snr_db=rng.uniform(0.0, 25.0),
        own_db=rng.uniform(30.0, 40.0),
        decay=rng.uniform(0.01, 0.05),
        speed=rng.choice([0.0, 0.0, 0.0, 0.1, -0.4]),
        own_echo=rng.choice([None, None, (rng.uniform(0.01, 0.5), -12.0)]),
    )


def laptop(rng: random.Random) -> Station:
    return Station(
        rng.choice([44_100, 48_000]),
        rng.uniform(-100, 100),
        rng.uniform(0.005, 0.2),
        rng.uniform(0.005, 0.1),
        rng.uniform(0, 0.3),
    )


def break_something(ear: Ear, rng: random.Random) -> None:
    match rng.randrange(7):
        case 0:
            ear.lost_at = [rng.uniform(0, 5) for _ in range(rng.randrange(1, 4))]
        case 1:
            ear.gap_at = [rng.uniform(0, 5) for _ in range(rng.randrange(1, 4))]
        case 2:
            ear.muted_from = rng.uniform(0, 4)
        case 3:
            ear.plugged_until = rng.uniform(0, 4)
        case 4:
            at = rng.randrange(200_000)
            ear.injected = lambda places: np.where((places >= at) & (places < at + 9), np.inf, 0.0)
        case _:
            pass  # this one is well


def chance(seed: int) -> Conversation:
    rng = random.Random(seed)
    talk = conversation(seed, place(rng), (laptop(rng), laptop(rng)))
    for ear in talk.ears:
        break_something(ear, rng)
    lost, twice = rng.choice([0.0, 0.0, 0.3]), rng.choice([0.0, 0.2])

    def carry(_sender: Sounding, message: bytes) -> list[bytes]:
        return [] if rng.random() < lost else [message] * (1 + (rng.random() < twice))

    talk.carry = carry
    talk.judge = False  # the evidence has to come over the pipe
    return talk


def check(seed: int) -> bool:
    """Whether both had a proof in the end."""
    talk = chance(seed).run()
    assert talk.now < LONGEST - 1, seed
    a, b = talk.a.near, talk.b.near
    for ear in talk.ears:
        assert (ear.near is None) is (ear.not_proven is not None), seed
    if a is not None:
        moved = abs(talk.air.speed) * talk.now
        assert talk.air.distance < FAR and abs(a.distance_m - talk.air.distance) < 0.3 + moved, seed
    if b is not None:
        assert a is not None and b.distance_m == a.distance_m, seed
    return b is not None


def test_it_ends_and_is_right() -> None:
    proven = sum(check(seed) for seed in range(16))
    assert 2 <= proven <= 12  # both ends are seen


@pytest.mark.soak
def test_soak_it_ends_and_is_right() -> None:
    proven = sum(check(seed) for seed in range(1_000, 1_500))
    assert 60 <= proven <= 250
