"""Which sound devices there are, which pair is taken, and why one cannot be used. Talks to PortAudio."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from vauchi_tui.errors import VauchiError
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
        return any(word in self.name.casefold() for word in _WIRELESS)


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
    """The devices of these names (whole, or the only one containing it), by default the system's; and the rate.

    Raises SoundUnavailable with the reason and the remedy.
    """
    sound = portaudio()
    found = listed()
    default_input, default_output = sound.default.device
    hears = _pick([device for device in found if device.inputs], input_name, default_input, "microphone")
    speaks = _pick([device for device in found if device.outputs], output_name, default_output, "speaker")
    for device in (hears, speaks):
        if device.wireless:
            raise SoundUnavailable(
                f"“{device.name}” is a Bluetooth device, which does not carry 18–20 kHz.",
                "Choose the built-in speaker and microphone in the settings.",
            )
    with quiet():
        for rate in _rates(hears, speaks):
            if _works(sound, hears, speaks, rate):
                return Pair(hears, speaks, rate)
    raise SoundUnavailable(
        f"“{hears.name}” and “{speaks.name}” have no common sample rate of 44,100 Hz or more.",
        "Choose the built-in speaker and microphone in the settings, or close the program that uses them.",
    )


def _pick(candidates: Sequence[Device], name: str | None, default: int, what: str) -> Device:
    if not candidates:
        raise SoundUnavailable(f"There is no {what}.", f"Connect a {what}, or go on without sound.")
    if name is None:
        return next((device for device in candidates if device.index == default), candidates[0])
    exact = [device for device in candidates if device.name == name]
    fitting = exact or [device for device in candidates if name.casefold() in device.name.casefold()]
    if not fitting:
        names = ", ".join(device.name for device in candidates)
        raise SoundUnavailable(f"There is no {what} named “{name}”.", f"Choose one of: {names}.")
    return fitting[0]


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
