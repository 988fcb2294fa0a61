"""Which sound devices there are, which pair is taken, and why one cannot be used. Talks to PortAudio."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from vauchi_tui.errors import VauchiError
from vauchi_tui.proximity import sound_server
from vauchi_tui.proximity.quiet import quiet

RATES: Final = (48_000, 44_100, 96_000)
"""What carries 18–20 kHz, the preferred one first."""
_BINDING: Final = "sounddevice"
_streams = 0
_starting = threading.Lock()
"""PortAudio is one for the whole process: starting it again would end every stream."""
_WIRELESS: Final = ("bluetooth", "bluez", "airpods", "hands-free", "handsfree", "hfp", "headset head unit")


class SoundUnavailable(VauchiError):
    """No proof by sound here, and why. Not an error of the exchange: it goes on without sound."""


class Role(Enum):
    """What a device is for, as it is called in a sentence."""

    MICROPHONE = "microphone"
    SPEAKER = "speaker"


@dataclass(frozen=True, slots=True)
class Device:
    """One device as PortAudio lists it; `rate` is its own, in Hz; `inputs` and `outputs` count channels."""

    index: int
    name: str
    api: str
    inputs: int
    outputs: int
    rate: float

    @property
    def wireless(self) -> bool:
        """Does the name say Bluetooth? Such a link codes the band away and adds latency that changes."""
        return _is_wireless(self.name)

    def is_a(self, role: Role) -> bool:
        """Has it channels of that kind?"""
        return bool(self.inputs if role is Role.MICROPHONE else self.outputs)


def _is_wireless(name: str) -> bool:
    return any(word in name.casefold() for word in _WIRELESS)


@dataclass(frozen=True, slots=True)
class Pair:
    """The devices and the rate that a stream is opened with."""

    input: Device
    output: Device
    rate: int


def portaudio() -> Any:
    """The binding. Raises SoundUnavailable where the library is missing or does not start."""
    try:
        with quiet():
            import sounddevice  # on first use: loading it starts PortAudio, which looks through all devices
    except (ImportError, OSError) as error:
        raise SoundUnavailable(
            "The sound library PortAudio is missing.", "Install it (Debian: apt install libportaudio2), or go without."
        ) from error
    except Exception as error:  # PortAudioError: a module that did not load gives no name to catch it by
        raise _not_started() from error
    return sounddevice


def _not_started() -> SoundUnavailable:
    return SoundUnavailable("The sound system of this machine does not start.", "Start it, or go on without sound.")


@contextmanager
def streaming() -> Iterator[None]:
    """Around every open stream: PortAudio is not started again meanwhile, and prints nothing."""
    global _streams
    with _starting:
        _streams += 1
    try:
        with quiet():
            yield
    finally:
        with _starting:
            _streams -= 1


def look_again() -> None:
    """Start PortAudio again, which looks for devices only then. Not done while a stream is open.

    Raises SoundUnavailable where the library is missing or does not start.
    """
    with _starting:
        fresh = _BINDING not in sys.modules
        sound = portaudio()
        if fresh or _streams:
            return
        try:
            with quiet():
                while sound._initialized:
                    sound._terminate()
                sound._initialize()
        except sound.PortAudioError as error:
            raise _not_started() from error


def listed() -> list[Device]:
    """Every device, as they were when PortAudio started."""
    sound = portaudio()
    apis = [api["name"] for api in sound.query_hostapis()]
    return [
        Device(
            number,
            str(found["name"]),
            str(apis[found["hostapi"]]),
            int(found["max_input_channels"]),
            int(found["max_output_channels"]),
            float(found["default_samplerate"]),
        )
        for number, found in enumerate(sound.query_devices())
    ]


def choose(input_name: str | None = None, output_name: str | None = None) -> Pair:
    """The devices of these names (whole, or the first containing it), by default the system's; and the rate.

    Raises SoundUnavailable with the reason and the remedy.
    """
    sound = portaudio()
    found = listed()
    if not found:
        raise SoundUnavailable(
            "There is no sound device here.", "Connect a speaker and a microphone, or go on without sound."
        )
    hears, speaks = (_pick(found, role, name) for role, name in zip(Role, (input_name, output_name), strict=True))
    with quiet():
        for rate in _rates(hears, speaks):
            if _works(sound, hears, speaks, rate):
                return Pair(hears, speaks, rate)
    raise SoundUnavailable(
        f"“{hears.name}” and “{speaks.name}” have no common sample rate of 44,100 Hz or more.",
        "Choose the built-in speaker and microphone in the settings, or close the program that uses them.",
    )


def find(role: Role, name: str) -> Device:
    """The device that `choose` takes for this name. Raises SoundUnavailable with what there is instead."""
    return _pick(listed(), role, name)


def _pick(found: Sequence[Device], role: Role, name: str | None) -> Device:
    candidates = [device for device in found if device.is_a(role)]
    if not candidates:
        raise SoundUnavailable(f"There is no {role.value}.", f"Connect a {role.value}, or go on without sound.")
    if name is None:
        default = portaudio().default.device[tuple(Role).index(role)]
        fitting = [device for device in candidates if device.index == default] or candidates
    else:
        fitting = [device for device in candidates if device.name == name]
        fitting = fitting or [device for device in candidates if name.casefold() in device.name.casefold()]
    if not fitting:
        names = ", ".join(device.name for device in candidates)
        raise SoundUnavailable(f"There is no {role.value} named “{name}”.", f"Connect it, or choose one of: {names}.")
    if fitting[0].wireless:
        raise SoundUnavailable(
            f"“{fitting[0].name}” is a Bluetooth device, which does not carry 18–20 kHz.",
            "Choose the built-in speaker and microphone in the settings.",
        )
    if fitting[0].api == "ALSA" and fitting[0].name in sound_server.SERVED:
        _check_served(role)
    return fitting[0]


def _check_served(role: Role) -> None:
    served = sound_server.microphone() if role is Role.MICROPHONE else sound_server.speaker()
    if served is None:
        return
    if _is_wireless(served.name):
        what = "is a Bluetooth device"
    elif served.rate is not None and served.rate < min(RATES):
        what = f"runs at {served.rate:,} Hz"
    else:
        return
    raise SoundUnavailable(
        f"The system’s {role.value} {what}, which does not carry 18–20 kHz.",
        "Choose the built-in speaker and microphone in the sound settings of the system.",
    )


def _rates(hears: Device, speaks: Device) -> list[int]:
    # ALSA gives no device's own rate, only 44,100 for all that can do it; elsewhere the rate is the hardware's.
    own = [rate for rate in RATES if rate == hears.rate == speaks.rate and hears.api != "ALSA"]
    return own + [rate for rate in RATES if rate not in own]


def _works(sound: Any, hears: Device, speaks: Device, rate: int) -> bool:
    if "ALSA" not in (hears.api, speaks.api) and min(hears.rate, speaks.rate) < min(RATES):
        return False  # a resampler would take the rate and leave nothing of the band
    try:
        sound.check_input_settings(hears.index, min(hears.inputs, 2), "float32", samplerate=rate)
        sound.check_output_settings(speaks.index, min(speaks.outputs, 2), "float32", samplerate=rate)
    except (sound.PortAudioError, ValueError):
        return False
    return True
