/* The convolutional code of the frames: rate 1/2, constraint length 9, generators 561 and 753 (octal), tail-biting, and
 * its symbol-by-symbol maximum a posteriori decoder (Bahl, Cocke, Jelinek and Raviv), in probabilities, not logarithms.
 * An LLR is log P(0)/P(1). */
#ifndef VAUCHI_CODE_H
#define VAUCHI_CODE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VC_MEMORY = 8, VC_STATES = 256, VC_HALF = 128, VC_G0 = 0561, VC_G1 = 0753, VC_WARM = 64 };
#define VC_LIMIT 15.0f /* of an LLR that goes in; those that come out are within twice that */

/* Signs (+1 for a 0) of both code bits on the branch from state j < 128 with a 0. On the branches j+128 -> 2j and
 * j -> 2j+1 both are inverted, because both generators begin and end with a 1. */
typedef struct {
    float first[VC_HALF], second[VC_HALF], both[VC_HALF];
    float mask[4][VC_HALF]; /* 1 where the branch carries the code bits 2 * first + second */
} vc_tables;

static void vc_prepare(vc_tables *tables) {
    memset(tables, 0, sizeof *tables);
    for (unsigned j = 0; j < VC_HALF; j++) {
        const int first = __builtin_parity(j << 1 & VC_G0), second = __builtin_parity(j << 1 & VC_G1);
        tables->first[j] = first ? -1.0f : 1.0f;
        tables->second[j] = second ? -1.0f : 1.0f;
        tables->both[j] = tables->first[j] * tables->second[j];
        tables->mask[2 * first + second][j] = 1.0f;
    }
}

/* out[2 count] code bits of bits[count]; the register starts as it ends. */
static void vc_encode(const uint8_t *bits, size_t count, uint8_t *out) {
    unsigned state = 0;
    for (size_t i = 0; i < VC_MEMORY; i++) state = (state << 1 | bits[(count * VC_MEMORY + i - VC_MEMORY) % count]) & 255u;
    for (size_t i = 0; i < count; i++) {
        const unsigned all = state << 1 | bits[i];
        out[2 * i] = (uint8_t)__builtin_parity(all & VC_G0);
        out[2 * i + 1] = (uint8_t)__builtin_parity(all & VC_G1);
        state = all & 255u;
    }
}

static inline float vc_clamped(float x, float limit) { return x > limit ? limit : x < -limit ? -limit : x; }

/* Weights of the four code-bit pairs, written as c + a s0 + b s1 + d s0 s1 for signs s0, s1. */
typedef struct {
    float c, a, b, d;
} vc_weights;

static inline vc_weights vc_weigh(const float *llr) {
    const float p = expf(0.5f * vc_clamped(llr[0], VC_LIMIT)), q = expf(0.5f * vc_clamped(llr[1], VC_LIMIT));
    const float scale = 1.0f / ((p + 1 / p) * (q + 1 / q));
    const float w00 = p * q * scale, w01 = p / q * scale, w10 = q / p * scale, w11 = scale / (p * q);
    return (vc_weights){0.25f * (w00 + w01 + w10 + w11), 0.25f * (w00 + w01 - w10 - w11), 0.25f * (w00 - w01 + w10 - w11),
                        0.25f * (w00 - w01 - w10 + w11)};
}

static void vc_scale(float *state) {
    float sum = 0.0f;
    for (int s = 0; s < VC_STATES; s++) sum += state[s];
    const float scale = 1.0f / sum;
    for (int s = 0; s < VC_STATES; s++) {
        const float x = state[s] * scale;
        state[s] = x < 1e-30f ? 1e-30f : x; /* above the subnormal numbers, which are slow */
    }
}

static void vc_forward(const vc_tables *t, const float *llr, const float *restrict from, float *restrict to) {
    const vc_weights w = vc_weigh(llr);
    for (int j = 0; j < VC_HALF; j++) {
        const float even = w.c + w.d * t->both[j], odd = w.a * t->first[j] + w.b * t->second[j];
        const float same = even + odd, other = even - odd;
        to[2 * j] = from[j] * same + from[j + VC_HALF] * other;
        to[2 * j + 1] = from[j] * other + from[j + VC_HALF] * same;
    }
    vc_scale(to);
}

static void vc_backward(const vc_tables *t, const float *llr, const float *restrict from, float *restrict to) {
    const vc_weights w = vc_weigh(llr);
    for (int j = 0; j < VC_HALF; j++) {
        const float even = w.c + w.d * t->both[j], odd = w.a * t->first[j] + w.b * t->second[j];
        const float same = even + odd, other = even - odd;
        to[j] = from[2 * j] * same + from[2 * j + 1] * other;
        to[j + VC_HALF] = from[2 * j] * other + from[2 * j + 1] * same;
    }
    vc_scale(to);
}

static inline float vc_ratio(float zero, float one) {
    return vc_clamped(logf((zero + 1e-30f) / (one + 1e-30f)), 2.0f * VC_LIMIT);
}

/* From the LLR of 2 count code bits (0 where punctured) the LLR of each of them and the count decided bits.
 * `trellis` is room for (count + 1) * VC_STATES floats. The ring is closed by starting VC_WARM steps early. */
static void vc_decode(const vc_tables *t, const float *llr, size_t count, float *trellis, float *coded, uint8_t *bits) {
    float one[VC_STATES], two[VC_STATES];
    const size_t warm = VC_WARM;
    for (int s = 0; s < VC_STATES; s++) trellis[s] = 1.0f / VC_STATES;
    for (size_t i = 0; i < warm; i++) {
        vc_forward(t, llr + 2 * ((count * warm + i - warm) % count), trellis, one);
        memcpy(trellis, one, sizeof one);
    }
    for (size_t i = 0; i < count; i++) vc_forward(t, llr + 2 * i, trellis + i * VC_STATES, trellis + (i + 1) * VC_STATES);
    float *after = one, *before = two;
    for (int s = 0; s < VC_STATES; s++) after[s] = 1.0f / VC_STATES;
    for (size_t i = warm; i-- > 0;) {
        vc_backward(t, llr + 2 * (i % count), after, before);
        float *const swap = after;
        after = before, before = swap;
    }
    for (size_t i = count; i-- > 0;) {
        const float *const left = trellis + i * VC_STATES;
        const float *const right = left + VC_STATES;
        float zero = 0.0f, ones = 0.0f;
        for (int s = 0; s < VC_STATES; s += 2) {
            zero += right[s] * after[s];
            ones += right[s + 1] * after[s + 1];
        }
        bits[i] = ones > zero;
        float same[4] = {0}, other[4] = {0};
        for (int j = 0; j < VC_HALF; j++) {
            const float u = left[j] * after[2 * j] + left[j + VC_HALF] * after[2 * j + 1];
            const float v = left[j] * after[2 * j + 1] + left[j + VC_HALF] * after[2 * j];
            for (int k = 0; k < 4; k++) {
                same[k] += t->mask[k][j] * u;
                other[k] += t->mask[k][j] * v;
            }
        }
        const vc_weights w = vc_weigh(llr + 2 * i);
        const float p00 = (same[0] + other[3]) * (w.c + w.a + w.b + w.d), p01 = (same[1] + other[2]) * (w.c + w.a - w.b - w.d);
        const float p10 = (same[2] + other[1]) * (w.c - w.a + w.b - w.d), p11 = (same[3] + other[0]) * (w.c - w.a - w.b + w.d);
        coded[2 * i] = vc_ratio(p00 + p01, p10 + p11);
        coded[2 * i + 1] = vc_ratio(p00 + p10, p01 + p11);
        vc_backward(t, llr + 2 * i, after, before);
        float *const swap = after;
        after = before, before = swap;
    }
}

#endif
