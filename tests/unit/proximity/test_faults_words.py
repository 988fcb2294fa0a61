"""Which sentence a measurement that is refused becomes on each screen, and what all of them have in common."""

from dataclasses import replace

import pytest

from vauchi_tui.proximity.evidence import judge
from vauchi_tui.proximity.keys import Side
from vauchi_tui.proximity.ranging import SELF_DISTANCE, SOUND, UNITS, Flags, Report
from vauchi_tui.proximity.refusals import Refusal

PLAYED = (0.2, 0.35, 2.4, 2.55, 1.2, 1.35, 1.5, 1.65)  # s at which a1–a4, b1–b4 leave the speakers
RATE = 48_000
SHOWER, SCANNER = range(4), range(4, 8)


def report(side: Side, distance: float = 0.6, ppm: float = 0.0) -> Report:
    own = SHOWER if side is Side.SHOWER else SCANNER
    ways = [SELF_DISTANCE if index in own else distance for index in range(8)]
    times = [(at + way / SOUND) * RATE * (1 + ppm * 1e-6) * UNITS for at, way in zip(PLAYED, ways, strict=True)]
    return Report(tuple(map(round, times)), RATE)


def missing(whole: Report, *indices: int) -> Report:
    return replace(whole, times=tuple(None if i in indices else time for i, time in enumerate(whole.times)))


A, B = report(Side.SHOWER), report(Side.SCANNER)
CASES = {
    "the shower's card lost samples": (replace(A, flags=Flags.OVERFLOW), B, Refusal.INTERRUPTED, Refusal.INTERRUPTED),
    "the scanner's was late": (A, replace(B, flags=Flags.UNDERFLOW), Refusal.INTERRUPTED, Refusal.INTERRUPTED),
    "the shower is silent": (missing(A, 0, 1), B, Refusal.OWN_SILENT, Refusal.PEER_SILENT),
    "the scanner is silent": (A, missing(B, 4, 5), Refusal.PEER_SILENT, Refusal.OWN_SILENT),
    "both are": (missing(A, 2, 3), missing(B, 6, 7), Refusal.OWN_SILENT, Refusal.OWN_SILENT),
    "one does not hear the other": (missing(A, 4, 5), B, Refusal.UNCLEAR, Refusal.UNCLEAR),
    "nor the other the one": (A, missing(B, 0, 2), Refusal.UNCLEAR, Refusal.UNCLEAR),
    "less than nothing": (report(Side.SHOWER, -0.6), report(Side.SCANNER, -0.6), Refusal.UNCLEAR, Refusal.UNCLEAR),
    "a clock that runs away": (report(Side.SHOWER, ppm=350), B, Refusal.MOVING, Refusal.MOVING),
    "too far": (report(Side.SHOWER, 1.7), report(Side.SCANNER, 1.7), Refusal.TOO_FAR, Refusal.TOO_FAR),
}


def test_side_by_side_is_a_distance_and_no_word() -> None:
    for side in Side:
        assert judge(A, B, side) == pytest.approx(0.6, abs=0.002)


@pytest.mark.parametrize("name", CASES)
def test_each_screen_has_its_own_words(name: str) -> None:
    a, b, at_the_shower, at_the_scanner = CASES[name]
    assert judge(a, b, Side.SHOWER) is at_the_shower
    assert judge(a, b, Side.SCANNER) is at_the_scanner


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_is_two_sentences_with_a_byte_of_its_own(refusal: Refusal) -> None:
    for text in (refusal.title, refusal.hint):
        assert text.endswith(".") and text[0].isupper() and len(text) < 120
    assert Refusal.from_wire(refusal.wire) is refusal and 0 < refusal.wire < 256


def test_an_unknown_byte_is_no_refusal() -> None:
    assert Refusal.from_wire(0) is None and Refusal.from_wire(255) is None


@pytest.mark.parametrize("refusal", Refusal)
def test_turned_twice_it_is_the_same(refusal: Refusal) -> None:
    assert refusal.seen_from_the_other_side.seen_from_the_other_side is refusal


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Refusal.OWN_SILENT, Refusal.PEER_SILENT),
        (Refusal.NOT_HEARD, Refusal.UNHEARD),
        (Refusal.DEVICE_STOPPED, Refusal.PEER_STOPPED),
    ],
)
def test_what_only_one_of_them_can_mend_is_said_to_both(here: Refusal, there: Refusal) -> None:
    assert here.seen_from_the_other_side is there
