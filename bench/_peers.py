"""The modem and those that people can install today: bytes to samples, and samples to whether the bytes arrived."""

import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vauchi_dsp import Modem, Receiver

try:
    import ggwave
except ImportError:
    ggwave = None

RATE = 48_000
Signal = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    send: Callable[[bytes], Signal]
    hears: Callable[[Signal, bytes], bool]


def ours(profile: str) -> Peer:
    def hears(samples: Signal, payload: bytes) -> bool:
        frames = Receiver(RATE, profile).feed(samples.astype(np.float32))  # type: ignore[arg-type]
        return [frame.payload for frame in frames] == [payload]

    return Peer(f"vauchi {profile}", lambda p: np.asarray(Modem(RATE, profile).modulate(p), float), hears)  # type: ignore[arg-type]


def ggwaves(name: str, protocol: int) -> Peer:
    def send(payload: bytes) -> Signal:
        return np.frombuffer(ggwave.encode(payload, protocolId=protocol, volume=100), np.float32).astype(float)

    def hears(samples: Signal, payload: bytes) -> bool:
        instance = ggwave.init(ggwave.getDefaultParameters())
        padded = np.concatenate([samples, np.zeros(RATE)]).astype(np.float32)
        try:
            heard = (
                ggwave.decode(instance, padded[at : at + 1_024].tobytes())
                for at in range(0, len(padded) - 1_023, 1_024)
            )
            return any(bytes(data) == payload for data in heard if data)
        finally:
            ggwave.free(instance)

    return Peer(f"ggwave {name}", send, hears)


def minimodem() -> Peer:
    command = ["minimodem", "--quiet", "-M", "18500", "-S", "19500", "-R", str(RATE)]

    def send(payload: bytes) -> Signal:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "sound.wav")
            more = payload + b"\n"  # its receiver often loses the last byte
            subprocess.run([*command, "--tx", "-f", path, "600"], input=more, check=True, capture_output=True)
            with wave.open(path) as sound:
                return np.frombuffer(sound.readframes(sound.getnframes()), np.int16) / 32_768

    def hears(samples: Signal, payload: bytes) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "sound.wav")
            with wave.open(path, "wb") as sound:
                sound.setparams((1, 2, RATE, 0, "NONE", ""))
                sound.writeframes((np.clip(samples, -1, 1) * 32_767).astype(np.int16).tobytes())
            done = subprocess.run([*command, "--rx", "-f", path, "600"], check=False, capture_output=True)
            return payload in done.stdout  # it has no frames: what the noise before and after says is forgiven

    return Peer("minimodem 600 baud", send, hears)


def installed() -> list[Peer]:
    """Ours first, then whichever of the others this machine has."""
    peers = [ours("fast"), ours("robust")]
    if ggwave:
        ggwave.disableLog()
        peers += [ggwaves("ultrasound fastest", 5), ggwaves("ultrasound fast", 4)]
    if shutil.which("minimodem"):
        peers.append(minimodem())
    return peers
