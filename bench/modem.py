"""The modem against ggwave and minimodem: time on the air, success against noise and rooms, and the cost of listening.

32 random bytes at 48 kHz, all through the same simulated channel. SNR is the whole signal's power against the noise in
2 kHz. ggwave's fastest protocol in ultrasound starts at 15 kHz; minimodem (Debian) sends plain FSK of 600 baud at 18.5
and 19.5 kHz without any code. What is not installed is left out. MODEM_TRIALS sets the trials per point (40).
"""

import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vauchi_dsp import Modem, Receiver

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))
import channel

try:
    import ggwave
except ImportError:
    ggwave = None

RATE, LENGTH = 48_000, 32
LEVELS = range(-8, 11)
ROOMS = (0.008, 0.030, 0.060)
TRIALS = int(os.environ.get("MODEM_TRIALS", "40"))
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
            subprocess.run([*command, "--tx", "-f", path, "600"], input=payload, check=True, capture_output=True)
            with wave.open(path) as sound:
                return np.frombuffer(sound.readframes(sound.getnframes()), np.int16) / 32_768

    def hears(samples: Signal, payload: bytes) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "sound.wav")
            with wave.open(path, "wb") as sound:
                sound.setparams((1, 2, RATE, 0, "NONE", ""))
                sound.writeframes((np.clip(samples, -1, 1) * 32_767).astype(np.int16).tobytes())
            done = subprocess.run([*command, "--rx", "-f", path, "600"], check=False, capture_output=True)
            return done.stdout == payload

    return Peer("minimodem 600", send, hears)


def power_while_it_lasts(samples: Signal) -> float:
    blocks = (np.pad(samples, (0, -len(samples) % 480)).reshape(-1, 480) ** 2).mean(axis=1)
    return float(blocks[blocks > 1e-4 * blocks.max()].mean())


def rate_of_success(peer: Peer, snr: float, decay: float = 0.0) -> float:
    done = 0
    for trial in range(TRIALS):
        rng = np.random.default_rng(trial)
        payload = rng.bytes(LENGTH)
        sound = 0.1 * peer.send(payload)
        sound = np.concatenate([np.zeros(rng.integers(3_000, 9_000)), sound, np.zeros(7_000)])
        if decay:
            sound = channel.convolve(sound, channel.room(RATE, decay, rng))
        done += peer.hears(channel.add_noise(sound, RATE, snr, rng, power_while_it_lasts(sound)), payload)
    return done / TRIALS


def uncoded(tones: int, symbol: float, snr: float) -> float:
    """The chance that 256 bits arrive as plain non-coherent M-FSK (Proakis & Salehi): all symbols must be right."""
    energy = 10 ** (snr / 10) * 2_000 * symbol
    wrong = sum(
        (-1) ** (k + 1) * math.comb(tones - 1, k) / (k + 1) * math.exp(-k / (k + 1) * energy) for k in range(1, tones)
    )
    return float((1 - min(1.0, max(0.0, wrong))) ** math.ceil(8 * LENGTH / math.log2(tones)))


def bar(values: list[float]) -> str:
    return "".join(" ▁▂▃▄▅▆▇█"[round(8 * value)] for value in values)


def fastest(work: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def listening() -> None:
    """× real time on one core, in blocks as they come from a sound card; the peers in the same run."""
    noise = (0.01 * np.random.default_rng(1).standard_normal(20 * RATE)).astype(np.float32)
    print("\n| listening, × real time | blocks of 1,024 | of 8,192 |\n|---|---|---|")
    blocks = {size: [noise[at : at + size] for at in range(0, len(noise) - size + 1, size)] for size in (1_024, 8_192)}
    peer: dict[int, float] = {}
    if ggwave:
        instance = ggwave.init(ggwave.getDefaultParameters())
        for size, parts in blocks.items():
            raw = [part.tobytes() for part in parts]
            peer[size] = 20 / fastest(lambda raw=raw: [ggwave.decode(instance, part) for part in raw])
        ggwave.free(instance)
        print(f"| ggwave | {peer[1_024]:,.0f} | {peer[8_192]:,.0f} |")
    for profile in ("fast", "robust"):
        row = []
        for size, parts in blocks.items():
            receiver = Receiver(RATE, profile)
            rate = 20 / fastest(lambda parts=parts, receiver=receiver: [receiver.feed(part) for part in parts])
            row.append(f"{rate:,.0f}" + (f" ({rate / peer[size]:.2f} × ggwave)" if peer else ""))
        print(f"| vauchi {profile} ({receiver.instruction_set}) | {' | '.join(row)} |")


def main() -> None:
    peers = [ours("fast"), ours("robust")]
    if ggwave:
        ggwave.disableLog()
        peers += [ggwaves("ultrasound fastest", 5), ggwaves("ultrasound fast", 4)]
    if shutil.which("minimodem"):
        peers.append(minimodem())
    payload = np.random.default_rng(0).bytes
    print("| s on the air | 16 bytes | 32 | 100 |\n|---|---|---|---|")
    for peer in peers:
        times = [len(peer.send(payload(length))) / RATE for length in (16, 32, 100)]
        print(f"| {peer.name} | " + " | ".join(f"{seconds:.3f}" for seconds in times) + " |")
    listening()
    print(f"\nsuccess against SNR in dB, {TRIALS} trials each\n")
    print("| | " + " | ".join(map(str, LEVELS)) + " |\n|---|" + "---|" * len(LEVELS))
    curves = {peer.name: [rate_of_success(peer, snr) for snr in LEVELS] for peer in peers}
    curves["uncoded 8-FSK, theory"] = [uncoded(8, 0.004, snr) for snr in LEVELS]
    curves["uncoded 16-FSK, theory"] = [uncoded(16, 0.008, snr) for snr in LEVELS]
    for name, values in curves.items():
        print(f"| {name} | " + " | ".join(f"{100 * value:.0f}" for value in values) + " |")
    print(
        "\n"
        + "\n".join(f"{name:26s} {LEVELS[0]} dB |{bar(values)}| {LEVELS[-1]} dB" for name, values in curves.items())
    )
    print("\nsuccess in rooms: decay of the reverberation, as loud as the direct sound\n")
    cells = [(decay, snr) for decay in ROOMS for snr in (4, 10)]
    print("| | " + " | ".join(f"{1_000 * d:.0f} ms, {s} dB" for d, s in cells) + " |\n|---|" + "---|" * len(cells))
    for peer in peers:
        print(
            f"| {peer.name} | " + " | ".join(f"{100 * rate_of_success(peer, s, d):.0f}" for d, s in cells) + " |",
            flush=True,
        )
