/* All bursts of one device in one recording: offline, in double precision, with memory of its own. */
#ifndef VAUCHI_RANGING_H
#define VAUCHI_RANGING_H

#include "first_path.h"

enum { RG_CODES_MAX = 16 };
#define RG_LIMIT 1e4f /* far beyond full scale, and nothing overflows */

typedef struct {
    size_t place;
    double likeness, floor, shift;
    int found, aligned;
    vd_complex *response, *shifted;
} rg_burst;

static int rg_finite(const float *samples, size_t count) {
    int finite = 1;
    for (size_t i = 0; i < count; i++) finite &= samples[i] >= -RG_LIMIT && samples[i] <= RG_LIMIT;
    return finite;
}

/* Which bursts show a path at that point of the aligned responses: as many as returned. */
static int rg_standing(const rg_burst *bursts, int codes, int at, double least, int *standing) {
    int count = 0;
    for (int k = 0; k < codes; k++) {
        standing[k] = bursts[k].aligned && sqrt(vd_power(bursts[k].shifted[at])) >= fmax(3.0 * bursts[k].floor, least);
        count += standing[k];
    }
    return count;
}

/* The first local maximum of `mean` from `from` on, before `to`, that `need` bursts show and that reaches `threshold` and,
 * where `main` is given, its share of the main peak there; `to` where there is none. */
static int rg_first(const fp_measures *m, const rg_burst *bursts, int codes, int need, const vd_complex *mean, int from,
                    int to, double threshold, int main, int *standing) {
    for (int at = from; at < to; at++) {
        const double here = mean[at].re, least = main ? fp_least(m, main - at) * mean[main].re : 0.0;
        if (here >= fmax(threshold, least) && here >= mean[at - 1].re && here > mean[at + 1].re &&
            rg_standing(bursts, codes, at, 0.5 * here, standing) >= need)
            return at;
    }
    for (int k = 0; k < codes; k++) standing[k] = bursts[k].aligned;
    return to;
}

/* From aligned responses to arrival times in input samples (NAN: not found). `mean` has room for one response. */
static void rg_first_path(const fp_measures *m, rg_burst *bursts, int codes, int need, vd_complex *mean, double *times) {
    int aligned = 0, standing[RG_CODES_MAX];
    memset(mean, 0, (size_t)m->length * sizeof *mean);
    for (int k = 0; k < codes; k++)
        if (bursts[k].aligned) {
            aligned++;
            for (int i = 0; i < m->length; i++) {
                mean[i].re += bursts[k].shifted[i].re;
                mean[i].im += bursts[k].shifted[i].im;
            }
        }
    if (aligned < need) return;
    for (int i = 0; i < m->length; i++) mean[i] = (vd_complex){sqrt(vd_power(mean[i])) / aligned, 0.0};
    const int main = fp_main(m, mean, 4 * FP_FINE), earliest = main - m->back;
    const double floor = fp_floor(m, mean), quiet = fp_quiet_floor(m, mean);
    if (m->own && rg_first(m, bursts, codes, need, mean, m->floor_from, earliest, 8.0 * quiet, 0, standing) < earliest)
        return; /* the main peak is somebody's louder repetition */
    if (!(mean[main].re >= 8.0 * floor)) return;
    const int first = rg_first(m, bursts, codes, need, mean, earliest, main, 5.0 * floor, main, standing);
    const double exact = first - m->centre + fp_parabola(mean[first - 1].re, mean[first].re, mean[first + 1].re);
    for (int k = 0; k < codes; k++)
        if (standing[k])
            times[k] = (double)bursts[k].place * (double)rb_step(m->rate) + (exact + bursts[k].shift) * m->scale;
}

/* Fills times[codes] (input samples, NAN where not found) and quality[codes] (main peak over floor, dB).
 * Returns 1, or 0 where memory lacks. count >= 1, 1 <= codes <= RG_CODES_MAX. */
static int rg_find(const float *samples, size_t count, const unsigned char *code, int codes, int rate, int own,
                   double *times, double *quality) {
    const fp_measures m = fp_measure(rate, own);
    const size_t points = (count + rb_step(rate) - 1) / rb_step(rate);
    size_t size = 1;
    while (size < points + (size_t)m.burst) size *= 2;
    const size_t longest = size > FP_WIDE ? size : FP_WIDE, length = (size_t)m.length;
    float *taps = malloc(2 * rb_filter_count(rate) * sizeof *taps);
    double *sums = malloc((points + 1) * sizeof *sums);
    const size_t needed =
        longest / 2 + points + 2 * size + 2 * FP_WINDOW_OWN + FP_WIDE + length * (2 * (size_t)codes + 1);
    vd_complex *memory = malloc(needed * sizeof *memory);
    int done = taps && sums && memory;
    if (done) {
        vd_complex *turns = memory, *band = turns + longest / 2, *seen = band + points, *work = seen + size;
        vd_complex *wave = work + size, *spectrum = wave + FP_WINDOW_OWN, *wide = spectrum + FP_WINDOW_OWN, *mean = wide + FP_WIDE;
        const rb_filter filter = rb_design(rate, taps);
        rg_burst bursts[RG_CODES_MAX];
        const int need = (3 * codes + 3) / 4;
        int best = -1;
        vd_turns(turns, longest);
        done = rb_baseband_of(&filter, samples, count, rate, band);
        if (done) {
            sums[0] = 0.0;
            for (size_t i = 0; i < points; i++) sums[i + 1] = sums[i] + vd_power(band[i]);
            memset(seen, 0, size * sizeof *seen);
            memcpy(seen, band, points * sizeof *seen);
            vd_fft(seen, size, turns, longest, 0);
        }
        for (int k = 0; done && k < codes; k++) {
            rg_burst *b = &bursts[k];
            b->response = mean + length * (size_t)(2 * k + 1);
            b->shifted = b->response + length;
            b->aligned = 0;
            times[k] = NAN;
            quality[k] = 0.0;
            done = fp_template(&m, &filter, code + RB_CODE * k, wave, spectrum, turns, longest);
            if (!done) break;
            b->place = fp_place(&m, wave, points, sums, seen, work, size, turns, longest, &b->likeness);
            const double noise = fmax(1e-6, 1.0 - b->likeness) / fmax(b->likeness, 1e-9); /* over signal */
            fp_respond(&m, band, points, b->place, spectrum, fmax(0.1, noise), wide, b->response, turns, longest);
            const double peak = sqrt(vd_power(b->response[fp_main(&m, b->response, 2 * FP_FINE)]));
            b->floor = fp_floor(&m, b->response);
            b->found = b->floor > 0.0 && peak >= 4.0 * b->floor;
            if (b->floor > 0.0) quality[k] = 20.0 * log10(fmax(peak / b->floor, 1e-9));
            if (!b->found) continue;
            for (size_t i = 0; i < length; i++) {
                b->response[i].re /= peak;
                b->response[i].im /= peak;
            }
            b->floor /= peak;
            if (best < 0 || quality[k] > quality[best]) best = k;
        }
        if (done && best >= 0) {
            for (int k = 0; k < codes; k++)
                if (bursts[k].found) {
                    const double alike = fp_align(&m, bursts[best].response, bursts[k].response, bursts[k].shifted,
                                                  &bursts[k].shift);
                    bursts[k].aligned = alike >= 0.4;
                }
            rg_first_path(&m, bursts, codes, need, mean, times);
        }
    }
    free(taps);
    free(sums);
    free(memory);
    return done;
}

#endif
