"""Whether an exchange may be proven by sound here, with which devices, and how loud."""

import os
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Final

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import InvalidValue
from vauchi_tui.proximity.devices import Pair, Role, SoundUnavailable, choose, find, listed, look_again
from vauchi_tui.proximity.patience import answered, asked, not_answering

__all__ = [
    "INPUT",
    "LEVEL",
    "OUTPUT",
    "VARIABLE",
    "WANTED",
    "Choices",
    "Pair",
    "Role",
    "SoundUnavailable",
    "SwitchedOff",
    "choices",
    "devices",
    "devices_soon",
    "find_pair",
    "level",
    "not_answering",
    "open_pair",
]

WANTED, INPUT, OUTPUT, LEVEL = "sound", "sound_input", "sound_output", "sound_level"
AUTO, OFF = "auto", "off"
VARIABLE = "VAUCHI_SOUND"
"""In the environment: stands above the setting for this process."""
SYSTEM = "default"
"""In place of a device's name: the one that the system gives to programs."""
LOUDEST, SOFTEST = 0.0, -40.0
DEFAULT_LEVEL: Final = -12.0
_NAME_LENGTH = 200


class SwitchedOff(SoundUnavailable):
    """By the person, who need not be told so at every exchange."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the settings say; names are whole or parts, None is the system's; `level` in dBFS."""

    off: bool = False
    microphone: str | None = None
    speaker: str | None = None
    level: float = DEFAULT_LEVEL

    @property
    def amplitude(self) -> float:
        """The level as a factor: 1 is full scale."""
        return float(10 ** (self.level / 20))


def choices(ctx: Context) -> Choices:
    """Read the settings."""
    with ctx.vault.read() as tx:
        off, hears, speaks, decibel = (tx.settings.get(key) for key in (WANTED, INPUT, OUTPUT, LEVEL))
    return Choices(off == OFF, hears, speaks, DEFAULT_LEVEL if decibel is None else float(decibel))


def find_pair(ctx: Context, environ: Mapping[str, str] = os.environ) -> Pair:
    """The devices to prove with. Blocks for a tenth of a second and more: an event loop gives it a thread.

    Raises SoundUnavailable, in words: switched off, a session over SSH, no device, or none that carries 18–20 kHz.
    Devices are looked for anew every time, unless a stream is open. `environ` tells of SSH and has `VARIABLE`.
    """
    return open_pair(choices(ctx), environ)


def open_pair(chosen: Choices, environ: Mapping[str, str] = os.environ) -> Pair:
    """As `find_pair`, for settings that were read before."""
    here = environ.get(VARIABLE, "").casefold()
    if here == OFF:
        raise SwitchedOff("Sound is switched off.", f"{VARIABLE} says so: start vauchi without it.")
    if chosen.off and not here:
        raise SwitchedOff(
            "Sound is switched off.", "Switch it on in the settings, or with `vauchi settings sound auto`."
        )
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        raise SoundUnavailable(
            "This session comes over SSH: speaker and microphone are not where you are.",
            "Start vauchi on the machine in front of you, or go on without sound.",
        )
    look_again()
    return choose(chosen.microphone, chosen.speaker)


def level(ctx: Context) -> float:
    """How loud to play, as an amplitude: 1 is full scale."""
    return choices(ctx).amplitude


def devices(role: Role) -> list[str]:
    """The names of the microphones or speakers that there are now. Blocks. Raises SoundUnavailable."""
    look_again()
    return list(dict.fromkeys(device.name for device in listed() if device.is_a(role) and not device.wireless))


def devices_soon(role: Role) -> Future[list[str]]:
    """As `devices`, in a thread that nothing waits for at the end: a sound system that hangs is left alone."""
    return asked(partial(devices, role))


# Storing what `vauchi settings` is given; each raises in words, and the old value stays.


def set_wanted(ctx: Context, value: str) -> None:
    """`auto` or `off`."""
    if value.casefold() not in (AUTO, OFF):
        raise InvalidValue("Sound is auto or off.", f"`vauchi settings {WANTED} {AUTO}`")
    _store(ctx, WANTED, None if value.casefold() == AUTO else OFF)


def set_microphone(ctx: Context, name: str) -> None:
    """A name or part of it, of a device that is there; `default` or nothing for the system's."""
    _set_device(ctx, INPUT, Role.MICROPHONE, name)


def set_speaker(ctx: Context, name: str) -> None:
    """As `set_microphone`."""
    _set_device(ctx, OUTPUT, Role.SPEAKER, name)


def set_level(ctx: Context, value: str) -> None:
    """dBFS from −40 to 0."""
    try:
        decibel = float(value.replace("−", "-").casefold().removesuffix("dbfs").removesuffix("db"))
    except ValueError:
        decibel = 1.0
    if not SOFTEST <= decibel <= LOUDEST:
        raise InvalidValue("The level is from −40 to 0 dBFS.", "−12 suits most laptops.")
    _store(ctx, LEVEL, None if decibel == DEFAULT_LEVEL else f"{decibel:g}")


def _set_device(ctx: Context, key: str, role: Role, name: str) -> None:
    if name.casefold() in ("", SYSTEM):
        _store(ctx, key, None)
        return
    if len(name) > _NAME_LENGTH or not name.isprintable():
        raise InvalidValue(f"This is no name of a {role.value}.", "Give the name that the system shows.")
    answered(partial(_look_for, role, name))
    _store(ctx, key, name)


def _look_for(role: Role, name: str) -> None:
    look_again()
    find(role, name)


def _store(ctx: Context, key: str, value: str | None) -> None:
    with ctx.vault.write() as tx:
        tx.settings.set(key, value)
