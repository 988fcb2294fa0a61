/* From the energies and phases of the tones to the payload: soft demapping and decoding, in turns (BICM-ID).
 *
 * Every symbol's tone has an amplitude and an unknown phase. What each turn learns from the decoder sharpens the model:
 * amplitudes per tone, noise per symbol, what is left of earlier symbols' tones (reverberation), and, where asked for,
 * the phase, a slow walk of which neighbouring symbols tell (von Mises). */
#ifndef VAUCHI_DEMAP_H
#define VAUCHI_DEMAP_H

#include "code.h"
#include "frame.h"

enum { VM_ECHOES = 7, VM_TURNS = 8 };

typedef struct {
    float re, im;
} vm_pair;

typedef struct {
    vm_pair tone[(VF_HEADER + VF_SYMBOLS) * VF_TONES];    /* correlation of each symbol with each tone */
    float power[(VF_HEADER + VF_SYMBOLS) * VF_TONES];     /* its squared magnitude */
    float chance[(VF_HEADER + VF_SYMBOLS) * VF_TONES];    /* P(tone) as known so far */
    float variance[(VF_HEADER + VF_SYMBOLS) * VF_TONES];  /* of noise and echoes */
    float local[VF_HEADER + VF_SYMBOLS];                  /* noise around a symbol */
    vm_pair phase[VF_HEADER + VF_SYMBOLS];                /* direction and concentration, from the other symbols */
    vm_pair seen[VF_HEADER + VF_SYMBOLS];
    vm_pair gain[VF_TONES]; /* per tone, relative to `amplitude` */
    float strength[VF_TONES];
    float amplitude, noise, echo[VM_ECHOES];
    float prior[VF_SYMBOLS * 4], llr[VF_SYMBOLS * 4];
    float code_in[VF_CODED + 1], code_out[VF_CODED + 1];
    uint16_t places[VF_SYMBOLS * 4];
    uint8_t bits[VF_INFO], payload[VF_PAYLOAD + VF_CHECK];
    float trellis[(VF_INFO + 1) * VC_STATES];
    vc_tables tables;
} vm_work;

/* log I0(x) for x >= 0, to 1e-3 */
static inline float vm_bessel(float x) {
    if (x < 3.75f) {
        const float t = x * x * (1 / 14.0625f);
        return logf(1 + t * (3.5156229f + t * (3.0899424f + t * (1.2067492f + t * (0.2659732f + t * (0.0360768f + t * 0.0045813f))))));
    }
    return x - 0.5f * logf(6.2831853f * x) + 0.125f / x + 0.0703f / (x * x);
}

static inline float vm_square(vm_pair x) { return x.re * x.re + x.im * x.im; }

/* A first idea of amplitude and noise, all tones alike: the loudest tone of each symbol against the others. */
static void vm_begin(vm_work *w, int tones, int symbols) {
    double loud = 0, all = 0;
    for (int i = 0; i < symbols; i++) {
        float most = 0;
        for (int m = 0; m < tones; m++) {
            const float p = w->power[i * tones + m];
            all += p;
            most = p > most ? p : most;
        }
        loud += most;
    }
    w->noise = (float)((all - loud) / ((double)symbols * (tones - 1)) * 1.15) + 1e-30f;
    const float left = (float)(loud / symbols) - w->noise;
    w->amplitude = sqrtf(left > 0.25f * w->noise ? left : 0.25f * w->noise);
    for (int m = 0; m < tones; m++) w->strength[m] = 1, w->gain[m] = (vm_pair){1, 0};
    memset(w->echo, 0, sizeof w->echo);
    for (int i = 0; i < symbols; i++) w->local[i] = w->noise;
    for (int i = 0; i < symbols * tones; i++) w->variance[i] = w->noise, w->chance[i] = 1.0f / (float)tones;
    memset(w->phase, 0, sizeof w->phase);
}

/* How far back the k-th echo's symbol lies: 1, 2, ... and, last, one that comes (the edge of a symbol). */
static inline int vm_back(int k) { return k == VM_ECHOES - 1 ? -1 : k + 1; }

static float vm_past(const vm_work *w, int tones, int symbols, int i, int m, int k) {
    const int j = i - vm_back(k);
    return j < 0 || j >= symbols ? 0.0f : w->chance[j * tones + m];
}

/* Learns noise, echoes and amplitudes from the chances of the tones. */
static void vm_learn(vm_work *w, int tones, int symbols) {
    double quiet = 1e-30, silent = 1e-9, echo[VM_ECHOES] = {0}, weight[VM_ECHOES];
    for (int k = 0; k < VM_ECHOES; k++) weight[k] = 4;
    double energy[VF_TONES], count[VF_TONES], total = 0, sum = 0;
    for (int m = 0; m < tones; m++) {
        energy[m] = count[m] = 0;
        for (int i = 0; i < symbols; i++) {
            const float p = w->chance[i * tones + m], x = w->power[i * tones + m];
            float free = 1 - p;
            for (int k = 0; k < VM_ECHOES; k++) {
                const float past = vm_past(w, tones, symbols, i, m, k);
                echo[k] += (1 - p) * past * x;
                weight[k] += (1 - p) * past;
                free *= 1 - past;
            }
            quiet += free * x;
            silent += free;
            energy[m] += p * x;
            count[m] += p;
        }
        total += energy[m];
        sum += count[m];
    }
    w->noise = (float)(quiet / silent) + 1e-30f;
    for (int k = 0; k < VM_ECHOES; k++) {
        const double over = (echo[k] + 4 * w->noise) / weight[k] - w->noise;
        w->echo[k] = over > 0 ? (float)over : 0;
    }
    double level = total / sum - w->noise;
    if (level < 0.25 * w->noise) level = 0.25 * w->noise;
    w->amplitude = (float)sqrt(level);
    for (int m = 0; m < tones; m++) {
        const double own = (energy[m] - count[m] * w->noise + 6 * level) / (count[m] + 6) / level;
        w->strength[m] = (float)sqrt(own > 0.02 ? own : 0.02);
    }
    for (int i = 0; i < symbols; i++) { /* a click or a change of level lasts a symbol or two */
        double heard = 40 * w->noise, of = 40;
        for (int j = i - 1; j <= i + 1; j++)
            if (j >= 0 && j < symbols)
                for (int m = 0; m < tones; m++) {
                    float expected = 0;
                    for (int k = 0; k < VM_ECHOES; k++) expected += w->echo[k] * vm_past(w, tones, symbols, j, m, k);
                    const float free = (1 - w->chance[j * tones + m]) * w->noise / (w->noise + expected);
                    heard += free * w->power[j * tones + m];
                    of += free;
                }
        w->local[i] = (float)(heard / of);
    }
    for (int i = 0; i < symbols; i++)
        for (int m = 0; m < tones; m++) {
            float v = w->local[i];
            for (int k = 0; k < VM_ECHOES; k++) v += w->echo[k] * vm_past(w, tones, symbols, i, m, k);
            w->variance[i * tones + m] = v;
        }
}

/* Learns each symbol's phase from its neighbours: first a constant turn per symbol, then a slow walk around it. */
static void vm_follow(vm_work *w, int tones, int symbols) {
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < symbols; i++) {
            vm_pair sum = {0, 0};
            for (int m = 0; m < tones; m++) {
                const vm_pair y = w->tone[i * tones + m], g = w->gain[m];
                const float p = w->chance[i * tones + m] * 2 * w->amplitude * w->strength[m] / w->variance[i * tones + m];
                sum.re += p * (y.re * g.re + y.im * g.im);
                sum.im += p * (y.im * g.re - y.re * g.im);
            }
            w->seen[i] = sum;
        }
        double best = -1, turn = 0;
        const double step = 0.25 / symbols;
        for (double f = -0.06; f <= 0.06; f += step) {
            double re = 0, im = 0, c = 1, s = 0;
            const double tc = cos(2 * M_PI * f), ts = -sin(2 * M_PI * f);
            for (int i = 0; i < symbols; i++) {
                re += w->seen[i].re * c - w->seen[i].im * s;
                im += w->seen[i].re * s + w->seen[i].im * c;
                const double next = c * tc - s * ts;
                s = c * ts + s * tc, c = next;
            }
            if (re * re + im * im > best) best = re * re + im * im, turn = f;
        }
        const float keep = 0.9f, tc = keep * (float)cos(2 * M_PI * turn), ts = keep * (float)sin(2 * M_PI * turn);
        vm_pair run = {0, 0};
        for (int i = 0; i < symbols; i++) { /* from the left, then from the right, never from itself */
            w->phase[i] = run;
            const vm_pair all = {run.re + w->seen[i].re, run.im + w->seen[i].im};
            run = (vm_pair){all.re * tc - all.im * ts, all.re * ts + all.im * tc};
        }
        run = (vm_pair){0, 0};
        for (int i = symbols; i-- > 0;) {
            w->phase[i].re += run.re;
            w->phase[i].im += run.im;
            const vm_pair all = {run.re + w->seen[i].re, run.im + w->seen[i].im};
            run = (vm_pair){all.re * tc + all.im * ts, all.im * tc - all.re * ts};
        }
        for (int m = 0; m < tones; m++) { /* each tone's own phase: the room's */
            vm_pair sum = {8 * w->amplitude * w->gain[m].re, 8 * w->amplitude * w->gain[m].im};
            for (int i = 0; i < symbols; i++) {
                const vm_pair y = w->tone[i * tones + m], c = w->phase[i];
                const float size = w->chance[i * tones + m] / (sqrtf(vm_square(c)) + 1e-20f);
                sum.re += size * (y.re * c.re + y.im * c.im);
                sum.im += size * (y.im * c.re - y.re * c.im);
            }
            const float size = 1 / (sqrtf(vm_square(sum)) + 1e-20f);
            w->gain[m] = (vm_pair){sum.re * size, sum.im * size};
        }
    }
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
            likelihood[m] = vm_bessel(scale * sqrtf(w->power[i * tones + m])) - a * a / v;
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
