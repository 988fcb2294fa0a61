"""`vauchi doctor`: what it prints, and the sound check of the command line."""

import json
import sys
from collections.abc import Iterator

import pytest
from command_line import Cli
from sound_cards import Air, PortAudio, plugged_in


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> Iterator[PortAudio]:
    fake = plugged_in(monkeypatch)
    fake.air = Air()
    yield fake
    assert all(stream.closed for stream in fake.streams)


def test_the_sound_check_says_what_sound_can_do(nobody: Cli, portaudio: PortAudio) -> None:
    assert nobody("doctor", "--sound") == 0
    lines = nobody.out.splitlines()
    assert lines[0].startswith("sound: full, ") and lines[0].endswith(" dB above the noise")
    assert lines[1:] == [
        "  Speaker and microphone both carry 18–20 kHz.",
        "  microphone  Built-in",
        "  speaker     Built-in",
        "  rate        48,000 Hz",
    ]
    assert nobody.err == ""


def test_what_does_not_work_has_its_remedy_and_exit_code_1(nobody: Cli, portaudio: PortAudio) -> None:
    portaudio.air = Air(echo=0.0)
    assert nobody("doctor", "--sound") == 1
    assert nobody.out.startswith("sound: hears only\n") and "Turn the volume up" in nobody.out


def test_as_json_it_is_one_object(nobody: Cli, portaudio: PortAudio) -> None:
    found = nobody.json("doctor", "--sound")
    assert found.pop("snr_db") == pytest.approx(35.7, abs=1)
    assert found == {
        "ability": "full",
        "title": "Speaker and microphone both carry 18–20 kHz.",
        "hint": "",
        "microphone": "Built-in",
        "speaker": "Built-in",
        "rate": 48_000,
    }
    portaudio.plugged = []
    assert nobody("doctor", "--sound", "--json") == 1
    assert json.loads(nobody.out)["ability"] == "none"


def test_on_a_terminal_the_meter_is_one_line_written_over(
    nobody: Cli, portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert nobody("doctor", "--sound") == 0
    meter, _, result = nobody.out.rpartition("\r\x1b[K")
    assert result.startswith("sound: full")
    assert "\n" not in meter and meter.startswith("\r18-20 kHz [") and "#" in meter


def test_the_settings_of_the_profile_count_and_a_locked_one_is_said(
    cli: Cli, portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("settings", "sound", "off") == 0
    assert cli("doctor", "--sound") == 1
    assert cli.out.startswith("sound: none\n") and "vauchi settings sound auto" in cli.out
    monkeypatch.setattr("vauchi_tui.actions.doctor_sound.chosen", lambda *_: None)
    assert cli("doctor", "--sound") == 0
    assert "locked" in cli.err


def test_the_doctor_tells_of_sound_in_one_line_and_plays_nothing(nobody: Cli, portaudio: PortAudio) -> None:
    nobody("doctor")
    (line,) = [line for line in nobody.out.splitlines() if " sound: " in line]
    assert line.startswith("ok ") and "Built-in" in line
    assert portaudio.streams == []
