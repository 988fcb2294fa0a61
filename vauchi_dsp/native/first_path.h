/* Where a known burst begins in a recording: the place that is most like it, the channel's response there, and the first
 * path in the responses that all bursts of one device share. */
#ifndef VAUCHI_FIRST_PATH_H
#define VAUCHI_FIRST_PATH_H

#include "burst.h"

enum { FP_WINDOW = 1024, FP_WINDOW_OWN = 2048, FP_FINE = 8, FP_WIDE = FP_WINDOW_OWN * FP_FINE, FP_LEAD = 20 };

#define FP_BEFORE 0.025 /* s of the window before the place */
#define FP_BEFORE_OWN 0.085
#define FP_AFTER 0.025  /* s of the window after the burst */
#define FP_MARGIN 0.007 /* s at the window's start that alignment may lose */
#define FP_QUIET 0.0045 /* s before the main peak in which the first path may stand: not counted as floor */
#define FP_LOOK 0.006   /* s by which a burst may be shifted against the best one */
#define FP_EARLY 0.005  /* s before and after the place that alignment compares */
#define FP_LATE 0.012
#define FP_NEAR 0.0006 /* s before the main peak of an own burst that its sidelobes fill */

/* Lengths for one sample rate, in points of the baseband or (fine) of a response, and the rule for whose bursts. */
typedef struct {
    int rate, own, size, before, window, burst; /* baseband */
    int centre, length, floor_from, floor_to, look, early, late, back, near; /* fine */
    double scale;                               /* input samples per fine point */
} fp_measures;

static fp_measures fp_measure(int rate, int own) {
    const double slow = (double)rate / (double)rb_step(rate), fast = slow * FP_FINE;
    fp_measures m = {.rate = rate, .own = own, .size = own ? FP_WINDOW_OWN : FP_WINDOW};
    m.before = (int)((own ? FP_BEFORE_OWN : FP_BEFORE) * slow);
    m.window = m.before + (int)((RB_LENGTH + FP_AFTER) * slow);
    m.burst = (int)(RB_LENGTH * slow);
    m.centre = m.before * FP_FINE;
    m.length = m.centre + (int)(FP_AFTER * slow) * FP_FINE;
    m.floor_from = (int)(FP_MARGIN * fast);
    m.floor_to = m.centre - (int)(FP_QUIET * fast);
    m.look = (int)(FP_LOOK * fast);
    m.early = (int)(FP_EARLY * fast);
    m.late = (int)(FP_LATE * fast);
    m.back = (int)((own ? 0.002 : 0.004) * fast);
    m.near = (int)(FP_NEAR * fast);
    m.scale = (double)rb_step(rate) / FP_FINE;
    return m;
}

/* The amplitude relative to the main peak that the first path needs `lead` fine points before it: -13 dB, and for own
 * bursts -9 dB that fall to -20 where the sidelobes end, for the burst itself to be found before a louder repetition. */
static double fp_least(const fp_measures *m, int lead) {
    if (!m->own) return pow(10.0, -13.0 / 20.0);
    const double part = (double)(lead - m->near) / m->near;
    return pow(10.0, (-9.0 - 11.0 * fmin(fmax(part, 0.0), 1.0)) / 20.0);
}

/* One burst's baseband from 0 on, what the filter adds in front at the end; mean power 1 per bin within 1 kHz. */
static int fp_template(const fp_measures *m, const rb_filter *filter, const unsigned char *code, vd_complex *wave,
                       vd_complex *spectrum, const vd_complex *turns, size_t longest) {
    const size_t step = rb_step(m->rate), lead = FP_LEAD * step, count = rb_length(m->rate) + 2 * lead;
    const size_t size = (size_t)m->size;
    float *samples = calloc(count, sizeof *samples);
    vd_complex *band = malloc((count / step + 1) * sizeof *band);
    int done = samples && band;
    if (done) {
        rb_wave(code, m->rate, samples + lead);
        done = rb_baseband_of(filter, samples, count, m->rate, band);
    }
    if (done) {
        memset(wave, 0, size * sizeof *wave);
        for (size_t i = 0; i * step < count; i++) wave[(i + size - FP_LEAD) % size] = band[i];
        memcpy(spectrum, wave, size * sizeof *wave);
        vd_fft(spectrum, size, turns, longest, 0);
        const int edge = (int)(1000.0 * m->size * (double)step / m->rate);
        double power = 0.0;
        for (int bin = -edge; bin <= edge; bin++) power += vd_power(spectrum[(bin + m->size) % m->size]);
        const double gain = 1.0 / sqrt(power / (2 * edge + 1));
        for (size_t i = 0; i < size; i++) {
            wave[i] = (vd_complex){gain * wave[i].re, gain * wave[i].im};
            spectrum[i] = (vd_complex){gain * spectrum[i].re, gain * spectrum[i].im};
        }
    }
    free(samples);
    free(band);
    return done;
}

/* The place in band[count] where the energy of one burst's length is most this burst, and how much of it is: 0 to 1. Of
 * own bursts it is the first place half as good: who plays one again, louder, must not replace it.
 * `sums` are running sums of energy, one more than count; `seen` is the spectrum of `band`; `work` has its size. */
static size_t fp_place(const fp_measures *m, const vd_complex *wave, size_t count, const double *sums,
                       const vd_complex *seen, vd_complex *work, size_t size, const vd_complex *turns, size_t longest,
                       double *likeness) {
    double own = 0.0;
    memset(work, 0, size * sizeof *work);
    for (int i = 0; i < m->burst; i++) {
        work[i] = wave[i];
        own += vd_power(wave[i]);
    }
    vd_fft(work, size, turns, longest, 0);
    for (size_t i = 0; i < size; i++) work[i] = vd_against(seen[i], work[i]);
    vd_fft(work, size, turns, longest, 1);
    const double least = 1e-9 * sums[count] / (double)count * m->burst + 1e-30; /* silence divides by something */
    size_t place = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t end = i + (size_t)m->burst < count ? i + (size_t)m->burst : count;
        work[i].re = vd_power(work[i]) / ((sums[end] - sums[i] + least) * own);
        if (work[i].re > work[place].re) place = i;
    }
    if (m->own) {
        const double half = 0.5 * work[place].re;
        for (place = 0; work[place].re < half; place++) {}
        while (place + 1 < count && work[place + 1].re > work[place].re) place++;
    }
    *likeness = work[place].re;
    return place;
}

/* Fills response[m->length]: Y S* / (|S|^2 + lambda) around `place`, which stands at m->centre. `wide` is scratch. */
static void fp_respond(const fp_measures *m, const vd_complex *band, size_t count, size_t place,
                       const vd_complex *spectrum, double lambda, vd_complex *wide, vd_complex *response,
                       const vd_complex *turns, size_t longest) {
    const size_t size = (size_t)m->size, broad = size * FP_FINE;
    memset(wide, 0, broad * sizeof *wide);
    for (int i = 0; i < m->window; i++) {
        const size_t at = place + (size_t)i;
        if (at >= (size_t)m->before && at - (size_t)m->before < count) wide[i] = band[at - (size_t)m->before];
    }
    vd_fft(wide, size, turns, longest, 0);
    for (size_t i = 0; i < size; i++) {
        const double divisor = vd_power(spectrum[i]) + lambda;
        const vd_complex product = vd_against(wide[i], spectrum[i]);
        wide[i] = (vd_complex){product.re / divisor, product.im / divisor};
    }
    for (size_t i = size / 2; i < size; i++) { /* the negative frequencies to the far end */
        wide[broad - size + i] = wide[i];
        wide[i] = (vd_complex){0.0, 0.0};
    }
    vd_fft(wide, broad, turns, longest, 1);
    memcpy(response, wide, (size_t)m->length * sizeof *response);
}

static double fp_floor(const fp_measures *m, const vd_complex *response) {
    double sum = 0.0;
    for (int i = m->floor_from; i < m->floor_to; i++) sum += vd_power(response[i]);
    return sqrt(sum / (m->floor_to - m->floor_from));
}

/* The same without what stands out of it. */
static double fp_quiet_floor(const fp_measures *m, const vd_complex *response) {
    const double all = fp_floor(m, response);
    double sum = 0.0;
    int count = 0;
    for (int i = m->floor_from; i < m->floor_to; i++)
        if (vd_power(response[i]) <= 6.0 * all * all) {
            sum += vd_power(response[i]);
            count++;
        }
    return sqrt(sum / (count > 0 ? count : 1));
}

/* The largest point within `reach` of the centre. */
static int fp_main(const fp_measures *m, const vd_complex *response, int reach) {
    int best = m->centre - reach;
    for (int i = best + 1; i <= m->centre + reach; i++)
        if (vd_power(response[i]) > vd_power(response[best])) best = i;
    return best;
}

/* How far the top of the parabola through three points is from the middle one. */
static double fp_parabola(double left, double middle, double right) {
    const double bend = left - 2.0 * middle + right;
    if (bend >= 0.0) return 0.0;
    const double at = 0.5 * (left - right) / bend;
    return at < -0.5 ? -0.5 : at > 0.5 ? 0.5 : at;
}

/* Shifts and turns `response` onto `guide`: the whole of it, not one peak that noise may choose. `shifted` gets it; returns
 * how alike they are, 0 to 1, and the shift in fine points. */
static double fp_align(const fp_measures *m, const vd_complex *guide, const vd_complex *response, vd_complex *shifted,
                       double *shift) {
    const int from = m->centre - m->early, to = m->centre + m->late;
    vd_complex product = {0.0, 0.0};
    double best = -1.0, around[3] = {0.0, 0.0, 0.0}, last = 0.0;
    int lag = 0, wanted = 0;
    for (int at = -m->look; at <= m->look; at++) {
        double re = 0.0, im = 0.0;
        for (int i = from; i < to; i++) {
            const vd_complex a = guide[i], b = response[i + at];
            re += a.re * b.re + a.im * b.im;
            im += a.re * b.im - a.im * b.re;
        }
        const double size = sqrt(re * re + im * im);
        if (wanted) around[2] = size;
        wanted = size > best;
        if (wanted) {
            best = size;
            lag = at;
            product = (vd_complex){re, im};
            around[0] = at == -m->look ? size : last;
            around[1] = around[2] = size;
        }
        last = size;
    }
    double energy_guide = 0.0, energy = 0.0;
    for (int i = from; i < to; i++) {
        energy_guide += vd_power(guide[i]);
        energy += vd_power(response[i + lag]);
    }
    const vd_complex turn = {product.re / (best + 1e-300), product.im / (best + 1e-300)};
    memset(shifted, 0, (size_t)m->length * sizeof *shifted);
    for (int i = 0; i < m->length; i++)
        if (i + lag >= 0 && i + lag < m->length) shifted[i] = vd_against(response[i + lag], turn);
    *shift = lag + fp_parabola(around[0], around[1], around[2]);
    return best / (sqrt(energy_guide * energy) + 1e-300);
}

#endif
