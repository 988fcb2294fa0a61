"""The simulated channel does what its docstrings say: the other figures rest on it."""

import channel
import numpy as np
import pytest
from channel import SOUND, Samples
from ranging_air import Air, Score, Station, converse
from sound_conversation import Conversation
from sounding_people import Exchange

RATE = 48_000


def pulse(at: Samples, frequency: float = 19_000.0) -> Samples:
    """A second of a tone that swells and fades, at any times (s)."""
    return np.asarray(np.sin(np.pi * np.clip(at, 0, 1)) ** 2 * np.sin(2 * np.pi * frequency * at))


SECOND = np.arange(RATE) / RATE


@pytest.mark.parametrize("snr", [-5.0, 0.0, 20.0])
@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_the_signal_to_noise_ratio_is_that_of_the_two_kilohertz_band(snr: float, rate: int) -> None:
    signal = np.sin(2 * np.pi * 19_100 * np.arange(2 * rate) / rate)
    noise = channel.add_noise(signal, rate, snr, np.random.default_rng(1)) - signal
    found = 10 * np.log10(channel.band_power(signal, rate) / channel.band_power(noise, rate))
    assert found == pytest.approx(snr, abs=0.2)


def test_pauses_do_not_count_as_signal() -> None:
    tone = np.sin(2 * np.pi * 19_000 * np.arange(RATE // 10) / RATE)
    silence = np.zeros(RATE // 2)
    assert channel.lasting_power(np.concatenate([silence, tone, silence]), RATE) == pytest.approx(0.5, rel=0.02)


def test_a_delay_is_exact_between_samples() -> None:
    late = channel.delay(pulse(SECOND), RATE, 0.00012345, RATE)
    np.testing.assert_allclose(late, pulse(SECOND - 0.00012345), atol=2e-4)


@pytest.mark.parametrize("ppm", [-100.0, 100.0])
def test_a_fast_recorder_takes_more_samples_of_the_same(ppm: float) -> None:
    there = channel.clock(pulse(SECOND), ppm)
    at = np.arange(len(there)) / (RATE * (1 + ppm * 1e-6))
    np.testing.assert_allclose(there, pulse(at), atol=5e-4)


def test_from_one_rate_to_the_other_and_back() -> None:
    to = channel.resample(pulse(SECOND), 48_000 / 44_100)
    np.testing.assert_allclose(to, pulse(np.arange(len(to)) / 44_100), atol=5e-4)
    back = channel.resample(to, 44_100 / 48_000)
    np.testing.assert_allclose(back, pulse(np.arange(len(back)) / 48_000), atol=1e-3)


def test_who_walks_away_arrives_later_and_lower() -> None:
    heard = channel.moving(pulse(SECOND), RATE, 1.0, 0.5)
    np.testing.assert_allclose(heard, pulse(SECOND - (1.0 + 0.5 * SECOND) / SOUND), atol=5e-4)


def test_a_room_has_its_direct_path_its_reflection_and_its_energy() -> None:
    rng = np.random.default_rng(2)
    response = channel.room(RATE, 0.03, rng, start=0.002, direct_db=-10, reverberation_db=-200, reflection=(0.003, 0.0))
    assert abs(response[96]) == pytest.approx(channel.amplitude(-10), rel=1e-3)
    assert abs(response[96 + 144]) == pytest.approx(1.0, rel=1e-3)
    tail = channel.tail(RATE, 0.03, rng, 0.01)
    assert (tail**2).sum() == pytest.approx(1.0)
    assert not tail[:479].any()
    early, late = (float((tail[start : start + 960] ** 2).sum()) for start in (480, 480 + 1_440))
    assert 10 * np.log10(early / late) == pytest.approx(8.7, abs=1.5)  # one decay: 1/e in amplitude


def test_people_who_walk_about_reflect_what_was_asked_later_and_shifted() -> None:
    powers = []
    for seed in range(12):
        heard = channel.moving_reflections(
            pulse(SECOND), RATE, np.random.default_rng(seed), count=2, db=-9.0, speed=1.0
        )
        powers.append(np.mean(heard**2) / np.mean(pulse(SECOND) ** 2))
        np.testing.assert_array_equal(
            heard,
            channel.moving_reflections(pulse(SECOND), RATE, np.random.default_rng(seed), count=2, db=-9.0, speed=1.0),
        )
    assert 10 * np.log10(np.mean(powers)) == pytest.approx(-9.0, abs=1.5)  # at times two meet in phase
    click = np.zeros(RATE)
    click[1_000] = 1.0
    heard = channel.moving_reflections(click, RATE, np.random.default_rng(3), count=5)
    (places,) = np.nonzero(np.abs(heard) > 0.2 * np.abs(heard).max())
    assert places.min() > 1_000 + 0.4 / SOUND * RATE and places.max() < 1_000 + 4.2 / SOUND * RATE


def test_tilt_shift_clipping_and_steps() -> None:
    rng = np.random.default_rng(3)
    for frequency, db in ((18_000, 0.0), (19_000, -6.0), (20_000, -12.0)):
        tilted = channel.tilt(pulse(SECOND, frequency), RATE, -12.0)
        assert 10 * np.log10(np.mean(tilted**2) / np.mean(pulse(SECOND, frequency) ** 2)) == pytest.approx(db, abs=0.1)
    moved = channel.shift(pulse(SECOND), RATE, 250.0)
    assert np.corrcoef(moved, pulse(SECOND, 19_250))[0, 1] > 0.99
    assert np.abs(channel.clip(pulse(SECOND), 0.3)).max() == 0.3
    gains = np.unique(np.round(channel.agc_steps(np.ones(RATE), RATE, 6.0, 0.1, rng), 9))
    assert len(gains) in (10, 11)
    assert np.all(np.abs(20 * np.log10(gains)) <= 6)


def test_a_gain_jumps_at_even_intervals_and_the_same_with_the_same_seed() -> None:
    once, again = (channel.agc_steps(np.ones(RATE), RATE, 6.0, 0.1, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    (jumps,) = np.nonzero(np.diff(once))
    assert len(jumps) >= 9 and set(np.diff(jumps)) <= {4_799, 4_800, 4_801}


@pytest.mark.parametrize("db", [-10.0, 0.0, 20.0])
def test_interference_is_as_loud_as_was_asked(db: float) -> None:
    tone = 0.01 * np.sin(2 * np.pi * 19_000 * SECOND)
    sound = channel.speech(RATE, RATE, np.random.default_rng(8))
    for level in (None, 0.01 / np.sqrt(2)):
        added = channel.mix(tone, sound, db, level) - tone
        assert 10 * np.log10(np.mean(added**2) / np.mean(tone**2)) == pytest.approx(db, abs=0.01)


@pytest.mark.parametrize(
    ("make", "below_16k"), [(channel.speech, True), (channel.music, False), (channel.clicks, False)]
)
def test_interference_has_unit_power_and_stays_the_same(make: object, below_16k: bool) -> None:
    assert callable(make)
    sound = make(RATE, RATE, np.random.default_rng(4))
    assert np.mean(sound**2) == pytest.approx(1.0)
    np.testing.assert_array_equal(sound, make(RATE, RATE, np.random.default_rng(4)))
    assert (channel.band_power(sound, RATE) < 1e-6) is below_16k


def test_two_devices_hear_each_other_by_their_own_clocks() -> None:
    """Clicks at known times arrive where clocks, latencies and the way through the air put them."""
    a, b = Station(48_000, 80, 0.02, 0.03, 0.01), Station(44_100, -60, 0.05, 0.004, 0.04)
    tone = np.sin(2 * np.pi * 5_000 * np.arange(480) / RATE) * np.hanning(480)
    air = Air(distance=1.0, snr_db=300, own_db=30, reverberation_db=-300)
    silent = Score([], [])
    heard = converse(a, b, Score([tone], [0.5]), silent, 1.0, air, np.random.default_rng(5))
    left = 0.01 + 0.5 * 48_000 / a.true_rate + 0.02  # true time at A's speaker
    for samples, station, distance in ((heard.a, a, 0.2), (heard.b, b, 1.0)):
        arrives = (left + distance / SOUND + station.record_latency - station.start) * station.true_rate
        played = channel.resample(tone, a.true_rate / station.true_rate)
        assert int(np.argmax(np.correlate(samples, played))) == pytest.approx(arrives, abs=1.0)


@pytest.mark.parametrize("snr", [0.0, 20.0])
@pytest.mark.parametrize("own_db", [30.0, 40.0])
def test_oneself_is_louder_and_noise_weaker_than_the_other_by_what_was_asked(snr: float, own_db: float) -> None:
    """In the recording of a ranging attempt: A plays to B, and B's noise and what A hears of itself are measured."""
    a, b = Station(), Station(44_100, ppm=50)
    air = Air(snr_db=snr, own_db=own_db, reverberation_db=-300, decay=1e-4)
    # Unit power while it lasts, so that nothing of the sound is a ramp.
    steady = np.sin(2 * np.pi * 19_000 * np.arange(RATE // 2) / RATE)
    heard = converse(a, b, Score([steady], [0.2]), Score([], []), 1.0, air, np.random.default_rng(9))
    own, other = (
        samples[int(0.3 * rate) : int(0.6 * rate)] for samples, rate in ((heard.a, a.rate), (heard.heard_by_b, b.rate))
    )
    assert 10 * np.log10(np.mean(own**2) / np.mean(other**2)) == pytest.approx(
        own_db, abs=0.5
    )  # the own room too, −18 dB
    noise = heard.b - heard.heard_by_b
    found = channel.band_power(other, b.rate) / channel.band_power(noise, b.rate)
    assert 10 * np.log10(found) == pytest.approx(snr, abs=0.4)


def test_a_conversation_has_its_noise_its_own_sound_and_its_latency() -> None:
    """The same in the simulation that runs block by block."""
    exchange = Exchange(10)
    stations = (
        Station(play_latency=0.04, record_latency=0.02),
        Station(44_100, play_latency=0.01, record_latency=0.03),
    )
    talk = Conversation(
        exchange.shower(), exchange.scanner(44_100), 10, stations=stations, air=Air(snr_db=12.0, own_db=35.0)
    )
    talk.carry = lambda sender, message: []  # they do not begin
    talk.a.played[9_600:19_200] = 0.25 * np.sin(2 * np.pi * 19_000 * np.arange(9_600) / RATE)
    while talk.now < 0.6:
        talk.step()
    own = talk.a.heard[int(0.3 * RATE) : int(0.4 * RATE)]
    other = talk.b.of_other[int(0.3 * 44_100) : int(0.4 * 44_100)]
    silence = talk.b.heard[: int(0.15 * 44_100)]
    # The response's energy is that of the direct path and of the reverberation; one tone sees them in or out of phase.
    assert 10 * np.log10(np.mean(own**2) / np.mean(other**2)) == pytest.approx(35.0, abs=3.0)
    snr = channel.band_power(other, 44_100) / channel.band_power(silence, 44_100)
    assert 10 * np.log10(snr) == pytest.approx(12.0, abs=3.5)
    (sounding,) = np.nonzero(np.abs(talk.b.of_other) > 1e-4)
    assert sounding[0] / 44_100 == pytest.approx(0.2 + 0.04 + 0.03 + 0.6 / SOUND, abs=0.001)
