"""Every screen as a picture, at the three sizes that have to work. `pytest --snapshot-update` takes new ones."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Digits, Static
from ui_people import place, screen_text, shown, until

from vauchi_tui.actions import devices
from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.sound_check import Outcome, Progress
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.answering import AnsweringScreen
from vauchi_tui.ui.screens.create import CreateScreen
from vauchi_tui.ui.screens.help import HelpScreen
from vauchi_tui.ui.screens.settings import SettingsScreen, SettingsView

SIZES = [(80, 24), (120, 40), (45, 23)]
TABS = {"card": "1", "contacts": "2", "visibility": "3", "exchange": "4", "sync": "5"}
Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]


def keys(*pressed: str, sees: str) -> Before:
    async def before(pilot: Pilot[Any]) -> None:
        await shown(pilot)
        for key in pressed:
            await pilot.press(key)
            await pilot.pause()
        app = pilot.app
        assert isinstance(app, VauchiApp)
        await until(pilot, lambda: sees in " ".join(screen_text(app).split()))
        await until(pilot, lambda: app.standing.words == "no relay")
        await pilot.pause()

    return before


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("tab", TABS)
def test_tab(snap_compare: Compare, furnished: Context, tab: str, size: tuple[int, int]) -> None:
    sees = {"card": "+1 555 1111", "contacts": "Bob", "visibility": "everyone", "exchange": "Mobile", "sync": "Relay"}
    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=size, run_before=keys(TABS[tab], sees=sees[tab]))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_contact(snap_compare: Compare, furnished: Context, size: tuple[int, int]) -> None:
    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=size, run_before=keys("2", "enter", sees="Fingerprint"))


def test_staged_visibility(snap_compare: Compare, furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    before = keys("3", "j", "l", "space", "j", "r", sees="not saved")
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_labels(snap_compare: Compare, labelled: Context, size: tuple[int, int]) -> None:
    app = VauchiApp(labelled.profile, labelled)
    before = keys("3", "j", "l", "space", "j", "j", sees="not saved")
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_labels_in_the_list(snap_compare: Compare, labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys("2", sees="@family"))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_labels_to_tick(snap_compare: Compare, labelled: Context, size: tuple[int, int]) -> None:
    app = VauchiApp(labelled.profile, labelled)
    assert snap_compare(app, terminal_size=size, run_before=keys("3", "j", "j", "j", "m", sees="Labels of"))


def test_field_dialog(snap_compare: Compare, furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys("j", "enter", sees="Change a field"))


@pytest.mark.parametrize("theme", ["vauchi-light", "vauchi-terminal"])
def test_theme(snap_compare: Compare, furnished: Context, theme: str) -> None:
    app = VauchiApp(furnished.profile, furnished)
    app.theme = theme
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys("3", "j", "space", sees="not saved"))


def test_help(snap_compare: Compare, furnished: Context) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await keys(sees="+1 555 1111")(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.pause()

    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_first_start(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateScreen) and pilot.app.focused is not None)
        await pilot.press(*"Alice", "enter", "down")
        await pilot.pause()

    assert snap_compare(VauchiApp(place(tmp_path)), terminal_size=size, run_before=before)


def test_digits(snap_compare: Compare, furnished: Context) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await keys("4", sees="Mobile")(pilot)
        screen = AnsweringScreen("not a code", None, frozenset(), SoundSearch(furnished))
        await pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.over)
        screen.steps.clear()
        screen.steps.now("Answering the code", "Answered the code")
        screen.happened(events.Digits("314159"))
        await until(pilot, lambda: screen.query_one(Digits).value == "314 159")
        assert "314 159" in str(screen.query_one("#ask", Static).render())
        await pilot.pause()

    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.fixture
def in_one_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings show where the vault is, and what the computer is called."""
    read = SettingsScreen.read
    monkeypatch.setattr(devices, "default_name", lambda: "desk")

    def read_there(self: SettingsScreen, ctx: Context) -> SettingsView:
        return replace(read(self, ctx), folder="/home/alice/.local/share/vauchi/default")

    monkeypatch.setattr(SettingsScreen, "read", read_there)


@pytest.mark.usefixtures("in_one_folder")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_settings(snap_compare: Compare, furnished: Context, size: tuple[int, int]) -> None:
    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=size, run_before=keys("6", sees="Proof by sound"))


FULL = Outcome("full", "Speaker and microphone both carry 18–20 kHz.", "", 31.4, "Built-in", "Built-in", 48_000)
HEARS = Outcome(
    "hears only",
    "The microphone works, but the speaker was not heard at 18–20 kHz.",
    "Turn the volume up and unmute, unplug headphones, or choose another speaker.",
    None,
    "HDA Intel PCH: ALC257 Analog (hw:0,0)",
    "HDA Intel PCH: ALC257 Analog (hw:0,0)",
    48_000,
)


@pytest.mark.usefixtures("in_one_folder")
@pytest.mark.parametrize(
    ("size", "progress", "sees"),
    [
        ((80, 24), Progress(-38.2), "−38 dBFS"),
        ((80, 24), Progress(-31.0, FULL), "31 dB above the noise"),
        ((45, 23), Progress(-93.0, HEARS), "hears only"),
    ],
    ids=["meter", "full", "hears-45x23"],
)
def test_sound_check(
    snap_compare: Compare,
    furnished: Context,
    size: tuple[int, int],
    progress: Progress,
    sees: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vauchi_tui.ui.screens.sound_check.SoundCheckRun", lambda chosen: Still(progress))
    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=size, run_before=keys("6", "s", sees=sees))


class Still:
    """A check that stands as it is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def look(self) -> Progress:
        return self._progress

    def stop(self) -> None:
        """Nothing plays."""
