"""The sound check over PortAudio, ALSA and PulseAudio, as a process and in a terminal; a null sink is the air."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from channel import noise_for
from cli_process import VAUCHI
from pulse_room import RATE, WAIT, Room, pulse_room
from tmux import Terminal, terminal

from vauchi_tui.proximity.waveforms import LEVEL


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with pulse_room() as room:
        room.air("air")
        room.air("elsewhere")
        yield room


def environment(room: Room, speaker: str = "air") -> dict[str, str]:
    """Of somebody who sits in the room and has chosen nothing."""
    near = {"VAUCHI_SOUND": "auto", "SSH_CONNECTION": "", "SSH_TTY": ""}  # tmux hands on what is not named here
    return room.environment | near | {"PULSE_SINK": speaker, "PULSE_SOURCE": "air.monitor", "LANG": "C.UTF-8"}


def check(room: Room, speaker: str = "air") -> dict[str, Any]:
    """What `vauchi doctor --sound` finds. It prints nothing else, whatever ALSA thinks of it."""
    done = subprocess.run(
        [*VAUCHI, "--profile", f"{room.folder}/nobody/", "doctor", "--sound", "--json"],
        env=environment(room, speaker),
        capture_output=True,
        text=True,
        timeout=WAIT,
    )
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (found["ability"] != "full")
    return found


def test_a_device_that_hears_itself_is_full(room: Room) -> None:
    found = check(room)
    assert found["ability"] == "full" and found["snr_db"] > 60
    assert found["rate"] == RATE


def test_noise_in_the_room_is_measured_and_a_speaker_elsewhere_not_heard(room: Room) -> None:
    sigma = noise_for(15.0, LEVEL**2 / 2, RATE)
    noise = sigma * np.random.default_rng(4).standard_normal(RATE * 60)
    with room.playing(np.repeat(noise, 2).astype("<f4").tobytes(), "air"):
        found = check(room)
        assert found["ability"] == "full"
        assert found["snr_db"] == pytest.approx(15.0, abs=2.0)
        assert check(room, speaker="elsewhere")["ability"] == "hears only"


def test_a_muted_microphone_leaves_speaking(room: Room) -> None:
    room.control("set-source-mute", "air.monitor", "1")
    try:
        found = check(room)
    finally:
        room.control("set-source-mute", "air.monitor", "0")
    assert found["ability"] == "speaks only" and "Unmute" in found["hint"]


def test_a_server_that_hangs_is_told_and_the_process_ends() -> None:
    with pulse_room() as room:
        room.break_down(frozen=True)
        found = check(room)
    assert found["ability"] == "none" and "does not answer" in found["title"]


def text(screen: Terminal) -> list[str]:
    """The lines without the scrollbar, whose end is drawn to an eighth of a line."""
    return [line[:78].rstrip() for line in screen.screen().splitlines()]


def test_in_the_app_the_meter_moves_and_nothing_disturbs_the_screen(room: Room, tmp_path: Path) -> None:
    here = environment(room)
    alice = [*VAUCHI, "--profile", f"{room.folder}/alice/"]
    subprocess.run([*alice, "init", "Alice", "--no-passphrase"], env=here, check=True, capture_output=True)
    with terminal(tmp_path, "alice", alice, here) as screen:
        screen.wait_for("no relay")
        screen.keys("6")
        screen.wait_for("t Theme")  # in the last line
        before = text(screen)
        screen.keys("s")
        screen.wait_for("18–20 kHz +█+·+ +−12 dBFS")
        screen.wait_for("✓ full, [0-9]+ dB above the noise")
        screen.keys("Enter")
        screen.wait_for("is played and listened to")
        screen.keys("Escape")
        screen.wait_until_gone("Sound check  +│")
        screen.wait_for("t Theme")
        assert text(screen) == before
        screen.keys("q")
        screen.wait_for("exit 0")
        assert "Traceback" not in screen.screen()
