"""What breaks in a proof by sound, and how it has to end on both sides: in words, in time, and never in a proof."""

import numpy as np
from channel import Samples
from ranging_air import Air, Station
from sound_conversation import Conversation
from sounding_people import Exchange

from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.scanner import DECISION_SECONDS, LISTEN_SECONDS
from vauchi_tui.proximity.shower import BACKOFF_SECONDS, READY_SECONDS, REPORT_SECONDS
from vauchi_tui.proximity.sounding import ATTEMPTS, SOUNDING_SECONDS

ATTEMPT = 3.5  # s, at most, while the other side answers
AT_ONCE = ATTEMPTS * ATTEMPT + (ATTEMPTS - 1) * BACKOFF_SECONDS
_SLACK = 0.5  # the pipe and the blocks
SHOWER_ALONE = SOUNDING_SECONDS + REPORT_SECONDS + READY_SECONDS + _SLACK  # from the last word of the other side
SCANNER_ALONE = max(LISTEN_SECONDS, SOUNDING_SECONDS) + DECISION_SECONDS + _SLACK
LAPTOPS = (Station(ppm=40), Station(44_100, ppm=-25, start=0.31))


def conversation(seed: int, air: Air | None = None, stations: tuple[Station, Station] = LAPTOPS) -> Conversation:
    exchange = Exchange(seed)
    a, b = stations
    return Conversation(exchange.shower(a.rate), exchange.scanner(b.rate), seed, stations=stations, air=air)


def no_proof(talk: Conversation, a: Refusal | None, b: Refusal | None, within: float) -> None:
    """Run it: neither has a proof, each ends with that sentence (None: is gone) and in time, all wiped and silent."""
    begun = talk.now
    talk.run()
    assert talk.now - begun <= within
    for ear, refusal in ((talk.a, a), (talk.b, b)):
        assert ear.near is None
        assert ear.not_proven is refusal
        if refusal is not None:
            assert ear.machine.finished and not ear.machine.sound_to_play() and not ear.machine.messages_to_send()
            assert refusal.title.endswith(".") and refusal.hint.endswith(".")


class NoiseSuppression:
    """A microphone that lets nothing above 16 kHz through, with the rounding of 16 bits; block by block."""

    def __init__(self, rate: int) -> None:
        at = np.arange(-127, 128)
        once = 2 * 15_000 / rate * np.sinc(2 * 15_000 / rate * at) * np.kaiser(255, 10)
        self._filter = np.convolve(once, once)
        self._before = np.zeros(len(self._filter) - 1)

    def __call__(self, block: Samples) -> Samples:
        window = np.concatenate([self._before, block])
        self._before = window[len(block) :]
        return np.asarray(np.round(np.convolve(window, self._filter, "valid") * 2**15) / 2**15)


def broken(places: np.ndarray) -> Samples:
    """A driver that gives something that is no number, several times a second."""
    return np.where(places % 8_000 < 5, np.nan, 0.0)
