# cython: language_level=3, boundscheck=False, wraparound=False
"""The modem's kernels one by one, for the tests that hold each against its plain reference. Not for use: nothing checks
what is passed."""

from array import array
from libc.stdint cimport uint8_t, uint16_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

cdef extern from "stdlib.h":
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "native/receiver.h":
    int VF_HEADER, VF_SYMBOLS, VF_INFO, VF_CODED, VB_OUTPUTS, VL_POINTS, VE_TAPS, VC_STATES
    ctypedef struct vf_profile:
        int tones
        int bits
    const vf_profile VF_PROFILES[2]
    int vf_tones(const vf_profile *profile, const uint8_t *payload, int length, uint8_t *tones, uint8_t *scratch,
                 uint16_t *places)
    ctypedef struct vc_tables:
        pass
    void vc_prepare(vc_tables *tables)
    void vc_encode(const uint8_t *bits, size_t count, uint8_t *out)
    void vc_decode(const vc_tables *tables, const float *llr, size_t count, float *trellis, float *coded, uint8_t *bits)
    ctypedef struct vb_baseband:
        double rate
    void vb_prepare(vb_baseband *base, int rate, int instructions)
    size_t vb_feed(vb_baseband *base, const float *samples, size_t count, float *re, float *im)
    ctypedef struct vl_turns:
        pass
    ctypedef struct vl_spectrum:
        pass
    ctypedef struct vs_search:
        size_t length, parts, hop, held
        float *chirp_re
        float *chirp_im
        float *re
        float *im
        vl_turns turns
        vl_spectrum *chirp
        vl_spectrum *heard
    void vs_feed(vs_search *search, size_t count, void (*found)(void *, uint64_t, float) noexcept, void *to)
    ctypedef struct ve_taps:
        float *re
        float *im
    ctypedef struct vm_pair:
        float re
        float im
    ctypedef struct vm_work:
        vm_pair *tone
    ctypedef struct vy_place:
        double start
        double stretch
    ctypedef struct vy_symbols:
        pass
    ctypedef struct ve_room:
        pass
    ctypedef struct vr_receiver:
        vs_search search
        vy_symbols symbols
        ve_room room
        vm_work work
        vb_baseband base
    void vr_prepare(vr_receiver *receiver, int rate, int profile, int instructions)
    void vl_transform(int instructions, const vl_turns *turns, const float *re, const float *im, vl_spectrum *to)
    void vl_match(int instructions, const vl_turns *turns, const vl_spectrum **heard, const vl_spectrum *chirp,
                  size_t parts, float *power)
    double vy_correlate(const vy_symbols *symbols, vm_work *work, const float *re, const float *im, size_t length,
                        vy_place place, int count)
    int ve_learn(ve_room *room, const vs_search *search, const float *re, const float *im, size_t chirp, double rate,
                 float ratio, ve_taps *taps)
    void ve_apply(const ve_taps *taps, const float *re, const float *im, size_t length, float *to_re, float *to_im)
    float vm_bessel(float x)
    void vm_demap(const vf_profile *profile, int white, const float *likelihood, const float *prior, float *llr,
                  float *chance)


cdef void _found(void *chirps, uint64_t peak, float ratio) noexcept:
    (<list>chirps).append((peak, ratio))


def _floats(count):
    return array("f", bytes(4 * count))


def encode(bits):
    """The code bits of a list of bits."""
    cdef bytearray data = bytearray(bits), out = bytearray(2 * len(bits))
    vc_encode(data, len(bits), out)
    return list(out)


def decode(const float[::1] llr):
    """The LLR of every code bit and the bits, from the LLR of the code bits."""
    cdef size_t count = llr.shape[0] // 2
    cdef float[::1] trellis = _floats((count + 1) * VC_STATES)
    coded = _floats(2 * count)
    cdef float[::1] out = coded
    cdef bytearray bits = bytearray(count)
    cdef vc_tables tables
    vc_prepare(&tables)
    vc_decode(&tables, &llr[0], count, &trellis[0], &out[0], bits)
    return coded, list(bits)


def tones(int profile, bytes payload):
    """The tones of a frame, the header's first."""
    cdef bytearray out = bytearray(VF_HEADER + VF_SYMBOLS), scratch = bytearray(VF_INFO + VF_CODED + 1)
    cdef bytearray places = bytearray(8 * VF_SYMBOLS)
    cdef const uint8_t *data = payload
    count = vf_tones(&VF_PROFILES[profile], data, len(payload), out, scratch, <uint16_t *><uint8_t *>places)
    return list(out[:count])


def bessel(float x):
    return vm_bessel(x)


def demap(int profile, int white, const float[::1] likelihood, const float[::1] prior):
    """LLR of the bits of a symbol, and the chances of its tones."""
    llr, chance = _floats(VF_PROFILES[profile].bits), _floats(VF_PROFILES[profile].tones)
    cdef float[::1] a = llr, b = chance
    vm_demap(&VF_PROFILES[profile], white, &likelihood[0], &prior[0], &a[0], &b[0])
    return llr, chance


cdef class Kernels:
    """The kernels that need a receiver's tables."""

    cdef vr_receiver *_state
    cdef int _set

    def __cinit__(self, int rate, int profile, int instructions):
        self._state = <vr_receiver *>aligned_alloc(64, (sizeof(vr_receiver) + 63) // 64 * 64)
        if self._state == NULL:
            raise MemoryError
        vr_prepare(self._state, rate, profile, instructions)
        self._set = instructions

    def __dealloc__(self):
        free(self._state)

    def baseband(self, const float[::1] samples):
        """Real and imaginary part; at most 8,192 samples at a time."""
        re, im = _floats(VB_OUTPUTS), _floats(VB_OUTPUTS)
        cdef float[::1] a = re, b = im
        count = vb_feed(&self._state.base, &samples[0], samples.shape[0], &a[0], &b[0])
        return re[:count], im[:count]

    def chirp(self):
        cdef size_t n
        return [complex(self._state.search.chirp_re[n], self._state.search.chirp_im[n])
                for n in range(self._state.search.length)]

    def match(self, const float[::1] re, const float[::1] im):
        """The power of the matched filter at a hop of places. The signal must be as long as the windows that this takes."""
        out = _floats(VL_POINTS)
        cdef float[::1] power = out
        cdef vs_search *search = &self._state.search
        cdef const vl_spectrum *heard[8]
        cdef size_t k
        for k in range(search.parts):
            vl_transform(self._set, &search.turns, &re[k * search.hop], &im[k * search.hop], &search.heard[k])
            heard[k] = &search.heard[k]
        vl_match(self._set, &search.turns, heard, search.chirp, search.parts, &power[0])
        return out[: search.hop]

    def search(self, const float[::1] re, const float[::1] im):
        """Where chirps are found, and what share of their windows' energy they have."""
        cdef vs_search *search = &self._state.search
        cdef size_t at = 0, part
        found = []
        while at < <size_t>re.shape[0]:
            part = min(<size_t>VB_OUTPUTS, re.shape[0] - at)
            memcpy(search.re + search.held, &re[at], part * sizeof(float))
            memcpy(search.im + search.held, &im[at], part * sizeof(float))
            vs_feed(search, part, _found, <void *>found)
            at += part
        return found

    def correlate(self, const float[::1] re, const float[::1] im, double start, double stretch, int symbols, int tones):
        """Each symbol's correlation with each tone, row by row."""
        cdef vy_place place
        place.start, place.stretch = start, stretch
        vy_correlate(&self._state.symbols, &self._state.work, &re[0], &im[0], re.shape[0], place, symbols)
        return [complex(self._state.work.tone[i].re, self._state.work.tone[i].im) for i in range(symbols * tones)]

    def equalise(self, const float[::1] re, const float[::1] im, size_t chirp, float ratio):
        """The taps that the chirp at `chirp` calls for and what they make of the signal, or None where none are needed."""
        cdef ve_taps *taps = <ve_taps *>malloc(sizeof(ve_taps))
        out_re, out_im = _floats(re.shape[0]), _floats(re.shape[0])
        cdef float[::1] a = out_re, b = out_im
        try:
            if not ve_learn(&self._state.room, &self._state.search, &re[0], &im[0], chirp, self._state.base.rate, ratio, taps):
                return None
            ve_apply(taps, &re[0], &im[0], re.shape[0], &a[0], &b[0])
            return [complex(taps.re[n], taps.im[n]) for n in range(VE_TAPS)], out_re, out_im
        finally:
            free(taps)
