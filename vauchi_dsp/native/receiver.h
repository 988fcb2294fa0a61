/* The streaming receiver: samples in, frames out, in a fixed amount of memory. */
#ifndef VAUCHI_RECEIVER_H
#define VAUCHI_RECEIVER_H

#include "equaliser.h"
#include "search.h"
#include "symbols.h"

enum {
    VR_RING = 1 << 15, /* baseband values kept: over 10 s, and no frame is longer than 6.5 */
    VR_WAITING = 8,    /* chirps whose frames have not ended yet */
    VR_LENGTHS = 6,    /* readings of a header that are tried */
    VR_FRAMES = 16,
    VR_PROBE = 12,     /* data symbols that help to read the header; the shortest frame has them */
    VR_MARGIN = 400,   /* values before the chirp that are looked at, too */
    VR_COARSE = 120,   /* symbols */
};

#define VR_FAINT 0.25f  /* of the ratio of the frame's chirp: 6 dB below, where a second frame is lost in the first */
#define VR_BEHIND 0.75f /* of the likeliest length's score: the right one is never so low */

typedef struct {
    uint64_t peak; /* the chirp's first value */
    float ratio;
    int state; /* 0 free, 1 waits for the header, 2 for the ends of its lengths */
    int lengths[VR_LENGTHS], count, next;
    int equalise;
    ve_taps taps;
} vr_candidate;

typedef struct {
    double start; /* in samples */
    float snr;    /* dB */
    int length;
    uint8_t payload[VF_PAYLOAD];
} vr_frame;

typedef struct {
    const vf_profile *profile;
    vb_baseband base;
    vs_search search;
    vy_symbols symbols;
    ve_room room;
    uint64_t made; /* baseband values so far */
    float ring_re[VR_RING], ring_im[VR_RING];
    vr_candidate waiting[VR_WAITING];
    vr_frame frames[VR_FRAMES];
    int found;
    uint64_t last, end; /* the chirp and the end of the last frame, for its echoes and what in it looks like a chirp */
    float ratio;        /* of its chirp */
    int any;
    float segment_re[VR_RING], segment_im[VR_RING], equal_re[VR_RING], equal_im[VR_RING];
    vm_work work;
} vr_receiver;

static void vr_prepare(vr_receiver *r, int rate, int profile, int set) {
    memset(r, 0, sizeof *r);
    r->profile = &VF_PROFILES[profile];
    vb_prepare(&r->base, rate, set);
    vs_prepare(&r->search, r->profile, r->base.rate, set);
    vy_prepare(&r->symbols, r->profile, r->base.rate);
    ve_prepare(&r->room);
    vc_prepare(&r->work.tables);
}

/* Values from the chirp's beginning that a frame needs, whatever its speed. */
static uint64_t vr_needed(const vr_receiver *r, int symbols) {
    return (uint64_t)((r->profile->chirp + symbols * r->profile->symbol) * 1.0025 * r->base.rate) + 24;
}

/* Copies what may belong to a candidate's first `needed` values into the segment, its chirp at VR_MARGIN. */
static size_t vr_segment(vr_receiver *r, const vr_candidate *c, uint64_t needed) {
    const size_t length = VR_MARGIN + (size_t)needed;
    for (size_t i = 0; i < length; i++) {
        const uint64_t at = c->peak + i - VR_MARGIN; /* wraps below 0, and then is not there */
        const int there = at < r->made && at + VR_RING >= r->made;
        r->segment_re[i] = there ? r->ring_re[at % VR_RING] : 0;
        r->segment_im[i] = there ? r->ring_im[at % VR_RING] : 0;
    }
    return length;
}

static double vr_origin(const vr_receiver *r) { return VR_MARGIN - r->search.offset + r->profile->chirp * r->base.rate; }

/* Reads the header off the first symbols: adds the `add` likeliest lengths unless they are there or far behind the first. */
static void vr_read_header(const vr_receiver *r, vr_candidate *c, int add) {
    float score[VF_PAYLOAD + 1];
    for (int length = 0; length <= VF_PAYLOAD; length++) {
        uint8_t tones[VF_HEADER];
        vf_header(r->profile, length, tones);
        score[length] = 0;
        for (int i = 0; i < VF_HEADER; i++)
            score[length] += sqrtf(r->work.power[i * r->profile->tones + (tones[i] ^ vf_whitening(r->profile, i))]);
    }
    float first = 0;
    for (; add > 0 && c->count < VR_LENGTHS; add--) {
        int best = 0, known = 0;
        for (int length = 1; length <= VF_PAYLOAD; length++)
            if (score[length] > score[best]) best = length;
        if (score[best] < VR_BEHIND * first) break;
        first = score[best] > first ? score[best] : first;
        score[best] = -1;
        for (int k = 0; k < c->count; k++) known |= c->lengths[k] == best;
        if (!known) c->lengths[c->count++] = best;
    }
}

static void vr_head(vr_receiver *r, vr_candidate *c) {
    const int symbols = VF_HEADER + VR_PROBE;
    const size_t length = vr_segment(r, c, vr_needed(r, symbols));
    c->count = c->next = 0;
    c->equalise = ve_learn(&r->room, &r->search, r->segment_re, r->segment_im, VR_MARGIN, r->base.rate, c->ratio, &c->taps);
    for (int way = 0; way <= c->equalise; way++) {
        if (way) ve_apply(&c->taps, r->segment_re, r->segment_im, length, r->equal_re, r->equal_im);
        const float *const re = way ? r->equal_re : r->segment_re, *const im = way ? r->equal_im : r->segment_im;
        const vy_place place = vy_search(&r->symbols, &r->work, re, im, length, vr_origin(r), symbols);
        vy_correlate(&r->symbols, &r->work, re, im, length, place, VF_HEADER);
        vr_read_header(r, c, c->equalise ? VR_LENGTHS / 2 : VR_LENGTHS);
    }
    for (int i = 1; i < c->count; i++) /* the shortest first */
        for (int j = i; j > 0 && c->lengths[j] < c->lengths[j - 1]; j--) {
            const int swap = c->lengths[j];
            c->lengths[j] = c->lengths[j - 1], c->lengths[j - 1] = swap;
        }
    c->state = 2;
}

static vy_place vr_place(vr_receiver *r, const float *re, const float *im, size_t length, int symbols) {
    const int coarse = symbols < VR_COARSE ? symbols : VR_COARSE;
    const double unit = 0.6 / (r->profile->symbol * 40.0) / VF_CENTRE;
    vy_place place = vy_search(&r->symbols, &r->work, re, im, length, vr_origin(r), coarse);
    place = vy_refine(&r->symbols, &r->work, re, im, length, place, coarse, 5, 0.8, unit);
    for (int count = coarse; count < symbols;) { /* the longer, the more it tells of the speed */
        count = 3 * count < symbols ? 3 * count : symbols;
        place = vy_refine(&r->symbols, &r->work, re, im, length, place, count, 3, 0.3, unit * VR_COARSE / count);
    }
    return place;
}

/* Whether the candidate is a frame of `payload` bytes; if so it is added to the frames. */
static int vr_body(vr_receiver *r, const vr_candidate *c, int payload) {
    const int symbols = VF_HEADER + vf_symbols(r->profile, payload);
    const size_t length = vr_segment(r, c, vr_needed(r, symbols));
    vm_work *const w = &r->work;
    for (int way = 0; way <= c->equalise; way++) {
        if (way) ve_apply(&c->taps, r->segment_re, r->segment_im, length, r->equal_re, r->equal_im);
        const float *const re = way ? r->equal_re : r->segment_re, *const im = way ? r->equal_im : r->segment_im;
        const vy_place place = vr_place(r, re, im, length, symbols);
        vy_correlate(&r->symbols, w, re, im, length, place, symbols);
        if (!vm_decode(w, r->profile, payload, 0) && !vm_decode(w, r->profile, payload, 1)) continue;
        if (r->found < VR_FRAMES) {
            vr_frame *const frame = &r->frames[r->found++];
            const double chirp = r->profile->chirp * r->base.rate / (1 + place.stretch);
            frame->start = ((double)c->peak - VR_MARGIN + place.start - chirp) * r->base.step;
            frame->snr = 10 * log10f(w->amplitude * w->amplitude / (w->noise * 2000.0f * (float)r->profile->symbol));
            frame->length = payload;
            memcpy(frame->payload, w->payload, (size_t)payload);
        }
        return 1;
    }
    return 0;
}

/* Whether this chirp is an echo of the last frame's, or so faint within that frame that it is a part of it. */
static int vr_is_known(const vr_receiver *r, uint64_t peak, float ratio) {
    const uint64_t apart = peak > r->last ? peak - r->last : r->last - peak;
    const int within = peak > r->last && peak < r->end;
    return r->any && (apart < (uint64_t)(0.08 * r->base.rate) || (within && ratio < VR_FAINT * r->ratio));
}

/* A chirp was found: it waits for its frame, in the place of the weakest if need be. */
static void vr_await(void *receiver, uint64_t peak, float ratio) {
    vr_receiver *const r = receiver;
    vr_candidate *into = NULL;
    for (int k = 0; k < VR_WAITING && (!into || into->state); k++) {
        vr_candidate *const c = &r->waiting[k];
        if (!c->state || (c->ratio < ratio && (!into || c->ratio < into->ratio))) into = c;
    }
    if (into && !vr_is_known(r, peak, ratio)) into->peak = peak, into->ratio = ratio, into->state = 1;
}

static void vr_attend(vr_receiver *r) {
    for (int k = 0; k < VR_WAITING; k++) {
        vr_candidate *const c = &r->waiting[k];
        if (c->state == 1 && r->made >= c->peak + vr_needed(r, VF_HEADER + VR_PROBE)) vr_head(r, c);
        while (c->state == 2) {
            if (vr_is_known(r, c->peak, c->ratio) || c->next == c->count) {
                c->state = 0;
                break;
            }
            const int length = c->lengths[c->next];
            const uint64_t end = c->peak + vr_needed(r, VF_HEADER + vf_symbols(r->profile, length));
            if (r->made < end) break;
            c->next++;
            if (vr_body(r, c, length)) r->last = c->peak, r->end = end, r->ratio = c->ratio, r->any = 1, c->state = 0;
        }
    }
}

/* Takes `count` <= VB_PORTION finite samples; what is found is in frames[found], which the caller empties. */
static void vr_feed(vr_receiver *r, const float *samples, size_t count) {
    float *const re = r->search.re + r->search.held, *const im = r->search.im + r->search.held;
    const size_t outputs = vb_feed(&r->base, samples, count, re, im), at = r->made % VR_RING;
    const size_t first = outputs < VR_RING - at ? outputs : VR_RING - at;
    memcpy(r->ring_re + at, re, first * sizeof(float));
    memcpy(r->ring_im + at, im, first * sizeof(float));
    memcpy(r->ring_re, re + first, (outputs - first) * sizeof(float));
    memcpy(r->ring_im, im + first, (outputs - first) * sizeof(float));
    r->made += outputs;
    vs_feed(&r->search, outputs, vr_await, r);
    vr_attend(r);
}

#endif
