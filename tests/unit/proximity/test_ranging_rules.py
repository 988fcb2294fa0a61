"""The report, the distance formula and each rule for believing it."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vauchi_tui.errors import Malformed
from vauchi_tui.proximity.ranging import (
    BURSTS,
    CLOCKS,
    REPORT_SIZE,
    SELF_DISTANCE,
    SOUND,
    Flags,
    Ground,
    Report,
    interruptions,
    measure,
)

EMISSIONS = (0.2, 0.35, 2.4, 2.55, 1.2, 1.35, 1.5, 1.65)  # s of true time at which a1–a4, b1–b4 leave the speakers


def heard(device: str, distance: float, rate: int, ppm: float = 0.0, start: float = 0.1) -> Report:
    """What a device reports when sound travels straight: its clock runs `ppm` fast and began at `start`."""
    times = []
    for index, emitted in enumerate(EMISSIONS):
        own = (index < 4) == (device == "a")
        arrived = emitted + (SELF_DISTANCE if own else distance) / SOUND
        times.append(round((arrived - start) * rate * (1 + ppm * 1e-6) * 256))
    return Report(tuple(times), rate)


def pair(distance: float = 0.6, ppm: tuple[float, float] = (0.0, 0.0)) -> tuple[Report, Report]:
    return heard("a", distance, 48_000, ppm[0]), heard("b", distance, 44_100, ppm[1], 0.03)


def shifted(report: Report, indices: tuple[int, ...], samples: float) -> Report:
    times = list(report.times)
    for index in indices:
        time = times[index]
        assert time is not None
        times[index] = time + round(samples * 256)
    return replace(report, times=tuple(times))


def without(report: Report, *indices: int) -> Report:
    return replace(report, times=tuple(None if i in indices else time for i, time in enumerate(report.times)))


@pytest.mark.parametrize("distance", [0.05, 0.3, 0.6, 1.0, 1.49])
@pytest.mark.parametrize("ppm", [(0, 0), (100, -100), (-100, 100), (90, 100)])
def test_the_distance_is_right_whatever_the_clocks(distance: float, ppm: tuple[float, float]) -> None:
    measured = measure(*pair(distance, ppm))
    assert measured.accepted
    assert measured.distance == pytest.approx(distance, abs=0.002)
    assert measured.rho == pytest.approx(1 + (ppm[0] - ppm[1]) * 1e-6, abs=2e-6)


def test_a_clock_that_is_off_would_cost_metres_without_the_second_pair() -> None:
    """Why a sends before and after b: between one pair, 200 ppm of a second is 3 cm."""
    a, b = pair(0.6, (100, -100))
    one_pair = SOUND / 2 * ((a.seconds(4) - a.seconds(0)) - (b.seconds(4) - b.seconds(0))) + SELF_DISTANCE
    assert abs(one_pair - 0.6) > 0.03
    assert measure(a, b).distance == pytest.approx(0.6, abs=0.002)


@pytest.mark.parametrize(
    ("distance", "ground"),
    [(1.52, Ground.TOO_FAR), (3.0, Ground.TOO_FAR), (-0.32, Ground.UNCLEAR), (1.48, None), (-0.28, None)],
)
def test_near_is_from_thirty_centimetres_less_than_nothing_to_a_metre_and_a_half(
    distance: float, ground: Ground | None
) -> None:
    assert measure(*pair(distance)).refusal is ground


@pytest.mark.parametrize("flags", [Flags.OVERFLOW, Flags.UNDERFLOW, Flags.OVERFLOW | Flags.UNDERFLOW])
def test_lost_or_late_samples_on_either_side_refuse(flags: Flags) -> None:
    a, b = pair()
    assert measure(replace(a, flags=flags), b).refusal is Ground.INTERRUPTED
    assert measure(a, replace(b, flags=flags)).refusal is Ground.INTERRUPTED


def test_own_bursts_off_their_spacing_refuse() -> None:
    a, b = pair()
    for samples, refused in ((2.5, False), (3.5, True), (-2.5, False), (-3.5, True)):
        for index in range(4):
            moved = measure(shifted(a, (index,), samples), b)
            assert (moved.refusal is Ground.INTERRUPTED) is refused
        for index in range(4, 8):
            assert (measure(a, shifted(b, (index,), samples)).refusal is Ground.INTERRUPTED) is refused


def test_lost_and_late_samples_show_in_the_own_bursts() -> None:
    places = [9_600, 16_800, 115_200, 122_400]
    times = [place * 256 + 1_234_567 for place in places]

    def moved(samples: float, *indices: int) -> list[int]:
        return [time + round(samples * 256) * (i in indices) for i, time in enumerate(times)]

    for quiet in (times, [None, *times[1:]], [None] * 4, [*times[:1], None, None, None]):
        assert interruptions(quiet, places) == Flags.NONE
    for indices in ((2, 3), (1, 2, 3), (3,)):
        assert interruptions(moved(2.9, *indices), places) == interruptions(moved(-2.9, *indices), places) == Flags.NONE
        assert interruptions(moved(3.1, *indices), places) == Flags.UNDERFLOW
        assert interruptions(moved(-3.1, *indices), places) == Flags.OVERFLOW
    assert interruptions(moved(-10, 2), places) == Flags.OVERFLOW | Flags.UNDERFLOW


def test_two_clocks_in_one_device_are_no_interruption_between_its_parts() -> None:
    """A microphone on USB has a clock of its own: 100 ppm of two seconds are ten samples."""
    places = [0, 7_200, 105_600, 112_800]
    times = [round(place * 256 * (1 + 100e-6)) for place in places]
    assert interruptions(times, places) == Flags.UNDERFLOW
    assert interruptions(times, places, drift=CLOCKS) == Flags.NONE
    lost = [time - 64 * 256 * (index > 1) for index, time in enumerate(times)]
    assert interruptions(lost, places, drift=CLOCKS) == Flags.OVERFLOW


def test_three_of_four_bursts_each_way_are_enough_and_two_are_not() -> None:
    a, b = pair()
    for lost in range(4):
        assert measure(a, without(b, lost)).accepted
        assert measure(without(a, 4 + lost), b).accepted
        assert measure(without(a, lost), b).accepted
        assert measure(a, without(b, 4 + lost)).accepted
    for lost in ((0, 1), (0, 2), (2, 3)):
        assert measure(a, without(b, *lost)).refusal is Ground.UNHEARD
        assert measure(without(a, *lost), b).refusal is Ground.OWN_UNHEARD
    for lost in ((4, 5), (5, 7)):
        assert measure(without(a, *lost), b).refusal is Ground.UNHEARD
        assert measure(a, without(b, *lost)).refusal is Ground.OWN_UNHEARD
    assert measure(without(a, 0), without(b, 3)).refusal is Ground.UNHEARD  # heard, but not the same three
    assert measure(without(a, *range(8)), b).refusal is Ground.OWN_UNHEARD


def test_a_burst_that_contradicts_the_others_is_left_out_and_two_refuse() -> None:
    a, b = pair()
    off = measure(shifted(a, (5,), 30), b)
    assert off.accepted
    assert off.distance == pytest.approx(0.6, abs=0.002)
    assert measure(shifted(shifted(a, (5,), 30), (6,), -30), b).refusal is Ground.UNCLEAR
    assert measure(a, shifted(b, (1,), 30)).refusal is Ground.UNCLEAR  # of two that differ, neither is known


@pytest.mark.parametrize(("ppm", "ground"), [(280, None), (-280, None), (320, Ground.CLOCKS), (-320, Ground.CLOCKS)])
def test_clocks_that_differ_too_much_refuse(ppm: float, ground: Ground | None) -> None:
    assert measure(*pair(ppm=(ppm, 0))).refusal is ground


def test_an_order_that_cannot_be_refuses() -> None:
    a, b = pair()
    backwards = replace(a, times=(*a.times[2:4], *a.times[:2], *a.times[4:]))
    assert measure(backwards, b).refusal is Ground.UNCLEAR
    late = shifted(b, (0, 1), 60_000)  # b heard a1 and a2 after it had answered
    assert measure(a, late).refusal is Ground.UNCLEAR


reports = st.builds(
    Report,
    st.tuples(*[st.none() | st.integers(0, 60 * 44_100 * 256 - 1)] * BURSTS),
    st.sampled_from([44_100, 48_000, 96_000]),
    st.sampled_from([Flags(number) for number in range(4)]),
)


@given(reports)
def test_a_report_survives_the_pipe(report: Report) -> None:
    assert len(report.encode()) == REPORT_SIZE == 69
    assert Report.decode(report.encode()) == report


@given(reports, reports)
def test_measuring_never_raises_and_never_accepts_without_a_distance(a: Report, b: Report) -> None:
    measured = measure(a, b)
    assert not measured.accepted or (measured.distance is not None and -0.3 <= measured.distance <= 1.5)


@given(
    st.binary(max_size=80)
    | st.binary(min_size=59, max_size=59).map(lambda end: bytes(5) + end[:59] + b"\0\0\xbb\x80\0")
)
def test_other_bytes_are_refused_or_mean_what_they_say(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert Report.decode(data).encode() == data


def test_a_report_that_cannot_be_is_refused() -> None:
    good = pair()[0].encode()
    for bad in (
        good[:-1],
        good + b"\0",
        good[:64] + (47_999).to_bytes(4, "big") + good[68:],  # a rate that no card has
        good[:68] + b"\x04",  # an unknown flag
        (60 * 48_000 * 256).to_bytes(8, "big") + good[8:],  # beyond the longest recording
        (2**64 - 2).to_bytes(8, "big") + good[8:],
    ):
        with pytest.raises(Malformed):
            Report.decode(bad)
    with pytest.raises(Malformed):
        Report((1, 2, 3), 48_000)
    with pytest.raises(Malformed):
        Report((-1,) * 8, 48_000)
