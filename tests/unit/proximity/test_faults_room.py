"""What the room does, and a peer that stops answering at any step: in words, in time, never a proof by mistake."""

from collections.abc import Callable

import numpy as np
import pytest
from ranging_air import Air
from sound_conversation import Conversation
from sound_faults import AT_ONCE, ATTEMPT, SCANNER_ALONE, SHOWER_ALONE, conversation, no_proof

from vauchi_tui.proximity.events import Heard, Near
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.shower import READY_SECONDS, REPORT_SECONDS
from vauchi_tui.proximity.sounding import ATTEMPTS, Sounding

Moment = Callable[[Conversation], bool]


def after(talk: Conversation, moment: Moment) -> Conversation:
    while not moment(talk):
        talk.step()
    return talk


# --- distance and motion ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("distance", "snr_db"), [(1.8, 20.0), (3.0, 20.0), (8.0, 6.0)])
def test_too_far_is_said_on_both_screens(distance: float, snr_db: float) -> None:
    talk = conversation(80, Air(distance=distance, snr_db=snr_db))
    no_proof(talk, Refusal.TOO_FAR, Refusal.TOO_FAR, AT_ONCE)


@pytest.mark.parametrize("speed", [0.2, 0.3, -0.3, 1.0])
def test_devices_on_the_move_are_told_to_hold_still(speed: float) -> None:
    talk = conversation(81, Air(distance=0.8, speed=speed)).run()
    assert talk.a.near is None and talk.b.near is None and talk.now < AT_ONCE
    for ear in talk.ears:
        assert ear.not_proven is not None and "still" in ear.not_proven.hint


# --- echoes and other people --------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [0.01, 0.12, 0.3, 0.6])
def test_the_own_echo_is_not_taken_for_an_answer(later: float) -> None:
    """Nobody else is there: what comes back is oneself, almost as loud."""
    talk = conversation(83, Air(own_echo=(later, -3.0)))
    talk.b.muted_from = 0.0
    talk.run()
    assert talk.a.near is None and talk.b.near is None
    assert talk.a.not_proven is Refusal.NOT_HEARD and talk.now < AT_ONCE


@pytest.mark.parametrize("later", [0.03, 0.2])
def test_two_who_hear_their_own_echoes_too_still_measure_the_way_between_them(later: float) -> None:
    talk = conversation(84, Air(own_echo=(later, -30.0))).run()
    assert talk.a.near is not None and talk.b.near is not None
    assert talk.a.near.distance_m == pytest.approx(0.6, abs=0.1)


@pytest.mark.parametrize("side", ["a", "b", "both"])
@pytest.mark.parametrize("level", [0.01, 0.1])
def test_another_pair_in_the_room_is_never_taken_for_ones_own(side: str, level: float) -> None:
    """Their whole exchange, again and again, as loud as one's own or ten times that: a proof is the right one."""
    other = conversation(85, Air(snr_db=60.0)).run()
    assert other.a.near is not None
    talk = conversation(86)
    for name, ear, theirs in (("a", talk.a, other.b.heard), ("b", talk.b, other.a.heard)):
        if side in (name, "both"):
            ear.injected = lambda places, sound=theirs: level / 0.25 * sound[places % len(sound)]
    talk.run()
    for ear in talk.ears:
        assert ear.machine.finished
        if ear.near is not None:
            assert ear.near.distance_m == pytest.approx(0.6, abs=0.15)
        else:
            assert ear.not_proven in (Refusal.NOT_HEARD, Refusal.FOREIGN, Refusal.UNHEARD, Refusal.UNCLEAR)
    assert talk.now < AT_ONCE


# --- a peer that never answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        (lambda talk: True, Refusal.NOT_READY),
        (lambda talk: talk.a.played.any(), Refusal.NOT_HEARD),
        (lambda talk: bool(talk.b.all(Heard)), Refusal.NO_REPORT),
        (lambda talk: bool(talk.a.all(Heard)), Refusal.NO_REPORT),
    ],
    ids=["no ready", "no answer", "its answer is cut off", "no report"],
)
def test_a_scanner_that_is_switched_off(moment: Moment, first: Refusal) -> None:
    talk = after(conversation(87), moment)
    talk.b.gone = True
    no_proof(talk, Refusal.NOT_READY, None, SHOWER_ALONE)
    assert talk.a.refusals[0] is first and talk.a.refusals[-1] is Refusal.NOT_READY


@pytest.mark.parametrize(
    "moment",
    [
        lambda talk: True,
        lambda talk: talk.a.played.any(),
        lambda talk: bool(talk.b.all(Heard)),
        lambda talk: bool(talk.a.all(Heard)),
    ],
    ids=["no challenge", "its challenge is cut off", "no last bursts", "no decision"],
)
def test_a_shower_that_is_switched_off(moment: Moment) -> None:
    talk = after(conversation(88), moment)
    talk.a.gone = True
    no_proof(talk, None, Refusal.NO_REPORT, SCANNER_ALONE)


def test_a_pipe_that_carries_nothing() -> None:
    talk = conversation(89)
    talk.carry = lambda sender, message: []
    no_proof(talk, Refusal.NOT_READY, Refusal.NO_REPORT, max(READY_SECONDS, SCANNER_ALONE))


def test_a_pipe_that_loses_every_report() -> None:
    talk = conversation(90)
    talk.carry = lambda sender, message: [message] if len(message) < 150 else []
    no_proof(talk, Refusal.NO_REPORT, Refusal.NO_REPORT, AT_ONCE + ATTEMPTS * REPORT_SECONDS)


def test_a_pipe_that_carries_nothing_from_the_shower() -> None:
    """She decides by what she has; he has no decision, and so no proof."""
    talk = conversation(91)
    talk.judge = False
    talk.carry = lambda sender, message: [] if sender is talk.a.machine else [message]
    talk.run()
    assert talk.a.near is not None
    assert talk.b.near is None and talk.b.not_proven is Refusal.NO_REPORT
    assert talk.now < ATTEMPT + SCANNER_ALONE


def test_a_pipe_that_stops_between_two_attempts() -> None:
    talk = conversation(92, Air(distance=3.0))
    sent: list[Sounding] = []

    def carry(sender: Sounding, message: bytes) -> list[bytes]:
        sent.append(sender)
        return [message] if len(sent) <= 2 else []  # READY and the report

    talk.carry = carry
    no_proof(talk, Refusal.NOT_READY, Refusal.NO_REPORT, ATTEMPT + max(READY_SECONDS, SCANNER_ALONE))
    assert talk.a.refusals == [Refusal.TOO_FAR, Refusal.NOT_READY]


def test_nobody_has_a_proof_before_the_other_has_what_it_rests_on() -> None:
    talk = after(conversation(93), lambda talk: bool(talk.a.all(Near)))
    assert np.asarray(talk.a.machine.evidence.report.times).all()  # type: ignore[attr-defined]
    talk.run()
    assert talk.b.near is not None and talk.b.machine.evidence == talk.a.machine.evidence  # type: ignore[attr-defined]
