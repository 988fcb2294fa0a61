"""PortAudio played by the test: the part of `sounddevice` that is used, with the devices that a test plugs in."""

import sys
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vauchi_tui.proximity import soundcard

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


def plugged_in(monkeypatch: pytest.MonkeyPatch) -> "PortAudio":
    """In place of the library: a laptop and a hi-fi, and a person who sits in front of them."""
    fake = PortAudio([LAPTOP, HIFI])
    monkeypatch.setitem(sys.modules, "sounddevice", fake)  # type: ignore[arg-type]
    monkeypatch.setattr(soundcard, "SETTLE_SECONDS", SETTLED / 48_000)
    for name in ("SSH_CONNECTION", "SSH_TTY", "VAUCHI_SOUND"):
        monkeypatch.delenv(name, raising=False)
    return fake


class Refused(Exception):
    pass


@dataclass
class Air:
    """What a card plays comes back by that factor, after 20 ms and in noise. `hold` stops the air after `held` blocks.

    A block has 10 ms of sound, and passes faster than that.
    """

    echo: float = 0.1
    noise: float = 1e-3
    held: int | None = None
    hold: threading.Event = field(default_factory=threading.Event)


@dataclass
class PortAudio:
    """`plugged` is what there is, `found` what PortAudio saw when it was last started.

    With an `air`, streams run by themselves.
    """

    plugged: list[dict[str, Any]]
    api: str = "Core Audio"
    rates: tuple[int, ...] = (44_100, 48_000, 96_000)
    streams: list["Stream"] = field(default_factory=list)
    fails: str = ""
    started: int = 0
    air: Air | None = None
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
        self.streams.append(Running(self.air, **options) if self.air else Stream(self.fails, **options))
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


class Running(Stream):
    """One that plays into the air and hears it, in a thread of its own."""

    DELAY = 960

    def __init__(self, air: Air, **options: Any) -> None:
        super().__init__("", **options)
        self._air = air
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._pace = threading.Event()

    def start(self) -> None:
        self.active = True
        self._thread.start()

    def close(self, ignore_errors: bool = True) -> None:
        super().close(ignore_errors)
        self._air.hold.set()
        self._thread.join()

    def _run(self) -> None:
        rng, size = np.random.default_rng(3), self.options["blocksize"]
        under_way, blocks = np.zeros(self.DELAY, np.float32), 0
        while self.active:
            if blocks == self._air.held:
                self._air.hold.wait()
            heard = self._air.echo * under_way[:size] + self._air.noise * rng.standard_normal(size)
            given = self.turn(np.repeat(heard[:, None], self.options["channels"][0], axis=1))
            under_way = np.concatenate((under_way[size:], given[:, 0]))
            blocks += 1
            self._pace.wait(0.0002)
