/* The kernels of listen.h for one instruction set: VL(name), VL_TARGET and VL_LANES are its suffix, attribute and
 * vector width in floats. */

typedef float VL(vec) __attribute__((vector_size(VL_LANES * 4)));

VL_TARGET VL_INLINE VL(vec) VL(load)(const float *from) {
    VL(vec) v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* Four sums of every fourth value. */
VL_TARGET VL_INLINE vl_four VL(narrow)(VL(vec) v) {
    vl_four sum, more;
    memcpy(&sum, &v, sizeof sum);
    for (size_t i = sizeof sum; i < sizeof v; i += sizeof more) {
        memcpy(&more, (const char *)&v + i, sizeof more);
        sum += more;
    }
    return sum;
}

/* The sums of four vectors. */
VL_TARGET VL_INLINE vl_four VL(sums)(const VL(vec) *v) {
    const vl_four a = VL(narrow)(v[0]), b = VL(narrow)(v[1]), c = VL(narrow)(v[2]), d = VL(narrow)(v[3]);
    const vl_four e = VL_MIX(a, b, 0, 4, 1, 5) + VL_MIX(a, b, 2, 6, 3, 7);
    const vl_four f = VL_MIX(c, d, 0, 4, 1, 5) + VL_MIX(c, d, 2, 6, 3, 7);
    return VL_MIX(e, f, 0, 1, 4, 5) + VL_MIX(e, f, 2, 3, 6, 7);
}

VL_TARGET static void VL(decimate)(const vl_filter *filter, const float *samples, size_t step, size_t count, float *re,
                                   float *im) {
    const size_t fold = filter->fold, rows = filter->rows;
    for (size_t k = 0; k < count; k += 4) { /* four outputs share the loads of the taps */
        const float *const at = samples + k * step;
        VL(vec) a[4] = {{0}}, b[4] = {{0}};
        for (size_t n = 0; n < fold; n += VL_LANES) {
            VL(vec) x[4], c;
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++) x[i] = VL(load)(at + i * step + n);
            if (rows > 1) {
                c = VL(load)(filter->taps + n);
#pragma GCC unroll 4
                for (size_t i = 0; i < 4; i++) x[i] *= c;
            }
            for (size_t tap = n + fold; tap < rows * fold; tap += fold) {
                c = VL(load)(filter->taps + tap);
#pragma GCC unroll 4
                for (size_t i = 0; i < 4; i++) x[i] += c * VL(load)(at + i * step + tap);
            }
            const VL(vec) turn_re = VL(load)(filter->re + n), turn_im = VL(load)(filter->im + n);
#pragma GCC unroll 4
            for (size_t i = 0; i < 4; i++) a[i] += turn_re * x[i], b[i] += turn_im * x[i];
        }
        const vl_four x = VL(sums)(a), y = VL(sums)(b);
        memcpy(re + k, &x, sizeof x), memcpy(im + k, &y, sizeof y);
    }
}

#include "fourier_tile.h"

#undef VL_SET
#undef VL_TARGET
#undef VL_LANES
