/* The phase of the tones: a slow walk, of which neighbouring symbols tell. */
#ifndef VAUCHI_PHASE_H
#define VAUCHI_PHASE_H

#include "model.h"

enum { VM_TRIES = 4 /* turns that are tried at once */ };
typedef float vm_tries __attribute__((vector_size(VM_TRIES * 4)));

/* By how much the phase turns from symbol to symbol (radians): of up to 0.06 turns what brings most of w->seen in line. */
static float vm_turn(const vm_work *w, int symbols) {
    const double step = 2 * M_PI * 0.25 / symbols;
    float most = -1, turn = 0;
    for (double first = -2 * M_PI * 0.06; first <= 2 * M_PI * 0.06; first += VM_TRIES * step) {
        vm_tries re = {0}, im = {0}, c = {0}, s = {0}, by_c, by_s;
        for (int k = 0; k < VM_TRIES; k++) {
            const double by = first + k * step;
            c[k] = 1, by_c[k] = (float)cos(by), by_s[k] = (float)-sin(by);
        }
        for (int i = 0; i < symbols; i++) {
            const vm_pair seen = w->seen[i];
            re += seen.re * c - seen.im * s;
            im += seen.re * s + seen.im * c;
            const vm_tries next = c * by_c - s * by_s;
            s = c * by_s + s * by_c, c = next;
        }
        const vm_tries power = re * re + im * im;
        for (int k = 0; k < VM_TRIES; k++)
            if (power[k] > most) most = power[k], turn = (float)(first + k * step);
    }
    return turn;
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
        const float turn = vm_turn(w, symbols);
        const float keep = 0.9f, tc = keep * cosf(turn), ts = keep * sinf(turn);
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
        for (int i = 0; i < symbols; i++) {
            const float size = 1 / (sqrtf(vm_square(w->phase[i])) + 1e-20f);
            w->seen[i] = (vm_pair){w->phase[i].re * size, w->phase[i].im * size};
        }
        for (int m = 0; m < tones; m++) { /* each tone's own phase: the room's */
            vm_pair sum = {8 * w->amplitude * w->gain[m].re, 8 * w->amplitude * w->gain[m].im};
            for (int i = 0; i < symbols; i++) {
                const vm_pair y = w->tone[i * tones + m], c = w->seen[i];
                const float p = w->chance[i * tones + m];
                sum.re += p * (y.re * c.re + y.im * c.im);
                sum.im += p * (y.im * c.re - y.re * c.im);
            }
            const float size = 1 / (sqrtf(vm_square(sum)) + 1e-20f);
            w->gain[m] = (vm_pair){sum.re * size, sum.im * size};
        }
    }
}

#endif
