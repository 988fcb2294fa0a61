"""How long an attempt with the real machines takes in simulated air, and what it costs after its last sample."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from ranging_air import SOUND, Station
from sound_conversation import Conversation, Ear
from sounding_people import Exchange

PIPE = 0.05  # s that a message takes


@dataclass(frozen=True, slots=True)
class Cost:
    """`ended` s after both were ready, both know the distance; `cpu` are the seconds of processor time that shower and
    scanner have spent since the last burst's last sample arrived at each. NaN: they were not proven near."""

    ended: float
    cpu: tuple[float, float]


def attempt_cost(seed: int, latency: float) -> Cost:
    """One attempt at 48 kHz, 0.6 m apart, with that latency on each side from playing to one's own recording."""
    stations = (Station(play_latency=latency / 2, record_latency=latency / 2),) * 2
    exchange = Exchange(seed)
    talk = Conversation(exchange.shower(), exchange.scanner(), seed, stations=stations, pipe=PIPE)
    spent: list[tuple[Ear, float, float]] = []
    for ear in talk.ears:
        for name in ("receive_samples", "receive_message"):
            setattr(ear.machine, name, partial(_timed, talk, ear, spent, getattr(ear.machine, name)))
    talk.run()
    if talk.a.near is None or talk.b.near is None:
        return Cost(float("nan"), (float("nan"),) * 2)
    last = (np.flatnonzero(talk.a.played)[-1] + 1) / stations[0].true_rate + latency
    arrived = {id(talk.a): last, id(talk.b): last + talk.air.distance / SOUND}
    shower, scanner = (sum(cpu for who, at, cpu in spent if who is ear and at >= arrived[id(ear)]) for ear in talk.ears)
    return Cost(talk.now - PIPE, (shower, scanner))


def _timed(talk: Conversation, ear: Ear, spent: list[tuple[Ear, float, float]], call: Any, *arguments: Any) -> Any:
    begun = time.process_time()
    try:
        return call(*arguments)
    finally:
        spent.append((ear, talk.now, time.process_time() - begun))
