"""Ranging over the simulated air: the goals of `vauchi_dsp/README.md` and what is measured, and what an attempt costs.

`VAUCHI_TRIALS` sets how many trials a row has, 60 unless told; the table's goals are for 1,000.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))

from ranging_air import Air
from ranging_attacks import CHIRP_RISE, foreign_pair, ghost_noise, impostor, live_relay, own_echo, replay
from ranging_trials import attempt, fresh_codes, in_sight, obstructed, run
from sounding_cost import attempt_cost

from vauchi_dsp import burst, find_bursts
from vauchi_tui.proximity.ranging import Measurement

NOISE = (-5.0, 20.0)
HONEST: list[tuple[str, Callable[[Generator], Air], str]] = [
    ("in sight, 0.3–1.0 m, 10–25 dB", in_sight, "≥ 99 %; 4 / 10 / 20 cm"),
    ("in sight, 0 dB", lambda rng: in_sight(rng, (0.0, 0.0)), "≥ 99 %"),
    ("in sight, −6 dB", lambda rng: in_sight(rng, (-6.0, -6.0)), ""),
    ("direct path 6–10 dB below a reflection, 10–25 dB", obstructed, "≥ 97 %; 10 / – / – cm"),
]
ATTACKS: list[tuple[str, Callable[[Generator], Measurement]]] = [
    ("live relay, 5 ms each way", lambda rng: live_relay(rng, 0.005).measure()),
    ("live relay, 5 ms, noise −5…+20 dB", lambda rng: live_relay(rng, 0.005, NOISE).measure()),
    ("live relay, 10 ms", lambda rng: live_relay(rng, 0.010).measure()),
    ("live relay, 10 ms, noise −5…+20 dB", lambda rng: live_relay(rng, 0.010, NOISE).measure()),
    ("live relay, 5 ms, ghost-path noise", lambda rng: ghost_noise(rng, 0.005).measure()),
    ("frequency-shifting relay, 40 ms", lambda rng: live_relay(rng, 0.040, shift=CHIRP_RISE * 0.040).measure()),
    ("pre-play from the QR", lambda rng: impostor(rng, lambda _: fresh_codes(rng)).measure()),
    ("replay", lambda rng: replay(rng, same_codes=False).measure()),
    ("wrong session", foreign_pair),
    ("relay, 5 ms, own sound repeated louder", lambda rng: own_echo(rng, 0.005, rng.uniform(0, 0.01), 12).measure()),
]


def main() -> None:
    trials = int(os.environ.get("VAUCHI_TRIALS", "60"))
    print(f"{trials} trials a row\n\n| honest pairs | goal | accepted | error p50 / p95 / p99 |\n|---|---|---|---|")
    for name, airs, goal in HONEST:
        outcome = run(airs, range(20_000, 20_000 + trials))
        errors = " / ".join(f"{error:.1f}" for error in outcome.percentiles())
        print(f"| {name} | {goal} | {100 * outcome.rate:.1f} % | {errors} cm |", flush=True)
    print("\n| attack | goal | accepted | nearest it came |\n|---|---|---|---|")
    for name, attack in ATTACKS:
        measured = [attack(np.random.default_rng(seed)) for seed in range(20_000, 20_000 + trials)]
        distances = [m.distance for m in measured if m.distance is not None]
        nearest = f"{min(distances):.2f} m" if distances else "no distance"
        print(f"| {name} | 0 | {sum(m.accepted for m in measured)} of {trials} | {nearest} |", flush=True)
    audible()
    attempts()
    cost()


def audible() -> None:
    """What of a burst is below 16 kHz, relative to the whole: of 200 codes, and of the two worst."""
    rng = np.random.default_rng(1)
    print(
        "\n| energy of a burst below 16 kHz | goal | median | loudest code | alternating chips |\n|---|---|---|---|---|"
    )
    for rate in (44_100, 48_000, 96_000):
        *levels, worst = (_audible(code, rate) for code in (*(rng.bytes(16) for _ in range(200)), b"\x55" * 16))
        row = " | ".join(f"{level:.1f} dB" for level in (np.median(levels), max(levels), worst))
        print(f"| {rate:,} Hz | ≤ −38, then −50 dB | {row} |")


def _audible(code: bytes, rate: int) -> float:
    power = np.abs(np.fft.rfft(np.asarray(burst(code, rate), np.float64), 1 << 15)) ** 2
    low = np.fft.rfftfreq(1 << 15, 1 / rate) < 16_000
    return float(10 * np.log10(power[low].sum() / power.sum()))


def attempts() -> None:
    """Both machines in one room, from the first message to the distance on both sides: the slowest of ten."""
    print("\n| attempt, latency of each side | goal | ended after | shower's CPU after the last sample | scanner's |")
    print("|---|---|---|---|---|")
    for latency in (0.02, 0.1, 0.3):
        costs = [attempt_cost(seed, latency) for seed in range(10)]
        shower, scanner = (1_000 * max(cost.cpu[side] for cost in costs) for side in (0, 1))
        ended = max(cost.ended for cost in costs)
        row = f"{ended:.2f} s | {shower:.0f} ms | {scanner:.0f} ms"
        print(f"| {1_000 * latency:.0f} ms | ≤ 3.5 s, ≤ 300 ms | {row} |", flush=True)


def cost() -> None:
    """Milliseconds for one device's four bursts in its recording of a whole attempt."""
    rng = np.random.default_rng(1)
    done = attempt(in_sight(rng), rng)
    recording = np.resize(done.recordings.a, round(3.5 * done.a.rate)).astype(np.float32)
    print("\n| search of 3.5 s for four bursts | ms |\n|---|---|")
    for name, codes, own in (("the other's", done.codes_b, False), ("one's own", done.codes_a, True)):
        best = min(_seconds(partial(find_bursts, recording, codes, done.a.rate, own)) for _ in range(20))
        print(f"| {name} | {1_000 * best:.1f} |")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
