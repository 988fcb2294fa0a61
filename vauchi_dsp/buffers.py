"""What every kernel asks of a sample rate and of a buffer of samples, so that the refusals are the same everywhere."""

import sys
from typing import Any

SAMPLE_RATES = (44_100, 48_000, 96_000)
_FLOAT32 = ("f", "=f", "<f" if sys.byteorder == "little" else ">f")


def check_rate(sample_rate: int) -> int:
    """The rate, if it is one that carries 18–20 kHz and sound cards have. Raises TypeError or ValueError."""
    if isinstance(sample_rate, bool) or not isinstance(sample_rate, int):
        raise TypeError(f"a sample rate is an integer in Hz, not {type(sample_rate).__name__}")
    if sample_rate not in SAMPLE_RATES:
        raise ValueError(f"a sample rate is one of {', '.join(map(str, SAMPLE_RATES))} Hz, not {sample_rate}")
    return sample_rate


def float_samples(samples: Any) -> memoryview:
    """A view of a mono, contiguous float32 buffer. Raises TypeError for another kind, ValueError for an empty one.

    NaN and infinity are left to the kernels, which see every sample anyway.
    """
    try:
        view = memoryview(samples)
    except TypeError:
        raise TypeError(f"samples are a buffer of float32, not {type(samples).__name__}") from None
    if view.format not in _FLOAT32:
        raise TypeError(f"samples are float32 (buffer format “f”), not “{view.format}”")
    if view.ndim != 1:
        raise TypeError(f"samples are one channel in one dimension, not {view.ndim} dimensions")
    if not view.c_contiguous:
        raise TypeError("samples are contiguous; copy a slice with a step first")
    if view.nbytes == 0:
        raise ValueError("there are no samples")
    return view
