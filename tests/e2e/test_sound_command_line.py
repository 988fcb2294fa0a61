"""`vauchi exchange` by sound as people and scripts use it: questions, answers, no sound here or there, Ctrl-C."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_people import person
from cli_process import VAUCHI, Person
from pulse_room import Room, pulse_room
from relay_process import RelayProcess
from tmux import Terminal, terminal

LOUD = {"VAUCHI_SOUND": "auto", "LANG": "C.UTF-8", "NO_COLOR": "1"}
MUTE = {"SSH_TTY": "/dev/pts/1"}


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with pulse_room() as room:
        yield room


@pytest.fixture
def here(room: Room) -> dict[str, str]:
    """The environment of a machine that hears and is heard."""
    return room.at(room.air("air")) | LOUD


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


def at(environment: dict[str, str]) -> list[str]:
    return ["env", "-i", *(f"{name}={value}" for name, value in environment.items())]


@pytest.fixture
def alice(tmp_path: Path, relay: RelayProcess, here: dict[str, str]) -> Person:
    return person(tmp_path, "Alice", relay.url, at(here))


@pytest.fixture
def bob(tmp_path: Path, relay: RelayProcess, here: dict[str, str]) -> Person:
    return person(tmp_path, "Bob", relay.url, at(here))


def vauchi(who: Person, *arguments: str) -> list[str]:
    return [*VAUCHI, "--profile", f"{who.directory}/", *arguments]


def answer(window: Terminal, words: str) -> None:
    window.type(words)
    window.keys("Enter")


def test_in_the_terminal_each_step_is_a_line_and_yes_is_typed(
    tmp_path: Path, alice: Person, bob: Person, here: dict[str, str]
) -> None:
    show = vauchi(alice, "exchange", "show", "--grant", "phone")
    with terminal(tmp_path, "alice", show, here, 100, 60) as showing:
        code = "".join(showing.wait_for(r"^(K5BEKWA[A-Z2-7/.:\d\s]+)^Valid until").group(1).split())
        with terminal(tmp_path, "bob", vauchi(bob, "exchange", "scan", code), here, 100, 40) as scanning:
            scanning.wait_for("Listening, attempt 1 of 3: hold the two laptops side by side and still.")
            answer(scanning, "yes")  # before anything is asked: it must not count
            digits = scanning.wait_for(r"0\.2 m apart\. The digits on both screens: (\d{3} \d{3})").group(1)
            showing.wait_for(r"Heard the other device, \d\d dB\.")
            showing.wait_for(rf"Bob\? {digits} on both screens\? Type yes:")
            answer(showing, "yes")
            scanning.wait_for(rf"Alice\? {digits} on both screens\? Type yes:")
            assert "exit" not in scanning.screen() and bob.values() == {}
            answer(scanning, "Yes")
            for window in (showing, scanning):
                window.wait_for(r"Exchange Successful: \w+, nearby 0\.2 m")
                window.wait_for("exit 0")
                assert "ALSA" not in window.screen()
    assert bob.values() == {"Alice": {"phone": "555-1111111"}}


def test_anything_but_yes_ends_it_on_both_sides(alice: Person, bob: Person) -> None:
    with (
        alice.start("exchange", "show") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        asked = showing.wait_for("confirm")
        assert asked.keys() == {"event", "name", "digits", "distance_m"} and asked["name"] == "Bob"
        kinds = [event["event"] for event in showing.events]
        assert kinds == ["code", "scanned", "listening", "sound", "sound", "confirm"]
        heard, near = (event for event in showing.events if event["event"] == "sound")
        assert heard.keys() == {"event", "attempt", "snr_db", "distance_m"} and heard["distance_m"] is None
        assert near["attempt"] == heard["attempt"] == 1 and near["snr_db"] == heard["snr_db"] > 20
        assert near["digits"] == asked["digits"]
        scanning.wait_for("sound", attempt=1, digits=near["digits"], distance_m=near["distance_m"])
        assert near["distance_m"] == asked["distance_m"] == pytest.approx(0.2, abs=0.03)
        showing.write("y")
        assert showing.wait_for("failed")["reason"] == "The exchange was cancelled."
        assert scanning.wait_for("failed")["reason"] == "The other person cancelled."
        assert (showing.end()[0], scanning.end()[0]) == (1, 1)
    assert alice.values() == bob.values() == {}


def test_a_closed_stdin_is_no_yes_and_ctrl_c_tells_the_other_side(alice: Person, bob: Person) -> None:
    with (
        alice.start("exchange", "show") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        showing.wait_for("confirm")
        showing.write("yes")
        scanning.wait_for("confirm")
        scanning.close_input()
        assert "input ended" in scanning.wait_for("error")["reason"]
        for side in (showing, scanning):
            side.wait_for("failed")
            assert side.end()[0] == 1
    with (
        alice.start("exchange", "show") as showing,
        bob.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        showing.wait_for("confirm")
        showing.send(signal.SIGINT)
        assert showing.end() == (130, "")
        assert scanning.wait_for("failed")["reason"] == "The other person cancelled."
    assert alice.values() == bob.values() == {}


def test_a_script_writes_the_code_and_its_answer_at_once(alice: Person, bob: Person) -> None:
    with alice.start("exchange", "show", "--grant", "phone") as showing:
        code = showing.wait_for("code")["text"]
        with bob.start("exchange", "scan") as scanning:
            scanning.write(f"{code}\nyes")
            showing.wait_for("confirm")
            showing.write("yes")
            assert showing.wait_for("complete")["trust"]["method"] == "sound"
            assert scanning.end() == (0, "")
    assert bob.values() == {"Alice": {"phone": "555-1111111"}}


def test_who_has_no_sound_is_asked_for_digits_once_that_is_accepted(
    tmp_path: Path, alice: Person, relay: RelayProcess, here: dict[str, str]
) -> None:
    carol = person(tmp_path, "Carol", relay.url, at(here | MUTE))
    with (
        alice.start("exchange", "show", "--grant", "email") as showing,
        carol.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        showing.wait_for("no_sound")
        showing.write("yes")
        digits = scanning.wait_for("digits")["digits"]
        assert "SSH" in scanning.wait_for("notice")["text"]
        showing.wait_for("enter_digits")
        showing.write(digits)
        assert showing.wait_for("complete")["trust"]["method"] == "code"
        scanning.wait_for("complete")
    assert carol.values() == {"Alice": {"email": "alice@example.com"}}
    with (
        alice.start("exchange", "show") as showing,
        carol.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        showing.wait_for("no_sound")
        showing.write("no")
        assert scanning.wait_for("failed")["reason"] == "The other person cancelled."
        assert not [event for event in scanning.events if event["event"] == "digits"]


def test_without_sound_here_auto_says_why_and_sound_is_refused_with_the_remedy(
    tmp_path: Path, bob: Person, relay: RelayProcess, here: dict[str, str]
) -> None:
    carol = person(tmp_path, "Carol", relay.url, at(here | MUTE))
    refused = carol.run("exchange", "show", "--proximity", "sound")
    assert refused.returncode == 1 and refused.stdout == ""
    error, hint = refused.stderr.splitlines()
    assert error.startswith("error: This session comes over SSH") and hint.startswith("hint: Start vauchi on")
    with carol.start("exchange", "show") as showing:
        first, second = showing.next_event(), showing.next_event()
        assert first and first["event"] == "code" and second and second["event"] == "notice"
        assert second["text"].startswith("Without sound: This session comes over SSH")
        with bob.start("exchange", "scan", first["text"]) as scanning:  # who could, and is not asked to
            scanning.wait_for("digits")
            showing.wait_for("enter_digits")
            showing.send(signal.SIGINT)
    with (
        bob.start("exchange", "show", "--proximity", "sound") as showing,
        carol.start("exchange", "scan", showing.wait_for("code")["text"]) as scanning,
    ):
        for side in (showing, scanning):
            assert "no microphone or no speaker" in side.wait_for("failed")["reason"]
            assert side.end()[0] == 1
