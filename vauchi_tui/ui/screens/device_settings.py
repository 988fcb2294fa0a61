"""The own devices among the settings: a line each, and what ⏎ does on it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vauchi_tui.actions import devices
from vauchi_tui.actions.devices import OwnDevice
from vauchi_tui.ui.widgets.table_list import Cell, Row, heading
from vauchi_tui.ui.words import ago, plain

if TYPE_CHECKING:
    from vauchi_tui.ui.screens.settings import SettingsScreen

LINK = "link"
"""The key of the line that links another device."""


def rows(there: Sequence[OwnDevice], now: int) -> list[Row]:
    """The heading and the lines below it; the key of a device's is ("device", its id). `now` in unix s."""
    how = "⏎ shows a code for your new device" if may_link(there) else "is done on your first device"
    return [
        heading("Your devices"),
        *(Row(("device", one.id), (Cell(plain(one.name), "strong"), Cell(words(one, now)))) for one in there),
        Row(LINK, (Cell("Link another", "strong"), Cell(how))),
    ]


def may_link(there: Iterable[OwnDevice]) -> bool:
    """Only the first device can link and revoke."""
    return any(one.this and one.primary for one in there)


def words(device: OwnDevice, now: int) -> str:
    """`first device, this one`; `last seen 5 min ago`."""
    marks = [text for text, so in (("first device", device.primary), ("this one", device.this)) if so]
    if not device.this:
        marks.append("not heard yet" if device.last_seen is None else f"last seen {ago(device.last_seen, now)}")
    return ", ".join(marks)


def link(screen: "SettingsScreen") -> None:
    """Show a code, where this device may."""
    from vauchi_tui.ui.screens.link import LinkScreen

    if screen.view is not None and not may_link(screen.view.devices):
        screen.house.say("Only your first device can link another one: show the code there.")
        return
    screen.app.push_screen(LinkScreen(), lambda _: screen.wake())


def change(screen: "SettingsScreen", device_id: bytes) -> None:
    """Rename or revoke a device."""
    from vauchi_tui.ui.screens.prompts import KeyQuestion

    view = screen.view
    device = next((one for one in view.devices if one.id == device_id), None) if view is not None else None
    if view is None or device is None:
        return
    revokes = not device.this and may_link(view.devices)
    answers = [("n", "another name")] + [("r", "revoke it: it is yours no more")] * revokes

    def answered(key: str | None) -> None:
        if key == "n":
            _rename(screen, device)
        elif key == "r":
            _revoke(screen, device)

    screen.app.push_screen(KeyQuestion(f"“{plain(device.name)}”", words(device, view.now), answers), answered)


def _rename(screen: "SettingsScreen", device: OwnDevice) -> None:
    from vauchi_tui.ui.screens.prompts import LinePrompt

    def answered(name: str | None) -> None:
        if name:
            screen.run_worker(_store_name(screen, device, name))

    why = "Your other devices show this name; contacts never see it."
    screen.app.push_screen(LinePrompt("How this device is called", device.name, words=why), answered)


async def _store_name(screen: "SettingsScreen", device: OwnDevice, name: str) -> None:
    await screen.house.act(devices.rename, device.id, name)
    screen.wake()


def _revoke(screen: "SettingsScreen", device: OwnDevice) -> None:
    from vauchi_tui.ui.screens.prompts import KeyQuestion

    def answered(key: str | None) -> None:
        if key == "y":
            screen.run_worker(_store_revoked(screen, device))

    why = (
        "It wipes itself when it next hears from the relay, and your contacts stop writing to it. What is read on it "
        "by then stays read. This cannot be taken back; the device can be linked anew."
    )
    title = f"Revoke “{plain(device.name)}”?"
    screen.app.push_screen(KeyQuestion(title, why, [("y", f"revoke {plain(device.name)}")]), answered)


async def _store_revoked(screen: "SettingsScreen", device: OwnDevice) -> None:
    if await screen.house.act(devices.revoke, device.id) is not None:
        screen.house.say(f"“{plain(device.name)}” is one of your devices no more.")
    screen.wake()
