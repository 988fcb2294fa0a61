"""The sound check: a sweep through 18–20 kHz that a device plays and hears itself. No I/O.

What it can tell: whether the own speaker reaches the own microphone in the band, and if it does not, which of the two
is more likely at fault. What only the other device can tell, it does not claim.
"""

import math
from array import array
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vauchi_dsp import GoertzelBank
from vauchi_tui.proximity.recording import Samples
from vauchi_tui.proximity.waveforms import LEVEL, Play

LOW_HZ, HIGH_HZ = 18_000, 20_000
SWEEP_SECONDS: Final = 1.0
LATENCY_SECONDS: Final = 0.7
QUIET_SECONDS: Final = 0.4
"""What is listened to before the sweep, for the noise; and what the loudest part of the sweep must outlast."""
HEARD_DB: Final = 5.0
"""Signal to noise in the band from which the sweep counts as heard."""
_BLOCK_SECONDS: Final = 0.01
_SETTLE_SECONDS: Final = 0.2  # a card's first samples are often silent or lost
_BINS: Final = tuple(range(LOW_HZ, HIGH_HZ + 1, 100))
_BAND_DB: Final = 13.0  # the sweep is in one bin at a time, the noise in all twenty
_BELOW: Final = tuple(range(8_000, 12_000, 400))  # where every open microphone hears something
_CUT_DB: Final = 25.0  # how much quieter than there a band is that was filtered away
_LONG_SECONDS: Final = 0.1  # blocks in which what is below leaks less than that into the band
_DEAF: Final = 1e-14  # squared amplitude, −140 dBFS: nothing but zeros and rounding


class Ability(Enum):
    """What sound can do here, with the remedy."""

    FULL = ("full", "Speaker and microphone both carry 18–20 kHz.", "")
    SPEAKS = (
        "speaks only",
        "The microphone does not carry 18–20 kHz.",
        "Unmute and allow the microphone, turn off its noise suppression or voice focus, or choose another one.",
    )
    HEARS = (
        "hears only",
        "The microphone works, but the speaker was not heard at 18–20 kHz.",
        "Turn the volume up and unmute, unplug headphones, or choose another speaker.",
    )
    NONE = ("none", "There is no sound here.", "Connect a speaker and a microphone, or go on without sound.")

    def __init__(self, word: str, title: str, hint: str) -> None:
        self.word = word
        self.title = title
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Checked:
    """The result; `snr_db` is the sweep's power to the noise's in the band, None where it was not heard."""

    ability: Ability
    snr_db: float | None


class Meter:
    """The level in 18–20 kHz, block by block, in dB relative to full scale."""

    def __init__(self, rate: int) -> None:
        self.block = round(_BLOCK_SECONDS * rate)
        self._bank = GoertzelBank([hertz for hertz in _BINS if hertz < rate / 2], rate, self.block)

    def level(self, samples: Samples) -> float:
        """The loudest frequency in all of these samples, at least one block of them. Silence is −140."""
        return _decibel(max(max(row) for row in self.rows(samples)))

    def rows(self, samples: Samples) -> list[list[float]]:
        """Squared amplitudes by block and frequency."""
        return _rows(self._bank, samples)


class SoundCheck:
    """Feed it the stream, play what it gives; `result` is set after about two and a half seconds of sound."""

    def __init__(self, rate: int, level: float = LEVEL) -> None:
        self.rate = rate
        self.result: Checked | None = None
        self.band_db: float | None = None  # for a live meter
        self._level = level
        self._meter = Meter(rate)
        self._heard = array("f")
        self._first: int | None = None
        self._play: list[Play] = []
        self._sweep: Play | None = None

    def sound_to_play(self) -> list[Play]:
        """The sweep, once."""
        plays, self._play = self._play, []
        return plays

    def receive_samples(self, samples: Samples, position: int) -> None:
        """The next block of the stream. A gap in it is of no matter here."""
        if self.result is not None:
            return
        if self._first is None:
            self._first = position
        if len(samples) >= self._meter.block:
            self.band_db = self._meter.level(samples)
        self._heard.extend(samples)
        seconds = len(self._heard) / self.rate
        if self._sweep is None and seconds >= _SETTLE_SECONDS + QUIET_SECONDS:
            self._sweep = Play(sweep(self.rate, self._level), self._first + len(self._heard))
            self._play.append(self._sweep)
        if seconds >= _SETTLE_SECONDS + QUIET_SECONDS + SWEEP_SECONDS + LATENCY_SECONDS:
            self.result = self._judge()
            self._heard = array("f", bytes(4))

    def _judge(self) -> Checked:
        settled, quiet_end = round(_SETTLE_SECONDS * self.rate), round((_SETTLE_SECONDS + QUIET_SECONDS) * self.rate)
        view: Samples = memoryview(self._heard.tobytes()).cast("f")
        quiet = _columns(self._meter.rows(view[settled:quiet_end]))
        loud = _columns(self._meter.rows(view[quiet_end:]))
        noise = [sum(column) / len(column) for column in quiet]
        # The sweep passes each frequency in a few blocks; noise alone would have a maximum some 8 dB above its mean.
        above = sorted(
            _decibel(max(column)) - max(_decibel(floor), -120.0) for column, floor in zip(loud, noise, strict=True)
        )
        snr = above[len(above) // 2] - _BAND_DB
        if snr >= HEARD_DB:
            return Checked(Ability.FULL, snr)
        return Checked(Ability.SPEAKS if self._deaf(view[settled:]) else Ability.HEARS, None)

    def _deaf(self, view: Samples) -> bool:
        """Does the microphone give nothing in the band, though it gives something below?"""
        below, band = (self._median_power(view, bins) for bins in (_BELOW, _BINS))
        return band < _DEAF or _decibel(below) - _decibel(band) > _CUT_DB

    def _median_power(self, samples: Samples, bins: tuple[int, ...]) -> float:
        rows = _rows(GoertzelBank(bins, self.rate, round(_LONG_SECONDS * self.rate)), samples)
        means = sorted(sum(column) / len(column) for column in zip(*rows, strict=True))
        return float(means[len(means) // 2])


def sweep(rate: int, level: float) -> Samples:
    """A linear chirp through the band with ramps of 10 ms."""
    count, ramp = round(SWEEP_SECONDS * rate), rate // 100
    slope = (HIGH_HZ - LOW_HZ) / SWEEP_SECONDS / 2
    out = array("f", bytes(4 * count))
    for n in range(count):
        t = n / rate
        edge = min(1.0, n / ramp, (count - 1 - n) / ramp)
        out[n] = level * edge * math.sin(2 * math.pi * (LOW_HZ + slope * t) * t)
    return memoryview(out)


def _rows(bank: GoertzelBank, samples: Samples) -> list[list[float]]:
    flat: list[float] = list(bank.power(samples).cast("B").cast("f"))
    bins = len(bank.frequencies)
    return [flat[start : start + bins] for start in range(0, len(flat), bins)]


def _columns(rows: list[list[float]]) -> list[tuple[float, ...]]:
    return list(zip(*rows, strict=True))


def _decibel(power: float) -> float:
    return 10 * math.log10(max(power, _DEAF))
