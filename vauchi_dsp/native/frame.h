/* What a frame looks like on the air, and how its bytes become tones:
 *   chirp | 5 header symbols: the length | data symbols: payload and CRC-32, coded, punctured, interleaved | ramp
 * The chirp sweeps up through the band; every symbol is one of M tones, orthogonal, with continuous phase. */
#ifndef VAUCHI_FRAME_H
#define VAUCHI_FRAME_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "code.h"

enum {
    VF_CENTRE = 19000,     /* Hz */
    VF_HEADER = 5,         /* symbols */
    VF_PAYLOAD = 255,      /* bytes at most */
    VF_CHECK = 4,          /* bytes of CRC-32, over the length and the payload */
    VF_INFO = 8 * (VF_PAYLOAD + VF_CHECK),
    VF_CODED = 2 * VF_INFO,
    VF_SYMBOLS = 900, /* at most, without the header */
    VF_TONES = 16,
};
#define VF_SWEEP 2200.0 /* Hz, the chirp's */
#define VF_GLIDE 0.0006 /* s, from tone to tone */
#define VF_RAMP 0.002   /* s, raised cosine, into the chirp and after the last symbol */

typedef struct {
    int tones, bits;       /* M and its logarithm */
    double symbol, chirp;  /* s */
    int polynomial;        /* of the field of M elements, for the header */
} vf_profile;

static const vf_profile VF_PROFILES[2] = {
    {8, 3, 0.004, 0.0255, 013},  /* fast */
    {16, 4, 0.008, 0.100, 023}, /* robust */
};

/* Data symbols of a payload: the shorter the frame, the fewer bits are spent on the code. */
static int vf_symbols(const vf_profile *profile, int payload) {
    const int info = 8 * (payload + VF_CHECK), knee = 8 * (32 + VF_CHECK);
    if (profile->tones == 8) return info <= knee ? (100 * info + 254) / 255 : 113 + (10 * (info - knee) + 22) / 23;
    return (10 * info + 26) / 27;
}

static double vf_duration(const vf_profile *profile, int payload) {
    return profile->chirp + (VF_HEADER + vf_symbols(profile, payload)) * profile->symbol + VF_RAMP;
}

static uint32_t vf_crc(const uint8_t *payload, int length) {
    uint32_t crc = 0xffffffffu;
    for (int i = -1; i < length; i++) {
        crc ^= i < 0 ? (uint8_t)length : payload[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* --- header: Reed and Solomon's code, the polynomial of the length's digits in base M at 0, 1, 2, 3, 4 --------------- */

static int vf_times(const vf_profile *profile, int a, int b) {
    int product = 0;
    for (int k = 0; k < profile->bits; k++) {
        if (b >> k & 1) product ^= a;
        a <<= 1;
        if (a & profile->tones) a ^= profile->polynomial;
    }
    return product;
}

static void vf_header(const vf_profile *profile, int length, uint8_t *tones) {
    for (int x = 0; x < VF_HEADER; x++) {
        int sum = 0, power = 1;
        for (int left = length; left; left >>= profile->bits) {
            sum ^= vf_times(profile, left & (profile->tones - 1), power);
            power = vf_times(profile, power, x);
        }
        tones[x] = (uint8_t)sum;
    }
}

/* --- order ----------------------------------------------------------------------------------------------------------- */

/* Every symbol's tone number is combined with this, so that no payload sits on one tone. */
static int vf_whitening(const vf_profile *profile, int symbol) {
    uint32_t x = (uint32_t)symbol * 2654435769u + 0x9e37u;
    x ^= x >> 15;
    x *= 2246822519u;
    return (int)(x >> 20) & (profile->tones - 1);
}

static size_t vf_common(size_t a, size_t b) { return b ? vf_common(b, a % b) : a; }

/* places[count]: where in the code word of `total` bits the count bits on the air come from. Evenly punctured; then
 * taken in steps of the golden section, which keeps apart what is near in the code and what shares a symbol. A place
 * of `total` is a bit that fills up the last symbol. */
static void vf_places(size_t total, size_t count, uint16_t *places) {
    const size_t kept = count < total ? count : total;
    size_t step = (size_t)((double)count * 0.6180339887498949);
    while (step > 1 && vf_common(step, count) != 1) step--;
    if (step == 0) step = 1;
    for (size_t i = 0, at = 0; i < count; i++, at = (at + step) % count)
        places[i] = (uint16_t)(at < kept ? at * total / kept : total);
}

/* tones[header + data symbols] of a payload; returns how many. `scratch` holds VF_INFO + VF_CODED + 1 bytes. */
static int vf_tones(const vf_profile *profile, const uint8_t *payload, int length, uint8_t *tones, uint8_t *scratch,
                    uint16_t *places) {
    const int symbols = vf_symbols(profile, length);
    const size_t info = 8 * (size_t)(length + VF_CHECK);
    uint8_t *const bits = scratch, *const coded = scratch + VF_INFO;
    const uint32_t crc = vf_crc(payload, length);
    for (size_t i = 0; i < info; i++) {
        const size_t byte = i / 8;
        const unsigned value = byte < (size_t)length ? payload[byte] : crc >> (8 * (byte - (size_t)length)) & 255u;
        bits[i] = (uint8_t)(value >> (7 - i % 8) & 1);
    }
    vc_encode(bits, info, coded);
    coded[2 * info] = 0;
    vf_places(2 * info, (size_t)(symbols * profile->bits), places);
    vf_header(profile, length, tones);
    for (int i = 0; i < symbols; i++) {
        int tone = 0;
        for (int k = 0; k < profile->bits; k++) tone = tone << 1 | coded[places[i * profile->bits + k]];
        tones[VF_HEADER + i] = (uint8_t)tone;
    }
    for (int i = 0; i < VF_HEADER + symbols; i++) tones[i] ^= (uint8_t)vf_whitening(profile, i);
    return VF_HEADER + symbols;
}

/* --- sound ----------------------------------------------------------------------------------------------------------- */

static inline double vf_tone(const vf_profile *profile, int tone) { /* Hz above the centre */
    return (tone - 0.5 * (profile->tones - 1)) / profile->symbol;
}

/* The chirp's phase in radians above that of the centre, t s after its start; 0 at its middle. */
static inline double vf_chirp(const vf_profile *profile, double t) {
    const double u = t - 0.5 * profile->chirp;
    return M_PI * VF_SWEEP / profile->chirp * u * u;
}

static inline double vf_rise(double t) { return t <= 0 ? 0 : t >= VF_RAMP ? 1 : 0.5 - 0.5 * cos(M_PI * t / VF_RAMP); }

/* Tones change along a raised cosine of VF_GLIDE, or the corners would be heard below 16 kHz: by how much (s) the
 * phase over frequency differs at u, of -0.5 to 0.5 glides after the change, from that of a sudden one. */
static inline double vf_glide(double u) {
    if (fabs(u) >= 0.5) return 0;
    return VF_GLIDE * (0.5 * (u + 0.5) - sin(M_PI * (u + 0.5)) / (2 * M_PI) - (u > 0 ? u : 0));
}

/* out[count] of a frame of `symbols` tones, at an amplitude of 1. */
static void vf_sound(const vf_profile *profile, const uint8_t *tones, int symbols, int rate, float *out, size_t count) {
    const double end = profile->chirp + symbols * profile->symbol;
    const double joint = vf_chirp(profile, profile->chirp);
    for (size_t n = 0; n < count; n++) {
        const double t = (double)n / rate, place = (t - profile->chirp) / profile->symbol;
        double phase;
        if (place < 0) {
            phase = vf_chirp(profile, t);
        } else {
            const int i = place < symbols ? (int)place : symbols - 1;
            /* a tone turns (M - 1) / 2 times more or less than a whole number in a symbol: half a turn, M being even */
            phase = joint + M_PI * i + 2 * M_PI * vf_tone(profile, tones[i]) * (place - i) * profile->symbol;
        }
        const int change = (int)floor(place + 0.5);
        if (change >= 0 && change < symbols) {
            const double from = change ? vf_tone(profile, tones[change - 1]) : 0.5 * VF_SWEEP;
            const double jump = vf_tone(profile, tones[change]) - from;
            phase += 2 * M_PI * jump * vf_glide((place - change) * profile->symbol / VF_GLIDE);
        }
        out[n] = (float)(vf_rise(t) * (1 - vf_rise(t - end)) * cos(phase + 2 * M_PI * VF_CENTRE * t));
    }
}

#endif
