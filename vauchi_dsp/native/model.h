/* What is known of the tones of a frame, and how it is learnt: amplitudes per tone, how far they come and go, noise per
 * symbol, what is left of earlier symbols' tones (reverberation). For their phase see phase.h. */
#ifndef VAUCHI_MODEL_H
#define VAUCHI_MODEL_H

#include <stdlib.h>

#include "code.h"
#include "frame.h"

enum { VM_ECHOES = 7 };

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
    float fading; /* the part of a tone's power that comes and goes (Rice) */
    float prior[VF_SYMBOLS * 4], llr[VF_SYMBOLS * 4];
    float code_in[VF_CODED + 1], code_out[VF_CODED + 1];
    uint16_t places[VF_SYMBOLS * 4];
    uint8_t bits[VF_INFO], payload[VF_PAYLOAD + VF_CHECK];
    float trellis[(VF_INFO + 1) * VC_STATES];
    vc_tables tables;
} vm_work;

static inline float vm_square(vm_pair x) { return x.re * x.re + x.im * x.im; }

static int vm_order(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* A first idea of amplitude and noise, all tones alike: the loudest tone of each symbol against the others. A symbol
 * where these are far above the median has been struck by a click, and counts for little. */
static void vm_begin(vm_work *w, int tones, int symbols) {
    float *const sorted = w->llr, *const others = w->local;
    double loud = 0;
    for (int i = 0; i < symbols; i++) {
        float most = 0, all = 0;
        for (int m = 0; m < tones; m++) {
            const float p = w->power[i * tones + m];
            all += p;
            most = p > most ? p : most;
        }
        sorted[i] = others[i] = (all - most) / (float)(tones - 1);
    }
    qsort(sorted, (size_t)symbols, sizeof *sorted, vm_order);
    w->noise = 1.2f * sorted[symbols / 2] + 1e-30f;
    int counted = 0;
    for (int i = 0; i < symbols; i++) {
        if (others[i] > 4 * w->noise) continue;
        float most = 0;
        for (int m = 0; m < tones; m++) most = w->power[i * tones + m] > most ? w->power[i * tones + m] : most;
        loud += most;
        counted++;
    }
    const float left = (float)(loud / counted) - w->noise;
    w->amplitude = sqrtf(left > 0.25f * w->noise ? left : 0.25f * w->noise);
    for (int m = 0; m < tones; m++) w->strength[m] = 1, w->gain[m] = (vm_pair){1, 0};
    memset(w->echo, 0, sizeof w->echo);
    w->fading = 0;
    for (int i = 0; i < symbols; i++) {
        w->local[i] = others[i] > 4 * w->noise ? others[i] : w->noise;
        for (int m = 0; m < tones; m++) {
            w->variance[i * tones + m] = w->local[i];
            w->chance[i * tones + m] = 1.0f / (float)tones;
        }
    }
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
    const float before = w->noise;
    double quiet = 1e-30, silent = 1e-9, echo[VM_ECHOES] = {0}, weight[VM_ECHOES];
    for (int k = 0; k < VM_ECHOES; k++) weight[k] = 4;
    double energy[VF_TONES], count[VF_TONES], total = 0, sum = 0, fourth = 0, second = 0, sure = 1e-9;
    for (int m = 0; m < tones; m++) {
        energy[m] = count[m] = 0;
        for (int i = 0; i < symbols; i++) {
            const float x = w->power[i * tones + m], worth = w->local[i] > 3 * before ? 0.01f : 1;
            const float p = worth * w->chance[i * tones + m];
            float free = worth - p;
            for (int k = 0; k < VM_ECHOES; k++) {
                const float past = vm_past(w, tones, symbols, i, m, k);
                echo[k] += (worth - p) * past * x;
                weight[k] += (worth - p) * past;
                free *= 1 - past;
            }
            quiet += free * x;
            silent += free;
            energy[m] += p * x;
            count[m] += p;
            const double own = (double)x / (w->strength[m] * w->strength[m]);
            second += p * p * own;
            fourth += p * p * own * own;
            sure += p * p;
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
    second /= sure; /* with a steady part s and the rest r: E x² = s + r, E x⁴ = s² + 4 s r + 2 r² */
    const double steady = sqrt(fmax(0, 2 * second * second - fourth / sure));
    const double fading = (second - steady - w->noise) / level - 0.1; /* less what chance makes of nothing */
    w->fading = fading > 0 ? (float)fmin(fading, 0.9) : 0;
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

#endif
