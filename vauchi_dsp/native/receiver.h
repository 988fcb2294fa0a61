/* The streaming receiver: samples in, frames out, in a fixed amount of memory. */
#ifndef VAUCHI_RECEIVER_H
#define VAUCHI_RECEIVER_H

#include "demap.h"
#include "frame.h"
#include "listen.h"
#include "spectrum.h"

enum {
    VR_PORTION = 8192,   /* samples taken at once */
    VR_RING = 1 << 15,   /* baseband samples kept: over 10 s, and no frame is longer than 6.5 */
    VR_TAPS = 16,        /* of the interpolator */
    VR_PHASES = 512,
    VR_WAITING = 8,      /* chirps whose frames have not ended yet */
    VR_LENGTHS = 4,      /* readings of a header that are tried */
    VR_FRAMES = 16,
    VR_PROBE = 12,       /* data symbols after the header that help to find pitch and place; the shortest frame has them */
    VR_FFT = 1024,
    VR_EQUALISER = 256,
    VR_BEFORE = 96,      /* of its taps look ahead */
    VR_MARGIN = 400,
    VR_SEGMENT = VR_RING,
};

typedef struct {
    double start, stretch; /* of the first header symbol in the segment; received time runs 1 + stretch as fast */
} vr_place;

typedef struct {
    uint64_t peak; /* baseband index of the chirp */
    float ratio;
    int state; /* 0 free, 1 waits for the header, 2 for the ends of its lengths */
    int lengths[VR_LENGTHS], count, next;
    int equalise;
    float equaliser_re[VR_EQUALISER], equaliser_im[VR_EQUALISER];
} vr_candidate;

typedef struct {
    double start; /* in samples */
    float snr;
    int length;
    uint8_t payload[VF_PAYLOAD];
} vr_frame;

typedef struct {
    const vf_profile *profile;
    int rate, step, set, grid, period;
    double base; /* baseband samples per second */
    size_t length, chirp;
    float taps_re[VL_TAPS], taps_im[VL_TAPS], turn_re[512], turn_im[512];
    float chirp_re[VL_CHIRP], chirp_im[VL_CHIRP];
    float threshold;
    double offset; /* baseband samples from the chirp's beginning to its first tap */
    float samples[VR_PORTION + VL_TAPS + 64];
    size_t held;
    uint64_t made, searched; /* baseband samples made and searched for chirps */
    float listen_re[VR_PORTION + VL_CHIRP + VL_BLOCK], listen_im[VR_PORTION + VL_CHIRP + VL_BLOCK];
    size_t listening;
    float ring_re[VR_RING], ring_im[VR_RING];
    uint64_t peak;
    float ratio;
    vr_candidate waiting[VR_WAITING];
    vr_frame frames[VR_FRAMES];
    int found;
    uint64_t last; /* the chirp of the last frame, for its echoes */
    int any;
    float kernel[VR_PHASES + 1][VR_TAPS];
    vm_pair wave[VF_TONES][24]; /* conjugate tones on the symbol's grid */
    float segment_re[VR_SEGMENT], segment_im[VR_SEGMENT], equal_re[VR_SEGMENT], equal_im[VR_SEGMENT];
    vd_complex turns[VR_FFT / 2];
    vm_work work;
} vr_receiver;

static double vr_i0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 40; k++) term *= x * x / (4.0 * k * k), sum += term;
    return sum;
}

static double vr_kaiser(double u, double beta) { return fabs(u) >= 1 ? 0 : vr_i0(beta * sqrt(1 - u * u)) / vr_i0(beta); }

static double vr_sinc(double x) { return fabs(x) < 1e-12 ? 1 : sin(M_PI * x) / (M_PI * x); }

static void vr_prepare(vr_receiver *r, int rate, int profile, int set) {
    memset(r, 0, sizeof *r);
    r->profile = &VF_PROFILES[profile];
    r->rate = rate;
    r->step = rate == 44100 ? 14 : rate / 3000;
    r->base = (double)rate / r->step;
    r->set = set;
    r->grid = (int)lrint(r->profile->symbol * 3000);
    const int half = 6 * r->step; /* 12 baseband samples long */
    r->length = (size_t)(2 * half + 1 + 15) / 16 * 16;
    double sum = 0;
    for (int n = -half; n <= half; n++) sum += vr_sinc((double)n / r->step) * vr_kaiser(n / (half + 1.0), 5.6);
    for (int n = -half; n <= half; n++) {
        const double h = 2 * vr_sinc((double)n / r->step) * vr_kaiser(n / (half + 1.0), 5.6) / sum;
        r->taps_re[n + half] = (float)(h * cos(2 * M_PI * VF_CENTRE * n / rate));
        r->taps_im[n + half] = (float)(-h * sin(2 * M_PI * VF_CENTRE * n / rate));
    }
    r->held = (size_t)half; /* so that baseband sample k stands for sample k * step */
    int64_t common = (int64_t)vf_common((size_t)VF_CENTRE * (size_t)r->step % (size_t)rate, (size_t)rate);
    r->period = (int)(rate / common);
    for (int k = 0; k < r->period; k++) {
        const double turn = 2 * M_PI * (double)((int64_t)VF_CENTRE * r->step % rate * k % rate) / rate;
        r->turn_re[k] = (float)cos(turn), r->turn_im[k] = (float)-sin(turn);
    }
    r->chirp = (size_t)(r->profile->chirp * r->base);
    r->offset = 0.5 * r->profile->chirp * r->base - 0.5 * (double)(r->chirp - 1);
    for (size_t n = 0; n < r->chirp; n++) {
        const double phase = vf_chirp(r->profile, ((double)n + r->offset) / r->base);
        r->chirp_re[n] = (float)cos(phase), r->chirp_im[n] = (float)sin(phase);
    }
    /* of noise alone the share of the window's energy that matches a chirp exceeds x with probability (1 - x)^(BT - 1) */
    r->threshold = (float)(1 - pow(2e-6, 1 / (VF_SWEEP * r->profile->chirp - 1)));
    for (int p = 0; p <= VR_PHASES; p++)
        for (int n = 0; n < VR_TAPS; n++) {
            const double x = n - (VR_TAPS / 2 - 1) - (double)p / VR_PHASES;
            r->kernel[p][n] = (float)(vr_sinc(x) * vr_kaiser(x / (VR_TAPS / 2), 6.0));
        }
    for (int k = 0; k < r->profile->tones; k++)
        for (int s = 0; s < r->grid; s++) {
            const double phase = -2 * M_PI * vf_tone(r->profile, k) * r->profile->symbol * (s + 0.5) / r->grid;
            r->wave[k][s] = (vm_pair){(float)(cos(phase) / r->grid), (float)(sin(phase) / r->grid)};
        }
    vd_turns(r->turns, VR_FFT);
    vc_prepare(&r->work.tables);
}

/* --- one frame ------------------------------------------------------------------------------------------------------- */

static void vr_copy(const vr_receiver *r, uint64_t from, size_t count, float *re, float *im) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t at = from + i;
        const int there = at < r->made && at + VR_RING > r->made;
        re[i] = there ? r->ring_re[at % VR_RING] : 0, im[i] = there ? r->ring_im[at % VR_RING] : 0;
    }
}

/* Correlations of `count` symbols with the tones, into work.tone and work.power; returns how concentrated they are. */
static double vr_correlate(vr_receiver *r, const float *re, const float *im, size_t length, vr_place place, int count) {
    const int tones = r->profile->tones, grid = r->grid;
    const double symbol = r->profile->symbol * r->base / (1 + place.stretch), spacing = symbol / grid;
    const double slip = -2 * M_PI * VF_CENTRE * place.stretch / r->base; /* radians per baseband sample */
    const float step_re = (float)cos(slip * spacing), step_im = (float)sin(slip * spacing);
    double score = 0;
    for (int i = 0; i < count; i++) {
        vm_pair grid_value[24];
        const double first = place.start + i * symbol + 0.5 * spacing;
        const double phase = slip * (first - place.start) + M_PI * (i & 1);
        vm_pair turn = {(float)cos(phase), (float)sin(phase)};
        for (int s = 0; s < grid; s++) {
            const double at = first + s * spacing;
            const double whole = floor(at);
            const float *const kernel = r->kernel[(int)((at - whole) * VR_PHASES + 0.5)];
            const ptrdiff_t left = (ptrdiff_t)whole - (VR_TAPS / 2 - 1);
            float a = 0, b = 0;
            if (left >= 0 && (size_t)left + VR_TAPS <= length)
                for (int n = 0; n < VR_TAPS; n++) a += kernel[n] * re[left + n], b += kernel[n] * im[left + n];
            grid_value[s] = (vm_pair){a * turn.re - b * turn.im, a * turn.im + b * turn.re};
            turn = (vm_pair){turn.re * step_re - turn.im * step_im, turn.re * step_im + turn.im * step_re};
        }
        for (int k = 0; k < tones; k++) {
            const vm_pair *const wave = r->wave[k];
            float a = 0, b = 0;
            for (int s = 0; s < grid; s++) {
                a += wave[s].re * grid_value[s].re - wave[s].im * grid_value[s].im;
                b += wave[s].re * grid_value[s].im + wave[s].im * grid_value[s].re;
            }
            const float power = a * a + b * b;
            r->work.tone[i * tones + k] = (vm_pair){a, b};
            r->work.power[i * tones + k] = power;
            score += (double)power * power;
        }
    }
    return score;
}

/* Where the symbols begin and how fast they come, by the concentration of `count` symbols. A moving chirp seems to
 * come earlier by its shift over its slope, so place and pitch are looked for along that line, then each for itself. */
static vr_place vr_search(vr_receiver *r, const float *re, const float *im, size_t length, double peak, int count) {
    const double chirp = r->profile->chirp * r->base, step = 1 / (r->profile->symbol * 40.0);
    const double origin = peak - r->offset + chirp;
    vr_place best = {origin, 0};
    double most = -1;
    for (double shift = -36; shift <= 36 + 1e-9; shift += step)
        for (int early = -1; early <= 1; early++) {
            const vr_place place = {origin + shift * chirp / VF_SWEEP + early * 0.6, shift / VF_CENTRE};
            const double score = vr_correlate(r, re, im, length, place, count);
            if (score > most) most = score, best = place;
        }
    return best;
}

static vr_place vr_refine(vr_receiver *r, const float *re, const float *im, size_t length, vr_place best, int count) {
    double most = vr_correlate(r, re, im, length, best, count);
    double late = 0.8, shift = 0.6 / (r->profile->symbol * 40.0) / VF_CENTRE;
    for (int round = 0; round < 5; round++, late *= 0.55, shift *= 0.55) {
        for (int direction = 0; direction < 4; direction++) {
            const double sign = direction & 1 ? -1 : 1;
            for (int moves = 0; moves < 6; moves++) {
                vr_place place = best;
                if (direction < 2) place.start += sign * late;
                else place.stretch += sign * shift;
                const double score = vr_correlate(r, re, im, length, place, count);
                if (score <= most) break;
                most = score, best = place;
            }
        }
    }
    return best;
}

/* Reads the header off the first symbols in work.power: adds the likeliest lengths, best first, that are not yet there. */
static void vr_read_header(const vr_receiver *r, vr_candidate *c, int add) {
    const vf_profile *const profile = r->profile;
    float score[VF_PAYLOAD + 1];
    for (int length = 0; length <= VF_PAYLOAD; length++) {
        uint8_t tones[VF_HEADER];
        vf_header(profile, length, tones);
        score[length] = 0;
        for (int i = 0; i < VF_HEADER; i++)
            score[length] += sqrtf(r->work.power[i * profile->tones + (tones[i] ^ vf_whitening(profile, i))]);
    }
    for (; add > 0 && c->count < VR_LENGTHS; add--) {
        int best = 0;
        for (int length = 1; length <= VF_PAYLOAD; length++)
            if (score[length] > score[best]) best = length;
        score[best] = -1;
        int known = 0;
        for (int k = 0; k < c->count; k++) known |= c->lengths[k] == best;
        if (!known) c->lengths[c->count++] = best;
    }
}

/* A Wiener equaliser from the chirp, or none where there is one path only. `chirp` is where it begins in the segment. */
static int vr_equaliser(vr_receiver *r, const float *re, const float *im, size_t chirp, vr_candidate *c) {
    vd_complex heard[VR_FFT] = {{0, 0}}, sent[VR_FFT] = {{0, 0}};
    const size_t tail = (size_t)(0.07 * r->base), before = VR_BEFORE;
    for (size_t n = 0; n < r->chirp + before + tail; n++) heard[n] = (vd_complex){re[chirp - before + n], im[chirp - before + n]};
    for (size_t n = 0; n < r->chirp; n++) sent[n] = (vd_complex){r->chirp_re[n], r->chirp_im[n]};
    vd_fft(heard, VR_FFT, r->turns, VR_FFT, 0);
    vd_fft(sent, VR_FFT, r->turns, VR_FFT, 0);
    double mean = 0;
    for (int k = 0; k < VR_FFT; k++) mean += vd_power(sent[k]) / VR_FFT;
    for (int k = 0; k < VR_FFT; k++) {
        const vd_complex x = vd_against(heard[k], sent[k]);
        const double scale = 1 / (vd_power(sent[k]) + 0.3 * mean);
        heard[k] = (vd_complex){x.re * scale, x.im * scale};
    }
    vd_fft(heard, VR_FFT, r->turns, VR_FFT, 1);
    /* the noise: lags before the first path */
    double noise = 0, most = 0, all = 0, near = 0;
    for (size_t n = 10; n < before - 10; n++) noise += vd_power(heard[n]) / (double)(before - 20);
    for (size_t n = before - 9; n < before + tail; n++) most = fmax(most, vd_power(heard[n]));
    for (size_t n = 0; n < VR_FFT; n++) {
        const double power = vd_power(heard[n]);
        double keep = n < before - 12 || n >= before + tail ? 0 : 1 - 3.5 * noise / (power + 1e-30);
        if (keep < 0) keep = 0;
        heard[n].re *= keep, heard[n].im *= keep;
        const double kept = vd_power(heard[n]);
        all += kept;
        if (n + 4 > before && n < before + 4) near += kept;
    }
    if (near > 0.97 * all) return 0;
    vd_fft(heard, VR_FFT, r->turns, VR_FFT, 0);
    double level = 0;
    for (int k = 0; k < VR_FFT; k++) level += vd_power(heard[k]) / VR_FFT;
    const double ratio = c->ratio < 0.98 ? c->ratio : 0.98, floor = level * fmax(0.02, fmin(1.0, (1 - ratio) / ratio));
    for (int k = 0; k < VR_FFT; k++) {
        const double scale = 1 / (vd_power(heard[k]) + floor);
        sent[k] = (vd_complex){heard[k].re * scale, -heard[k].im * scale};
    }
    vd_fft(sent, VR_FFT, r->turns, VR_FFT, 1);
    /* the channel's main path stands at `before`; so the equaliser's delay is minus that */
    for (int n = 0; n < VR_EQUALISER; n++) {
        const vd_complex tap = sent[(2 * VR_FFT + n - VR_EQUALISER / 2 - (int)before) % VR_FFT];
        c->equaliser_re[n] = (float)tap.re, c->equaliser_im[n] = (float)tap.im;
    }
    return 1;
}

static void vr_equalise(vr_receiver *r, const vr_candidate *c, size_t length) {
    memset(r->equal_re, 0, length * sizeof(float));
    memset(r->equal_im, 0, length * sizeof(float));
    for (int n = 0; n < VR_EQUALISER; n++) { /* out[i] = sum of taps[n] * in[i - (n - half)] */
        const float p = c->equaliser_re[n], q = c->equaliser_im[n];
        const ptrdiff_t late = n - VR_EQUALISER / 2;
        const size_t from = late > 0 ? (size_t)late : 0, to = late < 0 ? length - (size_t)-late : length;
        const float *restrict a = r->segment_re - late, *restrict b = r->segment_im - late;
        float *restrict x = r->equal_re, *restrict y = r->equal_im;
        for (size_t i = from; i < to; i++) x[i] += p * a[i] - q * b[i], y[i] += p * b[i] + q * a[i];
    }
}

/* Baseband samples from the chirp's beginning that a frame needs, whatever its speed. */
static uint64_t vr_needed(const vr_receiver *r, int symbols) {
    const double seconds = r->profile->chirp + symbols * r->profile->symbol;
    return (uint64_t)(seconds * 1.0025 * r->base) + 24;
}

static size_t vr_segment(vr_receiver *r, const vr_candidate *c, uint64_t needed) {
    const size_t length = VR_MARGIN + (size_t)needed;
    const uint64_t from = c->peak >= VR_MARGIN ? c->peak - VR_MARGIN : 0;
    const size_t lost = VR_MARGIN - (size_t)(c->peak - from); /* the beginning of all time */
    memset(r->segment_re, 0, lost * sizeof(float));
    memset(r->segment_im, 0, lost * sizeof(float));
    vr_copy(r, from, length - lost, r->segment_re + lost, r->segment_im + lost);
    return length;
}

static void vr_head(vr_receiver *r, vr_candidate *c) {
    const size_t length = vr_segment(r, c, vr_needed(r, VF_HEADER + VR_PROBE));
    c->count = c->next = 0;
    vr_place place = vr_search(r, r->segment_re, r->segment_im, length, VR_MARGIN, VF_HEADER + VR_PROBE);
    vr_correlate(r, r->segment_re, r->segment_im, length, place, VF_HEADER);
    vr_read_header(r, c, 2);
    c->equalise = vr_equaliser(r, r->segment_re, r->segment_im, VR_MARGIN, c);
    if (c->equalise) {
        vr_equalise(r, c, length);
        place = vr_search(r, r->equal_re, r->equal_im, length, VR_MARGIN, VF_HEADER + VR_PROBE);
        vr_correlate(r, r->equal_re, r->equal_im, length, place, VF_HEADER);
        vr_read_header(r, c, 2);
    } else {
        vr_read_header(r, c, 1);
    }
    for (int i = 1; i < c->count; i++) /* the shortest first */
        for (int j = i; j > 0 && c->lengths[j] < c->lengths[j - 1]; j--) {
            const int swap = c->lengths[j];
            c->lengths[j] = c->lengths[j - 1], c->lengths[j - 1] = swap;
        }
    c->state = 2;
}

static int vr_body(vr_receiver *r, vr_candidate *c, int payload) {
    const int symbols = VF_HEADER + vf_symbols(r->profile, payload);
    const size_t length = vr_segment(r, c, vr_needed(r, symbols));
    const int coarse = symbols < 120 ? symbols : 120;
    for (int way = 0; way <= c->equalise; way++) {
        const float *const re = way ? r->equal_re : r->segment_re, *const im = way ? r->equal_im : r->segment_im;
        if (way) vr_equalise(r, c, length);
        vr_place place = vr_search(r, re, im, length, VR_MARGIN, coarse);
        place = vr_refine(r, re, im, length, place, coarse);
        if (symbols > 300) place = vr_refine(r, re, im, length, place, 300);
        if (symbols > coarse) place = vr_refine(r, re, im, length, place, symbols);
        vr_correlate(r, re, im, length, place, symbols);
        if (vm_decode(&r->work, r->profile, payload, 0) || vm_decode(&r->work, r->profile, payload, 1)) {
            if (r->found < VR_FRAMES) {
                vr_frame *const frame = &r->frames[r->found++];
                const double chirp = r->profile->chirp * r->base / (1 + place.stretch);
                frame->start = ((double)c->peak - VR_MARGIN + place.start - chirp) * r->step;
                const vm_work *const w = &r->work;
                frame->snr = 10 * log10f(w->amplitude * w->amplitude / (w->noise * 2000.0f * (float)r->profile->symbol));
                frame->length = payload;
                memcpy(frame->payload, w->payload, (size_t)payload);
            }
            return 1;
        }
    }
    return 0;
}

/* --- the stream ------------------------------------------------------------------------------------------------------ */

static int vr_echo(const vr_receiver *r, uint64_t peak) {
    const uint64_t apart = peak > r->last ? peak - r->last : r->last - peak;
    return r->any && apart < (uint64_t)(0.08 * r->base);
}

static void vr_attend(vr_receiver *r) {
    for (int k = 0; k < VR_WAITING; k++) {
        vr_candidate *const c = &r->waiting[k];
        if (c->state == 1 && r->made >= c->peak + vr_needed(r, VF_HEADER + VR_PROBE)) vr_head(r, c);
        while (c->state == 2) {
            if (vr_echo(r, c->peak) || c->next == c->count) {
                c->state = 0;
                break;
            }
            const int length = c->lengths[c->next];
            if (r->made < c->peak + vr_needed(r, VF_HEADER + vf_symbols(r->profile, length))) break;
            c->next++;
            if (vr_body(r, c, length)) r->last = c->peak, r->any = 1, c->state = 0;
        }
    }
}

static void vr_await(vr_receiver *r) { /* the chirp at r->peak, in the place of the weakest if need be */
    vr_candidate *into = NULL;
    for (int k = 0; k < VR_WAITING; k++) {
        vr_candidate *const c = &r->waiting[k];
        if (c->state == 0) {
            into = c;
            break;
        }
        if (c->ratio < r->ratio && (!into || c->ratio < into->ratio)) into = c;
    }
    if (into && !vr_echo(r, r->peak)) into->peak = r->peak, into->ratio = r->ratio, into->state = 1;
}

static void vr_watch(vr_receiver *r, uint64_t at, float ratio) {
    if (ratio > r->threshold && ratio > r->ratio) r->peak = at, r->ratio = ratio;
    if (r->ratio > 0 && at > r->peak + (uint64_t)(0.012 * r->base)) {
        vr_await(r);
        r->ratio = 0;
    }
}

static void vr_listen(vr_receiver *r) {
    size_t done = 0;
    for (; done + r->chirp - 1 + VL_BLOCK <= r->listening; done += VL_BLOCK) {
        float power[VL_BLOCK];
        const float *const re = r->listen_re + done, *const im = r->listen_im + done;
        vl_match(r->set, re, im, r->chirp_re, r->chirp_im, r->chirp, power);
        double energy = 1e-20;
        for (size_t n = 0; n < r->chirp; n++) energy += re[n] * re[n] + im[n] * im[n];
        const double least = 1e-6 * energy;
        for (size_t p = 0; p < VL_BLOCK; p++) {
            vr_watch(r, r->searched + p, (float)(power[p] / ((energy > least ? energy : least) * (double)r->chirp)));
            const size_t q = p + r->chirp;
            if (q < r->listening - done)
                energy += (double)(re[q] * re[q] + im[q] * im[q]) - (double)(re[p] * re[p] + im[p] * im[p]);
        }
        r->searched += VL_BLOCK;
    }
    r->listening -= done;
    memmove(r->listen_re, r->listen_re + done, r->listening * sizeof(float));
    memmove(r->listen_im, r->listen_im + done, r->listening * sizeof(float));
}

/* Takes `count` <= VR_PORTION finite samples; what is found is in frames[found], which the caller empties. */
static void vr_feed(vr_receiver *r, const float *samples, size_t count) {
    memcpy(r->samples + r->held, samples, count * sizeof(float));
    r->held += count;
    if (r->held < r->length) return;
    const size_t step = (size_t)r->step, outputs = (r->held - r->length) / step + 1;
    float *const re = r->listen_re + r->listening, *const im = r->listen_im + r->listening;
    vl_decimate(r->set, r->samples, step, r->taps_re, r->taps_im, r->length, outputs, re, im);
    size_t turn = r->made % (uint64_t)r->period;
    for (size_t k = 0; k < outputs; k++) {
        const float a = re[k], b = im[k], c = r->turn_re[turn], d = r->turn_im[turn];
        const size_t at = (r->made + k) % VR_RING;
        r->ring_re[at] = re[k] = a * c - b * d;
        r->ring_im[at] = im[k] = a * d + b * c;
        turn = turn + 1 == (size_t)r->period ? 0 : turn + 1;
    }
    r->made += outputs;
    r->listening += outputs;
    r->held -= outputs * step;
    memmove(r->samples, r->samples + outputs * step, r->held * sizeof(float));
    vr_listen(r);
    vr_attend(r);
}

#endif
