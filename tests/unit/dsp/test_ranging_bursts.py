"""The ranging burst and its receiver against a plain NumPy reference, and what they refuse."""

import array
import sys
import threading

import channel
import numpy as np
import pytest
import ranging_reference as reference
from numpy.typing import NDArray

from vauchi_dsp import Arrivals, burst, find_bursts

RATES = (44_100, 48_000, 96_000)
Floats = NDArray[np.float32]


def codes_of(rng: np.random.Generator, count: int = 4) -> list[bytes]:
    return [rng.bytes(16) for _ in range(count)]


def recording(
    codes: list[bytes], rate: int, times: list[float], length: float, gain: float = 0.1
) -> NDArray[np.float64]:
    """Bursts that begin at `times` (s, any fraction of a sample)."""
    out = np.zeros(int(length * rate))
    for code, time in zip(codes, times, strict=True):
        whole = int(time * rate)
        wave = channel.delay(np.asarray(burst(code, rate), np.float64), rate, time - whole / rate)
        out[whole : whole + len(wave)] += gain * wave
    return out


@pytest.mark.parametrize("rate", RATES)
def test_a_burst_is_the_reference_waveform(rate: int) -> None:
    for code in codes_of(np.random.default_rng(1), 8):
        wave = burst(code, rate)
        assert (wave.format, wave.ndim, len(wave)) == ("f", 1, round(0.08 * rate))
        np.testing.assert_allclose(np.asarray(wave), reference.burst(code, rate), atol=1e-7)


@pytest.mark.parametrize("rate", RATES)
def test_a_burst_keeps_its_envelope_its_band_and_its_peak(rate: int) -> None:
    code = np.random.default_rng(2).bytes(16)
    wave = np.asarray(burst(code, rate), np.float64)
    assert np.abs(wave).max() <= 1
    spectrum = np.fft.fft(wave)
    spectrum[len(wave) // 2 :] = 0
    envelope = 2 * np.abs(np.fft.ifft(spectrum))
    steady = envelope[int(0.004 * rate) : -int(0.004 * rate)]
    assert steady.min() > 0.99  # the sidelobes that sampling folds back ripple it
    assert steady.max() < 1.01
    assert channel.band_power(wave, rate) > 0.99 * np.mean(wave**2)


@pytest.mark.parametrize("rate", RATES)
def test_next_to_nothing_of_a_burst_can_be_heard(rate: int) -> None:
    """Below 16 kHz, whatever the code: −38 dB is the goal, −50 dB the one after it; alternating chips are the worst."""
    rng = np.random.default_rng(2)
    for code in (b"\x55" * 16, b"\x33" * 16, bytes(16), *codes_of(rng, 20)):
        wave = np.pad(np.asarray(burst(code, rate), np.float64), rate // 10)
        assert channel.band_power(wave, rate, 0, 16_000) < 10**-5.3 * np.mean(wave**2)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("rate", RATES)
def test_the_receiver_agrees_with_the_reference(rate: int, own: bool) -> None:
    rng = np.random.default_rng(rate + own)
    for snr in (20.0, 6.0, 0.0, -9.0):
        codes = codes_of(rng)
        start = 0.05 + rng.random() / 100
        clean = recording(codes, rate, [start + 0.15 * i for i in range(4)], 0.8)
        response = channel.room(rate, 0.03, rng, reverberation_db=-3, reflection=(rng.uniform(0.001, 0.003), 5))
        noisy = channel.add_noise(channel.convolve(clean, response), rate, snr, rng).astype(np.float32)
        times, quality = reference.find_bursts(noisy, codes, rate, own)
        found = find_bursts(noisy, codes, rate, own)
        assert [time is None for time in found.times] == [time is None for time in times]
        for time, expected in zip(found.times, times, strict=True):
            assert time is None or expected is None or abs(time / 256 - expected) < 0.004
        np.testing.assert_allclose(found.quality, quality, atol=0.01)


@pytest.mark.parametrize("rate", RATES)
def test_bursts_are_found_to_a_fraction_of_a_sample(rate: int) -> None:
    rng = np.random.default_rng(4)
    codes = codes_of(rng)
    times = [0.0600123, 0.2100123, 0.5501123, 0.7001123]
    found = find_bursts(recording(codes, rate, times, 0.9).astype(np.float32), codes, rate)
    assert isinstance(found, Arrivals)
    for time, expected in zip(found.times, times, strict=True):
        assert time is not None
        assert abs(time / 256 / rate - expected) < 3e-6  # 1 mm
    assert min(found.quality) > 25


def test_the_direct_path_is_found_below_a_later_reflection() -> None:
    rng, rate = np.random.default_rng(5), 48_000
    codes = codes_of(rng)
    clean = recording(codes, rate, [0.05 + 0.15 * i for i in range(4)], 0.8)
    for below in (6.0, 10.0):
        heard = channel.convolve(clean, channel.paths(rate, [0.0, 0.003], [channel.amplitude(-below), 1.0]))
        noisy = channel.add_noise(heard, rate, 15, rng).astype(np.float32)
        for i, time in enumerate(find_bursts(noisy, codes, rate).times):
            assert time is not None
            assert abs(time / 256 - (0.05 + 0.15 * i) * rate) < 3


def test_a_louder_repetition_does_not_replace_the_own_burst() -> None:
    """Later by as much as one likes: the own burst that is before it is found instead, or nothing is."""
    rng, rate = np.random.default_rng(13), 48_000
    codes = codes_of(rng)
    begins = [0.05 + 0.15 * i for i in range(4)]
    clean = recording(codes, rate, begins, 1.2)
    for later in (0.003, 0.02, 0.075, 0.12):
        for louder in (0.0, 6.0, 18.0):
            heard = channel.convolve(clean, channel.paths(rate, [0.0, later], [1.0, channel.amplitude(louder)]))
            noisy = channel.add_noise(heard, rate, 30, rng).astype(np.float32)
            times = find_bursts(noisy, codes, rate, own=True).times
            true = [
                time is not None and abs(time / 256 - begin * rate) < 3
                for time, begin in zip(times, begins, strict=True)
            ]
            spaced = np.diff([time for time in times if time is not None]) / 256
            assert all(true) or times == (None,) * 4 or np.abs(spaced / rate - 0.15).max() > 0.001


def test_a_path_that_only_one_burst_shows_is_no_path() -> None:
    """What is before the main peak has to stand out in three of four, however strong it is in one."""
    rng, rate = np.random.default_rng(6), 48_000
    codes = codes_of(rng)
    clean = recording(codes, rate, [0.05 + 0.15 * i for i in range(4)], 0.8)
    ghost = recording(codes[:1], rate, [0.047], 0.8)  # codes[0] 3 ms early, 2 dB above what counts as a path
    noisy = channel.add_noise(clean + 0.9 * ghost, rate, 20, rng).astype(np.float32)
    times = find_bursts(noisy, codes, rate).times
    assert [time is not None and abs(time / 256 - (0.05 + 0.15 * i) * rate) < 3 for i, time in enumerate(times)][
        1:
    ] == [True] * 3


def test_other_codes_noise_and_silence_are_not_found() -> None:
    rng, rate = np.random.default_rng(7), 48_000
    played, searched = codes_of(rng), codes_of(rng)
    clean = recording(played, rate, [0.05 + 0.15 * i for i in range(4)], 0.8)
    nothing = (None,) * 4
    assert find_bursts(channel.add_noise(clean, rate, 20, rng).astype(np.float32), searched, rate).times == nothing
    assert find_bursts(rng.standard_normal(48_000).astype(np.float32), searched, rate).times == nothing
    assert find_bursts(np.zeros(48_000, np.float32), searched, rate) == Arrivals(nothing, (0.0,) * 4)
    assert find_bursts(np.full(48_000, 0.7, np.float32), searched, rate).times == nothing
    assert find_bursts(np.ones(1, np.float32), searched, rate).times == nothing


def test_three_of_four_will_do_and_two_will_not() -> None:
    rng, rate = np.random.default_rng(8), 44_100
    codes = codes_of(rng)
    for there, wanted in ((3, [True] * 3 + [False]), (2, [False] * 4)):
        clean = recording(codes[:there], rate, [0.05 + 0.15 * i for i in range(there)], 0.8)
        found = find_bursts(channel.add_noise(clean, rate, 15, rng).astype(np.float32), codes, rate)
        assert [time is not None for time in found.times] == wanted


@pytest.mark.parametrize("rate", RATES)
def test_a_much_louder_own_signal_clipping_direct_current_and_voices_do_not_disturb(rate: int) -> None:
    rng = np.random.default_rng(9)
    mine, theirs = codes_of(rng), codes_of(rng)
    loud = recording(mine, rate, [0.05, 0.20, 1.0, 1.15], 1.4, 1.4)
    faint = recording(theirs, rate, [0.4 + 0.15 * i for i in range(4)], 1.4, 0.02)
    mixed = channel.mix(faint, channel.speech(len(faint), rate, rng), 20)
    noisy = channel.add_noise(mixed, rate, 10, rng, channel.lasting_power(faint, rate))
    heard = (channel.clip(loud + noisy, 0.9) + 0.05).astype(np.float32)
    for i, time in enumerate(find_bursts(heard, theirs, rate).times):
        assert time is not None
        assert abs(time / 256 / rate - (0.4 + 0.15 * i)) < 3e-5
    for time, expected in zip(find_bursts(heard, mine, rate, own=True).times, (0.05, 0.20, 1.0, 1.15), strict=True):
        assert time is not None
        assert abs(time / 256 / rate - expected) < 1e-5


def test_any_float32_buffer_will_do() -> None:
    rng = np.random.default_rng(10)
    codes = codes_of(rng)
    samples = recording(codes, 48_000, [0.05 + 0.15 * i for i in range(4)], 0.8).astype(np.float32)
    expected = find_bursts(samples, codes, 48_000)
    frozen = samples.copy()
    frozen.flags.writeable = False
    assert find_bursts(frozen, tuple(codes), 48_000) == expected
    assert find_bursts(array.array("f", samples.tolist()), iter(codes), 48_000) == expected


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("0" * 16, TypeError, "str"),
        (bytes(15), ValueError, "16 bytes"),
        (bytes(17), ValueError, "not 17"),
        (None, TypeError, "NoneType"),
    ],
)
def test_a_code_that_cannot_be_is_refused(code: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        burst(code, 48_000)  # type: ignore[arg-type]
    with pytest.raises(error, match=words):
        find_bursts(np.zeros(480, np.float32), [bytes(16), code], 48_000)  # type: ignore[list-item]


@pytest.mark.parametrize("count", [0, 17])
def test_a_number_of_codes_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 16"):
        find_bursts(np.zeros(480, np.float32), [bytes(16)] * count, 48_000)


@pytest.mark.parametrize("rate", [8_000, 22_050, 192_000])
def test_a_rate_that_does_not_carry_the_band_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="44100"):
        burst(bytes(16), rate)
    with pytest.raises(ValueError, match="44100"):
        find_bursts(np.zeros(480, np.float32), [bytes(16)], rate)


@pytest.mark.parametrize(
    ("samples", "error", "words"),
    [
        (np.zeros(480), TypeError, "float32"),
        (np.zeros((480, 2), np.float32), TypeError, "one channel"),
        (np.zeros(0, np.float32), ValueError, "no samples"),
        (np.array([0.0, np.nan], np.float32), ValueError, "NaN"),
        (np.array([np.inf] * 480, np.float32), ValueError, "NaN"),
        (np.array([1e30] * 480, np.float32), ValueError, "beyond"),
        (np.zeros(60 * 48_000 + 1, np.float32), ValueError, "at most 60 s"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(samples: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        find_bursts(samples, [bytes(16)], 48_000)  # type: ignore[arg-type]


def test_the_search_runs_without_the_interpreter() -> None:
    samples = np.random.default_rng(11).standard_normal(48_000 * 20).astype(np.float32)
    codes = codes_of(np.random.default_rng(12))
    entered, done = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        find_bursts(samples, codes, 48_000)
        done.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        entered.wait()
        finished_first = done.is_set()
    finally:
        sys.setswitchinterval(interval)
    thread.join()
    assert not finished_first


@pytest.mark.parametrize("seed", range(40))
def test_bursts_cut_off_anywhere_overloaded_and_buried_are_found_inside_the_recording_or_not_at_all(seed: int) -> None:
    """Of any length from one sample on; what counts here is what the sanitizers say to it, too."""
    rng = np.random.default_rng(seed)
    rate, count = int(rng.choice(RATES)), int(np.exp(rng.uniform(0, np.log(48_000))))
    codes = codes_of(rng, int(rng.integers(1, 17)))
    samples = rng.standard_normal(count) * 10 ** rng.uniform(-8, 1)
    for code in codes:
        wave = np.asarray(burst(code, rate), np.float64) * 10 ** rng.uniform(-3, 2)
        at = int(rng.integers(-len(wave), count + 1))
        low, high = max(at, 0), min(at + len(wave), count)
        samples[low:high] += wave[low - at : max(high, low) - at]
    if seed % 5 == 0:
        samples[rng.integers(count)] = 9e3
    if seed % 5 == 1:
        samples = np.sign(samples)
    found = find_bursts(np.clip(samples, -9_999, 9_999).astype(np.float32), codes, rate, bool(seed % 2))
    assert len(found.times) == len(found.quality) == len(codes)
    assert all(time is None or 0 <= time <= 256 * count for time in found.times)
    assert np.isfinite(found.quality).all()
