"""Every screen as a picture, at the three sizes that have to work. `pytest --snapshot-update` takes new ones."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Digits, Static
from ui_people import place, screen_text, shown, until

from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.context import Context
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.answering import AnsweringScreen
from vauchi_tui.ui.screens.create import CreateScreen
from vauchi_tui.ui.screens.help import HelpScreen

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
        screen = AnsweringScreen("not a code", None, frozenset())
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
