"""The proof by sound between two machines in simulated air: what honest people and broken equipment get to see."""

import numpy as np
import pytest
from ranging_air import Air, Station
from sound_conversation import Conversation
from sounding_people import Exchange

from vauchi_tui.proximity.events import Heard, Listening, Near
from vauchi_tui.proximity.refusals import Refusal


def conversation(seed: int, **options: object) -> Conversation:
    exchange = Exchange(seed)
    stations = options.setdefault("stations", (Station(ppm=40), Station(ppm=-25, start=0.31)))
    a, b = stations  # type: ignore[misc]
    return Conversation(exchange.shower(a.rate), exchange.scanner(b.rate), seed, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("distance", "latency", "rates"),
    [
        (0.3, 0.02, (48_000, 48_000)),
        (0.6, 0.15, (48_000, 44_100)),
        (1.0, 0.06, (44_100, 48_000)),
    ],
)
def test_both_measure_the_same_distance(distance: float, latency: float, rates: tuple[int, int]) -> None:
    stations = (
        Station(rates[0], 80.0, latency / 2, latency),
        Station(rates[1], -60.0, latency, latency / 2, start=0.2),
    )
    talk = conversation(11, stations=stations, air=Air(distance=distance)).run()
    near_a, near_b = talk.a.near, talk.b.near
    assert near_a is not None and near_b is not None
    assert near_a.distance_m == near_b.distance_m == pytest.approx(distance, abs=0.1)
    assert near_a.peer_name == "Bob"
    assert [kind for _, kind in talk.a.events[:1]] == [Listening(1)]
    assert len(talk.a.all(Heard)) == len(talk.b.all(Heard)) == 1


def test_an_attempt_takes_less_than_three_and_a_half_seconds_at_300_ms_latency_on_each_side() -> None:
    stations = tuple(Station(play_latency=0.15, record_latency=0.15) for _ in range(2))
    talk = conversation(12, stations=stations).run()
    assert talk.b.near is not None
    assert talk.now - 0.05 < 3.5


def test_streams_that_have_run_for_a_while_are_as_good() -> None:
    talk = conversation(32)
    talk.a.origin, talk.b.origin = 24_480, 9_000_000
    talk.run()
    assert talk.a.near is not None and talk.b.near is not None and not talk.a.refusals


def test_noise_near_the_level_of_the_other_device_is_borne() -> None:
    talks = [conversation(seed, air=Air(snr_db=6.0, decay=0.02)).run() for seed in range(20, 24)]
    assert all(talk.a.near and talk.b.near for talk in talks)


def test_a_muted_speaker_is_named_on_both_screens() -> None:
    talk = conversation(13)
    talk.a.muted_from = 0.0
    talk.run()
    assert talk.a.refusals == [Refusal.OWN_SILENT] * 3
    assert talk.a.not_proven is Refusal.OWN_SILENT
    assert talk.b.refusals[-1] is Refusal.PEER_SILENT
    assert talk.b.near is None


def test_a_scanner_that_is_muted_ends_in_words_after_three_attempts() -> None:
    talk = conversation(14)
    talk.b.muted_from = 0.0
    talk.run()
    assert talk.a.refusals == [Refusal.NOT_HEARD] * 3
    assert talk.b.near is None and talk.b.not_proven is not None
    assert talk.now < 15


def test_a_speaker_muted_midway_is_no_proof() -> None:
    talk = conversation(15)
    talk.a.muted_from = 1.5
    talk.run()
    assert talk.a.near is None and talk.b.near is None
    assert talk.a.refusals[0] in (Refusal.OWN_SILENT, Refusal.UNCLEAR)


def test_a_peer_that_never_answers_ends_the_wait() -> None:
    talk = conversation(16)
    talk.carry = lambda sender, message: []
    talk.run()
    assert talk.a.refusals == [Refusal.NOT_READY] and talk.a.not_proven is Refusal.NOT_READY
    assert talk.b.not_proven is Refusal.NO_REPORT
    assert talk.now < 45


def test_a_report_that_is_lost_costs_an_attempt_and_no_more_than_its_time() -> None:
    talk = conversation(17)
    reports: list[bytes] = []

    def lose_the_first(sender: object, message: bytes) -> list[bytes]:
        if len(message) > 150 and not reports:
            reports.append(message)
            return []
        return [message]

    talk.carry = lose_the_first
    talk.run()
    assert talk.a.refusals == [Refusal.NO_REPORT]
    assert talk.a.near is not None and talk.b.near is not None


def test_messages_that_come_twice_or_damaged_change_nothing() -> None:
    talk = conversation(18)
    talk.carry = lambda sender, message: [message[:-1], bytes(len(message)), message, message]
    talk.run()
    assert talk.a.refusals == [] and talk.a.near is not None and talk.b.near is not None


@pytest.mark.parametrize("side", ["a", "b"])
def test_lost_samples_abort_the_attempt_and_the_next_one_succeeds(side: str) -> None:
    talk = conversation(19)
    ear = getattr(talk, side)
    ear.lost_at = [1.6]
    talk.run()
    assert talk.a.refusals == talk.b.refusals == [Refusal.INTERRUPTED]
    assert talk.a.near is not None and talk.b.near is not None
    assert [event.attempt for event in talk.b.all(Listening)] == [1, 2]  # type: ignore[attr-defined]


def test_a_gap_in_the_stream_is_noticed_without_being_told() -> None:
    talk = conversation(24)
    while not talk.a.all(Heard):
        talk.step()
    block = memoryview(np.zeros(480, np.float32))
    talk.a.machine.receive_samples(block, talk.a.place + 7, talk.now)
    talk.step()
    assert talk.a.refusals == [Refusal.INTERRUPTED]


def test_what_is_not_a_number_aborts_the_attempt() -> None:
    talk = conversation(25)
    while not talk.a.all(Heard):
        talk.step()
    talk.a.machine.receive_samples(memoryview(np.full(480, np.nan, np.float32)), talk.a.place, talk.now)
    talk.a.place += 480
    talk.step()
    assert talk.a.refusals == [Refusal.INTERRUPTED]


def test_a_device_that_is_pulled_out_ends_it_in_words() -> None:
    talk = conversation(26)
    talk.a.plugged_until = 1.2
    talk.run()
    assert talk.a.not_proven is Refusal.DEVICE_STOPPED
    assert talk.b.near is None and talk.b.not_proven is not None


def test_another_pair_in_the_room_is_not_taken_for_the_own_one() -> None:
    """Its bursts and frames, louder than the other device, fall into the attempt; in the end the right two meet."""
    other = conversation(27, air=Air(snr_db=60.0)).run()
    noise = 3 * np.concatenate([other.a.heard - other.a.heard.mean(), np.zeros(48_000)])
    talk = conversation(28)
    talk.b.injected = lambda places: 0.01 * noise[places % len(noise)]
    talk.run()
    assert talk.a.near is not None
    assert talk.b.near is not None
    assert talk.a.near.distance_m == pytest.approx(0.6, abs=0.15)


def test_nothing_of_what_was_heard_is_kept() -> None:
    talk = conversation(29).run()
    for ear in talk.ears:
        kept = ear.machine._hearing._recording._samples
        assert len(kept) > 0 and not np.asarray(kept).any()


def test_whoever_cancels_falls_silent() -> None:
    talk = conversation(30)
    while not talk.a.all(Heard):
        talk.step()
    talk.a.machine.close()
    assert talk.a.machine.finished and not talk.a.machine.sound_to_play() and not talk.a.machine.resend()
    assert not np.asarray(talk.a.machine._hearing._recording._samples).any()


def test_near_says_how_it_was_heard() -> None:
    near = conversation(31).run().a.near
    assert near is not None
    assert near == Near(near.distance_m, near.snr_db, "Bob") and 0 < near.snr_db < 40
