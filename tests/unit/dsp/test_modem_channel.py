"""The modem through the simulated channel: reduced counts with fixed seeds here, the full ones in `make soak`.

The goals are those of an SNR at which 99 % arrive. With few trials the bound is what a modem at the goal passes surely
and one that is 1 dB worse does not; the soak holds the goals themselves.
"""

from dataclasses import replace

import channel
import numpy as np
import pytest
from channel import Samples
from modem_air import Air, false_frames, successes, through
from numpy.random import Generator

from vauchi_dsp import Receiver, burst

FAST, ROBUST = Air("fast"), Air("robust")
NOISE = [replace(FAST, snr=0.0), replace(ROBUST, snr=-4.0)]  # the goals are 1 and -2 dB, then 0 and -4
ROOMS = [replace(ROBUST, snr=4.0, decay=decay) for decay in (0.008, 0.030, 0.060)]
IMPAIRMENTS = {
    "a fast clock": {"ppm": 100.0},
    "a slow clock": {"ppm": -100.0},
    "a whisper": {"level": 0.01},
    "clipping": {"clip": 0.5},
    "speech 20 dB louder": {"speech": 20.0},
    "a loudspeaker that gives up": {"tilt": -12.0},
    "going": {"speed": 0.5},
    "coming": {"speed": -0.5},
    "steps of gain": {"agc": 6.0},
    "typing": {"clicks": 0.0},
    "44.1 kHz heard at 48": {"rate": 44_100, "heard_at": 48_000},
    "48 kHz heard at 44.1": {"rate": 48_000, "heard_at": 44_100},
    "96 kHz": {"rate": 96_000},
}
IMPAIRED = [
    replace(air, snr=snr, **change) for air, snr in ((FAST, 7.0), (ROBUST, 4.0)) for change in IMPAIRMENTS.values()
]
NAMES = [f"{profile}, {name}" for profile in ("fast", "robust") for name in IMPAIRMENTS]
ECHOES = [replace(air, snr=snr, echo=echo) for air, snr in ((FAST, 15.0), (ROBUST, 10.0)) for echo in (0.003, 0.015)]


@pytest.mark.parametrize("air", NOISE, ids=["fast 0 dB", "robust -4 dB"])
def test_it_is_heard_in_noise(air: Air) -> None:
    assert successes(air, 60) >= 57


@pytest.mark.parametrize("air", ROOMS, ids=["8 ms", "30 ms", "60 ms"])
def test_it_is_heard_in_rooms(air: Air) -> None:
    assert successes(air, 20) == 20


@pytest.mark.parametrize("air", IMPAIRED, ids=NAMES)
def test_it_survives(air: Air) -> None:
    assert successes(air, 8) == 8


@pytest.mark.parametrize("air", ECHOES)
def test_an_echo_as_loud_as_the_sound_itself(air: Air) -> None:
    assert successes(air, 15) == 15


def test_far_below_its_limits_it_hears_nothing_rather_than_something_wrong() -> None:
    assert successes(replace(FAST, snr=-9.0), 20) == 0
    assert successes(replace(ROBUST, snr=-13.0), 20) == 0


@pytest.mark.parametrize("length", [0, 1, 16, 100, 255])
def test_all_lengths_in_noise(length: int) -> None:
    assert successes(replace(FAST, length=length, snr=2.0), 4) == 4
    assert successes(replace(ROBUST, length=length, snr=-1.0), 4) == 4


def test_two_frames_at_once_do_not_become_a_third() -> None:
    rng = np.random.default_rng(8)
    payloads = [rng.bytes(20) for _ in range(2)]
    first, second = (through(replace(FAST, length=20, snr=20), payload, rng) for payload in payloads)
    length = min(len(first), len(second)) - 2_000
    mixed = first[2_000 : 2_000 + length] + 0.1 * second[:length]
    assert [frame.payload for frame in Receiver(48_000).feed(mixed.astype(np.float32))] == payloads[:1]


def white(rng: Generator) -> Samples:
    return 0.1 * rng.standard_normal(480_000)


def talk(rng: Generator) -> Samples:
    return 0.2 * channel.speech(480_000, 48_000, rng) + 1e-4 * rng.standard_normal(480_000)


def tune(rng: Generator) -> Samples:
    return 0.2 * channel.music(480_000, 48_000, rng) + 1e-4 * rng.standard_normal(480_000)


def typing(rng: Generator) -> Samples:
    return 0.1 * channel.clicks(480_000, 48_000, rng) + 1e-4 * rng.standard_normal(480_000)


def bursts(rng: Generator) -> Samples:
    out = 1e-3 * rng.standard_normal(480_000)
    for start in range(0, 470_000, 7_200):
        sound = np.asarray(burst(rng.bytes(16), 48_000))
        out[start : start + len(sound)] += 0.3 * sound[: len(out) - start]
    return out


SOUNDS = [white, talk, tune, typing, bursts]


@pytest.mark.parametrize("profile", ["fast", "robust"])
@pytest.mark.parametrize("sound", SOUNDS)
def test_nothing_is_heard_where_nothing_was_sent(sound: object, profile: str) -> None:
    assert false_frames(Receiver(48_000, profile), sound, 2 if sound is not white else 18) == 0  # type: ignore[arg-type]


# --- the full counts ----------------------------------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.parametrize(
    "air",
    [
        replace(FAST, snr=1.0),
        replace(ROBUST, snr=-2.0),
        *ROOMS,
        replace(FAST, snr=1.0, length=16),
        replace(FAST, snr=1.0, length=100),
    ],
)
def test_soak_the_goals(air: Air) -> None:
    assert successes(air, 1_000, seed=1) >= 990


@pytest.mark.soak
@pytest.mark.parametrize("air", NOISE)
def test_soak_the_second_goals(air: Air) -> None:
    assert successes(air, 2_000, seed=1) >= 1_960  # 99 % within two standard deviations and a little


@pytest.mark.soak
def test_soak_all_impairments() -> None:
    counts = [successes(air, 50, seed=2) for air in IMPAIRED]
    assert min(counts) >= 49
    assert sum(counts) >= 0.99 * 50 * len(IMPAIRED)


@pytest.mark.soak
@pytest.mark.parametrize("profile", ["fast", "robust"])
@pytest.mark.parametrize("sound", SOUNDS)
def test_soak_no_false_frame_in_ten_hours(sound: object, profile: str) -> None:
    """Two hours of each of five kinds of sound for each profile."""
    assert false_frames(Receiver(48_000, profile), sound, 720, seed=3) == 0  # type: ignore[arg-type]
