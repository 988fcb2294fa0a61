/* What runs all the time: from samples to a complex baseband around 19 kHz, and the matched filter's Fourier transforms.
 * All of it is compiled for several instruction sets, of which the best one is chosen when the program runs. */
#ifndef VAUCHI_LISTEN_H
#define VAUCHI_LISTEN_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VL_TAPS = 448, VL_POINTS = 256, VL_BASELINE = 0, VL_AVX2 = 1, VL_AVX512 = 2 };
typedef float vl_four __attribute__((vector_size(16)));
typedef int vl_order __attribute__((vector_size(16)));
#define VL_ALIGNED __attribute__((aligned(64)))
#if defined(__clang__) || __GNUC__ >= 12
#define VL_MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define VL_MIX(a, b, ...) __builtin_shuffle(a, b, (vl_order){__VA_ARGS__})
#endif

/* A band-pass filter: taps times a carrier, of which `fold` samples are kept, since after these it has changed its sign at
 * most. What the taps have summed over the `rows` is then multiplied with it once. One row: the taps are in the carrier. */
typedef struct {
    size_t fold, rows;
    VL_ALIGNED float taps[VL_TAPS];
    VL_ALIGNED float re[VL_TAPS];
    VL_ALIGNED float im[VL_TAPS];
} vl_filter;

typedef struct { /* of VL_POINTS values, in the order of fourier_tile.h */
    VL_ALIGNED float re[VL_POINTS];
    VL_ALIGNED float im[VL_POINTS];
} vl_spectrum;

typedef struct { /* what the passes of the transform multiply with: cos and -sin, for each of three parts */
    VL_ALIGNED float first[3 * 2 * VL_POINTS / 4];
    VL_ALIGNED float second[3 * 2 * VL_POINTS / 16];
    VL_ALIGNED float third[3 * 2 * VL_POINTS / 4];
} vl_turns;

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

static size_t vl_lanes(int set) { return set == VL_AVX512 ? 16 : set == VL_AVX2 ? 8 : 4; }

/* re, im[count, rounded up to a multiple of 4]: what the filter makes of the samples from k * step on, for each k. */
static void vl_decimate(int set, const vl_filter *filter, const float *samples, size_t step, size_t count, float *re,
                        float *im) {
#if defined(__x86_64__)
    if (set == VL_AVX512)
        vl_decimate_avx512(filter, samples, step, count, re, im);
    else if (set == VL_AVX2)
        vl_decimate_avx2(filter, samples, step, count, re, im);
    else
#endif
        vl_decimate_baseline(filter, samples, step, count, re, im);
}

static void vl_fill(float *turns, size_t quarter, size_t size, size_t shared) {
    for (size_t i = 0; i < 3; i++)
        for (size_t p = 0; p < quarter; p++) {
            const double angle = -2 * M_PI * (double)((i + 1) * (p / shared)) / (double)size;
            turns[2 * i * quarter + p] = (float)cos(angle), turns[(2 * i + 1) * quarter + p] = (float)sin(angle);
        }
}

static void vl_prepare(vl_turns *turns) {
    vl_fill(turns->first, VL_POINTS / 4, VL_POINTS, 1);
    vl_fill(turns->second, VL_POINTS / 16, VL_POINTS / 4, 1);
    vl_fill(turns->third, VL_POINTS / 4, VL_POINTS / 16, VL_POINTS / 16);
}

/* The spectrum of VL_POINTS values. */
static void vl_transform(int set, const vl_turns *turns, const float *re, const float *im, vl_spectrum *to) {
#if defined(__x86_64__)
    if (set == VL_AVX512)
        vl_transform_avx512(turns, re, im, to);
    else if (set == VL_AVX2)
        vl_transform_avx2(turns, re, im, to);
    else
#endif
        vl_transform_baseline(turns, re, im, to);
}

/* power[VL_POINTS]: the squared magnitudes of the transform back of the sum of heard[k] times the conjugate of chirp[k],
 * VL_POINTS² times what an exact inverse would give. */
static void vl_match(int set, const vl_turns *turns, const vl_spectrum *const *heard, const vl_spectrum *chirp,
                     size_t parts, float *power) {
#if defined(__x86_64__)
    if (set == VL_AVX512)
        vl_match_avx512(turns, heard, chirp, parts, power);
    else if (set == VL_AVX2)
        vl_match_avx2(turns, heard, chirp, parts, power);
    else
#endif
        vl_match_baseline(turns, heard, chirp, parts, power);
}

#endif
