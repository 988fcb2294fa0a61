"""Own devices as pictures, at the three sizes that have to work. `pytest --snapshot-update` takes new ones."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from ui_people import place, screen_text, shown, until

from vauchi_tui.actions import devices
from vauchi_tui.actions import link_events as events
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.devices import OwnDevice
from vauchi_tui.actions.sync import DeviceStatus
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.create import CreateScreen
from vauchi_tui.ui.screens.join import JoinScreen
from vauchi_tui.ui.screens.joining import JoiningScreen
from vauchi_tui.ui.screens.link import LinkScreen
from vauchi_tui.ui.screens.pipe import PipeScreen
from vauchi_tui.ui.screens.settings import SettingsScreen, SettingsView
from vauchi_tui.ui.screens.sync import SyncScreen, SyncView
from vauchi_tui.ui.widgets.table_list import TableList

SIZES = [(80, 24), (120, 40), (45, 23)]
Compare = Callable[..., bool]

at_sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def one_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "default_name", lambda: "desk")


def stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run begins: the test says what happens."""
    monkeypatch.setattr(PipeScreen, "start", lambda self: None)


async def sees(pilot: Pilot[Any], words: str) -> None:
    app = pilot.app
    assert isinstance(app, VauchiApp)
    await until(pilot, lambda: words in " ".join(screen_text(app).split()))
    await pilot.pause()


@at_sizes
def test_joining_form(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateScreen) and pilot.app.focused is not None)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(pilot.app.screen, JoinScreen) and pilot.app.focused is not None)
        await pilot.pause()

    assert snap_compare(VauchiApp(place(tmp_path)), terminal_size=size, run_before=before)


def test_first_start_after_being_revoked(snap_compare: Compare, tmp_path: Path) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateScreen) and pilot.app.focused is not None)
        await sees(pilot, "This device was revoked")

    words = "This device was revoked, so everything on it has been wiped."
    assert snap_compare(VauchiApp(place(tmp_path), words=words), terminal_size=(80, 24), run_before=before)


@at_sizes
@pytest.mark.parametrize("step", ["digits", "wrong", "done"])
def test_linking(
    snap_compare: Compare, furnished: Context, monkeypatch: pytest.MonkeyPatch, step: str, size: tuple[int, int]
) -> None:
    stand_still(monkeypatch)

    async def before(pilot: Pilot[Any]) -> None:
        await shown(pilot)
        screen = LinkScreen()
        await pilot.app.push_screen(screen)
        await pilot.pause()
        told: list[Any] = [events.CodeShown("A", "A", 0, None, False), events.DeviceAnswered("tablet")]
        told += [events.EnterDigits(3), *([events.WrongDigits(2)] if step == "wrong" else [])]
        if step == "done":
            told += [events.Completed(), events.Linked("tablet", bytes(16))]
        for event in told:
            screen.show_event(event)
        await sees(pilot, {"digits": "six digits", "wrong": "2 more tries", "done": "one of your devices now"}[step])

    assert snap_compare(VauchiApp(furnished.profile, furnished), terminal_size=size, run_before=before)


@at_sizes
@pytest.mark.parametrize("step", ["digits", "arriving", "done"])
def test_joining(
    snap_compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, size: tuple[int, int]
) -> None:
    stand_still(monkeypatch)

    def begin() -> Any:
        raise AssertionError("no run begins")

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateScreen) and pilot.app.focused is not None)
        screen = JoiningScreen(begin)
        await pilot.app.push_screen(screen)
        await pilot.pause()
        told: list[Any] = [events.Digits("482913")]
        if step != "digits":
            told += [events.Completed(), events.Arriving(412)]
        if step == "done":
            told += [events.Arriving(0), events.Joined("Alice Smith", "")]
        for event in told:
            screen.show_event(event)
        words = {"digits": "Type these digits", "arriving": "412 things to go", "done": "a device of Alice Smith now"}
        await sees(pilot, words[step])

    assert snap_compare(VauchiApp(place(tmp_path)), terminal_size=size, run_before=before)


@at_sizes
def test_settings(
    snap_compare: Compare, furnished: Context, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    read = SettingsScreen.read

    def read_three(self: SettingsScreen, ctx: Context) -> SettingsView:
        view = read(self, ctx)
        others = (
            OwnDevice(bytes(16), "laptop in the study", False, False, 0, view.now - 7_500),
            OwnDevice(bytes(15) + b"1", "tablet", False, False, 0, None),
        )
        return replace(view, folder="/home/alice/.local/share/vauchi/default", devices=(*view.devices, *others))

    monkeypatch.setattr(SettingsScreen, "read", read_three)

    async def before(pilot: Pilot[Any]) -> None:
        await shown(pilot)
        await pilot.press("6")
        await shown(pilot)
        assert isinstance(pilot.app.screen, SettingsScreen)
        pilot.app.screen.table.select(("device", bytes(16)))
        await until(pilot, lambda: pilot.app.standing.words == "no relay")  # type: ignore[attr-defined]
        await sees(pilot, "laptop in")

    assert snap_compare(VauchiApp(furnished.profile, furnished), terminal_size=size, run_before=before)


@at_sizes
def test_sync(
    snap_compare: Compare, furnished: Context, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    read = SyncScreen.read

    def read_two(self: SyncScreen, ctx: Context) -> SyncView:
        view = read(self, ctx)
        others = (
            DeviceStatus(bytes(16), "laptop in the study", 2, 1, view.now - 7_500),
            DeviceStatus(bytes(15) + b"1", "tablet", 0, 4, None),
        )
        return replace(view, status=replace(view.status, devices=others))

    monkeypatch.setattr(SyncScreen, "read", read_two)

    async def before(pilot: Pilot[Any]) -> None:
        await shown(pilot)
        await pilot.press("5")
        await shown(pilot)
        await until(pilot, lambda: pilot.app.standing.words == "no relay")  # type: ignore[attr-defined]
        pilot.app.screen.query_one(TableList).select(("device", bytes(16)))
        await sees(pilot, "Your other devices")

    assert snap_compare(VauchiApp(furnished.profile, furnished), terminal_size=size, run_before=before)
