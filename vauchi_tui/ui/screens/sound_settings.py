"""The sound part of the settings: its lines, and what ⏎ does on each of them."""

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING

from vauchi_tui.actions import settings, sound
from vauchi_tui.actions.sound import Choices, Role, SoundUnavailable
from vauchi_tui.ui.widgets.choice import Option
from vauchi_tui.ui.widgets.table_list import Cell, Row, heading
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.ui.screens.settings import SettingsScreen

PATIENCE_S = 5.0
_SYSTEMS = "the system’s"


class Line(Enum):
    """The lines, as keys of their rows."""

    WANTED = auto()
    MICROPHONE = auto()
    SPEAKER = auto()
    LEVEL = auto()
    CHECK = auto()


def rows(chosen: Choices) -> list[Row]:
    """The heading and the lines below it."""
    wanted = "off: people prove by code or scan" if chosen.off else "on: two laptops hear that they are together"
    return [
        heading("Sound"),
        _row(Line.WANTED, "Proof by sound", wanted),
        _row(Line.MICROPHONE, "Microphone", plain(chosen.microphone or _SYSTEMS)),
        _row(Line.SPEAKER, "Speaker", plain(chosen.speaker or _SYSTEMS)),
        _row(Line.LEVEL, "Level", f"{chosen.level:g} dBFS".replace("-", "−")),
        _row(Line.CHECK, "Sound check", "⏎ plays 18–20 kHz and listens"),
    ]


def _row(line: Line, name: str, words: str) -> Row:
    return Row(line, (Cell(name, "strong"), Cell(words)))


async def change(screen: "SettingsScreen", line: Line) -> None:
    """What ⏎ does. Dialogs are opened and not waited for."""
    if screen.view is None:
        return
    chosen = screen.view.sound
    match line:
        case Line.WANTED:
            await _store(screen, sound.WANTED, sound.AUTO if chosen.off else sound.OFF)
        case Line.MICROPHONE:
            await _pick(screen, sound.INPUT, Role.MICROPHONE, chosen.microphone)
        case Line.SPEAKER:
            await _pick(screen, sound.OUTPUT, Role.SPEAKER, chosen.speaker)
        case Line.LEVEL:
            _ask_level(screen, chosen.level)
        case Line.CHECK:
            from vauchi_tui.ui.screens.sound_check import SoundCheckDialog

            screen.app.push_screen(SoundCheckDialog())


async def _pick(screen: "SettingsScreen", key: str, role: Role, present: str | None) -> None:
    from vauchi_tui.ui.screens.pick import PickDialog

    try:
        names = await asyncio.wait_for(asyncio.wrap_future(sound.devices_soon(role)), PATIENCE_S)
    except SoundUnavailable as error:
        screen.house.tell(error)
        return
    except TimeoutError:
        screen.house.tell(sound.not_answering())
        return
    chosen = [present] if present is not None and present not in names else []
    options = [
        Option(sound.SYSTEM, _SYSTEMS),
        *(Option(name, plain(name)) for name in chosen + names if name.casefold() != sound.SYSTEM),
    ]

    def picked(name: str | None) -> None:
        if name is not None:
            screen.run_worker(_store(screen, key, name))

    words = "" if names else f"There is no {role.value} here now."
    screen.app.push_screen(PickDialog(role.value.capitalize(), options, present or sound.SYSTEM, words), picked)


def _ask_level(screen: "SettingsScreen", level: float) -> None:
    from vauchi_tui.ui.screens.prompts import LinePrompt

    def answered(text: str | None) -> None:
        if text:
            screen.run_worker(_store(screen, sound.LEVEL, text))

    words = "From −40 to 0 dBFS. Louder reaches further and may distort; −12 suits most laptops."
    screen.app.push_screen(LinePrompt("How loud the sound is played", f"{level:g}", hint="-12", words=words), answered)


async def _store(screen: "SettingsScreen", key: str, value: str) -> None:
    await screen.house.act(settings.set_value, key, value)
    screen.wake()
