/* From the energies and phases of the tones to the payload: soft demapping and decoding, in turns (BICM-ID). What each
 * turn learns from the decoder sharpens the model of the next. */
#ifndef VAUCHI_DEMAP_H
#define VAUCHI_DEMAP_H

#include "phase.h"

enum { VM_TURNS = 8 };

/* log I0(x) for x >= 0, to 1e-3 */
static inline float vm_bessel(float x) {
    if (x < 3.75f) {
        const float t = x * x * (1 / 14.0625f);
        return logf(1 + t * (3.5156229f + t * (3.0899424f + t * (1.2067492f + t * (0.2659732f + t * (0.0360768f + t * 0.0045813f))))));
    }
    return x - 0.5f * logf(6.2831853f * x) + 0.125f / x + 0.0703f / (x * x);
}

/* Log likelihood of each tone of symbol i; with `phases` the phase that its neighbours tell counts. */
static void vm_likelihood(const vm_work *w, int tones, int i, int phases, float *likelihood) {
    const vm_pair c = w->phase[i];
    for (int m = 0; m < tones; m++) {
        const float v = w->variance[i * tones + m], a = w->amplitude * w->strength[m];
        const float scale = 2 * a / v;
        if (phases) {
            const vm_pair y = w->tone[i * tones + m], g = w->gain[m];
            const float re = scale * (y.re * g.re + y.im * g.im) + c.re, im = scale * (y.im * g.re - y.re * g.im) + c.im;
            likelihood[m] = vm_bessel(sqrtf(re * re + im * im)) - vm_bessel(sqrtf(vm_square(c))) - a * a / v;
        } else {
            const float s = v + a * a * w->fading, steady = a * sqrtf(1 - w->fading), x = w->power[i * tones + m];
            likelihood[m] = vm_bessel(2 * steady * sqrtf(x) / s) - (x + steady * steady) / s + x / v - logf(s / v);
        }
    }
}

/* One symbol: from likelihoods and what the decoder said of its bits (`prior`) to LLR (what this symbol adds) and the
 * chances of the tones. */
static void vm_demap(const vf_profile *profile, int white, const float *likelihood, const float *prior, float *llr,
                     float *chance) {
    const int tones = profile->tones, bits = profile->bits;
    float weight[VF_TONES], most = -1e30f, sum = 0, zero[4] = {0}, one[4] = {0};
    for (int label = 0; label < tones; label++) {
        float x = likelihood[label ^ white];
        for (int k = 0; k < bits; k++) x += label >> (bits - 1 - k) & 1 ? -0.5f * prior[k] : 0.5f * prior[k];
        weight[label] = x;
        most = x > most ? x : most;
    }
    for (int label = 0; label < tones; label++) {
        const float x = expf(weight[label] - most);
        sum += x;
        weight[label] = x;
        for (int k = 0; k < bits; k++) *(label >> (bits - 1 - k) & 1 ? &one[k] : &zero[k]) += x;
    }
    for (int k = 0; k < bits; k++) llr[k] = vc_clamped(logf((zero[k] + 1e-20f) / (one[k] + 1e-20f)) - prior[k], VC_LIMIT);
    for (int label = 0; label < tones; label++) chance[label ^ white] = weight[label] / sum;
}

static void vm_known_header(vm_work *w, const vf_profile *profile, int length) {
    uint8_t header[VF_HEADER];
    vf_header(profile, length, header);
    for (int i = 0; i < VF_HEADER; i++)
        for (int m = 0; m < profile->tones; m++)
            w->chance[i * profile->tones + m] = m == (header[i] ^ vf_whitening(profile, i));
}

/* Whether the tones in `work` carry a frame of `length` bytes; then work->payload holds them. With `phases` it takes up
 * where a try without them has ended. */
static int vm_decode(vm_work *w, const vf_profile *profile, int length, int phases) {
    const int tones = profile->tones, bits = profile->bits, data = vf_symbols(profile, length), symbols = VF_HEADER + data;
    const size_t info = 8 * (size_t)(length + VF_CHECK), coded = (size_t)(data * bits);
    if (!phases) {
        vf_places(2 * info, coded, w->places);
        vm_begin(w, tones, symbols);
        memset(w->prior, 0, coded * sizeof(float));
        vm_known_header(w, profile, length);
    }
    for (int turn = 0; turn < VM_TURNS; turn++) {
        if (phases) vm_follow(w, tones, symbols);
        for (int round = 0; round < (turn ? 1 : 2); round++) {
            for (int i = 0; i < data; i++) {
                float likelihood[VF_TONES];
                vm_likelihood(w, tones, VF_HEADER + i, phases, likelihood);
                vm_demap(profile, vf_whitening(profile, VF_HEADER + i), likelihood, w->prior + i * bits, w->llr + i * bits,
                         w->chance + (VF_HEADER + i) * tones);
            }
            if (round == 0) vm_learn(w, tones, symbols);
        }
        memset(w->code_in, 0, (2 * info + 1) * sizeof(float));
        for (size_t i = 0; i < coded; i++) w->code_in[w->places[i]] = w->llr[i];
        vc_decode(&w->tables, w->code_in, info, w->trellis, w->code_out, w->bits);
        w->code_out[2 * info] = VC_LIMIT + w->code_in[2 * info]; /* the bit that fills up is 0 */
        memset(w->payload, 0, sizeof w->payload);
        for (size_t i = 0; i < info; i++) w->payload[i / 8] |= (uint8_t)(w->bits[i] << (7 - i % 8));
        const uint8_t *const c = w->payload + length;
        if (vf_crc(w->payload, length) == ((uint32_t)c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16 | (uint32_t)c[3] << 24))
            return 1;
        for (size_t i = 0; i < coded; i++)
            w->prior[i] = vc_clamped(w->code_out[w->places[i]] - w->code_in[w->places[i]], VC_LIMIT);
    }
    return 0;
}

#endif
