/* The ranging burst (MSK, 1,600 chips/s around 19 kHz) and the baseband in which it is looked for. */
#ifndef VAUCHI_BURST_H
#define VAUCHI_BURST_H

#include <stdlib.h>
#include <string.h>

#include "spectrum.h"

enum { RB_CODE = 16, RB_CHIPS = 8 * RB_CODE, RB_LANES = 8 };
#define RB_CENTRE 19000.0
#define RB_CHIP_RATE 1600.0
#define RB_LENGTH (RB_CHIPS / RB_CHIP_RATE) /* s */
#define RB_RAMP 0.003                       /* s */
#define RB_BEND 0.75                        /* chips from the middle of which on to the end the frequency changes */

static size_t rb_length(int rate) { return (size_t)lround(RB_LENGTH * rate); }

/* Input samples for each one of the baseband, which has 6,000 or 6,300 a second. */
static size_t rb_step(int rate) { return rate == 44100 ? 7 : (size_t)(rate / 6000); }

/* What a bend adds to the phase of two straight chips where the frequency rises from -1 to +1 around x = 0 along half a
 * cosine instead of at once: half the quarter turns, for x in chips. Without it 0.02 % of the energy is below 16 kHz,
 * where people hear it as a rattle; with it there is a hundredth of that, and the band that ranging needs stays full. */
static double rb_bend(double x) {
    if (fabs(x) >= 0.5 * RB_BEND) return 0.0;
    return 0.5 * x + 0.25 * RB_BEND - RB_BEND / (2.0 * M_PI) * cos(M_PI * x / RB_BEND) - fmax(x, 0.0);
}

/* Fills wave[rb_length(rate)], amplitude 1. Chip i turns the carrier's phase by +90 or -90 degrees while it lasts; it is
 * the phase of continuous time that is sampled, so chips need not be whole numbers of samples long. */
static void rb_wave(const unsigned char *code, int rate, float *wave) {
    int sign[RB_CHIPS], turned[RB_CHIPS + 1] = {0};
    for (int i = 0; i < RB_CHIPS; i++) {
        sign[i] = code[i / 8] >> (7 - i % 8) & 1 ? 1 : -1;
        turned[i + 1] = turned[i] + sign[i];
    }
    for (size_t n = 0; n < rb_length(rate); n++) {
        const double t = (double)n / rate;
        int chip = (int)(t * RB_CHIP_RATE + 1e-9);
        if (chip >= RB_CHIPS) chip = RB_CHIPS - 1;
        const double into = t * RB_CHIP_RATE - chip;
        double quarters = turned[chip] + sign[chip] * into;
        if (chip > 0) quarters += (sign[chip] - sign[chip - 1]) * rb_bend(into);
        if (chip + 1 < RB_CHIPS) quarters += (sign[chip + 1] - sign[chip]) * rb_bend(into - 1.0);
        const double edge = t < RB_LENGTH - t ? t : RB_LENGTH - t;
        const double ramp = edge < RB_RAMP ? 0.5 - 0.5 * cos(M_PI * edge / RB_RAMP) : 1.0;
        const double carrier = fmod(RB_CENTRE * (double)n, rate) / rate;
        wave[n] = (float)(ramp * cos(2.0 * M_PI * carrier + M_PI_2 * quarters));
    }
}

static double rb_bessel(double x) { /* I0 */
    double term = 1.0, sum = 1.0;
    for (int k = 1; term > 1e-17 * sum; k++) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* A band-pass filter around 19 kHz with complex taps: flat to 1.1 kHz beside it, 80 dB down from 2.1 kHz. */
typedef struct {
    size_t half, count; /* taps on either side of the middle; all of them, padded to whole vectors */
    float *re, *im;
} rb_filter;

static size_t rb_filter_half(int rate) { return (size_t)lround(0.0025 * rate); }

static size_t rb_filter_count(int rate) { /* in vectors of RB_LANES */
    return (2 * rb_filter_half(rate) + 1 + RB_LANES - 1) / RB_LANES * RB_LANES;
}

/* `taps` has room for twice rb_filter_count(rate) floats. */
static rb_filter rb_design(int rate, float *taps) {
    rb_filter filter = {rb_filter_half(rate), rb_filter_count(rate), taps, taps + rb_filter_count(rate)};
    const double half = (double)filter.half;
    double sum = 0.0;
    memset(taps, 0, 2 * filter.count * sizeof *taps);
    for (int pass = 0; pass < 2; pass++) /* the second one scales the taps to a gain of 1 */
        for (size_t k = 0; k <= 2 * filter.half; k++) {
            const double at = (double)k - half, x = 2.0 * 1600.0 / rate * at, part = at / (half + 1.0);
            const double sinc = at == 0.0 ? 1.0 : sin(M_PI * x) / (M_PI * x);
            const double tap = sinc * rb_bessel(7.86 * sqrt(1.0 - part * part));
            const double angle = -2.0 * M_PI * RB_CENTRE / rate * at;
            if (pass == 0) {
                sum += tap;
            } else {
                filter.re[k] = (float)(tap / sum * cos(angle));
                filter.im[k] = (float)(tap / sum * sin(angle));
            }
        }
    return filter;
}

/* Fills out[ceil(count / step)]: the band around 19 kHz, moved to zero; element m belongs to sample m * step. `padded` are
 * the samples between filter.half zeros in front and filter.count behind. */
static void rb_baseband(const rb_filter *filter, const float *padded, size_t count, int rate, vd_complex *out) {
    const size_t step = rb_step(rate);
    for (size_t m = 0; m * step < count; m++) {
        const float *x = padded + m * step;
        float re[RB_LANES] = {0}, im[RB_LANES] = {0};
        for (size_t k = 0; k < filter->count; k += RB_LANES)
            for (size_t lane = 0; lane < RB_LANES; lane++) {
                re[lane] += x[k + lane] * filter->re[k + lane];
                im[lane] += x[k + lane] * filter->im[k + lane];
            }
        vd_complex sum = {0.0, 0.0};
        for (size_t lane = 0; lane < RB_LANES; lane++) {
            sum.re += re[lane];
            sum.im += im[lane];
        }
        const double turn = -2.0 * M_PI * fmod(RB_CENTRE * (double)(m * step), rate) / rate;
        out[m] = vd_multiply(sum, (vd_complex){cos(turn), sin(turn)});
    }
}

/* The baseband of samples[count], which it copies for the zeros around them. Returns 0 where memory lacks. */
static int rb_baseband_of(const rb_filter *filter, const float *samples, size_t count, int rate, vd_complex *out) {
    float *padded = calloc(filter->half + count + filter->count, sizeof *padded);
    if (!padded) return 0;
    memcpy(padded + filter->half, samples, count * sizeof *samples);
    rb_baseband(filter, padded, count, rate, out);
    free(padded);
    return 1;
}

#endif
