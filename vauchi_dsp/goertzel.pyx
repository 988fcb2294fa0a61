# cython: language_level=3, boundscheck=False, wraparound=False, embedsignature=True
"""Power at a handful of frequencies, block by block: Goertzel's recurrence, vectorised across bins and blocks."""

from array import array
from libc.math cimport M_PI, cos, isfinite

from vauchi_dsp.buffers import check_rate, float_samples

cdef extern from "native/goertzel.h":
    int GZ_PAD, GZ_SETS
    int gz_available(int instructions) nogil
    int gz_power(int instructions, const float *samples, size_t count, size_t block, const float *coefficients,
                 size_t bins, float scale, float *power) nogil

_NAMES = ("baseline", "avx2", "avx512")
_MAX_BINS = 4_096
_MAX_BLOCK = 1 << 20


def instruction_sets():
    """The variants of the kernel that this processor can run, the fastest first."""
    return tuple(name for number, name in reversed(list(enumerate(_NAMES))) if gz_available(number))


cdef class GoertzelBank:
    """A bank of filters at `frequencies` (Hz) for blocks of `block` samples; immutable, safe to share between threads."""

    cdef readonly tuple frequencies
    cdef readonly int sample_rate
    cdef readonly Py_ssize_t block
    cdef readonly str instruction_set
    cdef int _set
    cdef float _scale
    cdef float[::1] _coefficients

    def __init__(self, frequencies, sample_rate, block, instruction_set=None):
        self.sample_rate = check_rate(sample_rate)
        self.frequencies = tuple(float(frequency) for frequency in frequencies)
        if not 1 <= len(self.frequencies) <= _MAX_BINS:
            raise ValueError(f"a bank has 1 to {_MAX_BINS} frequencies, not {len(self.frequencies)}")
        for frequency in self.frequencies:
            if not 0 < frequency < sample_rate / 2:
                raise ValueError(f"a frequency lies between 0 and {sample_rate / 2:g} Hz, not at {frequency:g}")
        if isinstance(block, bool) or not isinstance(block, int):
            raise TypeError(f"a block is a number of samples, not {type(block).__name__}")
        if not 2 <= block <= _MAX_BLOCK:
            raise ValueError(f"a block has 2 to {_MAX_BLOCK} samples, not {block}")
        self.block = block
        available = instruction_sets()
        self.instruction_set = available[0] if instruction_set is None else instruction_set
        if self.instruction_set not in available:
            raise ValueError(f"this processor runs {', '.join(available)}, not {instruction_set}")
        self._set = _NAMES.index(self.instruction_set)
        self._scale = (2.0 / block) ** 2
        coefficients = [2 * cos(2 * M_PI * frequency / sample_rate) for frequency in self.frequencies]
        coefficients += [0.0] * (-len(coefficients) % GZ_PAD)
        self._coefficients = array("f", coefficients)

    def power(self, samples):
        """Squared amplitude at each frequency in each whole block: a sine of amplitude a on a bin reads a².

        `samples` is a contiguous float32 buffer of at least one block; what is left after the last whole block is
        checked but not counted. Returns a float32 buffer of shape (blocks, bins). Raises TypeError for another type
        of buffer, ValueError for NaN, infinity or too few samples. The GIL is released meanwhile.
        """
        cdef const float[::1] data = float_samples(samples)
        cdef size_t count = data.shape[0] // self.block
        cdef size_t bins = len(self.frequencies)
        cdef Py_ssize_t i
        cdef int finite
        if count == 0:
            raise ValueError(f"one block needs {self.block} samples, there are {data.shape[0]}")
        result = memoryview(bytearray(count * bins * sizeof(float))).cast("f")
        cdef float[::1] out = result
        with nogil:
            finite = gz_power(self._set, &data[0], count, self.block, &self._coefficients[0], bins, self._scale, &out[0])
            for i in range(count * self.block, data.shape[0]):
                finite &= isfinite(data[i]) != 0
        if not finite:
            raise ValueError("the samples contain NaN, infinity or values far beyond ±1")
        return result.cast("B").cast("f", (count, bins))
