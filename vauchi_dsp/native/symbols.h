/* From the baseband to the tones of each symbol: fractional symbol boundaries, clock offset and motion. */
#ifndef VAUCHI_SYMBOLS_H
#define VAUCHI_SYMBOLS_H

#include "baseband.h"
#include "demap.h"

enum { VY_TAPS = 16, VY_PHASES = 512, VY_GRID = 24 };

typedef float vy_vec __attribute__((vector_size(16)));

typedef struct {
    const vf_profile *profile;
    double rate;
    int grid; /* values per symbol */
    float kernel[VY_PHASES + 1][VY_TAPS];
    float wave_re[VY_GRID][VF_TONES], wave_im[VY_GRID][VF_TONES]; /* conjugate tones */
} vy_symbols;

typedef struct {
    double start, stretch; /* of the first symbol; received time runs 1 + stretch as fast */
} vy_place;

static void vy_prepare(vy_symbols *y, const vf_profile *profile, double rate) {
    memset(y, 0, sizeof *y);
    y->profile = profile;
    y->rate = rate;
    y->grid = (int)lrint(profile->symbol * 3000);
    for (int p = 0; p <= VY_PHASES; p++)
        for (int n = 0; n < VY_TAPS; n++) {
            const double x = n - (VY_TAPS / 2 - 1) - (double)p / VY_PHASES;
            y->kernel[p][n] = (float)(vb_sinc(x) * vb_kaiser(x / (VY_TAPS / 2), 6.0));
        }
    for (int k = 0; k < profile->tones; k++)
        for (int s = 0; s < y->grid; s++) {
            const double phase = -2 * M_PI * vf_tone(profile, k) * profile->symbol * (s + 0.5) / y->grid;
            y->wave_re[s][k] = (float)(cos(phase) / y->grid), y->wave_im[s][k] = (float)(sin(phase) / y->grid);
        }
}

static inline float vy_dot(const float *a, const float *b) {
    vy_vec sum = {0};
    for (int n = 0; n < VY_TAPS; n += 4) {
        vy_vec x, y;
        memcpy(&x, a + n, sizeof x);
        memcpy(&y, b + n, sizeof y);
        sum += x * y;
    }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

/* Correlations of `count` symbols with the tones, into work->tone and work->power; returns how concentrated they are. */
static double vy_correlate(const vy_symbols *y, vm_work *work, const float *re, const float *im, size_t length,
                           vy_place place, int count) {
    const int tones = y->profile->tones, grid = y->grid;
    const double symbol = y->profile->symbol * y->rate / (1 + place.stretch), spacing = symbol / grid;
    const double slip = -2 * M_PI * VF_CENTRE * place.stretch / y->rate; /* radians per value */
    const float step_re = (float)cos(slip * spacing), step_im = (float)sin(slip * spacing);
    double score = 0;
    for (int i = 0; i < count; i++) {
        const double first = place.start + i * symbol + 0.5 * spacing;
        const double phase = slip * (first - place.start) + M_PI * (i & 1); /* see vf_sound */
        vm_pair turn = {(float)cos(phase), (float)sin(phase)};
        float sum_re[VF_TONES] = {0}, sum_im[VF_TONES] = {0};
        for (int s = 0; s < grid; s++) {
            const double at = first + s * spacing, whole = floor(at);
            const float *const kernel = y->kernel[(int)((at - whole) * VY_PHASES + 0.5)];
            const ptrdiff_t left = (ptrdiff_t)whole - (VY_TAPS / 2 - 1);
            float a = 0, b = 0;
            if (left >= 0 && (size_t)left + VY_TAPS <= length) a = vy_dot(kernel, re + left), b = vy_dot(kernel, im + left);
            const vm_pair x = {a * turn.re - b * turn.im, a * turn.im + b * turn.re};
            turn = (vm_pair){turn.re * step_re - turn.im * step_im, turn.re * step_im + turn.im * step_re};
            const float *const wave_re = y->wave_re[s], *const wave_im = y->wave_im[s];
            for (int k = 0; k < VF_TONES; k++) {
                sum_re[k] += wave_re[k] * x.re - wave_im[k] * x.im;
                sum_im[k] += wave_re[k] * x.im + wave_im[k] * x.re;
            }
        }
        for (int k = 0; k < tones; k++) {
            const float power = sum_re[k] * sum_re[k] + sum_im[k] * sum_im[k];
            work->tone[i * tones + k] = (vm_pair){sum_re[k], sum_im[k]};
            work->power[i * tones + k] = power;
            score += (double)power * power;
        }
    }
    return score;
}

/* Where the symbols begin and how fast they come, by the concentration of `count` symbols, the chirp having been found
 * to begin at `origin` - its length. A moving chirp seems to come earlier by its shift over its slope. */
static vy_place vy_search(const vy_symbols *y, vm_work *work, const float *re, const float *im, size_t length,
                          double origin, int count) {
    const double chirp = y->profile->chirp * y->rate, step = 1 / (y->profile->symbol * 40.0);
    vy_place best = {origin, 0};
    double most = -1;
    for (double shift = -36; shift <= 36 + 1e-9; shift += step)
        for (int early = -1; early <= 1; early++) {
            const vy_place place = {origin + shift * chirp / VF_SWEEP + early * 0.6, shift / VF_CENTRE};
            const double score = vy_correlate(y, work, re, im, length, place, count);
            if (score > most) most = score, best = place;
        }
    return best;
}

/* Climbs to the best place near by, in ever smaller steps: `late` values and `stretch`. */
static vy_place vy_refine(const vy_symbols *y, vm_work *work, const float *re, const float *im, size_t length,
                          vy_place best, int count, int rounds, double late, double stretch) {
    double most = vy_correlate(y, work, re, im, length, best, count);
    for (; rounds > 0; rounds--, late *= 0.55, stretch *= 0.55)
        for (int direction = 0; direction < 4; direction++)
            for (int moves = 0; moves < 6; moves++) {
                const double sign = direction & 1 ? -1 : 1;
                vy_place place = best;
                if (direction < 2)
                    place.start += sign * late;
                else
                    place.stretch += sign * stretch;
                const double score = vy_correlate(y, work, re, im, length, place, count);
                if (score <= most) break;
                most = score, best = place;
            }
    return best;
}

#endif
