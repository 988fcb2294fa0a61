"""What breaks at one of the two devices: each fault ends in the sentence with its remedy, on both screens, in time."""

import numpy as np
import pytest
from ranging_air import Air
from sound_conversation import Conversation, Ear
from sound_faults import AT_ONCE, NoiseSuppression, broken, conversation, no_proof

from vauchi_tui.proximity.events import Heard
from vauchi_tui.proximity.live import STALLED_SECONDS
from vauchi_tui.proximity.refusals import Refusal

SIDES = ("a", "b")
OFTEN = list(np.arange(0.5, 60, 0.2))
INTERRUPTED = {  # a scanner that was disturbed while it listened says nothing: it may have missed nothing
    "a": (Refusal.INTERRUPTED, Refusal.INTERRUPTED),
    "b": (Refusal.NOT_HEARD, Refusal.INTERRUPTED),
}


def side(talk: Conversation, name: str) -> Ear:
    return talk.a if name == "a" else talk.b


@pytest.mark.parametrize("name", SIDES)
def test_a_card_that_keeps_losing_samples(name: str) -> None:
    talk = conversation(60)
    side(talk, name).lost_at = OFTEN.copy()
    no_proof(talk, *INTERRUPTED[name], AT_ONCE)


@pytest.mark.parametrize("name", SIDES)
def test_a_stream_with_gaps_of_which_the_card_says_nothing(name: str) -> None:
    talk = conversation(61)
    side(talk, name).gap_at = OFTEN.copy()
    no_proof(talk, *INTERRUPTED[name], AT_ONCE)


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("moment", [1.2, 1.6, 2.0])
def test_one_gap_while_it_matters_costs_one_attempt(name: str, moment: float) -> None:
    """The next one begins when what was already given to the cards has died away."""
    talk = conversation(62)
    side(talk, name).gap_at = [moment]
    talk.run()
    assert talk.a.refusals == talk.b.refusals == [Refusal.INTERRUPTED]
    assert talk.a.near is not None and talk.b.near is not None


def test_one_gap_while_the_scanner_only_listens_costs_nothing() -> None:
    talk = conversation(62)
    talk.b.gap_at = [0.5]
    talk.run()
    assert talk.a.near is not None and talk.b.near is not None and not talk.b.refusals


@pytest.mark.parametrize("name", SIDES)
def test_a_driver_that_gives_what_is_no_number(name: str) -> None:
    talk = conversation(63)
    side(talk, name).injected = broken
    no_proof(talk, *INTERRUPTED[name], AT_ONCE)


@pytest.mark.parametrize("moment", [0.0, 1.0, 1.3])
def test_a_shower_whose_speaker_is_muted(moment: float) -> None:
    talk = conversation(64)
    talk.a.muted_from = moment
    no_proof(talk, Refusal.OWN_SILENT, Refusal.PEER_SILENT, AT_ONCE)


@pytest.mark.parametrize("moment", [0.0, 1.2])
def test_a_scanner_whose_speaker_is_muted(moment: float) -> None:
    """The shower only misses the answer; the scanner knows that it did not hear itself."""
    talk = conversation(65)
    talk.b.muted_from = moment
    no_proof(talk, Refusal.NOT_HEARD, Refusal.OWN_SILENT, AT_ONCE)


def test_a_speaker_that_is_muted_before_the_last_bursts() -> None:
    talk = conversation(66)
    while not talk.a.all(Heard):
        talk.step()
    talk.a.muted_from = talk.now
    no_proof(talk, Refusal.OWN_SILENT, Refusal.PEER_SILENT, AT_ONCE)


def test_noise_suppression_at_the_shower_leaves_nothing_of_itself_either() -> None:
    talk = conversation(67)
    talk.a.microphone = NoiseSuppression(talk.a.station.rate)
    no_proof(talk, Refusal.OWN_SILENT, Refusal.PEER_SILENT, AT_ONCE)


def test_noise_suppression_at_the_scanner() -> None:
    talk = conversation(68)
    talk.b.microphone = NoiseSuppression(talk.b.station.rate)
    no_proof(talk, Refusal.NOT_HEARD, Refusal.NOT_HEARD, AT_ONCE)
    assert "noise suppression" in Refusal.NOT_HEARD.hint


def test_noise_suppression_that_sets_in_after_the_challenge() -> None:
    """Some learn what to remove: the scanner has heard the challenge, but neither itself nor what follows."""
    talk = conversation(69)
    suppression, heard = NoiseSuppression(talk.b.station.rate), talk.b.events
    talk.b.microphone = lambda block: suppression(block) if len(heard) > 1 else block
    talk.run()
    assert talk.a.near is None and talk.b.near is None
    assert talk.b.refusals[0] is Refusal.OWN_SILENT and talk.a.refusals[0] is Refusal.PEER_SILENT
    assert talk.now < AT_ONCE


@pytest.mark.parametrize("moment", [0.0, 0.5, 1.5, 2.0])
def test_a_shower_whose_device_is_pulled_out(moment: float) -> None:
    talk = conversation(70)
    talk.a.plugged_until = moment
    no_proof(talk, Refusal.DEVICE_STOPPED, Refusal.PEER_STOPPED, moment + STALLED_SECONDS + 0.2)


@pytest.mark.parametrize("moment", [0.0, 0.5, 1.5, 2.0])
def test_a_scanner_whose_device_is_pulled_out(moment: float) -> None:
    """No second attempt is waited for: that device will not begin to listen."""
    talk = conversation(71)
    talk.b.plugged_until = moment
    no_proof(talk, Refusal.PEER_STOPPED, Refusal.DEVICE_STOPPED, moment + STALLED_SECONDS + 0.2)


@pytest.mark.parametrize("noise", [-8.0, -20.0])
def test_a_room_that_is_too_loud(noise: float) -> None:
    no_proof(conversation(72, Air(snr_db=noise)), Refusal.NOT_HEARD, Refusal.NOT_HEARD, AT_ONCE)
