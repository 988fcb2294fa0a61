"""The simulated air by itself, and held against the channel simulator of the tests."""

from dataclasses import replace

import channel
import numpy as np
import pytest
from ranging_air import Station, carry

from vauchi_dsp import burst
from vauchi_tui.demo.air import Air
from vauchi_tui.demo.card import AirCard, Seat
from vauchi_tui.demo.pace import Flowing
from vauchi_tui.demo.room import SELF_DISTANCE, SOUND, Laptop, Room

QUIET = Room(noise_db=-300.0, reflections=())
CODE = bytes(range(16))


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class TwoCards:
    """Two laptops in one air; what each has recorded from the beginning."""

    def __init__(self, room: Room, laptops: tuple[Laptop, Laptop] = (Laptop(), Laptop()), seed: int = 1) -> None:
        self.clock = Clock()
        self.air = Air(room, seed=seed, pace=Flowing(self.clock))
        self.cards = [seat.card(seat.pair).__enter__() for seat in [Seat(self.air, laptop) for laptop in laptops]]
        self._heard: list[list[np.ndarray]] = [[], []]

    def run(self, until: float, step: float = 0.02) -> "TwoCards":
        while self.clock.now < until:
            self.clock.now = min(self.clock.now + step, until)
            for card, heard in zip(self.cards, self._heard, strict=True):
                captured = card.read()
                if captured is not None:
                    assert captured.position == sum(map(len, heard)) and not captured.flawed
                    heard.append(np.array(captured.samples, np.float64))
        return self

    def heard(self, side: int) -> np.ndarray:
        return np.concatenate(self._heard[side])


def sound(rate: int) -> memoryview:
    return memoryview((0.25 * np.asarray(burst(CODE, rate))).astype(np.float32))


def ping() -> memoryview:
    """Ten milliseconds that lie like nothing else but themselves."""
    tone = np.sin(2 * np.pi * 4_000 * np.arange(480) / 48_000) * np.hanning(480)
    return memoryview(tone.astype(np.float32))


def place(heard: np.ndarray, of: memoryview) -> int:
    return int(np.argmax(np.correlate(heard, np.asarray(of, np.float64))))


def decibel(power: float) -> float:
    return float(10 * np.log10(power))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Laptop(), Laptop()),
        (Laptop(48_000, 100.0, 0.03, 0.01), Laptop(48_000, -100.0, 0.02, 0.05)),
        (Laptop(48_000, 30.0, 0.04, 0.02), Laptop(44_100, -70.0, 0.0, 0.013)),
        (Laptop(44_100, 0.0, 0.01, 0.02), Laptop(48_000, 80.0, 0.03, 0.1)),
    ],
)
def test_it_agrees_with_the_channel_simulator_of_the_tests(a: Laptop, b: Laptop) -> None:
    """The same burst over the same way, reflections, clocks, rates and latencies: the same samples to −40 dB."""
    reflections = ((0.01, -0.5), (0.02, 0.3))
    cards = TwoCards(replace(QUIET, distance=0.8, reflections=reflections), (a, b))
    cards.cards[0].play(sound(a.rate), 4_000)
    found = cards.run(0.5).heard(1)
    played = np.concatenate([np.zeros(4_000), np.asarray(sound(a.rate)), np.zeros(a.rate)])
    stations = [Station(one.rate, one.ppm, one.play_latency, one.record_latency) for one in (a, b)]
    gains = cards.air.room.gain * np.array([1.0, *(part for _, part in reflections)])
    samples = [0.8 / SOUND * b.true_rate + round(later * b.rate) for later in (0.0, 0.01, 0.02)]
    wanted = carry(played, *stations, channel.paths(1.0, samples, gains), len(found))
    assert np.abs(wanted).max() > 1e-3
    assert decibel(np.mean((found - wanted) ** 2) / np.mean(wanted**2)) < -40


def test_oneself_is_louder_by_what_was_asked_and_comes_by_the_shorter_way() -> None:
    cards = TwoCards(replace(QUIET, distance=0.6, own_db=37.0))
    cards.cards[0].play(ping(), 4_800)
    cards.run(0.5)
    own, other = cards.heard(0), cards.heard(1)
    assert decibel(np.mean(own**2) / np.mean(other**2)) == pytest.approx(37.0, abs=0.05)
    for samples, length in ((own, SELF_DISTANCE), (other, 0.6)):
        arrives = 4_800 + (length / SOUND + 0.06) * 48_000
        assert place(samples, ping()) == pytest.approx(arrives, abs=0.75)


@pytest.mark.parametrize(("distance", "db"), [(0.3, 6.0), (1.2, -6.0), (6.0, -20.0)])
def test_twice_as_far_is_half_as_loud(distance: float, db: float) -> None:
    assert 20 * np.log10(Room(distance=distance).gain / Room(distance=0.6).gain) == pytest.approx(db, abs=0.1)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_noise_has_its_level_in_the_band_and_its_seed(rate: int) -> None:
    def noise(seed: int, step: float) -> np.ndarray:
        return TwoCards(Room(noise_db=-70.0), (Laptop(rate), Laptop(rate)), seed).run(1.0, step).heard(0)

    once = noise(1, 0.02)
    assert decibel(channel.band_power(once, rate)) == pytest.approx(-70.0, abs=0.3)
    np.testing.assert_array_equal(once, noise(1, 0.05))  # whatever the blocks
    assert np.abs(np.corrcoef(once, noise(2, 0.02))[0, 1]) < 0.05


def test_both_microphones_have_noise_of_their_own() -> None:
    cards = TwoCards(Room()).run(1.0)
    assert np.abs(np.corrcoef(cards.heard(0), cards.heard(1))[0, 1]) < 0.05


def test_who_walks_away_is_heard_later_and_lower() -> None:
    cards = TwoCards(replace(QUIET, distance=0.5, speed=1.0))
    at = np.arange(24_000) / 48_000
    tone = np.sin(2 * np.pi * 19_000 * at) * np.hanning(24_000)
    cards.cards[0].play(memoryview(tone.astype(np.float32)), 4_800)
    heard = cards.run(0.9).heard(1)
    spectrum = np.abs(np.fft.rfft(heard, 1 << 18))
    peak = float(np.argmax(spectrum)) * 48_000 / (1 << 18)
    assert peak == pytest.approx(19_000 * (1 - 1 / SOUND), abs=0.5)
    cards.air.room = replace(cards.air.room, distance=2.0, speed=0.0)  # set anew: from here on
    cards.cards[0].play(ping(), 48_000)
    late = cards.run(1.4).heard(1)[48_000:]
    assert place(late, ping()) == pytest.approx((2.0 / SOUND + 0.06) * 48_000, abs=0.75)


def test_a_relay_is_later_and_as_loud_as_near_whatever_the_distance() -> None:
    relayed = replace(QUIET, distance=2.0, relay=0.010)
    cards = TwoCards(relayed)
    cards.cards[0].play(ping(), 4_800)
    arrives = 4_800 + (2.0 / SOUND + 0.010 + 0.06) * 48_000
    assert place(cards.run(0.5).heard(1), ping()) == pytest.approx(arrives, abs=0.75)
    assert relayed.gain == replace(relayed, distance=5.0).gain > replace(relayed, relay=0.0).gain


def test_what_is_late_is_played_at_once_and_after_what_is_waiting() -> None:
    cards = TwoCards(QUIET, (Laptop(play_latency=0.0, record_latency=0.0), Laptop()))
    cards.run(0.1)
    ones = memoryview(np.ones(480, np.float32))
    cards.cards[0].play(ones, 100)  # has passed
    cards.cards[0].play(ones, 200)
    heard = cards.run(0.3).heard(0)
    flight = SELF_DISTANCE / SOUND * 48_000
    (loud,) = np.nonzero(heard > 0.5)
    assert loud[0] == pytest.approx(4_800 + flight, abs=2) and loud[-1] == pytest.approx(4_800 + 960 + flight, abs=2)
    assert len(loud) == pytest.approx(960, abs=3)


def test_a_card_that_is_closed_falls_silent_in_the_middle() -> None:
    cards = TwoCards(QUIET)
    cards.cards[0].play(memoryview(np.full(48_000, 0.25, np.float32)), 0)
    cards.run(0.3)
    cards.cards[0].__exit__(None, None, None)
    assert not cards.cards[0].running
    cards.clock.now = 0.8
    captured = cards.cards[1].read()
    assert captured is not None
    heard = np.concatenate([cards.heard(1), np.array(captured.samples)])
    (loud,) = np.nonzero(np.abs(heard) > 0.1 * np.abs(heard).max())
    assert loud[-1] / 48_000 == pytest.approx(0.3 + 0.06 + 0.6 / SOUND, abs=0.002)


def test_a_reader_who_comes_after_more_than_the_ring_is_told() -> None:
    cards = TwoCards(Room())
    cards.run(0.1)
    cards.clock.now = 6.0
    captured = cards.cards[0].read()
    assert captured is not None and captured.flawed and len(captured.samples) == 4 * 48_000
    assert captured.position + len(captured.samples) == 6 * 48_000
    cards.clock.now = 6.02
    again = cards.cards[0].read()
    assert again is not None and not again.flawed and again.position == 6 * 48_000


def test_no_time_no_sound() -> None:
    (card, _) = TwoCards(Room()).cards
    assert isinstance(card, AirCard) and card.running and card.read() is None


def test_the_devices_are_named_for_what_they_are() -> None:
    pair = Seat(Air(), Laptop(44_100)).pair
    assert pair.rate == 44_100 and "Simulated" in pair.input.name and "Simulated" in pair.output.name
    assert not pair.input.wireless


def test_cards_that_were_closed_are_forgotten_when_nothing_of_them_is_under_way() -> None:
    """A room may see thousands of attempts."""
    cards = TwoCards(QUIET)
    seat = Seat(cards.air, Laptop())
    for _ in range(20):
        with seat.card(seat.pair) as card:
            card.play(ping(), 0)
            cards.clock.now += 0.1
        cards.clock.now += 5.0
    assert len(cards.air._streams) <= 3
    assert all(there in cards.air._streams for there, _ in cards.air._paths)
