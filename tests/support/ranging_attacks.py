"""What somebody does who wants two devices to seem near that are not; and receivers and codes so weak that he succeeds.

Every attacker here is better than a real one: he has any equipment, knows when to play, and the rooms are small.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import channel
import numpy as np
import ranging_reference as reference
from channel import Samples
from numpy.random import Generator
from numpy.typing import NDArray
from ranging_air import Air, Recordings, Score, Station, hear, scores
from ranging_trials import Attempt, any_station, attempt, fresh_codes, product_wave

from vauchi_dsp import find_bursts
from vauchi_tui.proximity.ranging import Measurement, measure

Attack = Callable[[Generator], Measurement]


def relay_air(rng: Generator, delay: float, snr: tuple[float, float] = (10.0, 25.0), shift: float = 0.0) -> Air:
    """A microphone and a speaker beside each device and a line between: all the way through the air is 5–30 cm."""
    return Air(
        distance=rng.uniform(0.05, 0.3),
        snr_db=rng.uniform(*snr),
        own_db=rng.uniform(20, 35),
        decay=rng.uniform(0.008, 0.06),
        reverberation_db=rng.uniform(-12, -3),
        relay=delay,
        shift=shift,
    )


def live_relay(rng: Generator, delay: float, snr: tuple[float, float] = (10.0, 25.0), shift: float = 0.0) -> Attempt:
    """`delay` s each way; `snr` from −5 on is what noise of the attacker's leaves."""
    return attempt(relay_air(rng, delay, snr, shift), rng)


def ghost_noise(rng: Generator, delay: float) -> Attempt:
    """A live relay, and in every slot the same pulse of noise where an earlier path would have to be."""
    real = live_relay(rng, delay, (5.0, 25.0))
    lead, width, loud = rng.uniform(0.0005, 0.004), rng.uniform(0.0005, 0.08), rng.uniform(-10, 20)
    spoiled = []
    for own, heard, station in (
        (real.recordings.a, real.recordings.heard_by_a, real.a),
        (real.recordings.b, real.recordings.heard_by_b, real.b),
    ):
        rate = station.rate
        level = np.sqrt(channel.lasting_power(heard, rate)) * channel.amplitude(loud)
        pulse = _in_band(rng.standard_normal(int(width * rate) + 1), rate)
        pulse *= level / np.sqrt(np.mean(pulse**2))
        active = np.flatnonzero(np.abs(heard) > 0.1 * np.abs(heard).max())
        out = own.copy()
        for start in range(active[0] - int(lead * rate), active[-1], round(0.15 * rate)):
            part = out[max(0, start) : start + len(pulse)]
            part += pulse[: len(part)]
        spoiled.append(out)
    return replace(real, recordings=Recordings(spoiled[0], spoiled[1], *_heard(real)))


def _in_band(noise: Samples, rate: int) -> Samples:
    return channel.shape(noise, rate, (17_500, 18_000, 20_000, 20_500), (-60, 0, 0, -60))


def _heard(real: Attempt) -> tuple[Samples, Samples]:
    return real.recordings.heard_by_a, real.recordings.heard_by_b


def early_commit(rng: Generator, delay: float, part: float) -> Attempt:
    """A live relay that does not wait for a chip to end: it begins each by `part` of its length too early with a guess,
    and goes on right when it has heard which one it is. That is the most that can be won without knowing the codes."""
    air = relay_air(rng, delay)
    real, sooner = attempt(air, rng), replace(air, relay=delay - part / reference.CHIP_RATE)
    guessed = [[_guessed(code, player.rate, part, rng) for code in codes] for player, codes in _players(real)]
    score_a, score_b, length = scores(real.a, real.b, *guessed)
    out = []
    for own, heard, here, there, score in (
        (real.recordings.a, real.recordings.heard_by_a, real.a, real.b, score_b),
        (real.recordings.b, real.recordings.heard_by_b, real.b, real.a, score_a),
    ):
        false = hear(score, there, here, length, sooner, rng)
        false *= np.sqrt(channel.lasting_power(heard, here.rate) / channel.lasting_power(false, here.rate))
        out.append(own - heard + false)
    return replace(real, recordings=Recordings(out[0], out[1], *_heard(real)))


def _players(real: Attempt) -> tuple[tuple[Station, Sequence[bytes]], ...]:
    return (real.a, real.codes_a), (real.b, real.codes_b)


def _guessed(code: bytes, rate: int, part: float, rng: Generator) -> Samples:
    """The burst, but for the first `part` of each chip, in which the phase goes either way."""
    wave = product_wave(code, rate)
    at = np.arange(len(wave)) / rate * reference.CHIP_RATE
    chip = np.minimum(at.astype(int), reference.CHIPS - 1)
    turned = np.append(0, np.cumsum(np.unpackbits(np.frombuffer(code, np.uint8)) * 2.0 - 1))[chip]
    guess = turned + rng.choice([-1.0, 1.0], reference.CHIPS)[chip] * (at - chip)
    blind = np.cos(2 * np.pi * reference.CENTRE / rate * np.arange(len(wave)) + np.pi / 2 * guess)
    return np.where(at - chip < part, blind, wave)


def impostor(rng: Generator, known: Callable[[list[bytes]], list[bytes]]) -> Attempt:
    """A relay of 30 ms, and ahead of it, as if the other stood at 0.5 m, louder, bursts of codes that the attacker
    knows: `known` makes them of the true ones."""
    codes = fresh_codes(rng), fresh_codes(rng)
    return _played_ahead(rng, attempt(relay_air(rng, 0.03), rng, codes=codes), known(codes[0]), known(codes[1]))


def _played_ahead(rng: Generator, real: Attempt, false_a: Sequence[bytes], false_b: Sequence[bytes]) -> Attempt:
    a, b = real.a, real.b
    near = Air(distance=0.5, own_db=15)
    waves = [product_wave(code, a.rate) for code in false_a], [product_wave(code, b.rate) for code in false_b]
    score_a, score_b, length = scores(a, b, *waves)
    return replace(
        real,
        recordings=Recordings(
            real.recordings.a + hear(score_b, b, a, length, near, rng),
            real.recordings.b + hear(score_a, a, b, length, near, rng),
            *_heard(real),
        ),
    )


def replay(rng: Generator, *, same_codes: bool) -> Attempt:
    """The sounds of an earlier honest session of the same two, recorded at each device and played back at the right
    moment while the other is far away. `same_codes`: a design that keys its codes by device instead of by session."""
    stations = any_station(rng), any_station(rng)
    earlier = attempt(Air(distance=0.5, own_db=20, snr_db=40), rng, stations=stations)
    codes = (earlier.codes_a, earlier.codes_b) if same_codes else None
    now = attempt(relay_air(rng, 0.03), rng, stations=stations, codes=codes)
    heard = earlier.recordings
    played = Recordings(
        now.recordings.a + 3 * heard.heard_by_a,
        now.recordings.b + 3 * heard.heard_by_b,
        heard.heard_by_a,
        heard.heard_by_b,
    )
    return replace(now, recordings=played)


def own_echo(rng: Generator, delay: float, echo: float, louder_db: float) -> Attempt:
    """A relay, and beside each device a speaker that plays the device's own sound to it again, `echo` s late and
    louder: who takes that for the own burst believes the other to be nearer."""
    real = live_relay(rng, delay, (15.0, 25.0))
    out = []
    for samples, heard, station in (
        (real.recordings.a, real.recordings.heard_by_a, real.a),
        (real.recordings.b, real.recordings.heard_by_b, real.b),
    ):
        late = channel.delay(samples - heard, station.rate, echo, len(samples))
        out.append(samples + channel.amplitude(louder_db) * late)
    return replace(real, recordings=Recordings(out[0], out[1], *_heard(real)))


def foreign_pair(rng: Generator) -> Measurement:
    """Far from each other, A hears the B of another pair and B their A, both louder: same app, other keys."""
    stations = any_station(rng), any_station(rng)
    ours = attempt(relay_air(rng, 0.03), rng, stations=stations)
    theirs = attempt(Air(distance=0.5, own_db=25), rng, stations=stations)
    heard = theirs.recordings
    both = Recordings(ours.recordings.a + heard.heard_by_a, ours.recordings.b + heard.heard_by_b, *_heard(ours))
    mixed = replace(ours, recordings=both).measure()
    return mixed if mixed.accepted else measure(ours.reports()[0], theirs.reports()[1])


# --- weak variants -------------------------------------------------------------------------------------------------

CHIRP_RISE = 1_000.0 / reference.LENGTH  # Hz/s
CHIRPS = [bytes(16)] * 4, [b"\1" * 16] * 4  # the two sides in bands of their own, the same for everybody


def chirp_wave(code: bytes, rate: int) -> Samples:
    """A burst without a secret: 18–19 kHz for one side, 19–20 kHz for the other."""
    t = np.arange(round(reference.LENGTH * rate)) / rate
    edge = np.minimum(t, reference.LENGTH - t)
    ramp = np.where(edge < reference.RAMP, 0.5 - 0.5 * np.cos(np.pi * edge / reference.RAMP), 1.0)
    return np.asarray(ramp * np.cos(2 * np.pi * ((18_000 + 1_000 * code[0]) * t + CHIRP_RISE / 2 * t * t)))


def chirp_find(recording: NDArray[np.float32], codes: Sequence[bytes], rate: int, own: bool) -> Sequence[int | None]:
    """A matched filter in the chirp's band, relative to what is there: its four highest peaks at least 0.1 s apart."""
    wave = chirp_wave(codes[0], rate)
    size = 1 << (len(recording) + len(wave) - 1).bit_length()
    low = 18_000 + 1_000 * codes[0][0]
    inside = (np.fft.fftfreq(size, 1 / rate) > low) & (np.fft.fftfreq(size, 1 / rate) < low + 1_000)
    spectrum = np.where(inside, np.fft.fft(recording, size), 0)
    product = np.abs(np.fft.ifft(spectrum * np.conj(np.fft.fft(wave, size))))[: len(recording)]
    energy = np.append(0, np.cumsum(np.abs(np.fft.ifft(spectrum)) ** 2))
    end = np.minimum(np.arange(len(recording)) + len(wave), size)
    found = product**2 / (energy[end] - energy[: len(recording)] + 1e-6 * energy[-1])
    left, places = found.copy(), []
    for _ in range(4):
        place = int(np.argmax(left))
        left[max(0, place - rate // 10) : place + rate // 10] = 0
        bend = reference.parabola(*found[place - 1 : place + 2]) if 0 < place < len(found) - 1 else 0.0
        places.append(round((place + bend) * 256))
    return sorted(places)


def naive_find(recording: NDArray[np.float32], codes: Sequence[bytes], rate: int, own: bool) -> Sequence[int | None]:
    """A careless search: the first point of the mean response that is above 1.7 times the median, in all 25 ms before
    the main peak, whether or not each burst shows it."""
    step = reference.DECIMATION[rate]
    z = reference.baseband(recording.astype(np.float64), rate)
    centre = int(reference.BEFORE * (rate / step)) * reference.FINE
    places, mean = [], np.zeros(2 * centre)
    for code in codes:
        template = reference.template(code, rate)
        place = int(np.argmax(reference.likeness(z, template, rate)))
        size = np.abs(reference.respond(z, place, template, rate, 10.0))
        main = centre - 16 + int(np.argmax(size[centre - 16 : centre + 17]))
        places.append(place + (main - centre) / reference.FINE)
        mean += np.roll(size / size[main], centre - main) / len(codes)
    before = mean[:centre]
    first = int(np.argmax(np.append(before, np.inf) >= 1.7 * np.median(before))) if not own else centre
    return [max(0, round((place + (first - centre) / reference.FINE) * step * 256)) for place in places]


def any_loudest_find(
    recording: NDArray[np.float32], codes: Sequence[bytes], rate: int, own: bool
) -> Sequence[int | None]:
    """The product's search, but own bursts are looked for like those of the other."""
    return find_bursts(recording, codes, rate, False).times


def chirp_relay(rng: Generator, delay: float, shift: float) -> Measurement:
    """A live relay that shifts the frequency, against chirps: what it adds in time the shift takes away again."""
    real = attempt(relay_air(rng, delay, shift=shift), rng, codes=CHIRPS, wave=chirp_wave)
    return real.measure(chirp_find)


def foreign_chirps(rng: Generator) -> Measurement:
    """The other pair of `foreign_pair`, were the bursts the same for everybody."""
    stations: tuple[Station, Station] = (any_station(rng), any_station(rng))
    ours = attempt(relay_air(rng, 0.03), rng, stations=stations, codes=CHIRPS, wave=chirp_wave)
    score_a, score_b, length = scores(
        *stations,
        [chirp_wave(c, stations[0].rate) for c in CHIRPS[0]],
        [chirp_wave(c, stations[1].rate) for c in CHIRPS[1]],
    )
    theirs = Air(distance=0.5, own_db=25)
    return replace(ours, recordings=_with(ours, score_a, score_b, length, theirs, rng)).measure(chirp_find)


def _with(ours: Attempt, score_a: Score, score_b: Score, length: float, air: Air, rng: Generator) -> Recordings:
    return Recordings(
        ours.recordings.a + hear(score_b, ours.b, ours.a, length, air, rng),
        ours.recordings.b + hear(score_a, ours.a, ours.b, length, air, rng),
        *_heard(ours),
    )
