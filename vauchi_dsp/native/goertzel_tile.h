/* Goertzel's recurrence for one instruction set. Included once per set by goertzel.h, which defines
 *   GZ(name)    a name with the set's suffix        GZ_TARGET    the function attribute that selects the set
 *   GZ_LANES    floats in a vector: 4, 8 or 16      GZ_SPLAT(x)  a vector of GZ_LANES times x
 *   GZ_BLOCKS   blocks that run side by side: as many as the registers hold
 *
 * s[n] = x[n] + c s[n-1] - s[n-2] with c = 2 cos(2 pi f / rate) is a chain of dependent multiply-adds, and one chain
 * leaves the units idle for its whole latency. A tile therefore runs several chains, vectors of bins x blocks of samples.
 */

typedef float GZ(vec) __attribute__((vector_size(GZ_LANES * 4)));

GZ_TARGET GZ_INLINE void GZ(tile)(const float *samples, size_t block, const float *coefficients, size_t bins, float scale,
                                  float *power, size_t row, const int vectors, const int blocks) {
    const int chains = vectors * blocks;
    GZ(vec) c[GZ_CHAINS_MAX], a[GZ_CHAINS_MAX], b[GZ_CHAINS_MAX];
    GZ_UNROLL for (int v = 0; v < vectors; v++) memcpy(&c[v], coefficients + v * GZ_LANES, sizeof c[v]);
    GZ_UNROLL for (int i = 0; i < chains; i++) a[i] = b[i] = GZ_SPLAT(0.0f);
    if (block & 1) { /* the first step of an odd block, from rest: s = x */
        GZ_UNROLL for (int i = 0; i < chains; i++) a[i] = GZ_SPLAT(samples[i / vectors * block]);
    }
    for (size_t n = block & 1; n < block; n += 2) { /* two steps, so that the two states trade places without a move */
        GZ_UNROLL for (int i = 0; i < chains; i++) {
            const GZ(vec) x = GZ_SPLAT(samples[i / vectors * block + n]);
            b[i] = c[i % vectors] * a[i] + (x - b[i]);
        }
        GZ_UNROLL for (int i = 0; i < chains; i++) {
            const GZ(vec) x = GZ_SPLAT(samples[i / vectors * block + n + 1]);
            a[i] = c[i % vectors] * b[i] + (x - a[i]);
        }
    }
    GZ_UNROLL for (int i = 0; i < chains; i++) {
        const GZ(vec) p = (a[i] * a[i] + b[i] * b[i] - c[i % vectors] * a[i] * b[i]) * GZ_SPLAT(scale);
        float *out = power + i / vectors * row + i % vectors * GZ_LANES;
        const size_t left = bins - i % vectors * GZ_LANES;
        if (left >= GZ_LANES)
            memcpy(out, &p, sizeof p);
        else
            memcpy(out, &p, left * sizeof(float));
    }
}

#define GZ_TILE(at, vectors, blocks)                                                                              \
    GZ(tile)(samples + (at) * block, block, coefficients + bin, bins - bin, scale, power + (at) * bins + bin, bins, \
             vectors, blocks)

/* Fills power[count][bins]. `coefficients` is padded to a whole number of vectors. */
GZ_TARGET static void GZ(power)(const float *samples, size_t count, size_t block, const float *coefficients, size_t bins,
                                float scale, float *power) {
    const size_t together = count - count % GZ_BLOCKS;
    for (size_t bin = 0; bin < bins; bin += GZ_LANES)
        for (size_t at = 0; at < together; at += GZ_BLOCKS) GZ_TILE(at, 1, GZ_BLOCKS);
    for (size_t at = together; at < count; at++) /* the last few one by one, several vectors of bins side by side */
        for (size_t bin = 0; bin < bins; bin += 5 * GZ_LANES) switch ((bins - bin + GZ_LANES - 1) / GZ_LANES) {
            case 1: GZ_TILE(at, 1, 1); break;
            case 2: GZ_TILE(at, 2, 1); break;
            case 3: GZ_TILE(at, 3, 1); break;
            case 4: GZ_TILE(at, 4, 1); break;
            default: GZ_TILE(at, 5, 1);
        }
}

#undef GZ_TILE
#undef GZ_SET
#undef GZ_TARGET
#undef GZ_LANES
#undef GZ_SPLAT
#undef GZ_BLOCKS
