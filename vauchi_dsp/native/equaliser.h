/* A Wiener equaliser for the room, learnt from the chirp. */
#ifndef VAUCHI_EQUALISER_H
#define VAUCHI_EQUALISER_H

#include "search.h"
#include "spectrum.h"

enum {
    VE_FFT = 1024,
    VE_BEFORE = 96, /* values before the chirp's first path, whence the noise is known */
    VE_TAPS = 256,
};

typedef struct {
    float re[VE_TAPS], im[VE_TAPS];
} ve_taps;

typedef struct {
    vd_complex turns[VE_FFT / 2], heard[VE_FFT], sent[VE_FFT];
} ve_room;

static void ve_prepare(ve_room *e) { vd_turns(e->turns, VE_FFT); }

/* Fills `taps`, or returns 0 where there is one path only. The chirp begins at re, im[chirp], with VE_BEFORE values before
 * it; `ratio` is the share of its energy in what was heard. */
static int ve_learn(ve_room *e, const vs_search *s, const float *re, const float *im, size_t chirp, double rate, float ratio,
                    ve_taps *taps) {
    vd_complex *const heard = e->heard, *const sent = e->sent;
    const size_t tail = (size_t)(0.07 * rate), before = VE_BEFORE;
    memset(heard, 0, sizeof e->heard);
    memset(sent, 0, sizeof e->sent);
    for (size_t n = 0; n < s->length + before + tail; n++)
        heard[n] = (vd_complex){re[chirp - before + n], im[chirp - before + n]};
    for (size_t n = 0; n < s->length; n++) sent[n] = (vd_complex){s->chirp_re[n], s->chirp_im[n]};
    vd_fft(heard, VE_FFT, e->turns, VE_FFT, 0);
    vd_fft(sent, VE_FFT, e->turns, VE_FFT, 0);
    double mean = 0;
    for (size_t k = 0; k < VE_FFT; k++) mean += vd_power(sent[k]) / VE_FFT;
    for (size_t k = 0; k < VE_FFT; k++) {
        const vd_complex x = vd_against(heard[k], sent[k]);
        const double scale = 1 / (vd_power(sent[k]) + 0.3 * mean);
        heard[k] = (vd_complex){x.re * scale, x.im * scale};
    }
    vd_fft(heard, VE_FFT, e->turns, VE_FFT, 1);
    /* now `heard` is the room's answer, its main path at `before`; what does not stand out of the noise goes */
    double noise = 0, all = 0, near = 0, main = 0;
    for (size_t n = 10; n < before - 10; n++) noise += vd_power(heard[n]) / (double)(before - 20);
    for (size_t n = before - 10; n < before + tail; n++) main = fmax(main, vd_power(heard[n]));
    const double product = VF_SWEEP / rate * (double)s->length; /* time by bandwidth: what the data after the chirp adds */
    for (size_t n = 0; n < VE_FFT; n++) {
        const double late = n < before ? 0 : fmin(1.0, (double)(n - before) / (double)s->length);
        const double doubt = noise + main * late / product;
        double keep = n < before - 12 || n >= before + tail ? 0 : 1 - 3.5 * doubt / (vd_power(heard[n]) + 1e-30);
        if (keep < 0) keep = 0;
        heard[n].re *= keep, heard[n].im *= keep;
        const double kept = vd_power(heard[n]);
        all += kept;
        if (n + 4 > before && n < before + 4) near += kept;
    }
    if (near >= 0.97 * all) return 0;
    vd_fft(heard, VE_FFT, e->turns, VE_FFT, 0);
    double level = 0;
    for (size_t k = 0; k < VE_FFT; k++) level += vd_power(heard[k]) / VE_FFT;
    const double share = ratio < 0.98 ? ratio : 0.98, floor = level * fmax(0.02, fmin(1.0, (1 - share) / share));
    for (size_t k = 0; k < VE_FFT; k++) {
        const double scale = 1 / (vd_power(heard[k]) + floor);
        sent[k] = (vd_complex){heard[k].re * scale, -heard[k].im * scale};
    }
    vd_fft(sent, VE_FFT, e->turns, VE_FFT, 1);
    for (size_t n = 0; n < VE_TAPS; n++) { /* the main path goes back to where it was heard */
        const vd_complex tap = sent[(2 * VE_FFT + n - VE_TAPS / 2 - before) % VE_FFT];
        taps->re[n] = (float)tap.re, taps->im[n] = (float)tap.im;
    }
    return 1;
}

/* to[i] = sum of taps[n] * from[i - (n - half)], as long as `from`. */
static void ve_apply(const ve_taps *taps, const float *re, const float *im, size_t length, float *restrict to_re,
                     float *restrict to_im) {
    memset(to_re, 0, length * sizeof(float));
    memset(to_im, 0, length * sizeof(float));
    for (size_t n = 0; n < VE_TAPS; n++) {
        const float p = taps->re[n], q = taps->im[n];
        const ptrdiff_t late = (ptrdiff_t)n - VE_TAPS / 2;
        const size_t from = late > 0 ? (size_t)late : 0, to = late < 0 ? length - (size_t)-late : length;
        for (size_t i = from; i < to; i++) {
            const float a = re[(ptrdiff_t)i - late], b = im[(ptrdiff_t)i - late];
            to_re[i] += p * a - q * b;
            to_im[i] += p * b + q * a;
        }
    }
}

#endif
