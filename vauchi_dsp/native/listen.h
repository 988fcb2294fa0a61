/* What runs all the time: from samples to a complex baseband around 19 kHz, and the chirp's matched filter on it.
 * Both are compiled for several instruction sets, of which the best one is chosen when the program runs. */
#ifndef VAUCHI_LISTEN_H
#define VAUCHI_LISTEN_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VL_BLOCK = 64, VL_TAPS = 448, VL_CHIRP = 320, VL_BASELINE = 0, VL_AVX2 = 1, VL_AVX512 = 2 };
typedef float vl_four __attribute__((vector_size(16)));
#define VL_ALIGNED __attribute__((aligned(64)))
#define VL_INLINE static inline __attribute__((always_inline))
#define VL_JOIN_(a, b) vl_##a##_##b
#define VL_JOIN(a, b) VL_JOIN_(a, b)
#define VL(name) VL_JOIN(name, VL_SET)

#define VL_SET baseline
#define VL_TARGET
#define VL_LANES 4
#include "listen_tile.h"

#if defined(__x86_64__)
#define VL_SET avx2
#define VL_TARGET __attribute__((target("avx2,fma")))
#define VL_LANES 8
#include "listen_tile.h"

#define VL_SET avx512
#define VL_TARGET __attribute__((target("avx512f,fma")))
#define VL_LANES 16
#include "listen_tile.h"
#endif

static int vl_available(int set) {
#if defined(__x86_64__)
    if (set == VL_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (set == VL_AVX512) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma");
#endif
    return set == VL_BASELINE;
}

/* re, im[count]: the sums of taps[n] * samples[k * step + n] over n < length (a multiple of 16), for each k. */
static void vl_decimate(int set, const float *samples, size_t step, const float *real, const float *imaginary, size_t length,
                        size_t count, float *re, float *im) {
#if defined(__x86_64__)
    if (set == VL_AVX512)
        vl_decimate_avx512(samples, step, real, imaginary, length, count, re, im);
    else if (set == VL_AVX2)
        vl_decimate_avx2(samples, step, real, imaginary, length, count, re, im);
    else
#endif
        vl_decimate_baseline(samples, step, real, imaginary, length, count, re, im);
}

/* power[VL_BLOCK]: |sum of signal[p + n] * conj(chirp[n])|² over n < length, for each p; the arrays of the chirp have
 * VL_BLOCK zeros before and after it, the signal length + VL_BLOCK values. */
static void vl_match(int set, const float *re, const float *im, const float *chirp_re, const float *chirp_im, size_t length,
                     float *power) {
#if defined(__x86_64__)
    if (set == VL_AVX512)
        vl_match_avx512(re, im, chirp_re, chirp_im, length, power);
    else if (set == VL_AVX2)
        vl_match_avx2(re, im, chirp_re, chirp_im, length, power);
    else
#endif
        vl_match_baseline(re, im, chirp_re, chirp_im, length, power);
}

#endif
