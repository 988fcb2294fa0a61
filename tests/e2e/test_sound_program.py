"""The whole program twice: two profiles, a relay, PulseAudio as the air; what is proven is confirmed and kept."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_people import person
from cli_process import Person, Running
from pulse_room import Room, hurry, pulse_room
from relay_process import RelayProcess

WIRE = 0.2  # m: nothing but the assumed distance between a device's speaker and its own microphone


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with pulse_room() as room:
        yield room


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as relay:
        yield relay


@contextmanager
def exchange(shower: Person, scanner: Person) -> Iterator[tuple[Running, Running]]:
    with shower.start("exchange", "show", "--grant", "all") as showing:
        hurry(showing.pid)
        code = showing.wait_for("code")
        with scanner.start("exchange", "scan", code["text"], "--grant", "all") as scanning:
            hurry(scanning.pid)
            yield showing, scanning


def test_two_devices_that_hear_each_other_exchange_cards_when_both_people_say_yes(
    tmp_path: Path, room: Room, relay: RelayProcess
) -> None:
    air = room.air("air")
    alice, bob = (person(tmp_path, name, relay.url, room.inside(air)) for name in ("Alice", "Bob"))
    with exchange(alice, bob) as both:
        asked = []
        for side in both:
            asked.append(side.wait_for("confirm"))
            side.write("yes")
        for side in both:
            side.wait_for("complete")
        assert [side.end() for side in both] == [(0, ""), (0, "")]
    assert [question["name"] for question in asked] == ["Bob", "Alice"]
    assert asked[0]["digits"] == asked[1]["digits"]
    for who, other in ((alice, "Bob"), (bob, "Alice")):
        (contact,) = who.json("contacts")
        assert contact["name"] == other
        assert contact["trust"]["method"] == "sound"
        assert contact["trust"]["distance_m"] == pytest.approx(WIRE, abs=0.03)


def test_a_muted_speaker_ends_the_exchange_and_no_card_has_left(
    tmp_path: Path, room: Room, relay: RelayProcess
) -> None:
    air, headphones = room.air("room"), room.air("headphones")
    alice = person(tmp_path, "Alice", relay.url, room.inside(air, speaker=headphones))
    bob = person(tmp_path, "Bob", relay.url, room.inside(air))
    with exchange(alice, bob) as both:
        for side, words in zip(both, ("This device", "The other device"), strict=True):
            failed = side.wait_for("failed")
            assert failed["reason"] == "Proximity verification failed" and failed["hint"]
            retries = [event for event in side.events if event["event"] == "retry"]
            assert [event["attempt"] for event in retries] == [1, 2, 3]
            assert f"{words} did not hear itself." in [event["reason"] for event in retries]
        assert [side.end() for side in both] == [(1, ""), (1, "")]
    assert alice.json("contacts") == bob.json("contacts") == []


def test_the_doctor_hears_itself_and_knows_what_the_sound_server_hides(tmp_path: Path, room: Room) -> None:
    air, headset, call = room.air("desk"), room.air("bluez_output.00_11_22_33_44_55.1"), room.air("call", 16_000)
    for number, (inside, title) in enumerate(
        (
            (room.inside(air), "Speaker and microphone both carry 18–20 kHz."),
            (room.inside(air, headset), "The system’s speaker is a Bluetooth device, which does not carry 18–20 kHz."),
            (room.inside(call, air), "The system’s microphone runs at 16,000 Hz, which does not carry 18–20 kHz."),
        )
    ):
        asked = person(tmp_path, f"Ada {number}", None, inside).run("doctor", "--sound", "--json")
        assert json.loads(asked.stdout)["title"] == title and not asked.stderr
