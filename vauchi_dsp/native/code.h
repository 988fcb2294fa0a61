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
typedef float vc_vec __attribute__((vector_size(16)));
#define VC_LIMIT 15.0f /* of an LLR that goes in; those that come out are within twice that */

/* mask[k][j] is 1 where the branch from state j < 128 with a 0 carries the code bits k = 2 * first + second, else 0. On
 * the branches j+128 -> 2j and j -> 2j+1 both are inverted, because both generators begin and end with a 1. */
typedef struct {
    float mask[4][VC_HALF];
} vc_tables;

static void vc_prepare(vc_tables *tables) {
    memset(tables, 0, sizeof *tables);
    for (unsigned j = 0; j < VC_HALF; j++)
        tables->mask[2 * __builtin_parity(j << 1 & VC_G0) + __builtin_parity(j << 1 & VC_G1)][j] = 1.0f;
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

typedef struct {
    float of[4]; /* the chances of the code bits 2 * first + second, none of them lost in another's rounding */
} vc_weights;

static inline vc_weights vc_weigh(const float *llr) {
    const float p = expf(vc_clamped(llr[0], VC_LIMIT)), q = expf(vc_clamped(llr[1], VC_LIMIT)), scale = 1 / ((1 + p) * (1 + q));
    return (vc_weights){{p * q * scale, p * scale, q * scale, scale}};
}

/* The weight of the branch from state j with a 0, and of its inverse. */
static inline void vc_branch(const vc_tables *t, const vc_weights *w, int j, float *same, float *other) {
    const float *const m = &t->mask[0][j];
    *same = m[0] * w->of[0] + m[VC_HALF] * w->of[1] + m[2 * VC_HALF] * w->of[2] + m[3 * VC_HALF] * w->of[3];
    *other = m[0] * w->of[3] + m[VC_HALF] * w->of[2] + m[2 * VC_HALF] * w->of[1] + m[3 * VC_HALF] * w->of[0];
}

static inline vc_vec vc_load(const float *from) {
    vc_vec v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* The sums of every fourth of the products a[n] * b[n]. */
static inline vc_vec vc_products(const float *a, const float *b, int count) {
    vc_vec sum[4] = {{0}}; /* several chains: one alone is slow */
    for (int n = 0; n < count; n += 16)
        for (int k = 0; k < 4; k++) sum[k] += vc_load(a + n + 4 * k) * vc_load(b + n + 4 * k);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static inline float vc_sum(vc_vec v) { return (v[0] + v[1]) + (v[2] + v[3]); }

static void vc_scale(float *state) {
    vc_vec sum[4] = {{0}};
    for (int s = 0; s < VC_STATES; s += 16)
        for (int k = 0; k < 4; k++) sum[k] += vc_load(state + s + 4 * k);
    const float scale = 1.0f / vc_sum((sum[0] + sum[1]) + (sum[2] + sum[3]));
    for (int s = 0; s < VC_STATES; s++) {
        const float x = state[s] * scale;
        state[s] = x < 1e-30f ? 1e-30f : x; /* above the subnormal numbers, which are slow */
    }
}

static void vc_forward(const vc_tables *t, const float *llr, const float *restrict from, float *restrict to) {
    const vc_weights w = vc_weigh(llr);
    for (int j = 0; j < VC_HALF; j++) {
        float same, other;
        vc_branch(t, &w, j, &same, &other);
        to[2 * j] = from[j] * same + from[j + VC_HALF] * other;
        to[2 * j + 1] = from[j] * other + from[j + VC_HALF] * same;
    }
    vc_scale(to);
}

static void vc_backward(const vc_tables *t, const float *llr, const float *restrict from, float *restrict to) {
    const vc_weights w = vc_weigh(llr);
    for (int j = 0; j < VC_HALF; j++) {
        float same, other;
        vc_branch(t, &w, j, &same, &other);
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
        float u[VC_HALF], v[VC_HALF], same[4], other[4];
        const vc_vec chance = vc_products(right, after, VC_STATES); /* a state's lowest bit is the newest */
        bits[i] = chance[1] + chance[3] > chance[0] + chance[2];
        for (int j = 0; j < VC_HALF; j++) {
            u[j] = left[j] * after[2 * j] + left[j + VC_HALF] * after[2 * j + 1];
            v[j] = left[j] * after[2 * j + 1] + left[j + VC_HALF] * after[2 * j];
        }
        for (int k = 0; k < 4; k++) {
            same[k] = vc_sum(vc_products(t->mask[k], u, VC_HALF));
            other[k] = vc_sum(vc_products(t->mask[k], v, VC_HALF));
        }
        const vc_weights w = vc_weigh(llr + 2 * i);
        const float p00 = (same[0] + other[3]) * w.of[0], p01 = (same[1] + other[2]) * w.of[1];
        const float p10 = (same[2] + other[1]) * w.of[2], p11 = (same[3] + other[0]) * w.of[3];
        coded[2 * i] = vc_ratio(p00 + p01, p10 + p11);
        coded[2 * i + 1] = vc_ratio(p00 + p10, p01 + p11);
        vc_backward(t, llr + 2 * i, after, before);
        float *const swap = after;
        after = before, before = swap;
    }
}

#endif
