"""The ranging burst and its receiver in plain NumPy, the measure of the compiled one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CENTRE, CHIP_RATE, CHIPS = 19_000.0, 1_600.0, 128
LENGTH, RAMP = CHIPS / CHIP_RATE, 0.003
BEND = 0.75  # chips
DECIMATION = {44_100: 7, 48_000: 8, 96_000: 16}
FINE = 8  # points per sample of the baseband in a response
# The window in which one burst is deconvolved: samples of the baseband, s before and after the burst. Before own bursts
# it is longer, for a louder repetition not to hide the burst itself.
WINDOW, WINDOW_OWN = 1_024, 2_048
BEFORE, BEFORE_OWN, AFTER = 0.025, 0.085, 0.025
MARGIN, QUIET = 0.007, 0.0045  # s: the floor is measured from the window's start + MARGIN to QUIET before the burst
NEAR = 0.0006  # s before an own burst's main peak that its sidelobes fill
LOOK, EARLY, LATE = 0.006, 0.005, 0.012  # s: a response may be shifted by LOOK, and is compared from −EARLY to LATE
Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]


def burst(code: bytes, rate: int) -> Floats:
    """Chip i turns the phase of a 19 kHz carrier by ±90° in 1/1600 s: constant envelope, with ramps. Where the
    frequency changes it does so along half a cosine, `BEND` chips long."""
    chips = np.unpackbits(np.frombuffer(code, np.uint8)).astype(np.float64) * 2 - 1
    t = np.arange(round(LENGTH * rate)) / rate
    index = np.minimum((t * CHIP_RATE + 1e-9).astype(int), CHIPS - 1)
    turned = np.concatenate([[0.0], np.cumsum(chips)])[index] + chips[index] * (t * CHIP_RATE - index)
    for number, change in enumerate(np.diff(chips), 1):
        x = np.clip(t * CHIP_RATE - number, -BEND / 2, BEND / 2)
        bent = x / 2 + BEND / 4 - BEND / (2 * np.pi) * np.cos(np.pi * x / BEND)  # the integral of the frequency's step
        turned += change * (bent - np.maximum(x, 0))
    edge = np.minimum(t, LENGTH - t)
    ramp = np.where(edge < RAMP, 0.5 - 0.5 * np.cos(np.pi * edge / RAMP), 1.0)
    return ramp * np.cos(2 * np.pi * CENTRE * t + np.pi / 2 * turned)


def low_pass(rate: int) -> Floats:
    """Kaiser-windowed: flat to 1.1 kHz, 80 dB down from 2.1 kHz."""
    half = round(0.0025 * rate)
    at = np.arange(-half, half + 1)
    window = np.i0(7.86 * np.sqrt(1 - (at / (half + 1)) ** 2)) / np.i0(7.86)
    taps = np.sinc(2 * 1_600 / rate * at) * window
    return taps / taps.sum()


def baseband(samples: Floats, rate: int) -> Complex:
    """The band around 19 kHz at zero: element m belongs to input sample m × decimation."""
    step, taps = DECIMATION[rate], low_pass(rate)
    mixed = samples * np.exp(-2j * np.pi * CENTRE / rate * np.arange(len(samples)))
    return np.convolve(mixed, taps)[len(taps) // 2 : len(taps) // 2 + len(samples) : step]


def template(code: bytes, rate: int, window: int = WINDOW) -> Complex:
    """The burst's baseband in a window of its own, begun at 0 (what the filter adds in front stands at the end), scaled
    to a mean power of 1 per bin within 1 kHz of the centre."""
    step = DECIMATION[rate]
    lead = 20
    wave = np.concatenate([np.zeros(lead * step), burst(code, rate), np.zeros(lead * step)])
    out = np.zeros(window, complex)
    z = baseband(wave, rate)
    out[: len(z)] = z
    out = np.roll(out, -lead)
    spectrum = np.fft.fft(out)
    inside = np.abs(np.fft.fftfreq(window, step / rate)) <= 1_000
    return out / np.sqrt((np.abs(spectrum[inside]) ** 2).mean())


def likeness(z: Complex, reference: Complex, rate: int) -> Floats:
    """For every place in `z`: which part of the energy in a burst's length from there is this burst, 0 to 1."""
    length = int(LENGTH * (rate / DECIMATION[rate]))
    part = reference[:length]
    size = 1 << (len(z) + length - 1).bit_length()
    correlation = np.fft.ifft(np.fft.fft(z, size) * np.conj(np.fft.fft(part, size)))[: len(z)]
    energy = np.concatenate([[0.0], np.cumsum(np.abs(np.concatenate([z, np.zeros(length)])) ** 2)])
    local = energy[length : length + len(z)] - energy[: len(z)]
    least = 1e-9 * energy[-1] / max(1, len(z)) * length  # so that silence divides by something
    return np.abs(correlation) ** 2 / ((local + least + 1e-30) * (np.abs(part) ** 2).sum())


def place_of(like: Floats, own: bool) -> int:
    """The place most like the burst; of own bursts the first one half as good, up to its top."""
    place = int(np.argmax(like))
    if own:
        place = int(np.argmax(like >= 0.5 * like[place]))
        while place + 1 < len(like) and like[place + 1] > like[place]:
            place += 1
    return place


def respond(z: Complex, place: int, reference: Complex, rate: int, snr: float, before: float = BEFORE) -> Complex:
    """The channel as this burst shows it: Y S* / (|S|² + λ), `FINE` points per sample, `place` after `before` s."""
    fast, window = rate / DECIMATION[rate], len(reference)
    ahead = int(before * fast)
    length = ahead + int((LENGTH + AFTER) * fast)
    y = np.zeros(window, complex)
    for i in range(length):
        if 0 <= place - ahead + i < len(z):
            y[i] = z[place - ahead + i]
    spectrum = np.fft.fft(reference)
    quotient = np.fft.fft(y) * np.conj(spectrum) / (np.abs(spectrum) ** 2 + max(0.1, 1 / snr))
    wide = np.zeros(window * FINE, complex)
    wide[: window // 2], wide[-window // 2 :] = quotient[: window // 2], quotient[window // 2 :]
    return np.fft.ifft(wide)[: (ahead + int(AFTER * fast)) * FINE]


def parabola(left: float, middle: float, right: float) -> float:
    """How far the top of the parabola through three points is from the middle one, −0.5 to 0.5."""
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))


def find_bursts(
    samples: Floats, codes: Sequence[bytes], rate: int, own: bool = False
) -> tuple[list[float | None], list[float]]:
    """Times in samples, None where not found, and the main peak over the floor in dB."""
    step = DECIMATION[rate]
    fast = rate / step * FINE
    back, near = 0.002 if own else 0.004, int(NEAR * fast)
    z = baseband(np.asarray(samples, np.float64), rate)
    before = BEFORE_OWN if own else BEFORE
    centre = int(before * (rate / step)) * FINE
    floor_from, floor_to, look = int(MARGIN * fast), centre - int(QUIET * fast), int(LOOK * fast)
    places: list[int] = []
    responses: list[Complex | None] = []
    quality: list[float] = []
    for code in codes:
        reference = template(code, rate, WINDOW_OWN if own else WINDOW)
        like = likeness(z, reference, rate)
        place = place_of(like, own)
        snr = like[place] / max(1e-6, 1 - like[place])
        response = respond(z, place, reference, rate, snr, before)
        size = np.abs(response)
        main = centre - FINE * 2 + int(np.argmax(size[centre - FINE * 2 : centre + FINE * 2 + 1]))
        floor = np.sqrt((size[floor_from:floor_to] ** 2).mean())
        good = floor > 0 and size[main] >= 4 * floor
        places.append(place)
        responses.append(response / size[main] if good else None)
        quality.append(20 * float(np.log10(size[main] / floor)) if floor > 0 else 0.0)
    present = [i for i, response in enumerate(responses) if response is not None]
    nothing: list[float | None] = [None] * len(codes)
    need = -(-3 * len(codes) // 4)
    if len(present) < need:
        return nothing, quality
    best = max(present, key=lambda i: quality[i])
    guide = responses[best]
    assert guide is not None
    # All onto the best one: a common time and phase of the whole response, not of one peak that noise may choose.
    inner = slice(centre - int(EARLY * fast), centre + int(LATE * fast))
    lags: dict[int, float] = {}
    aligned: dict[int, Complex] = {}
    for i in present:
        response = responses[i]
        assert response is not None
        products = np.array([np.vdot(guide[inner], np.roll(response, -lag)[inner]) for lag in range(-look, look + 1)])
        top = int(np.argmax(np.abs(products)))
        side = np.abs(products[np.clip([top - 1, top, top + 1], 0, 2 * look)])
        norm = np.sqrt((np.abs(guide[inner]) ** 2).sum() * (np.abs(np.roll(response, -(top - look))[inner]) ** 2).sum())
        if side[1] < 0.4 * norm:
            continue
        lags[i] = top - look + parabola(*side)
        aligned[i] = np.roll(response, -(top - look)) * np.conj(products[top]) / abs(products[top])
    if len(aligned) < need:
        return nothing, quality
    mean = np.abs(sum(aligned.values()) / len(aligned))
    main = centre - FINE * 4 + int(np.argmax(mean[centre - FINE * 4 : centre + FINE * 4 + 1]))
    floor = np.sqrt((mean[floor_from:floor_to] ** 2).mean())
    quiet = mean[floor_from:floor_to]
    quiet = quiet[quiet**2 <= 6 * floor**2]
    everyone = list(aligned)

    def least(at: int) -> float:
        """−13 dB of the main peak; for own bursts −9 dB, falling to −20 where the sidelobes end."""
        db = -9 - 11 * float(np.clip((main - at - near) / near, 0, 1)) if own else -13.0
        return float(10 ** (db / 20) * mean[main])

    def first_of(start: int, end: int, threshold: float, relative: bool = False) -> tuple[int, list[int]]:
        """The first local maximum that is high enough and that enough bursts show; else the end and everyone."""
        for at in range(start, end):
            if (
                mean[at] >= max(threshold, least(at) if relative else 0.0)
                and mean[at] >= mean[at - 1]
                and mean[at] > mean[at + 1]
            ):
                floors = {i: np.sqrt((np.abs(r[floor_from:floor_to]) ** 2).mean()) for i, r in aligned.items()}
                standing = [i for i in everyone if np.abs(aligned[i][at]) >= max(3 * floors[i], 0.5 * mean[at])]
                if len(standing) >= need:
                    return at, standing
        return end, everyone

    earliest = main - int(back * fast)
    if own and first_of(floor_from, earliest, 8 * np.sqrt((quiet**2).mean()))[0] < earliest:
        return nothing, quality  # the main peak is somebody's louder repetition
    if mean[main] < 8 * floor:
        return nothing, quality
    first, supporters = first_of(earliest, main, 5 * floor, relative=True)
    exact = first + parabola(*mean[first - 1 : first + 2]) - centre
    out = list(nothing)
    for i in supporters:
        out[i] = (places[i] + (exact + lags[i]) / FINE) * step
    return out, quality
