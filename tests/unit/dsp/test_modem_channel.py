"""The modem through the simulated channel: reduced counts with fixed seeds here, the full ones in `make soak`.

The goals are those of an SNR at which 99 % arrive. With few trials the bound is what a modem at the goal passes surely
and one that is 1 dB worse does not; the soak holds the goals themselves.
"""

from dataclasses import replace

import numpy as np
import pytest
from foreign_air import KINDS, hours
from modem_air import Air, successes, through

from vauchi_dsp import Receiver

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


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_heard_that_nobody_sent(kind: str) -> None:
    tally = hours(kind, 30 / 3_600, seed=0)
    assert tally.seconds == 30
    assert tally.false == 0
    assert (tally.true > 3) == (kind == "traffic")


# --- the full counts ----------------------------------------------------------------------------------------------


GOALS = [
    replace(FAST, snr=1.0),
    replace(FAST, snr=1.0, length=16),
    replace(FAST, snr=1.0, length=100),
    replace(ROBUST, snr=-2.0),
    *ROOMS,
]


def counted(air: Air, name: str, trials: int, seed: int) -> int:
    count = successes(air, trials, seed)
    print(f"{air.profile}, {name}, {air.length} bytes, {air.snr:g} dB: {count} of {trials}")
    return count


@pytest.mark.soak
@pytest.mark.parametrize("air", GOALS)
def test_soak_the_goals(air: Air) -> None:
    assert counted(air, f"reverberation of {1e3 * air.decay:g} ms", 1_000, seed=1) >= 990


@pytest.mark.soak
@pytest.mark.parametrize("air", NOISE)
def test_soak_the_second_goals(air: Air) -> None:
    assert counted(air, "noise", 2_000, seed=1) >= 1_980


@pytest.mark.soak
def test_soak_all_impairments() -> None:
    counts = [counted(air, name, 50, seed=2) for air, name in zip(IMPAIRED, 2 * [*IMPAIRMENTS], strict=True)]
    print(f"altogether {sum(counts)} of {50 * len(counts)}")
    assert min(counts) >= 49
    assert sum(counts) >= 0.99 * 50 * len(counts)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_soak_no_frame_that_nobody_sent_in_ten_hours(kind: str, part: int) -> None:
    """Two hours of each of five kinds of sound, in four parts; a receiver of each profile listens to all of it."""
    tally = hours(kind, 0.5, seed=3 + part)
    print(f"{kind}: {tally.seconds} s, {tally.true} frames of others, {tally.false} that nobody sent")
    assert tally.seconds == 1_800
    assert tally.false == 0
