/* Finds chirps in the baseband: a matched filter whose output is measured by the energy of its window. The filter is a
 * convolution by overlapping Fourier transforms; a chirp longer than one of them is cut into parts. */
#ifndef VAUCHI_SEARCH_H
#define VAUCHI_SEARCH_H

#include "baseband.h"

enum {
    VS_CHIRP = 320, /* values at most */
    VS_PARTS = 3,   /* transforms that a chirp spans at most */
    VS_GROUP = 16,  /* places that are ruled out together; divides every hop */
    VS_HELD = VL_POINTS + (VS_PARTS - 1) * VL_POINTS / 2 + VB_OUTPUTS,
};

typedef struct {
    int set;
    size_t length, parts, hop;
    double offset; /* baseband values from the chirp's beginning to its first tap */
    float chirp_re[VS_CHIRP], chirp_im[VS_CHIRP];
    vl_turns turns;
    vl_spectrum chirp[VS_PARTS], heard[VS_PARTS]; /* of its parts; of the windows from `first` on, round and round */
    size_t first, ready;
    float threshold;
    uint64_t searched; /* values before this one are done with */
    size_t held, summed;
    float re[VS_HELD], im[VS_HELD], sums[VS_HELD / VS_GROUP]; /* the energy of each group, up to `summed` */
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
        s->chirp_re[n] = (float)cos(phase), s->chirp_im[n] = (float)sin(phase);
    }
    vl_prepare(&s->turns);
    s->hop = s->length <= VL_POINTS / 2 ? (VL_POINTS - s->length + 1) / VS_GROUP * VS_GROUP : VL_POINTS / 2;
    s->parts = (s->length + s->hop - 1) / s->hop;
    for (size_t k = 0; k < s->parts; k++) {
        float re[VL_POINTS] = {0}, im[VL_POINTS] = {0};
        for (size_t n = 0; n < s->hop && k * s->hop + n < s->length; n++)
            re[n] = s->chirp_re[k * s->hop + n] / VL_POINTS, im[n] = s->chirp_im[k * s->hop + n] / VL_POINTS;
        vl_transform(set, &s->turns, re, im, &s->chirp[k]);
    }
    /* of noise alone the share of the energy that matches a chirp exceeds x with probability (1 - x)^(BT - 1) */
    s->threshold = (float)(1 - pow(2e-6, 1 / (VF_SWEEP * profile->chirp - 1)));
    s->guard = (uint64_t)(0.012 * rate);
}

/* Follows the peaks through VS_GROUP places; `found` is called with each chirp. */
static void vs_group(vs_search *s, size_t at, const float *power, float floor, void (*found)(void *, uint64_t, float),
                     void *to) {
    const float *const re = s->re + at, *const im = s->im + at;
    double energy = 0;
    for (size_t n = 0; n < s->length; n++) energy += re[n] * re[n] + im[n] * im[n];
    for (size_t p = 0; p < VS_GROUP; p++) {
        const float ratio = power[p] / ((float)s->length * fmaxf((float)energy, floor));
        const uint64_t place = s->searched + at + p;
        if (ratio > s->threshold && ratio > s->ratio) s->peak = place, s->ratio = ratio;
        if (s->ratio > 0 && place > s->peak + s->guard) {
            found(to, s->peak, s->ratio);
            s->ratio = 0;
        }
        const float *const x = re + p, *const y = im + p;
        energy += (double)(x[s->length] * x[s->length] + y[s->length] * y[s->length]) - (double)(x[0] * x[0] + y[0] * y[0]);
    }
}

/* The energy of VS_GROUP values. */
static float vs_sum(const float *re, const float *im) {
    float squares[VS_GROUP];
    for (size_t n = 0; n < VS_GROUP; n++) squares[n] = re[n] * re[n] + im[n] * im[n];
    for (size_t half = VS_GROUP / 2; half; half /= 2)
        for (size_t n = 0; n < half; n++) squares[n] += squares[n + half];
    return squares[0];
}

/* Searches a hop of places, from the one `at` on. */
static void vs_hop(vs_search *s, size_t at, void (*found)(void *, uint64_t, float), void *to) {
    VL_ALIGNED float power[VL_POINTS];
    const float *const sums = s->sums + at / VS_GROUP;
    float all = 0;
    const vl_spectrum *heard[VS_PARTS];
    for (size_t k = 0; k < s->parts; k++) heard[k] = &s->heard[(s->first + k) % s->parts];
    vl_match(s->set, &s->turns, heard, s->chirp, s->parts, power);
    const size_t common = s->length / VS_GROUP - 1; /* whole groups in the windows of all places of a group */
    for (size_t g = 0; g < ((s->parts - 1) * s->hop + VL_POINTS) / VS_GROUP; g++) all += sums[g];
    const float floor = 1e-9f * all + 1e-20f; /* what the transforms round off is below, even next to the loudest sound */
    for (size_t g = 0; g < s->hop / VS_GROUP; g++) {
        const float *const here = power + g * VS_GROUP;
        float most = 0, least = 0;
        for (size_t n = 0; n < VS_GROUP; n++) most = here[n] > most ? here[n] : most;
        for (size_t k = 1; k <= common; k++) least += sums[g + k];
        if (s->ratio > 0 || most > s->threshold * (float)s->length * fmaxf(least, floor))
            vs_group(s, at + g * VS_GROUP, here, floor, found, to);
    }
}

/* Takes `count` values that the caller has put at s->re, s->im + s->held. */
static void vs_feed(vs_search *s, size_t count, void (*found)(void *, uint64_t, float), void *to) {
    size_t done = 0;
    s->held += count;
    for (; s->summed + VS_GROUP <= s->held; s->summed += VS_GROUP)
        s->sums[s->summed / VS_GROUP] = vs_sum(s->re + s->summed, s->im + s->summed);
    for (size_t at; at = done + s->ready * s->hop, at + VL_POINTS <= s->held;) {
        vl_transform(s->set, &s->turns, s->re + at, s->im + at, &s->heard[(s->first + s->ready) % s->parts]);
        if (++s->ready < s->parts) continue;
        vs_hop(s, done, found, to);
        s->first = (s->first + 1) % s->parts, s->ready--;
        done += s->hop;
    }
    if (done == 0) return;
    s->searched += done;
    s->held -= done;
    memmove(s->re, s->re + done, s->held * sizeof(float));
    memmove(s->im, s->im + done, s->held * sizeof(float));
    s->summed -= done;
    memmove(s->sums, s->sums + done / VS_GROUP, s->summed / VS_GROUP * sizeof(float));
}

#endif
