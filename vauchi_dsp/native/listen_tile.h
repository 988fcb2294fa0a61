/* The two kernels of listen.h for one instruction set: VL(name), VL_TARGET and VL_LANES are its suffix, attribute and
 * vector width in floats. */

typedef float VL(vec) __attribute__((vector_size(VL_LANES * 4)));

VL_TARGET VL_INLINE VL(vec) VL(load)(const float *from) {
    VL(vec) v;
    memcpy(&v, from, sizeof v);
    return v;
}

VL_TARGET VL_INLINE float VL(sum)(VL(vec) v) {
    float part[VL_LANES];
    vl_four four, more;
    memcpy(part, &v, sizeof part);
    memcpy(&four, part, sizeof four);
    for (int i = 4; i < VL_LANES; i += 4) {
        memcpy(&more, part + i, sizeof more);
        four += more;
    }
    return (four[0] + four[2]) + (four[1] + four[3]);
}

VL_TARGET static void VL(decimate)(const float *samples, size_t step, const float *real, const float *imaginary,
                                   size_t length, size_t count, float *re, float *im) {
    size_t k = 0;
    for (; k + 4 <= count; k += 4) { /* four outputs share the loads of the taps */
        const float *const at = samples + k * step;
        VL(vec) a[4] = {{0}}, b[4] = {{0}};
        for (size_t n = 0; n < length; n += VL_LANES) {
            const VL(vec) c = VL(load)(real + n), d = VL(load)(imaginary + n);
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) {
                const VL(vec) x = VL(load)(at + (size_t)i * step + n);
                a[i] += c * x;
                b[i] += d * x;
            }
        }
        for (int i = 0; i < 4; i++) re[k + i] = VL(sum)(a[i]), im[k + i] = VL(sum)(b[i]);
    }
    for (; k < count; k++) {
        VL(vec) a = {0}, b = {0};
        for (size_t n = 0; n < length; n += VL_LANES) {
            const VL(vec) x = VL(load)(samples + k * step + n);
            a += VL(load)(real + n) * x;
            b += VL(load)(imaginary + n) * x;
        }
        re[k] = VL(sum)(a), im[k] = VL(sum)(b);
    }
}

/* `chirp` has VL_BLOCK zeros on either side. A vector of the signal is loaded once and serves several vectors of places,
 * for which it meets different taps. */
VL_TARGET static void VL(match)(const float *re, const float *im, const float *chirp_re, const float *chirp_im,
                                size_t length, float *power) {
    enum { WIDE = VL_LANES == 4 ? 2 : 4 };
    for (size_t p = 0; p < VL_BLOCK; p += WIDE * VL_LANES) {
        VL(vec) a[WIDE], b[WIDE];
#pragma GCC unroll 4
        for (int i = 0; i < WIDE; i++) a[i] = b[i] = (VL(vec)){0};
        for (size_t n = 0; n < length + (WIDE - 1) * VL_LANES; n++) {
            const VL(vec) x = VL(load)(re + p + n), y = VL(load)(im + p + n);
#pragma GCC unroll 4
            for (int i = 0; i < WIDE; i++) {
                const size_t tap = VL_BLOCK + n - (size_t)i * VL_LANES;
                const float c = chirp_re[tap], d = chirp_im[tap];
                a[i] += c * x + d * y;
                b[i] += c * y - d * x;
            }
        }
#pragma GCC unroll 4
        for (int i = 0; i < WIDE; i++) {
            const VL(vec) v = a[i] * a[i] + b[i] * b[i];
            memcpy(power + p + (size_t)i * VL_LANES, &v, sizeof v);
        }
    }
}

#undef VL_SET
#undef VL_TARGET
#undef VL_LANES
