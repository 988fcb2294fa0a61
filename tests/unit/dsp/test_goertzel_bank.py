"""The Goertzel bank against a plain NumPy reference, in every instruction set that this processor has."""

import array
import ctypes
import math
import sys
import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from vauchi_dsp import GoertzelBank, instruction_sets


def reference(samples: NDArray[np.float32], frequencies: list[float], rate: int, block: int) -> NDArray[np.float64]:
    """Squared amplitude by the discrete-time Fourier transform in float64, block by block."""
    n = np.arange(block)
    kernel = np.exp(-2j * np.pi * np.outer(n, frequencies) / rate)
    blocks = samples[: len(samples) // block * block].reshape(-1, block).astype(np.float64)
    return np.abs(blocks @ kernel) ** 2 * (2 / block) ** 2


def noise(count: int, seed: int = 7) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(count).astype(np.float32)


def tone(frequency: float, rate: int, count: int, amplitude: float = 1.0) -> NDArray[np.float32]:
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(count) / rate)).astype(np.float32)


@pytest.mark.parametrize("instructions", instruction_sets())
@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("bins", [1, 2, 7, 8, 9, 16, 17, 33, 40, 80, 97])
def test_agrees_with_the_reference(instructions: str, rate: int, bins: int) -> None:
    frequencies = list(np.linspace(18_000, 20_000, bins))
    for block, blocks in ((240, 23), (241, 11), (2, 13), (3, 7), (64, 1)):
        samples = noise(block * blocks + block - 1)
        power = np.asarray(GoertzelBank(frequencies, rate, block, instructions).power(samples))
        expected = reference(samples, frequencies, rate, block)
        assert power.shape == (blocks, bins)
        assert power.dtype == np.float32
        np.testing.assert_allclose(power, expected, rtol=1e-4, atol=2e-6 * expected.max())


@pytest.mark.parametrize("instructions", instruction_sets())
def test_the_whole_band_keeps_its_accuracy(instructions: str) -> None:
    frequencies = list(np.arange(200, 23_900, 100))
    samples = noise(480 * 12)
    power = np.asarray(GoertzelBank(frequencies, 48_000, 480, instructions).power(samples))
    expected = reference(samples, frequencies, 48_000, 480)
    np.testing.assert_allclose(power, expected, atol=1e-4 * expected.max())


def test_a_tone_reads_its_squared_amplitude_on_its_bin_only() -> None:
    bank = GoertzelBank([18_600, 18_800, 19_000, 19_200], 48_000, 240)  # 200 Hz a bin: orthogonal
    power = np.asarray(bank.power(tone(19_000, 48_000, 240 * 5, 0.25)))
    np.testing.assert_allclose(power[:, 2], 0.0625, rtol=1e-4)
    assert power[:, [0, 1, 3]].max() < 1e-8


def test_silence_is_exactly_nothing_and_direct_current_next_to_nothing() -> None:
    bank = GoertzelBank([18_000, 19_000], 48_000, 480)
    assert not np.asarray(bank.power(np.zeros(4_800, np.float32))).any()
    assert np.asarray(bank.power(np.ones(4_800, np.float32))).max() < 1e-6


def test_no_power_is_negative() -> None:
    bank = GoertzelBank(list(np.linspace(100, 23_000, 64)), 48_000, 240)
    assert np.asarray(bank.power(tone(1_000, 48_000, 24_000))).min() >= 0


def test_blocks_do_not_depend_on_how_many_come_at_once() -> None:
    bank = GoertzelBank(list(np.linspace(18_000, 20_000, 40)), 48_000, 96)
    samples = noise(96 * 31)
    together = np.asarray(bank.power(samples))
    alone = np.vstack([np.asarray(bank.power(samples[i : i + 96])) for i in range(0, len(samples), 96)])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-9)


def test_any_float32_buffer_will_do() -> None:
    bank = GoertzelBank([19_000], 48_000, 48)
    values = [math.sin(i) for i in range(96)]
    expected = bank.power(array.array("f", values)).tolist()
    frozen = np.array(values, np.float32)
    frozen.flags.writeable = False
    for buffer in (frozen, (ctypes.c_float * 96)(*values), memoryview(array.array("f", values))):
        assert bank.power(buffer).tolist() == expected
    result = bank.power(frozen)
    assert (result.shape, result.format, result[1, 0]) == ((2, 1), "f", expected[1][0])


@pytest.mark.parametrize(
    ("samples", "error", "words"),
    [
        (np.zeros(480, np.float64), TypeError, "float32"),
        (np.zeros(480, np.int16), TypeError, "float32"),
        (np.zeros(480, ">f4"), TypeError, "float32"),
        (bytes(1_920), TypeError, "float32"),
        ([0.0] * 480, TypeError, "list"),
        (None, TypeError, "NoneType"),
        (np.zeros((480, 2), np.float32), TypeError, "one channel"),
        (np.zeros(960, np.float32)[::2], TypeError, "contiguous"),
        (np.zeros(0, np.float32), ValueError, "no samples"),
        (np.zeros(239, np.float32), ValueError, "240"),
    ],
)
def test_what_is_not_samples_is_refused_in_words(samples: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        GoertzelBank([19_000], 48_000, 240).power(samples)  # type: ignore[arg-type]


@pytest.mark.parametrize("instructions", instruction_sets())
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "place", [0, 100, 479, 1_680, 1_690]
)  # first, middle, last of a block; a single block; the rest
def test_values_that_are_no_number_are_refused_wherever_they_stand(instructions: str, value: float, place: int) -> None:
    samples = noise(240 * 7 + 20)
    samples[place] = value
    bank = GoertzelBank([12_000, 19_000], 48_000, 240, instructions)  # at rate/4 the coefficient is 0
    with pytest.raises(ValueError, match="NaN"):
        bank.power(samples)


@pytest.mark.parametrize("rate", [0, -48_000, 8_000, 22_050, 47_999, 192_000])
def test_a_rate_that_does_not_carry_the_band_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="44100, 48000, 96000"):
        GoertzelBank([1_000], rate, 240)


@pytest.mark.parametrize("rate", [48_000.0, "48000", None, True])
def test_a_rate_of_another_type_is_refused(rate: object) -> None:
    with pytest.raises(TypeError, match="integer in Hz"):
        GoertzelBank([1_000], rate, 240)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("frequencies", "block", "error", "words"),
    [
        ([], 240, ValueError, "1 to 4096"),
        ([19_000] * 4_097, 240, ValueError, "1 to 4096"),
        ([0], 240, ValueError, "between 0 and 24000"),
        ([24_000], 240, ValueError, "between 0 and 24000"),
        ([math.nan], 240, ValueError, "between 0 and 24000"),
        ([19_000], 1, ValueError, "2 to"),
        ([19_000], 2**21, ValueError, "2 to"),
        ([19_000], 240.0, TypeError, "float"),
        ([19_000], True, TypeError, "bool"),
    ],
)
def test_a_bank_that_cannot_be_is_refused(
    frequencies: list[float], block: int, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        GoertzelBank(frequencies, 48_000, block)


def test_an_instruction_set_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="baseline"):
        GoertzelBank([19_000], 48_000, 240, "quantum")
    assert instruction_sets()[-1] == "baseline"


def test_the_loops_run_without_the_interpreter() -> None:
    """The thread would keep the interpreter for the whole switch interval, did the loops not let go of it."""
    bank = GoertzelBank(list(np.linspace(18_000, 20_000, 4_096)), 48_000, 480)
    samples = noise(480 * 1_000)
    expected = np.asarray(bank.power(samples[: 480 * 4]))
    entered, done = threading.Event(), threading.Event()
    results: list[memoryview] = []

    def work() -> None:
        entered.set()
        results.append(bank.power(samples))
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
    np.testing.assert_allclose(np.asarray(results[0])[:4], expected, rtol=1e-5, atol=1e-9)
