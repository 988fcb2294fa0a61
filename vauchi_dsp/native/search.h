/* Finds chirps in the baseband: a matched filter whose output is measured by the energy of its window. */
#ifndef VAUCHI_SEARCH_H
#define VAUCHI_SEARCH_H

#include "baseband.h"

enum { VS_REFRESH = 32 /* blocks after which the running energy is summed anew */ };

typedef struct {
    int set;
    size_t length;
    double offset; /* baseband values from the chirp's beginning to its first tap */
    float chirp_re[VL_CHIRP + 2 * VL_BLOCK], chirp_im[VL_CHIRP + 2 * VL_BLOCK]; /* VL_BLOCK zeros on either side */
    float threshold;
    uint64_t searched; /* values before this one are done with */
    size_t held;
    float re[VB_OUTPUTS + VL_CHIRP + 2 * VL_BLOCK], im[VB_OUTPUTS + VL_CHIRP + 2 * VL_BLOCK];
    float square[VB_OUTPUTS + VL_CHIRP + 2 * VL_BLOCK];
    double energy;
    uint64_t peak, guard; /* the best chirp of late; how long it must stay the best */
    float ratio;          /* the share of its window's energy, 0 where there is none */
} vs_search;

static void vs_prepare(vs_search *s, const vf_profile *profile, double rate, int set) {
    memset(s, 0, sizeof *s);
    s->set = set;
    s->length = (size_t)(profile->chirp * rate);
    s->offset = 0.5 * profile->chirp * rate - 0.5 * (double)(s->length - 1);
    for (size_t n = 0; n < s->length; n++) {
        const double phase = vf_chirp(profile, ((double)n + s->offset) / rate);
        s->chirp_re[VL_BLOCK + n] = (float)cos(phase), s->chirp_im[VL_BLOCK + n] = (float)sin(phase);
    }
    /* of noise alone the share of the energy that matches a chirp exceeds x with probability (1 - x)^(BT - 1) */
    s->threshold = (float)(1 - pow(2e-6, 1 / (VF_SWEEP * profile->chirp - 1)));
    s->guard = (uint64_t)(0.012 * rate);
}

/* Searches VL_BLOCK places; `found` is called with each chirp. */
static void vs_block(vs_search *s, size_t at, void (*found)(void *, uint64_t, float), void *to) {
    float power[VL_BLOCK], least[VL_BLOCK];
    const float *const square = s->square + at;
    vl_match(s->set, s->re + at, s->im + at, s->chirp_re, s->chirp_im, s->length, power);
    if (s->searched % (VS_REFRESH * VL_BLOCK) == 0) {
        double sums[4] = {0};
        for (size_t n = 0; n + 4 <= s->length; n += 4)
            for (size_t k = 0; k < 4; k++) sums[k] += square[n + k];
        s->energy = sums[0] + sums[1] + sums[2] + sums[3];
        for (size_t n = s->length & ~(size_t)3; n < s->length; n++) s->energy += square[n];
    }
    const float floor = (float)(1e-6 * s->energy) + 1e-20f, scale = (float)s->length;
    double energy = s->energy;
    for (size_t p = 0; p < VL_BLOCK; p++) {
        const float e = (float)energy;
        least[p] = scale * (e > floor ? e : floor);
        energy += square[p + s->length] - square[p];
    }
    s->energy = energy;
    int any = s->ratio > 0;
    for (size_t p = 0; p < VL_BLOCK; p++) any |= power[p] > s->threshold * least[p];
    for (size_t p = 0; any && p < VL_BLOCK; p++) {
        const float ratio = power[p] / least[p];
        const uint64_t place = s->searched + p;
        if (ratio > s->threshold && ratio > s->ratio) s->peak = place, s->ratio = ratio;
        if (s->ratio > 0 && place > s->peak + s->guard) {
            found(to, s->peak, s->ratio);
            s->ratio = 0;
        }
    }
    s->searched += VL_BLOCK;
}

/* Takes `count` values that the caller has put at s->re, s->im + s->held. */
static void vs_feed(vs_search *s, size_t count, void (*found)(void *, uint64_t, float), void *to) {
    for (size_t n = s->held; n < s->held + count; n++) s->square[n] = s->re[n] * s->re[n] + s->im[n] * s->im[n];
    s->held += count;
    size_t done = 0;
    for (; done + s->length + VL_BLOCK <= s->held; done += VL_BLOCK) vs_block(s, done, found, to);
    if (done == 0) return;
    s->held -= done;
    memmove(s->re, s->re + done, s->held * sizeof(float));
    memmove(s->im, s->im + done, s->held * sizeof(float));
    memmove(s->square, s->square + done, s->held * sizeof(float));
}

#endif
