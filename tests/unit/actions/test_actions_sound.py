"""Which devices an exchange is proven with: the settings, a session over SSH, and devices that come and go."""

import os
import sys
from types import SimpleNamespace

import pytest
from sound_cards import HEADSET, LAPTOP, SLOW, PortAudio

from vauchi_tui.actions import settings, sound
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.sound import Role, SoundUnavailable
from vauchi_tui.errors import VauchiError
from vauchi_tui.proximity import devices
from vauchi_tui.proximity.quiet import quiet

HERE: dict[str, str] = {}


def choose(ctx: Context, **values: str) -> None:
    for key, value in values.items():
        settings.set_value(ctx, key, value)


def test_without_settings_the_systems_devices_are_taken(ctx: Context, portaudio: PortAudio) -> None:
    pair = sound.find_pair(ctx, HERE)
    assert (pair.input.name, pair.output.name, pair.rate) == ("Built-in", "Built-in", 48_000)


def test_the_settings_choose_the_devices(ctx: Context, portaudio: PortAudio) -> None:
    choose(ctx, sound_input="Hi-Fi", sound_output="built")
    pair = sound.find_pair(ctx, HERE)
    assert (pair.input.name, pair.output.name) == ("Hi-Fi", "Built-in")


def test_a_device_that_is_plugged_in_later_is_found(ctx: Context, portaudio: PortAudio) -> None:
    portaudio.plugged = []
    with pytest.raises(SoundUnavailable, match="no sound device"):
        sound.find_pair(ctx, HERE)
    portaudio.plugged = [LAPTOP]
    assert sound.find_pair(ctx, HERE).input.name == "Built-in"


def test_an_open_stream_is_not_ended_by_looking_for_devices(ctx: Context, portaudio: PortAudio) -> None:
    sound.find_pair(ctx, HERE)
    with devices.streaming():
        started = portaudio.started
        portaudio.plugged = []
        assert sound.find_pair(ctx, HERE).input.name == "Built-in"
        assert portaudio.started == started
    with pytest.raises(SoundUnavailable):
        sound.find_pair(ctx, HERE)


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
def test_a_session_over_ssh_has_no_sound_where_the_person_is(ctx: Context, portaudio: PortAudio, name: str) -> None:
    with pytest.raises(SoundUnavailable, match="SSH") as refused:
        sound.find_pair(ctx, {name: "x"})
    assert "in front of you" in refused.value.hint
    assert portaudio.started == 1  # not even looked at


def test_sound_that_is_switched_off_is_not_looked_for(ctx: Context, portaudio: PortAudio) -> None:
    choose(ctx, sound="off")
    with pytest.raises(SoundUnavailable, match="switched off") as refused:
        sound.find_pair(ctx, HERE)
    assert "vauchi settings sound auto" in refused.value.hint
    assert portaudio.started == 1


def test_the_environment_switches_sound_off_and_on_for_one_run(ctx: Context, portaudio: PortAudio) -> None:
    with pytest.raises(SoundUnavailable, match="switched off"):
        sound.find_pair(ctx, {sound.VARIABLE: "off"})
    choose(ctx, sound="off")
    assert sound.find_pair(ctx, {sound.VARIABLE: "auto"})


def test_a_headset_is_refused(ctx: Context, portaudio: PortAudio) -> None:
    portaudio.plugged = [HEADSET]
    with pytest.raises(SoundUnavailable, match="Bluetooth"):
        sound.find_pair(ctx, HERE)


def test_a_missing_library_and_one_that_does_not_start_are_told(
    ctx: Context, portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    portaudio.fails = "initialize"
    for _ in range(2):  # and again when it is asked again
        with pytest.raises(SoundUnavailable, match="does not start"):
            sound.find_pair(ctx, HERE)
    portaudio.fails = ""
    assert sound.find_pair(ctx, HERE)
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(SoundUnavailable, match="PortAudio is missing"):
        sound.find_pair(ctx, HERE)


def test_the_level_is_minus_twelve_decibels_unless_set(ctx: Context) -> None:
    assert sound.level(ctx) == pytest.approx(0.251, abs=0.001)
    choose(ctx, sound_level="-20")
    assert sound.level(ctx) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("sound", "OFF", "off"),
        ("sound", "auto", "auto"),
        ("sound_input", "hi-", "hi-"),
        ("sound_input", "default", "default"),
        ("sound_output", "Hi-Fi", "Hi-Fi"),
        ("sound_level", "-20 dBFS", "-20"),
        ("sound_level", "−6.5", "-6.5"),
        ("sound_level", "0", "0"),
    ],
)
def test_a_setting_is_kept_as_it_was_meant(ctx: Context, portaudio: PortAudio, key: str, value: str, kept: str) -> None:
    assert settings.set_value(ctx, key, value).value == kept
    assert settings.get(ctx, key).value == kept


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("sound", "loud", "auto or off"),
        ("sound_input", "Studio", "no microphone named “Studio”"),
        ("sound_output", "Headset", "Bluetooth"),
        ("sound_output", "a\nb", "no name of a speaker"),
        ("sound_output", "x" * 201, "no name of a speaker"),
        ("sound_level", "loud", "−40 to 0"),
        ("sound_level", "1", "−40 to 0"),
        ("sound_level", "-41", "−40 to 0"),
        ("sound_level", "nan", "−40 to 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_the_old_one_stays(
    ctx: Context, portaudio: PortAudio, key: str, value: str, words: str
) -> None:
    portaudio.plugged = [LAPTOP, HEADSET]
    before = settings.list_settings(ctx)
    with pytest.raises(VauchiError, match=words) as refused:
        settings.set_value(ctx, key, value)
    assert refused.value.hint
    assert settings.list_settings(ctx) == before


def test_wireless_devices_are_not_offered(portaudio: PortAudio) -> None:
    portaudio.plugged = [LAPTOP, HEADSET, SLOW, LAPTOP]
    assert sound.devices(Role.MICROPHONE) == ["Built-in", "Old Microphone"]
    assert sound.devices(Role.SPEAKER) == ["Built-in"]


def test_what_libraries_write_to_the_terminal_is_lost_and_what_python_writes_is_not(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(2, "w", closefd=False) as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with quiet():
            os.write(2, b"ALSA lib pcm_dmix.c: unable to open slave\n")
            with quiet():
                print("error: told", file=sys.stderr)
            os.write(2, b"jack server is not running\n")
        os.write(2, b"after\n")
    assert capfd.readouterr().err == "error: told\nafter\n"


def test_a_closed_stderr_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = SimpleNamespace(dup=lambda _: (_ for _ in ()).throw(OSError(9, "Bad file descriptor")))
    monkeypatch.setattr("vauchi_tui.proximity.quiet.os.dup", closed.dup)
    with quiet():
        pass
