"""What theory says of M-FSK heard without knowing its phase, in white noise."""

import math

import numpy as np

BAND = 2_000  # Hz, in which the SNR is measured


def _energy(symbol: float, snr: float) -> float:
    return float(10 ** (snr / 10) * BAND * symbol)


def uncoded(tones: int, symbol: float, bits: int, snr: float) -> float:
    """The chance that `bits` arrive without any code: each symbol is right with 1 − P_s (Proakis & Salehi, 4.5)."""
    energy = _energy(symbol, snr)
    wrong = sum(
        (-1) ** (k + 1) * math.comb(tones - 1, k) / (k + 1) * math.exp(-k / (k + 1) * energy) for k in range(1, tones)
    )
    return float((1 - min(1.0, max(0.0, wrong))) ** math.ceil(bits / math.log2(tones)))


def limit(tones: int, symbol: float, seconds: float, bits: int, snr: float) -> float:
    """The chance that the best code there can be brings `bits` across in `seconds` of nothing but symbols, of which the
    receiver sees each tone's energy: the normal approximation of Polyanskiy, Poor and Verdú (IEEE Trans. Inf. Theory
    56(5), 2010). Capacity and dispersion are the mean and the variance of the information density, over 40,000 symbols.
    """
    energy = _energy(symbol, snr)
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((40_000, tones, 2)) * math.sqrt(0.5)
    noise[:, 0, 0] += math.sqrt(energy)
    x = 2 * math.sqrt(energy) * np.hypot(noise[..., 0], noise[..., 1])
    likelihood = np.log(np.i0(np.minimum(x, 600))) + np.maximum(x - 600, 0)
    density = (likelihood[:, 0] - np.logaddexp.reduce(likelihood, axis=1) + math.log(tones)) / math.log(2)
    symbols = seconds / symbol
    margin = symbols * density.mean() - bits + 0.5 * math.log2(symbols)
    return 0.5 * math.erfc(-margin / math.sqrt(2 * symbols * max(density.var(), 1e-9)))
