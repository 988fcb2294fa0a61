"""Two real processes over PortAudio, ALSA and PulseAudio; a null sink is the air, a wire of no length."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from channel import noise_for
from pulse_people import Prover, prove, proving
from pulse_room import RATE, Room, pulse_room

from vauchi_dsp import Receiver
from vauchi_tui.proximity.waveforms import LEVEL

WIRE = 0.2  # m: nothing but the assumed distance between a device's speaker and its own microphone
EXACT = 0.03  # m; a sample is 7 mm


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with pulse_room() as room:
        yield room


@dataclass(frozen=True)
class Session:
    """A proof that succeeded, and what was to be heard of it: two channels at `RATE`."""

    alice: Prover
    bob: Prover
    heard: np.ndarray


@pytest.fixture(scope="module")
def session(room: Room) -> Session:
    air = room.air("air")
    with room.recording(air) as file:
        alice, bob = prove(room, 1, air)
    return Session(alice, bob, np.fromfile(file, "<f4").reshape(-1, 2))


def assert_near(alice: Prover, bob: Prover, within: float = EXACT) -> None:
    assert alice.near is not None and bob.near is not None, (alice.events, bob.events)
    assert alice.near["distance_m"] == bob.near["distance_m"] == pytest.approx(WIRE, abs=within)


def assert_not_near(alice: Prover, bob: Prover) -> None:
    for prover in (alice, bob):
        assert prover.near is None and prover.all("NotProven"), prover.events


def assert_refused(alice: Prover, bob: Prover, *words: str) -> None:
    """Neither is near; Alice's attempts failed for one of these reasons, or because the machine was busy."""
    assert_not_near(alice, bob)
    assert {*alice.refusals} <= {*words, "INTERRUPTED"}, (alice.events, bob.events)


def test_two_processes_hear_each_other_and_measure_a_wire_of_no_length(session: Session) -> None:
    assert_near(session.alice, session.bob)
    assert session.alice.near is not None and session.alice.near["peer_name"] == "Bob"


def test_a_recording_of_an_earlier_session_is_no_answer(room: Room, session: Session) -> None:
    """Bob is somewhere else; both places hear again and again what was said when they met."""
    frames = Receiver(RATE, "fast").feed(np.ascontiguousarray(session.heard[:, 0]))
    assert len(frames) >= 2, "what is played is a whole session"
    here, there = room.air("here"), room.air("there")
    again = np.tile(session.heard, (20, 1)).tobytes()
    with room.playing(again, here), room.playing(again, there):
        alice, bob = prove(room, 2, here, there)
    assert_refused(alice, bob, "FOREIGN", "NOT_HEARD", "OWN_SILENT")
    assert not alice.all("Heard") and not bob.all("Heard")


def test_a_speaker_muted_midway_ends_in_words(room: Room) -> None:
    with proving(room, 3, room.air("muted")) as (alice, bob):
        bob.wait_for("Heard")
        room.mute(alice.pid)
        alice.wait()
        bob.wait()
    assert_refused(alice, bob, "OWN_SILENT", "UNCLEAR")
    assert (alice.refusals[-1], bob.refusals[-1]) == ("OWN_SILENT", "PEER_SILENT")


def test_a_relay_of_twenty_milliseconds_is_too_far(room: Room) -> None:
    """On a busy machine it loses so much that nothing can be measured; then one with more time to spare."""
    here, there = room.air("one_place"), room.air("another_place")
    for seed, milliseconds in ((4, 20), (5, 20), (6, 60), (7, 120)):
        with room.relay(here, there, milliseconds, -20.0), room.relay(there, here, milliseconds, -20.0):
            alice, bob = prove(room, seed, here, there)
        assert_not_near(alice, bob)
        if "TOO_FAR" in alice.refusals:
            return
    raise AssertionError("what was relayed was never heard whole")


@pytest.mark.parametrize("runs", [3, pytest.param(10, marks=pytest.mark.soak)])
def test_noise_ten_decibels_below_the_signal_in_the_band_is_borne(room: Room, runs: int) -> None:
    air = room.air(f"noise_{runs}")
    sigma = noise_for(10.0, LEVEL**2 / 2, RATE)
    for seed in range(10 * runs, 11 * runs):
        noise = sigma * np.random.default_rng(seed).standard_normal((30 * RATE, 1))
        with room.playing(np.repeat(noise, 2, axis=1).astype("<f4").tobytes(), air):
            assert_near(*prove(room, seed, air), within=0.1)


FAULTS: dict[str, Callable[[Room], object]] = {
    "device pulled out": lambda room: room.unplug("air"),
    "device suspended": lambda room: room.control("suspend-sink", "air", "1"),
    "server dies": Room.break_down,
    "server freezes": lambda room: room.break_down(frozen=True),
}
SLOW = ("device suspended", "server freezes")


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=pytest.mark.soak if name in SLOW else ()) for name in FAULTS]
)
def test_a_sound_system_that_fails_midway_is_named_and_holds_nobody_up(fault: str) -> None:
    with pulse_room() as room, proving(room, 8, room.air("air")) as (alice, bob):
        bob.wait_for("Heard")
        FAULTS[fault](room)
        for prover in (alice, bob):
            prover.wait(seconds=15)
            assert prover.refusals[-1] in ("DEVICE_STOPPED", "PEER_STOPPED") and prover.near is None
