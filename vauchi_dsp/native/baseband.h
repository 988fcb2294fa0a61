/* From samples to a complex baseband around 19 kHz, at 3,000 (of 44.1 kHz: 3,150) values per second. */
#ifndef VAUCHI_BASEBAND_H
#define VAUCHI_BASEBAND_H

#include "frame.h"
#include "listen.h"

enum {
    VB_PORTION = 8192, /* samples taken at once */
    VB_OUTPUTS = 640,  /* what comes of them at most */
    VB_PERIOD = 441,   /* after so many outputs at most the carrier is where it was */
};

typedef struct {
    int step, set, period, turn;
    double rate; /* baseband values per second */
    size_t length, held;
    VL_ALIGNED float taps_re[VL_TAPS];
    VL_ALIGNED float taps_im[VL_TAPS];
    float turn_re[VB_PERIOD + VB_OUTPUTS], turn_im[VB_PERIOD + VB_OUTPUTS];
    VL_ALIGNED float samples[VB_PORTION + VL_TAPS + 64];
} vb_baseband;

static double vb_i0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 40; k++) term *= x * x / (4.0 * k * k), sum += term;
    return sum;
}

static double vb_kaiser(double u, double beta) { return fabs(u) >= 1 ? 0 : vb_i0(beta * sqrt(1 - u * u)) / vb_i0(beta); }

static double vb_sinc(double x) { return fabs(x) < 1e-12 ? 1 : sin(M_PI * x) / (M_PI * x); }

static void vb_prepare(vb_baseband *b, int rate, int set) {
    memset(b, 0, sizeof *b);
    b->step = rate == 44100 ? 14 : rate / 3000;
    b->rate = (double)rate / b->step;
    b->set = set;
    const int half = 6 * b->step; /* a windowed sinc, 12 outputs long; half of full gain at half the output rate */
    b->length = (size_t)(2 * half + 1 + 15) / 16 * 16;
    double sum = 0;
    for (int n = -half; n <= half; n++) sum += vb_sinc((double)n / b->step) * vb_kaiser(n / (half + 1.0), 5.6);
    for (int n = -half; n <= half; n++) {
        const double h = 2 * vb_sinc((double)n / b->step) * vb_kaiser(n / (half + 1.0), 5.6) / sum;
        b->taps_re[n + half] = (float)(h * cos(2 * M_PI * VF_CENTRE * n / rate));
        b->taps_im[n + half] = (float)(-h * sin(2 * M_PI * VF_CENTRE * n / rate));
    }
    b->held = (size_t)half; /* silence, so that output k stands for sample k * step */
    const int64_t advance = (int64_t)VF_CENTRE * b->step % rate;
    b->period = rate / (int)vf_common((size_t)advance, (size_t)rate);
    for (int k = 0; k < VB_PERIOD + VB_OUTPUTS; k++) {
        const double turn = 2 * M_PI * (double)(advance * k % rate) / rate;
        b->turn_re[k] = (float)cos(turn), b->turn_im[k] = (float)-sin(turn);
    }
}

/* Whether all of it is numbers, and none absurdly large. */
static int vb_sound(const float *samples, size_t count) {
    int bad = 0;
    for (size_t i = 0; i < count; i++) bad |= !(fabsf(samples[i]) < 1e6f);
    return !bad;
}

/* Takes `count` <= VB_PORTION samples; re, im get what comes out. Returns how many. */
static size_t vb_feed(vb_baseband *b, const float *samples, size_t count, float *restrict re, float *restrict im) {
    memcpy(b->samples + b->held, samples, count * sizeof(float));
    b->held += count;
    if (b->held < b->length) return 0;
    const size_t step = (size_t)b->step, outputs = (b->held - b->length) / step + 1;
    vl_decimate(b->set, b->samples, step, b->taps_re, b->taps_im, b->length, outputs, re, im);
    const float *const turn_re = b->turn_re + b->turn, *const turn_im = b->turn_im + b->turn;
    for (size_t k = 0; k < outputs; k++) {
        const float x = re[k], y = im[k];
        re[k] = x * turn_re[k] - y * turn_im[k];
        im[k] = x * turn_im[k] + y * turn_re[k];
    }
    b->turn = (int)(((size_t)b->turn + outputs) % (size_t)b->period);
    b->held -= outputs * step;
    memmove(b->samples, b->samples + outputs * step, b->held * sizeof(float));
    return outputs;
}

#endif
