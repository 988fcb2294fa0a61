"""Where two simulated laptops stand, and what each is like. Values only."""

import math
from dataclasses import dataclass
from typing import Final

from vauchi_tui.proximity.devices import Device, Pair

SOUND: Final = 343.0  # m/s
SELF_DISTANCE: Final = 0.2
"""Metres between a laptop's own speaker and microphone."""
REFERENCE: Final = 0.6
"""The distance in metres at which the other device is `own_db` weaker than oneself."""
_NEAREST: Final = 0.1  # nobody's microphone is nearer to the other's speaker
_RELAYED: Final = 0.3  # an attacker's equipment plays as if it stood there
_BAND: Final = 2_000.0  # Hz


@dataclass(frozen=True, slots=True)
class Laptop:
    """`ppm`: by how much its clock is fast; the latencies (s) are what its system adds and does not tell."""

    rate: int = 48_000
    ppm: float = 0.0
    play_latency: float = 0.03
    record_latency: float = 0.03

    @property
    def true_rate(self) -> float:
        """Samples in a second of true time."""
        return self.rate * (1 + self.ppm * 1e-6)

    @property
    def pair(self) -> Pair:
        """As a choice of devices; its card is not opened through PortAudio."""
        microphone = Device(-1, "Simulated microphone", "simulated air", 1, 0, float(self.rate))
        return Pair(microphone, Device(-1, "Simulated speaker", "simulated air", 0, 1, float(self.rate)), self.rate)


@dataclass(frozen=True, slots=True)
class Room:
    """`distance` in metres; `noise_db` is the power of the noise in any 2 kHz, relative to full scale.

    `speed` (m/s) leads away, from when the room was set. `reflections` come that many seconds after the direct path,
    with that part of its amplitude. `relay`: not the same room at all, but equipment that carries the sound there and
    back, each way that many seconds late.
    """

    distance: float = 0.6
    own_db: float = 35.0
    noise_db: float = -75.0
    reflections: tuple[tuple[float, float], ...] = ((0.0009, -0.35), (0.0023, 0.28), (0.0041, -0.2), (0.0078, 0.12))
    relay: float = 0.0
    speed: float = 0.0

    @property
    def gain(self) -> float:
        """The amplitude at which the other device arrives: half at twice the distance."""
        apart = _RELAYED if self.relay else max(self.distance, _NEAREST)
        return float(10 ** (-self.own_db / 20)) * REFERENCE / apart

    def noise(self, rate: float) -> float:
        """The standard deviation of white noise at that rate."""
        return float(10 ** (self.noise_db / 20) * math.sqrt(rate / 2 / _BAND))
