"""PortAudio played by the test: the part of `sounddevice` that is used, with the devices that a test plugs in."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

SETTLED = 480  # frames that are dropped at the beginning
LAPTOP = {
    "name": "Built-in",
    "hostapi": 0,
    "max_input_channels": 2,
    "max_output_channels": 2,
    "default_samplerate": 48e3,
}
HEADSET = LAPTOP | {"name": "Bluetooth Headset", "max_input_channels": 1, "default_samplerate": 16e3}
SLOW = LAPTOP | {"name": "Old Microphone", "max_output_channels": 0, "default_samplerate": 16e3}
HIFI = LAPTOP | {"name": "Hi-Fi", "default_samplerate": 44.1e3}


class Refused(Exception):
    pass


@dataclass
class PortAudio:
    """`plugged` is what there is, `found` what PortAudio saw when it was last started."""

    plugged: list[dict[str, Any]]
    api: str = "Core Audio"
    rates: tuple[int, ...] = (44_100, 48_000, 96_000)
    streams: list["Stream"] = field(default_factory=list)
    fails: str = ""
    started: int = 0
    _initialized: int = 0
    PortAudioError = Refused

    def __post_init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self._initialize()

    def _initialize(self) -> None:
        if self.fails == "initialize":
            raise Refused("Host error")
        self.found = self.plugged
        self.started += 1
        self._initialized += 1

    def _terminate(self) -> None:
        if not self._initialized:
            raise Refused("PortAudio not initialized")
        self._initialized -= 1

    @property
    def default(self) -> SimpleNamespace:
        return SimpleNamespace(device=(0, 0) if self.found else (-1, -1))

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": self.api}]

    def query_devices(self) -> list[dict[str, Any]]:
        return self.found

    def check_input_settings(self, device: int, channels: int, dtype: str, samplerate: int) -> None:
        if samplerate not in self.rates:
            raise Refused("Invalid sample rate")

    check_output_settings = check_input_settings

    def RawStream(self, **options: Any) -> "Stream":
        if self.fails == "open":
            raise Refused("Device unavailable")
        self.streams.append(Stream(self.fails, **options))
        return self.streams[-1]


class Stream:
    """One that the test turns by hand, block by block."""

    def __init__(self, fails: str, **options: Any) -> None:
        self.fails, self.options, self.active, self.closed = fails, options, False, False

    def start(self) -> None:
        if self.fails == "start":
            raise Refused("Unanticipated host error")
        self.active = self.fails != "end"
        if self.active:
            self.turn(np.zeros((SETTLED, self.options["channels"][0])))

    def close(self, ignore_errors: bool = True) -> None:
        self.active, self.closed = False, True

    def turn(self, taken: np.ndarray, **flags: bool) -> np.ndarray:
        """One callback with these frames of all channels; what was given to the card."""
        given = np.full((len(taken), self.options["channels"][1]), 9.0, np.float32)
        names = ("input_underflow", "input_overflow", "output_underflow", "output_overflow")
        status = SimpleNamespace(**{name: flags.get(name, False) for name in names})
        data = memoryview(np.ascontiguousarray(taken, np.float32)).cast("B")
        self.options["callback"](data, memoryview(given).cast("B"), len(taken), None, status)
        return given
