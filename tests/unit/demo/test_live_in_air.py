"""Two whole machines of the proof by sound, each in a thread at its simulated card, as quickly as they can follow."""

import threading

import pytest
from air_people import LAPTOPS, AirMeeting, run_all
from sounding_people import Exchange

from vauchi_tui.demo.air import Air
from vauchi_tui.demo.card import Seat
from vauchi_tui.demo.pace import Lockstep
from vauchi_tui.demo.room import Laptop, Room
from vauchi_tui.proximity.live import Live
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.shower import BACKOFF_SECONDS

ODD_LAPTOPS = (Laptop(44_100, -100.0, 0.15, 0.15), Laptop(48_000, 100.0, 0.01, 0.29))


@pytest.mark.parametrize(("seed", "laptops"), [(1, LAPTOPS), (2, LAPTOPS), (3, ODD_LAPTOPS)])
def test_side_by_side_both_measure_the_distance_to_three_centimetres(seed: int, laptops: tuple[Laptop, Laptop]) -> None:
    meeting = AirMeeting(Room(distance=0.6), laptops, seed).run()
    alice, bob = meeting.alice.near, meeting.bob.near
    assert alice is not None and bob is not None
    assert alice.distance_m == bob.distance_m == pytest.approx(0.6, abs=0.03)
    assert alice.peer_name == "Bob" and not meeting.alice.refusals
    assert meeting.air.pace.now() < 3.5


@pytest.mark.parametrize("room", [Room(distance=3.0), Room(distance=0.6, relay=0.010)], ids=["three metres", "relay"])
def test_too_far_and_a_relay_are_refused_in_the_same_words(room: Room) -> None:
    meeting = AirMeeting(room, seed=4).run()
    for person in (meeting.alice, meeting.bob):
        assert person.near is None
        assert person.refusals == [Refusal.TOO_FAR] * 3 and person.not_proven is Refusal.TOO_FAR
    assert meeting.air.pace.now() < 3 * 3.5 + 2 * BACKOFF_SECONDS


def test_two_pairs_that_begin_at_once_part_and_both_succeed() -> None:
    """Four devices side by side, none weaker than the others: the first attempts spoil each other."""
    air = Air(seed=7, pace=Lockstep(4))
    meetings = [AirMeeting(seed=seed, air=air) for seed in (70, 71)]
    run_all(*meetings)
    assert any(meeting.alice.refusals for meeting in meetings)
    for meeting in meetings:
        for person in (meeting.alice, meeting.bob):
            assert person.near is not None and person.near.distance_m == pytest.approx(0.6, abs=0.05)


def test_a_relay_too_quick_to_notice_is_an_arms_length() -> None:
    """One millisecond each way is 34 cm: no program can tell that from a longer arm, and it does not claim to."""
    meeting = AirMeeting(Room(distance=0.3, relay=0.001), seed=5).run()
    assert meeting.alice.near is not None
    assert meeting.alice.near.distance_m == pytest.approx(0.3 + 0.343, abs=0.05)


def test_whoever_is_stopped_while_time_stands_still_ends() -> None:
    """The other one never comes: time waits for him, and a person who cancels must not."""
    air = Air(seed=6, pace=Lockstep(2))
    seat, machine, listening = Seat(air), Exchange(6).shower(), threading.Event()
    live = Live(
        machine,
        seat.pair,
        send=lambda message: None,
        on_event=lambda event: listening.set(),
        clock=air.pace.now,
        card=seat.card,
    )
    thread = threading.Thread(target=live.run, daemon=True)
    thread.start()
    assert listening.wait(10)
    live.stop()
    thread.join(10)
    assert not thread.is_alive() and machine.finished and air.pace.now() == 0.0
