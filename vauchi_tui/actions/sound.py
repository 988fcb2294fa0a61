"""Whether an exchange may be proven by sound here, with which devices, and how loud."""

import os
from collections.abc import Mapping

from vauchi_tui.actions.context import Context
from vauchi_tui.proximity.devices import Pair, SoundUnavailable, choose, look_again

__all__ = [
    "INPUT",
    "LEVEL",
    "OUTPUT",
    "VARIABLE",
    "WANTED",
    "Pair",
    "SoundUnavailable",
    "find_pair",
    "level",
    "over_ssh",
]

WANTED, INPUT, OUTPUT, LEVEL = "sound", "sound_input", "sound_output", "sound_level"
"""Keys of the settings: `auto` or `off`; names of devices or parts of them, empty for the system's; dBFS."""
DEFAULT_LEVEL = "-12"
VARIABLE = "VAUCHI_SOUND"


def find_pair(ctx: Context, environ: Mapping[str, str] = os.environ) -> Pair:
    """The devices to prove with. Blocks for up to a second: an event loop gives it a thread.

    Raises SoundUnavailable, in words: switched off, a session over SSH, no device, or none that carries 18–20 kHz.
    Devices are looked for anew every time, unless a stream is open. `environ` tells of SSH, and `VAUCHI_SOUND` there
    stands above the setting: auto or off.
    """
    with ctx.vault.read() as tx:
        wanted, hears, speaks = (tx.settings.get(key) for key in (WANTED, INPUT, OUTPUT))
    if (environ.get(VARIABLE) or wanted or "auto").casefold() == "off":
        raise SoundUnavailable("Sound is switched off.", "Switch it on with `vauchi settings sound auto`.")
    if over_ssh(environ):
        raise SoundUnavailable(
            "This session comes over SSH: speaker and microphone are not where you are.",
            "Start vauchi on the machine in front of you, or go on without sound.",
        )
    look_again()
    return choose(hears, speaks)


def level(ctx: Context) -> float:
    """How loud to play, as an amplitude: 1 is full scale."""
    with ctx.vault.read() as tx:
        decibel = float(tx.settings.get(LEVEL) or DEFAULT_LEVEL)
    return float(10 ** (decibel / 20))


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Does this session come over SSH? Then the devices of this machine are not where the person is."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
