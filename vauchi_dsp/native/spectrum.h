/* A complex FFT in double precision, for lengths that are powers of two: radix 2, in place, twiddles from a table. */
#ifndef VAUCHI_SPECTRUM_H
#define VAUCHI_SPECTRUM_H

#include <math.h>
#include <stddef.h>

typedef struct {
    double re, im;
} vd_complex;

static inline vd_complex vd_multiply(vd_complex a, vd_complex b) {
    return (vd_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* a times the conjugate of b */
static inline vd_complex vd_against(vd_complex a, vd_complex b) {
    return (vd_complex){a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

static inline double vd_power(vd_complex a) { return a.re * a.re + a.im * a.im; }

/* Fills `turns` with exp(-2 pi i k / longest), k < longest / 2: enough for every FFT up to `longest`. */
static void vd_turns(vd_complex *turns, size_t longest) {
    for (size_t k = 0; k < longest / 2; k++) {
        const double angle = -2.0 * M_PI * (double)k / (double)longest;
        turns[k] = (vd_complex){cos(angle), sin(angle)};
    }
}

/* data[size] becomes its transform; backwards with `inverse`, divided by `size`. size is a power of two <= longest. */
static void vd_fft(vd_complex *data, size_t size, const vd_complex *turns, size_t longest, int inverse) {
    for (size_t i = 1, j = 0; i < size; i++) {
        size_t bit = size >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            const vd_complex held = data[i];
            data[i] = data[j];
            data[j] = held;
        }
    }
    const double sign = inverse ? -1.0 : 1.0;
    for (size_t half = 1; half < size; half *= 2) {
        const size_t stride = longest / (2 * half);
        for (size_t start = 0; start < size; start += 2 * half) {
            vd_complex *low = data + start, *high = low + half;
            for (size_t k = 0; k < half; k++) {
                const vd_complex turn = {turns[k * stride].re, sign * turns[k * stride].im};
                const vd_complex b = vd_multiply(high[k], turn);
                high[k] = (vd_complex){low[k].re - b.re, low[k].im - b.im};
                low[k] = (vd_complex){low[k].re + b.re, low[k].im + b.im};
            }
        }
    }
    if (inverse)
        for (size_t i = 0; i < size; i++) {
            data[i].re /= (double)size;
            data[i].im /= (double)size;
        }
}

#endif
