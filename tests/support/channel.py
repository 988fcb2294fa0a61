"""A seeded acoustic channel in NumPy: small functions from samples to samples, to be strung together by the tests.

Samples are float64, mono, full scale 1. Times are in seconds, frequencies in Hz, ratios of level in dB, speeds in m/s.
`rate` is samples per second and need not be a whole number. Everything random comes from the generator that is passed.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator
from numpy.typing import NDArray

Samples = NDArray[np.float64]
SOUND = 343.0  # m/s
BAND = (18_000.0, 20_000.0)
_TAPS, _PHASES, _CHUNK = 64, 4_096, 8_192


def amplitude(db: float) -> float:
    return float(10 ** (db / 20))


def band_power(samples: Samples, rate: float, low: float = BAND[0], high: float = BAND[1]) -> float:
    """Mean power between two frequencies over the whole of `samples`: a sine of amplitude a in the band has a²/2."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    return float(2 * spectrum[(frequencies >= low) & (frequencies < high)].sum() / len(samples) ** 2)


def shape(samples: Samples, rate: float, frequencies: Sequence[float], db: Sequence[float]) -> Samples:
    """A zero-phase filter whose gain in dB is drawn straight between the given points and level beyond them."""
    padded = len(samples) + int(0.02 * rate)
    gain = np.interp(np.fft.rfftfreq(padded, 1 / rate), frequencies, db)
    return np.fft.irfft(np.fft.rfft(samples, padded) * 10 ** (gain / 20), padded)[: len(samples)]


# --- time: delays, clocks, motion ---------------------------------------------------------------------------------


@lru_cache(4)
def _kernels(cutoff: float) -> Samples:
    """Windowed sinc for every phase between two samples; `cutoff` 1 is the input's Nyquist frequency."""
    at = np.arange(_TAPS) - (_TAPS // 2 - 1) - np.arange(_PHASES)[:, None] / _PHASES
    window = np.i0(9.0 * np.sqrt(np.clip(1 - (at / (_TAPS / 2)) ** 2, 0, 1))) / np.i0(9.0)
    return cutoff * np.sinc(cutoff * at) * window


def sample_at(samples: Samples, positions: Samples, cutoff: float = 1.0) -> Samples:
    """The band-limited signal between its samples: its value at each of `positions`, counted in (fractions of) samples.

    Silence outside. `cutoff` < 1 (a part of the Nyquist frequency) keeps aliases out where positions are far apart.
    """
    kernels = _kernels(round(cutoff, 6))
    padded = np.concatenate([np.zeros(_TAPS), samples, np.zeros(_TAPS)])
    windows = sliding_window_view(padded, _TAPS)
    place = np.rint(np.clip(positions, -_TAPS / 2, len(samples) + _TAPS / 2 - 1) * _PHASES).astype(np.int64)
    whole, phase = place // _PHASES + _TAPS // 2 + 1, place % _PHASES
    out = np.zeros(len(positions))
    for start in range(0, len(positions), _CHUNK):
        part = slice(start, start + _CHUNK)
        if padded[whole[part].min() : whole[part].max() + _TAPS].any():
            out[part] = np.einsum("ij,ij->i", kernels[phase[part]], windows[whole[part]])
    return out


def resample(samples: Samples, ratio: float, offset: float = 0.0, count: int | None = None) -> Samples:
    """Output n is the input at `n * ratio + offset` (in input samples); `count` outputs, by default all there are.

    Rates: `resample(x, 44_100 / 48_000)` makes 48 kHz of 44.1. Clocks: see `clock`.
    """
    if count is None:
        count = int((len(samples) - offset) / ratio)
    cutoff = min(1.0, 1 / ratio) if abs(ratio - 1) > 0.01 else 1.0
    return sample_at(samples, np.arange(count) * ratio + offset, cutoff)


def clock(samples: Samples, ppm: float) -> Samples:
    """What a recorder hears whose clock runs `ppm` parts per million faster than the player's."""
    return resample(samples, 1 / (1 + ppm * 1e-6))


def delay(samples: Samples, rate: float, seconds: float, count: int | None = None) -> Samples:
    """Later by any fraction of a sample; `count` samples long, by default as long as it takes."""
    shift = seconds * rate
    return resample(samples, 1.0, -shift, count or len(samples) + int(np.ceil(shift)) + _TAPS // 2)


def moving(samples: Samples, rate: float, distance: float, speed: float, gain: float = 1.0) -> Samples:
    """One path whose length starts at `distance` metres and grows by `speed` m/s: delay and Doppler shift, as long
    as the input. Add several of them for moving reflections."""
    at = np.arange(len(samples), dtype=np.float64)
    return gain * sample_at(samples, at - (distance * rate + speed * at) / SOUND)


def moving_reflections(
    samples: Samples, rate: float, rng: Generator, *, count: int = 3, db: float = -6.0, speed: float = 1.0
) -> Samples:
    """What people who walk about add to `samples`: `count` reflections, together `db` relative to it, by ways that are
    0.5 to 4 m longer and change by up to ±`speed` m/s."""
    out = np.zeros(len(samples))
    for _ in range(count):
        gain = amplitude(db) / np.sqrt(count) * (1 if rng.random() < 0.5 else -1)
        out += moving(samples, rate, rng.uniform(0.5, 4.0), rng.uniform(-speed, speed), gain)
    return out


def shift(samples: Samples, rate: float, hertz: float) -> Samples:
    """Every frequency moved by `hertz`, as a mixer does it."""
    size = 1 << (len(samples) - 1).bit_length()
    spectrum = np.fft.fft(samples, size)
    spectrum[size // 2 :] = 0
    analytic = 2 * np.fft.ifft(spectrum)[: len(samples)]
    return np.asarray((analytic * np.exp(2j * np.pi * hertz / rate * np.arange(len(samples)))).real)


# --- rooms --------------------------------------------------------------------------------------------------------


def paths(rate: float, delays: Sequence[float], gains: Sequence[float]) -> Samples:
    """An impulse response of separate paths, each placed to a fraction of a sample (s and linear gain)."""
    length = int(np.ceil(max(delays) * rate)) + _TAPS
    out = np.zeros(length)
    for seconds, gain in zip(delays, gains, strict=True):
        out += gain * sample_at(np.ones(1), np.arange(length) - seconds * rate)
    return out


def tail(rate: float, decay: float, rng: Generator, onset: float = 0.0) -> Samples:
    """Diffuse reverberation of energy 1: Gaussian noise under exp(−t/decay) from `onset` on, five decays long."""
    at = np.arange(int(np.ceil((onset + 5 * decay) * rate))) / rate
    noise = rng.standard_normal(len(at)) * np.exp(-(at - onset) / decay) * (at >= onset)
    return noise / np.sqrt((noise**2).sum())


def room(
    rate: float,
    decay: float,
    rng: Generator,
    *,
    start: float = 0.0,
    direct_db: float = 0.0,
    reverberation_db: float = 0.0,
    onset: float = 0.001,
    reflection: tuple[float, float] | None = None,
) -> Samples:
    """An impulse response: the direct path at `start` s, a tail of time constant `decay` whose energy is
    `reverberation_db` relative to gain 1, beginning `onset` s later, and perhaps one mirror-like reflection
    (s after the direct path, dB relative to gain 1). `direct_db` −10 with a reflection at 0 dB: something stands in the
    direct path."""
    delays, gains = [start], [amplitude(direct_db)]
    if reflection is not None:
        delays.append(start + reflection[0])
        gains.append(amplitude(reflection[1]) * (1 if rng.random() < 0.5 else -1))
    separate = paths(rate, delays, gains)
    diffuse = amplitude(reverberation_db) * tail(rate, decay, rng, start + onset)
    out = np.zeros(max(len(separate), len(diffuse)))
    out[: len(separate)] += separate
    out[: len(diffuse)] += diffuse
    return out


def convolve(samples: Samples, response: Samples, count: int | None = None) -> Samples:
    """Through a room; `count` samples, by default as many as went in."""
    length = len(samples) + len(response)
    size = 1 << (length - 1).bit_length()
    out = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    count = len(samples) if count is None else count
    return out[:count] if count <= size else np.concatenate([out, np.zeros(count - size)])


# --- equipment ----------------------------------------------------------------------------------------------------


def tilt(samples: Samples, rate: float, db: float) -> Samples:
    """A loudspeaker that gives up: `db` at 20 kHz relative to 18 kHz, in a straight line."""
    return shape(samples, rate, BAND, (0.0, db))


def clip(samples: Samples, level: float) -> Samples:
    return np.clip(samples, -level, level)


def agc_steps(samples: Samples, rate: float, step_db: float, every: float, rng: Generator) -> Samples:
    """An automatic gain that jumps about every `every` s, to anything within ±`step_db`."""
    gains = rng.uniform(-step_db, step_db, int(len(samples) / rate / every) + 2)
    index = (np.arange(len(samples)) / rate / every + rng.random()).astype(int)
    return samples * 10 ** (gains[index] / 20)


# --- what else is in the air --------------------------------------------------------------------------------------


def noise_for(snr_db: float, power: float, rate: float) -> float:
    """The standard deviation of white noise that has `snr_db` below `power` in the 2 kHz band of 18–20 kHz."""
    return float(np.sqrt(power * 10 ** (-snr_db / 10) * (rate / 2) / (BAND[1] - BAND[0])))


def lasting_power(samples: Samples, rate: float) -> float:
    """Mean power in 18–20 kHz over the 10 ms blocks that are within 40 dB of the loudest: a signal's while it lasts."""
    block = int(0.01 * rate)
    energy = (np.pad(samples, (0, -len(samples) % block)).reshape(-1, block) ** 2).sum(axis=1)
    lasting = max(1, int((energy > 1e-4 * energy.max()).sum()))
    return band_power(samples, rate) * len(samples) / (lasting * block)


def add_noise(samples: Samples, rate: float, snr_db: float, rng: Generator, power: float | None = None) -> Samples:
    """White Gaussian noise at an SNR defined in the 2 kHz band of 18–20 kHz. `power` is the signal's power there, by
    default its `lasting_power`."""
    power = lasting_power(samples, rate) if power is None else power
    return samples + noise_for(snr_db, power, rate) * rng.standard_normal(len(samples))


def mix(samples: Samples, interference: Samples, db: float, level: float | None = None) -> Samples:
    """Add unit-power `interference` (speech, music, clicks) `db` above the signal's r.m.s. value, or above `level`."""
    level = float(np.sqrt(np.mean(samples[samples != 0] ** 2))) if level is None else level
    return samples + amplitude(db) * level * interference[: len(samples)]


def _unit(samples: Samples) -> Samples:
    return samples / np.sqrt(np.mean(samples**2))


def _below(samples: Samples, rate: float, high: float) -> Samples:
    return shape(samples, rate, (high - 1_000, high), (0.0, -140.0))


def speech(count: int, rate: float, rng: Generator) -> Samples:
    """Something like a voice, of unit power, all of it below 16 kHz: voiced syllables with formants, and fricatives."""
    out = np.zeros(count)
    start = 0.0
    while start < count / rate:
        length = rng.uniform(0.08, 0.3)
        first = int(np.ceil(start * rate))
        here = slice(first, min(count, int(np.ceil((start + length) * rate))))
        t = np.arange(here.start, here.stop) / rate - start
        if not len(t):
            break
        envelope = np.sin(np.pi * np.clip(t / length, 0, 1)) ** 0.5
        if rng.random() < 0.7:
            pitch, formants = rng.uniform(90, 240), (rng.uniform(300, 900), rng.uniform(900, 2_500))
            harmonics = range(1, int(6_000 / pitch))
            gains = [sum(1 / (1 + ((k * pitch - f) / 150) ** 2) for f in formants) + 0.02 for k in harmonics]
            turn = np.exp(2j * np.pi * pitch * (t + 0.02 * np.sin(2 * np.pi * 3 * t) / 3))
            voice = np.zeros(len(t), complex)  # the sum of gains × turn^k, by Horner's rule
            for k, gain in zip(reversed(harmonics), reversed(gains), strict=True):
                voice += gain * np.exp(1j * k * k)
                voice *= turn
            out[here] += envelope * voice.real
        else:
            out[here] += envelope * 0.3 * shape(rng.standard_normal(len(t)), rate, (2_000, 4_500, 9_000), (-40, 0, -6))
        start += length + (rng.uniform(0.2, 0.6) if rng.random() < 0.2 else 0.0)
    return _unit(_below(out, rate, 16_000))


@lru_cache(16)
def _note(pitch: float, rate: float) -> Samples:
    """Half a second of a plucked string."""
    t = np.arange(int(0.5 * rate)) / rate
    return np.asarray(sum(np.exp(-t * (3 + k)) * np.sin(2 * np.pi * k * pitch * t) / k for k in range(1, 12)))


def music(count: int, rate: float, rng: Generator) -> Samples:
    """Something like music, of unit power: chords with overtones and, every eighth, a cymbal that reaches 18–20 kHz."""
    out = np.zeros(count)
    t = np.arange(int(0.5 * rate)) / rate
    for start in range(0, count, int(0.25 * rate)):
        sound = 0.3 * np.exp(-t * 40) * shape(rng.standard_normal(len(t)), rate, (4_000, 8_000), (-40, 0))
        for note in rng.choice((0, 3, 5, 7, 10, 12, 15), 3):
            sound += _note(220 * 2 ** (note / 12), rate)
        out[start : start + len(t)] += sound[: count - start]
    return _unit(out)


def clicks(count: int, rate: float, rng: Generator, per_second: float = 8.0) -> Samples:
    """Keys and switches, of unit power: impulses at random times that ring for a millisecond over the whole band."""
    out = np.zeros(count)
    ring = int(0.01 * rate)
    for _ in range(max(1, rng.poisson(per_second * count / rate))):
        place = int(rng.integers(0, count))
        sound = rng.standard_normal(ring) * np.exp(-np.arange(ring) / (0.001 * rate)) * rng.uniform(0.3, 1.0)
        out[place : place + ring] += sound[: count - place]
    return _unit(out)
