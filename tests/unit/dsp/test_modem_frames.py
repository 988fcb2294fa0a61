"""Frames through the clean air of a test: what goes in comes out, in any blocks, and what is no sound is refused."""

import math
import resource
import threading
import time
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from vauchi_dsp import Frame, Modem, Receiver

PROFILES = ("fast", "robust")
RATES = (44_100, 48_000, 96_000)


def sound(payload: bytes, rate: int = 48_000, profile: str = "fast", before: int = 5_000) -> NDArray[np.float32]:
    frame = np.asarray(Modem(rate, profile).modulate(payload))  # type: ignore[arg-type]
    return np.concatenate([np.zeros(before), 0.3 * frame, np.zeros(rate // 5)]).astype(np.float32)


def bytes_of(seed: int, length: int) -> bytes:
    return np.random.default_rng(seed).bytes(length)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("length", [0, 1, 2, 16, 32, 100, 255])
def test_a_payload_arrives_with_its_place(rate: int, profile: str, length: int) -> None:
    payload = bytes_of(length, length)
    (frame,) = Receiver(rate, profile).feed(sound(payload, rate, profile))  # type: ignore[arg-type]
    assert frame.payload == payload
    assert abs(frame.start - 5_000) < 0.0006 * rate
    assert frame.snr_db > 25


@pytest.mark.parametrize(("profile", "limits"), [("fast", (0.30, 0.50, 1.45)), ("robust", (0.65, 1.0, 2.7))])
@pytest.mark.parametrize("rate", RATES)
def test_a_frame_takes_no_longer_than_promised(profile: str, limits: tuple[float, ...], rate: int) -> None:
    modem = Modem(rate, profile)  # type: ignore[arg-type]
    for length, limit in zip((16, 32, 100), limits, strict=True):
        samples = modem.modulate(bytes(length))
        assert modem.duration(length) <= limit
        assert len(samples) == math.ceil(modem.duration(length) * rate)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_blocks_in_which_it_comes_do_not_matter(profile: str) -> None:
    first, second = bytes_of(1, 20), bytes_of(2, 7)
    stream = np.concatenate([sound(first, profile=profile), sound(second, profile=profile)])
    stream += 0.01 * np.random.default_rng(3).standard_normal(len(stream)).astype(np.float32)
    together = Receiver(48_000, profile).feed(stream)  # type: ignore[arg-type]
    assert [frame.payload for frame in together] == [first, second]
    for block in (1, 97, 480, 1_024, 30_011):
        receiver = Receiver(48_000, profile)  # type: ignore[arg-type]
        part = stream if block > 1 else stream[: len(stream) // 2]
        frames = [frame for i in range(0, len(part), block) for frame in receiver.feed(part[i : i + block])]
        assert frames == together[: len(frames)]
        assert len(frames) == (2 if block > 1 else 1)


def test_a_payload_of_equal_bytes_is_no_worse() -> None:
    for payload in (bytes(64), b"\xff" * 64, b"\xaa" * 64):
        assert [frame.payload for frame in Receiver(48_000).feed(sound(payload))] == [payload]


@pytest.mark.parametrize(
    ("rate", "profile", "error", "words"),
    [
        (22_050, "fast", ValueError, "44100"),
        (48_000.0, "fast", TypeError, "integer"),
        (48_000, "slow", ValueError, "fast"),
        (48_000, None, ValueError, "robust"),
    ],
)
def test_a_rate_or_profile_that_is_none_is_refused(rate: int, profile: str, error: type[Exception], words: str) -> None:
    for kind in (Modem, Receiver):
        with pytest.raises(error, match=words):
            kind(rate, profile)  # type: ignore[arg-type]


def test_a_payload_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 255 bytes, not 256"):
        Modem(48_000).modulate(bytes(256))
    with pytest.raises(TypeError, match="bytes, not str"):
        Modem(48_000).modulate("hello")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_samples_that_are_no_numbers_are_refused_and_leave_no_trace(value: float) -> None:
    stream = sound(b"hello")
    bad = stream.copy()
    bad[-1] = value
    receiver = Receiver(48_000)
    with pytest.raises(ValueError, match="NaN"):
        receiver.feed(bad)
    assert [frame.payload for frame in receiver.feed(stream)] == [b"hello"]


@pytest.mark.parametrize("samples", [np.zeros(10, np.float64), np.zeros(10, np.int16), [0.0], None])
def test_what_is_not_float32_is_refused(samples: object) -> None:
    with pytest.raises(TypeError):
        Receiver(48_000).feed(samples)  # type: ignore[arg-type]


def test_silence_offset_and_full_scale_do_not_disturb_it() -> None:
    receiver = Receiver(48_000)
    for disturbance in (np.zeros(48_000), np.ones(48_000), np.where(np.arange(48_000) % 100 < 50, 1.0, -1.0)):
        assert receiver.feed(disturbance.astype(np.float32)) == []
    assert [frame.payload for frame in receiver.feed(sound(b"hello") + np.float32(0.5))] == [b"hello"]


def test_a_frame_is_a_value() -> None:
    frame = Frame(b"x", 1.0, 2.0)
    assert frame == Frame(b"x", 1.0, 2.0)
    with pytest.raises(AttributeError):
        frame.payload = b"y"  # type: ignore[misc]


def test_listening_lets_other_threads_work() -> None:
    noise = np.tile(np.random.default_rng(1).standard_normal(48_000 * 20).astype(np.float32) * 0.01, 12)

    def steps_meanwhile() -> int:
        """How far this thread gets while another one is within a single call."""
        receiver = Receiver(48_000)
        call: list[float] = []

        def listen() -> None:
            call.append(time.perf_counter())
            receiver.feed(noise)
            call.append(time.perf_counter())

        thread = threading.Thread(target=listen)
        steps = []
        thread.start()
        while thread.is_alive():
            steps.append(time.perf_counter())
        return sum(call[0] < step < call[1] for step in steps)

    assert any(steps_meanwhile() > 100 for _ in range(20))  # on a busy machine not at once


@pytest.mark.parametrize("profile", PROFILES)
def test_it_takes_no_more_memory_however_long_it_listens(profile: str) -> None:
    receiver = Receiver(48_000, profile)  # type: ignore[arg-type]
    stream = sound(bytes(8), profile=profile) + np.random.default_rng(1).normal(0, 0.02, 1).astype(np.float32)
    blocks = [stream[at : at + 480] for at in range(0, len(stream), 480)]

    def listen(times: int) -> int:
        return sum(len(receiver.feed(block)) for _ in range(times) for block in blocks)

    assert listen(3) == 3
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        assert listen(300) == 300
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2_000
    assert most < 4_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_024
