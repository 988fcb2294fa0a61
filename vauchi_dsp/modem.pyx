# cython: language_level=3, boundscheck=False, wraparound=False, embedsignature=True
"""Frames of bytes as sound between 18 and 20 kHz: M-FSK behind a chirp, and the receiver that finds and reads them."""

from dataclasses import dataclass
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.math cimport ceil
from libc.stdint cimport uint8_t, uint16_t
from libc.stdlib cimport free, malloc

from vauchi_dsp.buffers import check_rate, float_samples

cdef extern from "stdlib.h":
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "native/receiver.h":
    int VF_PAYLOAD, VF_HEADER, VF_SYMBOLS, VF_INFO, VF_CODED, VB_PORTION
    ctypedef struct vf_profile:
        pass
    const vf_profile VF_PROFILES[2]
    double vf_duration(const vf_profile *profile, int payload) nogil
    int vf_tones(const vf_profile *profile, const uint8_t *payload, int length, uint8_t *tones, uint8_t *scratch,
                 uint16_t *places) nogil
    void vf_sound(const vf_profile *profile, const uint8_t *tones, int symbols, int rate, float *out, size_t count) nogil
    ctypedef struct vr_frame:
        double start
        float snr
        int length
        uint8_t payload[255]
    ctypedef struct vr_receiver:
        vr_frame *frames
        int found
    int vl_available(int instructions) nogil
    void vr_prepare(vr_receiver *receiver, int rate, int profile, int instructions) nogil
    int vb_sound(const float *samples, size_t count) nogil
    void vr_feed(vr_receiver *receiver, const float *samples, size_t count) nogil

_PROFILES = ("fast", "robust")
_NAMES = ("baseline", "avx2", "avx512")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that was heard: its bytes, where it began (samples since the receiver's first), the SNR in 2 kHz in dB."""

    payload: bytes
    start: float
    snr_db: float


def _profile_number(profile):
    if profile not in _PROFILES:
        raise ValueError(f"a profile is “fast” or “robust”, not {profile!r}")
    return _PROFILES.index(profile)


cdef class Modem:
    """Turns payloads of up to 255 bytes into sound: “fast” takes 0.5 s for 32 bytes, “robust” 1 s and reaches further."""

    cdef readonly int sample_rate
    cdef readonly str profile
    cdef const vf_profile *_shape

    def __init__(self, sample_rate, profile="fast"):
        self.sample_rate = check_rate(sample_rate)
        self._shape = &VF_PROFILES[_profile_number(profile)]
        self.profile = profile

    def duration(self, length):
        """Seconds on the air of a payload of `length` bytes."""
        if isinstance(length, bool) or not isinstance(length, int):
            raise TypeError(f"a length is a number of bytes, not {type(length).__name__}")
        if not 0 <= length <= VF_PAYLOAD:
            raise ValueError(f"a payload has 0 to {VF_PAYLOAD} bytes, not {length}")
        return vf_duration(self._shape, length)

    def modulate(self, payload):
        """One frame as float32 samples, mono, peak 1 at most. Raises TypeError unless bytes, ValueError beyond 255."""
        if not isinstance(payload, (bytes, bytearray)):
            raise TypeError(f"a payload is bytes, not {type(payload).__name__}")
        cdef bytes held = bytes(payload)
        cdef int length = <int>min(len(held), VF_PAYLOAD + 1)
        cdef size_t count = <size_t>ceil(self.duration(len(held)) * self.sample_rate)
        cdef const uint8_t *data = held
        result = memoryview(bytearray(count * sizeof(float))).cast("f")
        cdef float[::1] out = result
        cdef uint8_t *tones = <uint8_t *>malloc(VF_HEADER + VF_SYMBOLS)
        cdef uint8_t *scratch = <uint8_t *>malloc(VF_INFO + VF_CODED + 1)
        cdef uint16_t *places = <uint16_t *>malloc(4 * VF_SYMBOLS * sizeof(uint16_t))
        cdef int symbols
        try:
            if tones == NULL or scratch == NULL or places == NULL:
                raise MemoryError
            with nogil:
                symbols = vf_tones(self._shape, data, length, tones, scratch, places)
                vf_sound(self._shape, tones, symbols, self.sample_rate, &out[0], count)
        finally:
            free(tones)
            free(scratch)
            free(places)
        return result


cdef class Receiver:
    """Finds the frames of one profile in a stream that comes in blocks of any size. Its memory is fixed when it is made.

    One thread at a time feeds it. The GIL is released while it works.
    """

    cdef readonly int sample_rate
    cdef readonly str profile
    cdef readonly str instruction_set
    cdef vr_receiver *_state

    def __cinit__(self):
        self._state = NULL

    def __init__(self, sample_rate, profile="fast", instruction_set=None):
        if self._state != NULL:
            raise RuntimeError("a receiver is made once")
        self.sample_rate = check_rate(sample_rate)
        cdef int number = _profile_number(profile)
        self.profile = profile
        available = tuple(name for i, name in reversed(list(enumerate(_NAMES))) if vl_available(i))
        self.instruction_set = available[0] if instruction_set is None else instruction_set
        if self.instruction_set not in available:
            raise ValueError(f"this processor runs {', '.join(available)}, not {instruction_set}")
        self._state = <vr_receiver *>aligned_alloc(64, (sizeof(vr_receiver) + 63) // 64 * 64)
        if self._state == NULL:
            raise MemoryError
        vr_prepare(self._state, self.sample_rate, number, _NAMES.index(self.instruction_set))

    def __dealloc__(self):
        free(self._state)

    def feed(self, samples):
        """The frames that end in, or shortly before, `samples` (contiguous float32).

        Raises TypeError for another type of buffer, ValueError for NaN and infinity; then nothing was taken.
        """
        cdef Py_buffer view
        cdef size_t count, at = 0, part
        cdef const float *data
        cdef int sound = 1, i
        if not _plain(samples, &view):
            PyObject_GetBuffer(float_samples(samples), &view, PyBUF_SIMPLE)
        frames = []
        try:
            data = <const float *>view.buf
            count = view.len // sizeof(float)
            while at < count:
                part = min(count - at, <size_t>VB_PORTION)
                with nogil:
                    if at == 0:
                        sound = vb_sound(data, count)
                    if sound:
                        vr_feed(self._state, data + at, part)
                if not sound:
                    raise ValueError("the samples contain NaN, infinity or values far beyond ±1")
                for i in range(self._state.found):
                    frame = self._state.frames[i]
                    frames.append(Frame(frame.payload[: frame.length], frame.start, frame.snr))
                self._state.found = 0
                at += part
        finally:
            PyBuffer_Release(&view)
        return frames


cdef bint _plain(samples, Py_buffer *view) except -1:
    """Whether it is the usual buffer, which is then in `view`; a quicker way than `float_samples`, which tells why not."""
    try:
        PyObject_GetBuffer(samples, view, PyBUF_FORMAT | PyBUF_ND)
    except (TypeError, BufferError, ValueError):
        return False
    if view.ndim == 1 and view.len > 0 and view.format != NULL and view.format[0] == 102 and view.format[1] == 0:
        return True
    PyBuffer_Release(view)
    return False
