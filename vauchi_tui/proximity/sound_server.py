"""What a sound server gives to programs: behind the one device that ALSA shows there may be a headset.

PulseAudio and PipeWire take any rate and resample, so that only they can tell what a microphone carries.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SERVED: Final = ("default", "pulse", "pipewire")
"""ALSA's names for the server; which device that is, the server decides."""
_PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A microphone or speaker as the server calls it; `rate` in Hz, None where it does not say."""

    name: str
    rate: int | None


def microphone(environ: Mapping[str, str] = os.environ) -> Endpoint | None:
    """What programs record from. None where no server is asked, or none answers."""
    return _endpoint("source", environ.get("PULSE_SOURCE"))


def speaker(environ: Mapping[str, str] = os.environ) -> Endpoint | None:
    """What programs play to."""
    return _endpoint("sink", environ.get("PULSE_SINK"))


def _endpoint(kind: str, name: str | None) -> Endpoint | None:
    name = name or _ask(f"get-default-{kind}").strip()
    return Endpoint(name, _rate(kind, name)) if name else None


def _rate(kind: str, name: str) -> int | None:
    """From the list of all of that kind: number, name, driver, sample specification and state, by tabs."""
    for line in _ask("list", "short", f"{kind}s").splitlines():
        fields = line.split("\t")
        if len(fields) > 3 and fields[1] == name:
            rate = fields[3].rpartition(" ")[2].removesuffix("Hz")
            return int(rate) if rate.isdecimal() else None
    return None


def _ask(*words: str) -> str:
    """What `pactl` says, which comes with either server; empty where it is not there or fails."""
    try:
        done = subprocess.run(
            ["pactl", *words],
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout
