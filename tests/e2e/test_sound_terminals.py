"""Two people at two terminals with keys only: the code pasted, the devices hear each other over a sound server."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cli_people import person
from cli_process import VAUCHI, Person
from large_digits import digits_on
from pulse_room import Room, pulse_room
from relay_process import RelayProcess
from tmux import Terminal, terminal

HERE = {"VAUCHI_SOUND": "auto", "LANG": "C.UTF-8", "COLORTERM": "truecolor"}


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with pulse_room() as room:
        yield room


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


def opened(stack: ExitStack, folder: Path, who: Person, environment: dict[str, str]) -> Terminal:
    command = [*VAUCHI, "--profile", f"{who.directory}/"]
    window = stack.enter_context(terminal(folder, who.directory.name, command, environment | HERE))
    window.wait_for("1 Card")
    window.keys("x")
    window.wait_for("This person will get")
    return window


def shown_code(window: Terminal, key: str = "s") -> str:
    """Show a code; its text, as it is copied by mouse."""
    window.keys(key)
    window.wait_for("▄▄▄▄")
    window.keys("t")
    window.wait_for("^K5BEKWA")
    return window.screen().partition("\n\n")[0].replace("\n", "")


def paste(window: Terminal, code: str) -> None:
    window.keys("p")
    window.wait_for("f1 Help")  # ? is a character now
    window.type(code)
    window.keys("Enter")


def test_two_people_meet_by_sound_with_keys_only(tmp_path: Path, room: Room, relay: RelayProcess) -> None:
    air = room.air("table")
    alice, bob = (person(tmp_path, name, relay.url) for name in ("Alice", "Bob"))
    with ExitStack() as stack:
        at_alice, at_bob = (opened(stack, tmp_path, who, room.at(air)) for who in (alice, bob))
        at_alice.wait_for("‹ sound ›  the devices hear each other")
        at_alice.keys("a")
        paste(at_bob, shown_code(at_alice))
        at_alice.wait_for("Is it Bob?", 40)
        at_bob.wait_for("Show them these digits")
        for window in (at_alice, at_bob):
            assert re.search(r"✓ 0\.2 m apart, heard at \d\d dB", window.screen())
        digits = digits_on(at_alice.screen())
        assert digits == digits_on(at_bob.screen())
        at_alice.keys("y")
        at_alice.wait_for("Now Bob is asked")
        at_bob.wait_for("Is it Alice?")
        assert digits_on(at_bob.screen()) == digits_on(at_alice.screen()) == digits
        at_bob.keys("y")
        for window in (at_alice, at_bob):
            window.wait_for("Exchange Successful")
        at_bob.keys("Enter")
        at_bob.wait_for(r"nearby 0\.2 m, heard 20\d\d-")
        at_bob.wait_for("alice@example.com")


def test_a_muted_speaker_is_told_and_the_digits_are_one_key_away(
    tmp_path: Path, room: Room, relay: RelayProcess
) -> None:
    air, headphones = room.air("desk"), room.air("headphones")
    alice, bob = (person(tmp_path, name, relay.url) for name in ("Alice", "Bob"))
    with ExitStack() as stack:
        at_alice = opened(stack, tmp_path, alice, room.at(air))
        at_bob = opened(stack, tmp_path, bob, room.at(air, speaker=headphones))
        at_alice.wait_for("‹ sound ›  the devices hear each other")
        paste(at_bob, shown_code(at_alice))
        at_alice.wait_for("↻ Attempt 1: The other device was not heard.", 40)
        for window, who in ((at_alice, "The other device was not heard"), (at_bob, "This device did not hear itself")):
            window.wait_for("✗ Proximity verification failed", 60)
            window.wait_for(who)
        at_bob.keys("Escape")
        at_bob.wait_for("This person will get")
        paste(at_bob, shown_code(at_alice, "d"))
        at_alice.wait_for("Type the six digits")
        at_bob.wait_for("Show them these digits")
        at_alice.type(digits_on(at_bob.screen()))
        at_alice.keys("Enter")
        for window in (at_alice, at_bob):
            window.wait_for("Exchange Successful")
    assert alice.json("contacts")[0]["trust"]["method"] == "code"
