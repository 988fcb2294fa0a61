"""What a device reports of its own recording: eight arrivals, and whether the card lost samples or was late."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from channel import Samples
from numpy.typing import NDArray
from sound_conversation import Conversation
from sounding_people import Exchange

from vauchi_dsp import burst
from vauchi_tui.proximity.events import Heard
from vauchi_tui.proximity.hearing import Hearing
from vauchi_tui.proximity.keys import AirKeys, Side, air_keys
from vauchi_tui.proximity.ranging import Flags, Report
from vauchi_tui.proximity.refusals import Refusal

RATE, ORIGIN = 48_000, 123_456
FIRST, SECOND, ANSWER = 4_800, 62_400, 33_600  # places from ORIGIN at which a1, a3 and b1 begin
LATEST = 31_200
KEYS = air_keys(Exchange(71).binding, 1)


def recorded(
    keys: AirKeys = KEYS, *, first: int | None = FIRST, second: int | None = SECOND, answer: int = ANSWER
) -> Samples:
    """Two seconds with the bursts in their slots, heard 40 samples after they begin, in noise."""
    out = 0.002 * np.random.default_rng(72).standard_normal(2 * RATE)
    a, b = keys.bursts[Side.SHOWER], keys.bursts[Side.SCANNER]
    for codes, place, gain in ((a[:2], first, 0.3), (a[2:], second, 0.3), (b, answer, 0.01)):
        for number, code in enumerate(codes if place is not None else ()):
            wave = gain * np.asarray(burst(code, RATE), np.float64)
            start = (place or 0) + 40 + number * 7_200
            out[start : start + len(wave)] += wave
    return out


def measured(samples: Samples, latest: int = LATEST) -> Report:
    """The report of a shower that meant to play at FIRST and SECOND."""
    hearing = Hearing(RATE)
    hearing.expect(KEYS.bursts[Side.SHOWER][:2], ORIGIN + FIRST, latest)
    hearing.expect(KEYS.bursts[Side.SHOWER][2:], ORIGIN + SECOND, latest)
    heard: NDArray[np.float32] = samples.astype(np.float32)
    for start in range(0, len(heard), 960):
        hearing.feed(memoryview(heard[start : start + 960]), ORIGIN + start)
    return hearing.measure(KEYS, Side.SHOWER)


def test_all_eight_arrivals_are_reported() -> None:
    report = measured(recorded())
    begins = [FIRST, FIRST + 7_200, SECOND, SECOND + 7_200, *(ANSWER + number * 7_200 for number in range(4))]
    for time, begin in zip(report.times, begins, strict=True):
        assert time is not None and abs(time / 256 - begin - 40) < 0.5
    assert (report.rate, report.flags) == (RATE, Flags.NONE)


@pytest.mark.parametrize("samples", [24, 64, 480])
def test_samples_that_the_card_lost_without_a_word_reach_the_report(samples: int) -> None:
    whole = recorded()
    assert measured(np.delete(whole, slice(28_800, 28_800 + samples))).flags == Flags.OVERFLOW
    assert measured(np.insert(whole, 28_800, np.zeros(samples))).flags == Flags.UNDERFLOW


def test_so_many_lost_that_a_burst_would_be_heard_before_it_is_played_leave_it_out() -> None:
    assert measured(np.delete(recorded(), slice(28_800, 32_896))).times[2:4] == (None, None)


def test_bursts_that_were_played_late_without_a_word_reach_the_report() -> None:
    assert measured(recorded(second=SECOND + 64)).flags == Flags.UNDERFLOW


def test_one_s_own_bursts_that_were_never_played_are_not_found_in_the_noise() -> None:
    report = measured(recorded(second=None))
    assert report.times[2:4] == (None, None) and report.flags == Flags.NONE
    assert all(time is not None for time in report.times[4:])


def test_one_s_own_bursts_are_neither_heard_before_they_are_played_nor_long_after() -> None:
    """Whoever plays a recording of them is not taken for this device."""
    early = measured(recorded(first=FIRST - 1_200, second=SECOND - 1_200))
    assert early.times[:4] == (None,) * 4
    late = measured(recorded(first=FIRST + 1_200, second=SECOND + 1_200), latest=1_000)
    assert late.times[:4] == (None,) * 4
    assert all(time is not None for time in early.times[4:] + late.times[4:])


class TestInAConversation:
    @staticmethod
    def late_by(samples: int) -> Conversation:
        """Alice's a3 and a4 leave late in the first attempt, and nothing tells her."""
        exchange = Exchange(73)
        talk = Conversation(exchange.shower(), exchange.scanner(), 73)
        hand_out = talk.a.machine.sound_to_play

        def late():  # type: ignore[no-untyped-def]
            answered = talk.a.machine.attempt == 1 and talk.b.all(Heard)
            return [replace(play, position=play.position + samples * bool(answered)) for play in hand_out()]

        talk.a.machine.sound_to_play = late  # type: ignore[method-assign]
        return talk.run()

    def test_late_bursts_are_called_an_interruption_and_the_next_attempt_succeeds(self) -> None:
        talk = self.late_by(1_000)
        assert talk.a.refusals == talk.b.refusals == [Refusal.INTERRUPTED]
        assert talk.a.near is not None and talk.b.near is not None

    def test_in_time_they_are_accepted_at_once(self) -> None:
        talk = self.late_by(0)
        assert not talk.a.refusals and talk.a.near is not None and talk.b.near is not None


def test_what_is_expected_is_what_is_played() -> None:
    """The parts that `waveforms.piece` makes and the slots in which `expect` waits for them are the same."""
    exchange = Exchange(74)
    talk = Conversation(exchange.shower(), exchange.scanner(), 74)
    while not talk.a.all(Heard):
        talk.step()
    places = [talk.a.machine._hearing._own[code].start for code in talk.a.machine._keys.bursts[Side.SHOWER]]
    for place in places:
        before, after = talk.a.played[place - 20 : place], talk.a.played[place : place + 480]
        assert not before.any() and after.any()
    assert [later - earlier for earlier, later in pairwise(places)][::2] == [7_200, 7_200]
