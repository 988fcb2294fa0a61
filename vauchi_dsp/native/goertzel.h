/* A bank of Goertzel filters in float32: one kernel compiled for several instruction sets, of which the best one is
 * chosen when the program runs. What target_clones does, but without GNU ifunc (macOS and musl have none), with the vector
 * width that suits each set, and with every variant within reach of the tests. */
#ifndef VAUCHI_GOERTZEL_H
#define VAUCHI_GOERTZEL_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#define GZ_INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define GZ_UNROLL _Pragma("unroll")
#else
#define GZ_UNROLL _Pragma("GCC unroll 10")
#endif
#define GZ_CHAINS_MAX 10
#define GZ_JOIN_(a, b) gz_##a##_##b
#define GZ_JOIN(a, b) GZ_JOIN_(a, b)
#define GZ(name) GZ_JOIN(name, GZ_SET)

/* Every processor: SSE2 on x86-64, NEON on ARM64, whatever the compiler makes of it elsewhere. */
#define GZ_SET baseline
#define GZ_TARGET
#define GZ_LANES 4
#define GZ_SPLAT(x) ((GZ(vec)){x, x, x, x})
#if defined(__aarch64__)
#define GZ_BLOCKS 10 /* 32 registers */
#else
#define GZ_BLOCKS 6 /* 16 registers */
#endif
#include "goertzel_tile.h"

#if defined(__x86_64__)
#define GZ_SET avx2
#define GZ_TARGET __attribute__((target("avx2,fma")))
#define GZ_LANES 8
#define GZ_SPLAT(x) ((GZ(vec)){x, x, x, x, x, x, x, x})
#define GZ_BLOCKS 6
#include "goertzel_tile.h"

#define GZ_SET avx512
#define GZ_TARGET __attribute__((target("avx512f,fma")))
#define GZ_LANES 16
#define GZ_SPLAT(x) ((GZ(vec)){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x})
#define GZ_BLOCKS 10
#include "goertzel_tile.h"
#endif

enum { GZ_PAD = 16, GZ_BASELINE = 0, GZ_AVX2 = 1, GZ_AVX512 = 2 };

/* Whether this build and this processor have the instruction set. */
static int gz_available(int set) {
#if defined(__x86_64__)
    if (set == GZ_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (set == GZ_AVX512) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma");
#endif
    return set == GZ_BASELINE;
}

/* Fills power[count][bins] from `count` blocks; `coefficients` is padded to a multiple of GZ_PAD.
 * Returns 0 where a power is not finite, as it is when a sample of the block is NaN, infinite or absurdly large. */
static int gz_power(int set, const float *samples, size_t count, size_t block, const float *coefficients, size_t bins,
                    float scale, float *power) {
#if defined(__x86_64__)
    if (set == GZ_AVX512)
        gz_power_avx512(samples, count, block, coefficients, bins, scale, power);
    else if (set == GZ_AVX2)
        gz_power_avx2(samples, count, block, coefficients, bins, scale, power);
    else
#endif
        gz_power_baseline(samples, count, block, coefficients, bins, scale, power);
    int finite = 1;
    for (size_t i = 0; i < count * bins; i++) {
        finite &= isfinite(power[i]) != 0;
        power[i] = power[i] < 0.0f ? 0.0f : power[i]; /* rounding can go below; NaN stays */
    }
    return finite;
}

#endif
