/* The Fourier transform of listen.h for one instruction set: VL_POINTS values in four passes, each of which leaves four
 * transforms of a quarter of the size. After two of them 16 rows of 16 values are left; turned over, the rows lie side by
 * side, and the other two passes work on whole vectors again. The spectrum stays in the order in which this leaves it:
 * spectra are only multiplied with each other here, and transformed back. */

/* The transform of x, y[4]: forward, or with `sign` -1 back. */
VL_TARGET VL_INLINE void VL(butterfly)(VL(vec) *x, VL(vec) *y, const float sign) {
    const VL(vec) even_re = x[0] + x[2], even_im = y[0] + y[2], odd_re = x[1] + x[3], odd_im = y[1] + y[3];
    const VL(vec) a_re = x[0] - x[2], a_im = y[0] - y[2], b_re = sign * (x[1] - x[3]), b_im = sign * (y[1] - y[3]);
    x[0] = even_re + odd_re, y[0] = even_im + odd_im;
    x[1] = a_re + b_im, y[1] = a_im - b_re;
    x[2] = even_re - odd_re, y[2] = even_im - odd_im;
    x[3] = a_re - b_im, y[3] = a_im + b_re;
}

/* One pass forward, in blocks of 4 * quarter values; turns[3][2][quarter] is what the parts are multiplied with, or NULL. */
VL_TARGET VL_INLINE void VL(split)(const float *re, const float *im, float *to_re, float *to_im, const size_t quarter,
                                   const float *turns) {
    for (size_t at = 0; at < VL_POINTS; at += 4 * quarter)
        for (size_t p = 0; p < quarter; p += VL_LANES) {
            VL(vec) x[4], y[4];
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++)
                x[i] = VL(load)(re + at + i * quarter + p), y[i] = VL(load)(im + at + i * quarter + p);
            VL(butterfly)(x, y, 1);
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++) {
                VL(vec) a = x[i], b = y[i];
                if (turns && i) {
                    const float *const turn = turns + 2 * (i - 1) * quarter + p;
                    const VL(vec) c = VL(load)(turn), d = VL(load)(turn + quarter);
                    a = x[i] * c - y[i] * d, b = x[i] * d + y[i] * c;
                }
                memcpy(to_re + at + i * quarter + p, &a, sizeof a);
                memcpy(to_im + at + i * quarter + p, &b, sizeof b);
            }
        }
}

/* The same pass back, in place, four times as large. */
VL_TARGET VL_INLINE void VL(join)(float *re, float *im, const size_t quarter, const float *turns) {
    for (size_t at = 0; at < VL_POINTS; at += 4 * quarter)
        for (size_t p = 0; p < quarter; p += VL_LANES) {
            VL(vec) x[4], y[4];
            x[0] = VL(load)(re + at + p), y[0] = VL(load)(im + at + p);
#pragma GCC unroll 4
            for (size_t i = 1; i < 4; i++) {
                const float *const turn = turns + 2 * (i - 1) * quarter + p;
                const VL(vec) a = VL(load)(re + at + i * quarter + p), b = VL(load)(im + at + i * quarter + p);
                const VL(vec) c = VL(load)(turn), d = VL(load)(turn + quarter);
                x[i] = a * c + b * d, y[i] = b * c - a * d;
            }
            VL(butterfly)(x, y, -1);
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++) {
                memcpy(re + at + i * quarter + p, &x[i], sizeof x[i]);
                memcpy(im + at + i * quarter + p, &y[i], sizeof y[i]);
            }
        }
}

/* 16 by 16 values: rows become columns, 4 by 4 values at a time. */
VL_TARGET VL_INLINE void VL(turn)(const float *from, float *to) {
    for (size_t row = 0; row < 16; row += 4)
        for (size_t column = 0; column < 16; column += 4) {
            vl_four a[4], b[4];
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++) memcpy(&a[i], from + (row + i) * 16 + column, sizeof a[i]);
            b[0] = VL_MIX(a[0], a[1], 0, 4, 1, 5), b[1] = VL_MIX(a[0], a[1], 2, 6, 3, 7);
            b[2] = VL_MIX(a[2], a[3], 0, 4, 1, 5), b[3] = VL_MIX(a[2], a[3], 2, 6, 3, 7);
            a[0] = VL_MIX(b[0], b[2], 0, 1, 4, 5), a[1] = VL_MIX(b[0], b[2], 2, 3, 6, 7);
            a[2] = VL_MIX(b[1], b[3], 0, 1, 4, 5), a[3] = VL_MIX(b[1], b[3], 2, 3, 6, 7);
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++) memcpy(to + (column + i) * 16 + row, &a[i], sizeof a[i]);
        }
}

VL_TARGET static void VL(transform)(const vl_turns *turns, const float *re, const float *im, vl_spectrum *to) {
    VL_ALIGNED float a[VL_POINTS], b[VL_POINTS];
    VL(split)(re, im, a, b, VL_POINTS / 4, turns->first);
    VL(split)(a, b, a, b, VL_POINTS / 16, turns->second);
    VL(turn)(a, to->re), VL(turn)(b, to->im);
    VL(split)(to->re, to->im, to->re, to->im, VL_POINTS / 4, turns->third);
    VL(split)(to->re, to->im, to->re, to->im, VL_POINTS / 16, NULL);
}

VL_TARGET static void VL(match)(const vl_turns *turns, const vl_spectrum *const *heard, const vl_spectrum *chirp,
                                size_t parts, float *power) {
    VL_ALIGNED float a[VL_POINTS], b[VL_POINTS], re[VL_POINTS], im[VL_POINTS];
    const size_t quarter = VL_POINTS / 16;
    for (size_t at = 0; at < VL_POINTS; at += 4 * quarter)
        for (size_t p = 0; p < quarter; p += VL_LANES) {
            VL(vec) x[4] = {{0}}, y[4] = {{0}};
            for (size_t k = 0; k < parts; k++)
#pragma GCC unroll 4
                for (size_t i = 0; i < 4; i++) {
                    const size_t n = at + i * quarter + p;
                    const VL(vec) u = VL(load)(heard[k]->re + n), v = VL(load)(heard[k]->im + n);
                    const VL(vec) c = VL(load)(chirp[k].re + n), d = VL(load)(chirp[k].im + n);
                    x[i] += u * c + v * d;
                    y[i] += v * c - u * d;
                }
            VL(butterfly)(x, y, -1);
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++) {
                memcpy(a + at + i * quarter + p, &x[i], sizeof x[i]);
                memcpy(b + at + i * quarter + p, &y[i], sizeof y[i]);
            }
        }
    VL(join)(a, b, VL_POINTS / 4, turns->third);
    VL(turn)(a, re), VL(turn)(b, im);
    VL(join)(re, im, VL_POINTS / 16, turns->second);
    VL(join)(re, im, VL_POINTS / 4, turns->first);
    for (size_t n = 0; n < VL_POINTS; n += VL_LANES) {
        const VL(vec) x = VL(load)(re + n), y = VL(load)(im + n), v = x * x + y * y;
        memcpy(power + n, &v, sizeof v);
    }
}
