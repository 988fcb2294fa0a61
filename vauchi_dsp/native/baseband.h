/* From samples to a complex baseband around 19 kHz, at 3,000 (of 44.1 kHz: 3,150) values per second. */
#ifndef VAUCHI_BASEBAND_H
#define VAUCHI_BASEBAND_H

#include "frame.h"
#include "listen.h"

enum {
    VB_PORTION = 8192, /* samples taken at once */
    VB_STEP = 32,      /* samples per output at most */
    VB_HALF = 6,       /* outputs that half the filter spans */
    VB_OUTPUTS = 640,  /* what comes of them at most, and room for some more */
    VB_PERIOD = 441,   /* after so many outputs at most the carrier is where it was */
};

typedef struct {
    int step, set, period, turn;
    double rate; /* baseband values per second */
    size_t length, held;
    vl_filter filter;
    float turn_re[VB_PERIOD + VB_OUTPUTS], turn_im[VB_PERIOD + VB_OUTPUTS];
    VL_ALIGNED float samples[VB_PORTION + VL_TAPS + 4 * VB_STEP];
} vb_baseband;

static double vb_i0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 40; k++) term *= x * x / (4.0 * k * k), sum += term;
    return sum;
}

static double vb_kaiser(double u, double beta) { return fabs(u) >= 1 ? 0 : vb_i0(beta * sqrt(1 - u * u)) / vb_i0(beta); }

static double vb_sinc(double x) { return fabs(x) < 1e-12 ? 1 : sin(M_PI * x) / (M_PI * x); }

/* A windowed sinc, 12 outputs long, with half of its gain at half the output rate, around the centre. */
static void vb_filter(vl_filter *f, int rate, int step, size_t lanes) {
    const int half = VB_HALF * step - 1;
    const size_t taps = (size_t)(2 * half + 1), padded = (taps + lanes - 1) / lanes * lanes;
    for (f->fold = lanes; f->fold < padded && 2 * VF_CENTRE * f->fold % (size_t)rate; f->fold += lanes) continue;
    f->rows = (padded + f->fold - 1) / f->fold;
    double h[VL_TAPS] = {0}, sum = 0;
    for (int n = -half; n <= half; n++)
        sum += h[half + n] = vb_sinc((double)n / step) * vb_kaiser((double)n / (VB_HALF * step), 5.6);
    for (size_t n = 0; n < f->rows * f->fold; n++)
        f->taps[n] = (float)(2 * h[n] / sum * (2 * VF_CENTRE * f->fold / (size_t)rate * (n / f->fold) % 2 ? -1 : 1));
    for (size_t n = 0; n < f->fold; n++) {
        const double phase = 2 * M_PI * VF_CENTRE * ((double)n - half) / rate, gain = f->rows == 1 ? 2 * h[n] / sum : 1;
        f->re[n] = (float)(gain * cos(phase)), f->im[n] = (float)(-gain * sin(phase));
    }
}

static void vb_prepare(vb_baseband *b, int rate, int set) {
    memset(b, 0, sizeof *b);
    b->step = rate == 44100 ? 14 : rate / 3000;
    b->rate = (double)rate / b->step;
    b->set = set;
    vb_filter(&b->filter, rate, b->step, vl_lanes(set));
    b->length = b->filter.rows * b->filter.fold;
    b->held = (size_t)(VB_HALF * b->step - 1); /* silence, so that output k stands for sample k * step */
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
    vl_decimate(b->set, &b->filter, b->samples, step, outputs, re, im);
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
