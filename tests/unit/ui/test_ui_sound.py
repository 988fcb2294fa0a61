"""Sound in the settings: switching, choosing devices and a level, and the sound check, by keyboard."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sound_cards import HEADSET, HIFI, LAPTOP, Air, PortAudio, plugged_in
from textual.pilot import Pilot
from ui_people import screen_text, shown, until

from vauchi_tui.actions import settings, sound
from vauchi_tui.actions.context import Context
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens import sound_settings
from vauchi_tui.ui.screens.pick import PickDialog
from vauchi_tui.ui.screens.sound_check import SoundCheckDialog

ROUNDS = 1_000


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> Iterator[PortAudio]:
    fake = plugged_in(monkeypatch)
    fake.air = Air()
    yield fake
    assert all(stream.closed for stream in fake.streams)


async def at(pilot: Pilot[int], line: sound_settings.Line) -> None:
    """The settings, their cursor on that line."""
    app = pilot.app
    assert isinstance(app, VauchiApp)
    await shown(pilot)
    await pilot.press("6")
    await until(pilot, lambda: "Proof by sound" in screen_text(app))
    name = {member: number for number, member in enumerate(sound_settings.Line)}
    await pilot.press("g", *["j"] * 4, *["j"] * name[line])
    row = app.screen.query_one("#settings").current  # type: ignore[attr-defined]
    assert row.key is line


async def test_sound_is_switched_off_and_on(furnished: Context, portaudio: PortAudio) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, sound_settings.Line.WANTED)
        for words, value in (("off: people prove by code", "off"), ("on: two laptops", "auto")):
            await pilot.press("enter")
            await until(pilot, lambda words=words: words in screen_text(app))
            assert settings.get(furnished, "sound").value == value


@pytest.mark.parametrize(
    ("line", "key"), [(sound_settings.Line.MICROPHONE, "sound_input"), (sound_settings.Line.SPEAKER, "sound_output")]
)
async def test_a_device_is_picked_from_those_that_are_there(
    furnished: Context, portaudio: PortAudio, line: sound_settings.Line, key: str
) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, line)
        portaudio.plugged = [LAPTOP, HEADSET, HIFI]  # since the settings were opened
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PickDialog) and "Hi-Fi" in screen_text(app))
        assert "Bluetooth" not in screen_text(app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: not isinstance(app.screen, PickDialog) and "Hi-Fi" in screen_text(app))
        assert settings.get(furnished, key).value == "Hi-Fi"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PickDialog) and "●  Hi-Fi" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, PickDialog))
        assert settings.get(furnished, key).value == "Hi-Fi"


async def test_without_a_device_there_is_only_the_systems_and_what_was_chosen(
    furnished: Context, portaudio: PortAudio
) -> None:
    settings.set_value(furnished, "sound_input", "built")
    portaudio.plugged = []
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, sound_settings.Line.MICROPHONE)
        await pilot.press("enter")
        await until(pilot, lambda: "There is no microphone here now." in screen_text(app))
        assert "●  built" in screen_text(app)
        await pilot.press("g", "enter")
        await until(pilot, lambda: settings.get(furnished, "sound_input").value == "default")


async def test_a_missing_library_and_one_that_hangs_are_said(
    furnished: Context, portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    portaudio.fails = "initialize"
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at(pilot, sound_settings.Line.SPEAKER)
        await pilot.press("enter")
        await until(pilot, lambda: "Start it, or go on" in screen_text(app))
        monkeypatch.setattr(sound, "devices_soon", lambda role: sound.Future())
        monkeypatch.setattr(sound_settings, "PATIENCE_S", 0.01)
        await pilot.press("enter")
        await until(pilot, lambda: "Start it again" in screen_text(app))


async def test_a_level_is_kept_and_a_wrong_one_refused(furnished: Context, portaudio: PortAudio) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at(pilot, sound_settings.Line.LEVEL)
        await pilot.press("enter", "ctrl+u", *"-18", "enter")
        await until(pilot, lambda: "−18 dBFS" in screen_text(app))
        await pilot.press("enter", "ctrl+u", *"7", "enter")
        await until(pilot, lambda: "from −40 to 0" in screen_text(app))
        assert settings.get(furnished, "sound_level").value == "-18"


async def test_the_check_shows_a_meter_and_then_the_result(furnished: Context, portaudio: PortAudio) -> None:
    portaudio.air = Air(held=60)
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await at(pilot, sound_settings.Line.CHECK)
        await pilot.press("enter")
        await until(pilot, lambda: "dBFS " in screen_text(app) and "█" in screen_text(app), ROUNDS)
        await pilot.press("enter")  # is waited for: there is no second check beside
        portaudio.air.hold.set()
        await until(pilot, lambda: "✓ full" in screen_text(app), ROUNDS)
        text = screen_text(app)
        assert "dB above the noise" in text and "Built-in" in text and "checks again" in text
        portaudio.air = Air(echo=0.0)
        await pilot.press("enter")
        await until(pilot, lambda: "! hears only" in screen_text(app), ROUNDS)
        assert "Turn the volume up" in screen_text(app)
        assert len(portaudio.streams) == 2


async def test_leaving_the_check_stops_it_at_once(
    furnished: Context, portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vauchi_tui.proximity.live.STALLED_SECONDS", 60.0)  # nothing else ends it
    portaudio.air = Air(held=60)
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await pilot.press("6")
        await until(pilot, lambda: "Proof by sound" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: "█" in screen_text(app), ROUNDS)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, SoundCheckDialog))
        await until(pilot, lambda: all(stream.closed for stream in portaudio.streams))
        assert len(portaudio.streams) == 1


async def test_without_a_sound_device_the_check_says_so(furnished: Context, portaudio: PortAudio) -> None:
    portaudio.plugged = []
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(45, 23)) as pilot:
        await shown(pilot)
        await pilot.press("6")
        await shown(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "✗ none" in screen_text(app), ROUNDS)
        assert "There is no sound device here." in screen_text(app)


def test_what_is_drawn_while_libraries_are_kept_quiet_is_not_lost() -> None:
    program = """
import os, sys
from vauchi_tui.proximity.quiet import quiet
from vauchi_tui.ui.launch import draw_apart
draw_apart()
with quiet():
    os.write(2, b"ALSA lib pcm.c: unknown PCM")
    print("drawn", file=sys.__stderr__, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "drawn\n"
