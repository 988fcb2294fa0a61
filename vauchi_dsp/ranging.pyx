# cython: language_level=3, boundscheck=False, wraparound=False, embedsignature=True
"""Ranging bursts and the moment at which they arrive: how far apart two laptops are is the caller's subtraction."""

from array import array
from libc.math cimport isnan
from typing import NamedTuple

from vauchi_dsp.buffers import check_rate, float_samples

cdef extern from "native/ranging.h":
    int RB_CODE, RG_CODES_MAX
    size_t rb_length(int rate) nogil
    void rb_wave(const unsigned char *code, int rate, float *wave) nogil
    int rg_finite(const float *samples, size_t count) nogil
    int rg_find(const float *samples, size_t count, const unsigned char *code, int codes, int rate, int own,
                double *times, double *quality) nogil

_LONGEST = 60  # s


class Arrivals(NamedTuple):
    """When the bursts of one device begin in a recording: what `find_bursts` has found, in the order of the codes."""

    times: "tuple[int | None, ...]"
    quality: "tuple[float, ...]"


def _check_code(code):
    if not isinstance(code, bytes):
        raise TypeError(f"a code is bytes, not {type(code).__name__}")
    if len(code) != RB_CODE:
        raise ValueError(f"a code has {RB_CODE} bytes, not {len(code)}")
    return code


def burst(code, sample_rate):
    """One ranging burst: 80 ms of constant envelope around 19 kHz with ramps of 3 ms, amplitude 1, as a float32 buffer.

    `code` is 16 secret bytes, one bit for each chip, the highest first. Raises TypeError or ValueError.
    """
    cdef bytes chips = _check_code(code)
    cdef int rate = check_rate(sample_rate)
    cdef const unsigned char *data = chips
    result = memoryview(bytearray(rb_length(rate) * sizeof(float))).cast("f")
    cdef float[::1] out = result
    with nogil:
        rb_wave(data, rate, &out[0])
    return result


def find_bursts(recording, codes, sample_rate, own=False):
    """One device's bursts in a recording, each by its code, their first path by what all of them have in common.

    `recording` is a contiguous float32 buffer of at most 60 s, `codes` are 1 to 16 codes. With `own` it is the recorder's
    own bursts, which are loud and near. `times` are the beginnings in 1/256 sample, None where a burst was not found;
    `quality` is how far each one's main peak stands above the floor, in dB. At least three quarters of the bursts have
    to show the same channel, or none counts as found. Raises TypeError for another type of buffer or code, ValueError
    for NaN, infinity and wrong sizes. The GIL is released meanwhile.
    """
    cdef int rate = check_rate(sample_rate)
    cdef const float[::1] data = float_samples(recording)
    cdef bytes chips = b"".join([_check_code(code) for code in codes])
    cdef int count = len(chips) // RB_CODE
    cdef int mine = bool(own)
    cdef const unsigned char *all_chips = chips
    cdef double times[16]
    cdef double quality[16]
    cdef int finite, done = 0
    if not 1 <= count <= RG_CODES_MAX:
        raise ValueError(f"there are 1 to {RG_CODES_MAX} codes, not {count}")
    if data.shape[0] > _LONGEST * rate:
        raise ValueError(f"a recording lasts at most {_LONGEST} s, not {data.shape[0] / rate:.0f}")
    with nogil:
        finite = rg_finite(&data[0], data.shape[0])
        if finite:
            done = rg_find(&data[0], data.shape[0], all_chips, count, rate, mine, times, quality)
    if not finite:
        raise ValueError("the samples contain NaN, infinity or values far beyond ±1")
    if not done:
        raise MemoryError(f"no memory to search {data.shape[0]} samples")
    found = tuple([None if isnan(times[i]) or times[i] < 0 else round(times[i] * 256) for i in range(count)])
    return Arrivals(found, tuple([quality[i] for i in range(count)]))
