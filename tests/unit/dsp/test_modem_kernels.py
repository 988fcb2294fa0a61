"""Each kernel of the modem against a plain NumPy reference."""

import math
import zlib
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from vauchi_dsp import Modem, instruction_sets
from vauchi_dsp.modem_kernels import Kernels, bessel, decode, demap, encode, tones

SETS = [("baseline", "avx2", "avx512").index(name) for name in instruction_sets()]
TONES, SYMBOL, CHIRP = (8, 16), (0.004, 0.008), (0.0255, 0.100)
GENERATORS = (0o561, 0o753)


def float32(values: object) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)


def pair(signal: NDArray[np.complex128]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return float32(signal.real), float32(signal.imag)


# --- code ---------------------------------------------------------------------------------------------------------


def reference_code(bits: list[int]) -> list[int]:
    """Tail-biting: bit i and the eight before it, around the ring, under each generator."""
    out = []
    for i in range(len(bits)):
        window = sum(bits[i - k] << k for k in range(9))
        out += [(window & g).bit_count() & 1 for g in GENERATORS]
    return out


@cache
def trellis() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """For every branch: from, to, and the signs of its two code bits (+1 for a 0)."""
    register = np.arange(512)
    signs = [[1 - 2 * ((int(r) & g).bit_count() & 1) for g in GENERATORS] for r in register]
    return register >> 1, register & 255, np.array(signs, float)


def reference_decode(llr: NDArray[np.float64], warm: int = 64) -> NDArray[np.float64]:
    """The a posteriori LLR of each code bit, in logarithms, around the ring."""
    source, target, signs = trellis()
    count = len(llr) // 2
    branch = 0.5 * np.clip(llr, -15, 15).reshape(-1, 2) @ signs.T

    def forward(state: NDArray[np.float64], i: int) -> NDArray[np.float64]:
        out = np.full(256, -np.inf)
        np.logaddexp.at(out, target, state[source] + branch[i % count])
        return out - out.max()

    def backward(state: NDArray[np.float64], i: int) -> NDArray[np.float64]:
        out = np.full(256, -np.inf)
        np.logaddexp.at(out, source, state[target] + branch[i % count])
        return out - out.max()

    left = [np.zeros(256)]
    for i in range(-warm, 0):
        left[0] = forward(left[0], i)
    for i in range(count):
        left.append(forward(left[-1], i))
    right = np.zeros(256)
    for i in range(warm - 1, -1, -1):
        right = backward(right, i)
    out = np.zeros((count, 2))
    for i in range(count - 1, -1, -1):
        total = left[i][source] + branch[i] + right[target]
        for k in range(2):
            zero, one = (np.logaddexp.reduce(total[signs[:, k] == s]) for s in (1, -1))
            out[i, k] = zero - one
        right = backward(right, i)
    return out.ravel()


@pytest.mark.parametrize("count", [8, 32, 168])
def test_the_encoder(count: int) -> None:
    bits = [int(bit) for bit in np.random.default_rng(count).integers(0, 2, count)]
    assert encode(bits) == reference_code(bits)


def test_the_code_words_differ_in_twelve_places_at_least() -> None:
    """The free distance of the code is 12 (Proakis & Salehi, table 8.3-1): so one bit changes 12 or more, up to 18."""
    weights = [sum(encode([int(b) for b in f"{x:012b}"] + [0] * 40)) for x in range(1, 4_096)]
    assert min(weights) == 12


@pytest.mark.parametrize("count", [32, 100])
@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_the_decoder(count: int, noise: float) -> None:
    rng = np.random.default_rng(count)
    bits = [int(bit) for bit in rng.integers(0, 2, count)]
    llr = float32(2 * (1 - 2 * np.array(encode(bits))) + noise * rng.standard_normal(2 * count))
    llr[rng.random(2 * count) < 0.3] = 0  # punctured
    coded, decided = decode(llr)
    expected = reference_decode(llr.astype(float))
    np.testing.assert_allclose(coded, np.clip(expected, -30, 30), rtol=2e-3, atol=2e-3)
    if noise < 1:
        assert decided == bits


def test_bits_that_seem_certain_and_contradict_each_other_do_not_upset_the_decoder() -> None:
    rng = np.random.default_rng(11)
    bits = [int(bit) for bit in rng.integers(0, 2, 200)]
    llr = float32(40 * (1 - 2 * np.array(encode(bits))))
    for share in (0.03, 0.5):
        wrong = np.where(rng.random(len(llr)) < share, -llr, llr).astype(np.float32)
        coded, decided = decode(wrong)
        expected = reference_decode(wrong.astype(float))
        np.testing.assert_allclose(np.clip(coded, -20, 20), np.clip(expected, -20, 20), atol=2e-3)
        assert (decided == bits) == (share < 0.1)


# --- frame --------------------------------------------------------------------------------------------------------


def reference_tones(payload: bytes, profile: int) -> list[int]:
    count, bits = TONES[profile], (3, 4)[profile]
    polynomial = (0o13, 0o23)[profile]

    def times(a: int, b: int) -> int:
        product = 0
        for k in range(bits):
            product ^= (a << k) * (b >> k & 1)
        for k in range(bits, -1, -1):
            if product >> (bits + k) & 1:
                product ^= polynomial << k
        return product

    digits = [len(payload) >> (bits * k) & (count - 1) for k in range(-(-8 // bits))]
    out = []
    for x in range(5):
        value = 0
        for digit in reversed(digits):
            value = times(value, x) ^ digit
        out.append(value)
    crc = zlib.crc32(bytes([len(payload)]) + payload).to_bytes(4, "little")
    info = [int(bit) for byte in payload + crc for bit in f"{byte:08b}"]
    seconds = Modem(48_000, ("fast", "robust")[profile]).duration(len(payload))  # type: ignore[arg-type]
    symbols = round((seconds - 0.002 - CHIRP[profile]) / SYMBOL[profile]) - 5
    on_air, code = symbols * bits, reference_code(info)
    kept = min(on_air, len(code))
    step = int(on_air * (math.sqrt(5) - 1) / 2)
    while math.gcd(step, on_air) > 1:
        step -= 1
    places = [i * step % on_air for i in range(on_air)]
    sent = [code[at * len(code) // kept] if at < kept else 0 for at in places]
    out += [int("".join(map(str, sent[i : i + bits])), 2) for i in range(0, on_air, bits)]

    def whitening(i: int) -> int:
        x = (i * 2654435769 + 0x9E37) & 0xFFFFFFFF
        return ((x ^ x >> 15) * 2246822519 & 0xFFFFFFFF) >> 20 & (count - 1)

    return [tone ^ whitening(i) for i, tone in enumerate(out)]


@pytest.mark.parametrize("profile", [0, 1])
@pytest.mark.parametrize("length", [0, 1, 5, 32, 33, 255])
def test_the_tones_of_a_frame(profile: int, length: int) -> None:
    payload = np.random.default_rng(length).bytes(length)
    assert tones(profile, payload) == reference_tones(payload, profile)


def test_two_headers_differ_in_three_symbols_at_least() -> None:
    for profile, distance in ((0, 3), (1, 4)):
        headers = np.array([tones(profile, bytes(length))[:5] for length in range(256)])
        apart = (headers[:, None] != headers[None]).sum(axis=2)
        assert apart[~np.eye(256, dtype=bool)].min() == distance


def reference_sound(payload: bytes, profile: int, rate: int) -> NDArray[np.float64]:
    """The instantaneous frequency, written down and summed on a fine grid; then every n-th point of its cosine."""
    fine, symbol, chirp, count = 40, SYMBOL[profile], CHIRP[profile], TONES[profile]
    played = tones(profile, payload)
    end = chirp + len(played) * symbol
    at = (np.arange(math.ceil((end + 0.002) * rate) * fine) + 0.5) / (rate * fine)
    steps = [1_100.0] + [(tone - (count - 1) / 2) / symbol for tone in played]
    frequency = np.where(at < chirp, 2_200 * (at - chirp / 2) / chirp, 1_100.0)
    for i in range(1, len(steps)):
        u = np.clip((at - chirp - (i - 1) * symbol) / 0.0006 + 0.5, 0, 1)
        frequency += (steps[i] - steps[i - 1]) * (1 - np.cos(np.pi * u)) / 2
    phase = np.concatenate([[0.0], np.cumsum(2 * np.pi * (19_000 + frequency) / (rate * fine))])[:-1][::fine]
    at = np.arange(len(phase)) / rate
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(at / 0.002, 0, 1))
    fall = 0.5 + 0.5 * np.cos(np.pi * np.clip((at - end) / 0.002, 0, 1))
    return rise * fall * np.cos(phase + np.pi * 2_200 * chirp / 4)


@pytest.mark.parametrize("profile", [0, 1])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_sound_of_a_frame(profile: int, rate: int) -> None:
    payload = b"Vauchi"
    sound = np.asarray(Modem(rate, ("fast", "robust")[profile]).modulate(payload))  # type: ignore[arg-type]
    np.testing.assert_allclose(sound, reference_sound(payload, profile, rate), atol=2e-3)


@pytest.mark.parametrize("profile", ["fast", "robust"])
@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_nobody_hears_it(profile: str, rate: int) -> None:
    sound = np.asarray(Modem(rate, profile).modulate(np.random.default_rng(1).bytes(32)))  # type: ignore[arg-type]
    energy = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
    frequency = np.fft.rfftfreq(2 * len(sound), 1 / rate)
    assert np.abs(sound).max() <= 1
    assert 10 * np.log10(energy[frequency < 16_000].sum() / energy.sum()) < -58
    assert energy[(frequency > 18_000) & (frequency < 20_000)].sum() > 0.97 * energy.sum()


# --- listening ----------------------------------------------------------------------------------------------------


def reference_baseband(samples: NDArray[np.float32], rate: int) -> NDArray[np.complex128]:
    step = 14 if rate == 44_100 else rate // 3_000
    half = 6 * step - 1
    at = np.arange(-half, half + 1)
    taps = np.sinc(at / step) * np.i0(5.6 * np.sqrt(1 - (at / (half + 1)) ** 2))
    taps *= 2 / taps.sum()
    carried = samples * np.exp(-2j * np.pi * 19_000 * np.arange(len(samples)) / rate)
    return np.convolve(np.concatenate([np.zeros(half), carried]), taps, "valid")[::step]


@pytest.mark.parametrize("instructions", SETS)
@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_the_baseband(rate: int, instructions: int) -> None:
    samples = float32(np.random.default_rng(1).standard_normal(20_000))
    kernels = Kernels(rate, 0, instructions)
    out = []
    for start, stop in ((0, 8_000), (8_000, 8_001), (8_001, 12_345), (12_345, 20_000)):
        re, im = kernels.baseband(samples[start:stop])
        out += [complex(a, b) for a, b in zip(re, im, strict=True)]
    expected = reference_baseband(samples, rate)
    assert len(out) >= len(expected) - 1
    np.testing.assert_allclose(out[: len(expected)], expected[: len(out)], atol=3e-6)


def test_the_baseband_keeps_the_band_and_nothing_else() -> None:
    def gain(frequency: float) -> float:
        at = np.arange(8_000) / 48_000
        re, im = Kernels(48_000, 0, SETS[0]).baseband(float32(np.cos(2 * np.pi * frequency * at)))
        return 20 * math.log10(np.abs(np.array(re) + 1j * np.array(im))[20:-20].mean())

    assert abs(gain(18_000)) < 0.1
    assert abs(gain(20_000)) < 0.1
    for frequency in (300, 8_000, 12_000, 15_000, 16_000, 16_900, 21_200, 23_000):
        assert gain(frequency) < -50


@pytest.mark.parametrize("instructions", SETS)
@pytest.mark.parametrize("profile", [0, 1])
def test_the_matched_filter(profile: int, instructions: int) -> None:
    kernels = Kernels(48_000, profile, instructions)
    chirp = np.array(kernels.chirp())
    at = (np.arange(len(chirp)) - (len(chirp) - 1) / 2) / 3_000
    np.testing.assert_allclose(chirp, np.exp(1j * np.pi * 2_200 / CHIRP[profile] * at**2), atol=1e-6)
    rng = np.random.default_rng(2)
    signal = rng.standard_normal(512) + 1j * rng.standard_normal(512)
    power = np.array(kernels.match(*pair(signal)))
    assert len(power) >= 128
    expected = np.abs(np.correlate(signal, chirp, "valid")[: len(power)]) ** 2
    np.testing.assert_allclose(power, expected, rtol=1e-4, atol=1e-5 * expected.max())


def reference_search(
    signal: NDArray[np.complex128], chirp: NDArray[np.complex128], profile: int
) -> list[tuple[int, float]]:
    """Peaks of the chirp's share of the energy of its window that are the highest of the next 12 ms, above a threshold
    that noise passes twice in a million."""
    energy = np.correlate(np.abs(signal) ** 2, np.ones(len(chirp)), "valid")
    share = np.abs(np.correlate(signal, chirp, "valid")) ** 2 / (len(chirp) * energy)
    threshold = 1 - 2e-6 ** (1 / (2_200 * CHIRP[profile] - 1))
    found, peak = [], -1
    for place, x in enumerate(share):
        if x > threshold and (peak < 0 or x > share[peak]):
            peak = place
        if peak >= 0 and place > peak + 36:
            found.append((peak, share[peak]))
            peak = -1
    return found


@pytest.mark.parametrize("instructions", SETS)
@pytest.mark.parametrize("profile", [0, 1])
def test_the_search_finds_every_chirp_and_nothing_else(profile: int, instructions: int) -> None:
    """Weak ones among loud noise, loud ones in soft noise, wherever they lie in the transforms' windows."""
    kernels = Kernels(48_000, profile, instructions)
    chirp = np.array(kernels.chirp())
    rng = np.random.default_rng(3 + profile)
    noise = rng.standard_normal(100_000) + 1j * rng.standard_normal(100_000)
    signal = noise * np.repeat(10 ** rng.uniform(-4, 1, 20), 5_000)
    sent = np.arange(500, 99_000, 611)
    for place in sent:
        loud = np.sqrt((np.abs(signal[place : place + len(chirp)]) ** 2).mean()) * rng.uniform(0.3, 3)
        signal[place : place + len(chirp)] += loud * chirp * np.exp(2j * np.pi * rng.random())
    expected = reference_search(signal, chirp, profile)
    assert 100 < len(expected) <= len(sent) + 3
    found = kernels.search(*pair(signal))
    assert [place for place, _ in found] == [place for place, _ in expected]
    np.testing.assert_allclose([share for _, share in found], [share for _, share in expected], rtol=1e-3)


@pytest.mark.parametrize("instructions", SETS)
@pytest.mark.parametrize("profile", [0, 1])
def test_the_search_takes_no_rounding_for_a_chirp(profile: int, instructions: int) -> None:
    """Digital silence right beside the loudest sound, wherever the transforms' windows begin."""
    kernels = Kernels(48_000, profile, instructions)
    chirp = np.array(kernels.chirp())
    signal = np.zeros(120_000, complex)
    sent = np.cumsum(np.random.default_rng(7).integers(len(chirp) + 200, 1_700, 90))
    for place in sent:
        signal[place : place + len(chirp)] = chirp
    found = kernels.search(*pair(signal))
    assert [place for place, _ in found] == [int(place) for place in sent]
    np.testing.assert_allclose([share for _, share in found], 1, atol=1e-4)


def reference_kernel() -> NDArray[np.float64]:
    at = np.arange(16) - 7 - np.arange(513)[:, None] / 512
    return np.sinc(at) * np.i0(6 * np.sqrt(np.clip(1 - (at / 8) ** 2, 0, 1))) / np.i0(6)


@pytest.mark.parametrize("profile", [0, 1])
@pytest.mark.parametrize("stretch", [0.0, 1.5e-3, -1e-4])
def test_the_correlations(profile: int, stretch: float) -> None:
    rng = np.random.default_rng(3)
    signal = rng.standard_normal(600) + 1j * rng.standard_normal(600)
    grid, count, symbols, start = (12, 24)[profile], TONES[profile], 12, 40.3
    spacing = SYMBOL[profile] * 3_000 / (1 + stretch) / grid
    at = start + (np.arange(symbols * grid) + 0.5) * spacing
    whole = np.floor(at).astype(int)
    kernel = reference_kernel()[((at - whole) * 512 + 0.5).astype(int)]
    values = (kernel * np.stack([signal[whole - 7 + n] for n in range(16)], axis=1)).sum(axis=1)
    values *= np.exp(-2j * np.pi * 19_000 * stretch / 3_000 * (at - start))
    values *= np.repeat((-1.0) ** np.arange(symbols), grid)
    wave = np.exp(-2j * np.pi * np.outer(np.arange(count) - (count - 1) / 2, (np.arange(grid) + 0.5) / grid)) / grid
    expected = values.reshape(symbols, grid) @ wave.T
    out = Kernels(48_000, profile, SETS[0]).correlate(*pair(signal), start, stretch, symbols, count)
    np.testing.assert_allclose(out, expected.ravel(), atol=2e-5)


# --- deciding -----------------------------------------------------------------------------------------------------


def test_the_logarithm_of_the_bessel_function() -> None:
    for x in (0.0, 0.01, 0.5, 1.0, 3.7, 3.8, 5.0, 20.0, 100.0, 600.0):
        assert bessel(x) == pytest.approx(math.log(float(np.i0(x))), abs=3e-3)


@pytest.mark.parametrize("profile", [0, 1])
def test_the_demapper(profile: int) -> None:
    rng, count, bits, white = np.random.default_rng(4), TONES[profile], (3, 4)[profile], 5
    likelihood, prior = float32(3 * rng.standard_normal(count)), float32(rng.standard_normal(bits))
    label = np.arange(count)
    digit = label[:, None] >> np.arange(bits - 1, -1, -1) & 1
    total = likelihood[label ^ white].astype(float) + (0.5 * prior * (1 - 2 * digit)).sum(axis=1)
    expected = [
        np.logaddexp.reduce(total[digit[:, k] == 0]) - np.logaddexp.reduce(total[digit[:, k] == 1]) - prior[k]
        for k in range(bits)
    ]
    llr, chance = demap(profile, white, likelihood, prior)
    np.testing.assert_allclose(llr, expected, atol=1e-4)
    weight = np.exp(total - total.max())
    np.testing.assert_allclose(np.array(chance)[label ^ white], weight / weight.sum(), atol=1e-6)


def wrong(heard: NDArray[np.complex128], sent: NDArray[np.complex128]) -> float:
    """How far one is from the other, whatever its gain: 0 to 1."""
    return float(1 - abs(np.vdot(heard, sent)) ** 2 / (np.vdot(heard, heard).real * np.vdot(sent, sent).real))


def test_the_equaliser_undoes_an_echo_and_leaves_a_single_path_alone() -> None:
    kernels = Kernels(48_000, 1, SETS[0])
    chirp = np.array(kernels.chirp())
    rng = np.random.default_rng(5)
    spectrum = np.fft.fft(rng.standard_normal(1_200) + 1j * rng.standard_normal(1_200))
    spectrum[np.abs(np.fft.fftfreq(1_200)) > 0.3] = 0
    sent = np.concatenate([np.zeros(200), chirp, np.fft.ifft(spectrum), np.zeros(200)])
    data = slice(200 + len(chirp) + 150, -300)
    assert kernels.equalise(*pair(sent), 200, 0.9) is None
    heard = sent + 0.7 * np.roll(sent, 20)
    learnt = kernels.equalise(*pair(heard), 200, 0.9)
    assert learnt is not None
    taps, mended = np.array(learnt[0]), np.array(learnt[1]) + 1j * np.array(learnt[2])
    np.testing.assert_allclose(mended, np.convolve(heard, taps)[128 : 128 + len(heard)], atol=1e-4)
    print(wrong(mended[data], sent[data]))
    assert wrong(heard[data], sent[data]) > 0.25
    assert wrong(mended[data], sent[data]) < 0.12
