"""Two sounding machines in one simulated room, block by block: what one plays the other hears, and itself too."""

from collections.abc import Callable
from dataclasses import dataclass, field

import channel
import numpy as np
from channel import Samples
from ranging_air import Air, Station, own_response

from vauchi_tui.proximity.events import AttemptFailed, Near, NotProven, SoundEvent
from vauchi_tui.proximity.live import STALLED_SECONDS
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.sounding import Sounding

STEP = 0.02  # s
LONGEST = 60.0  # s
GAP = 7  # samples


@dataclass
class Ear:
    """One machine at its sound card, in the room."""

    machine: Sounding
    station: Station
    noise: float  # standard deviation
    own: Samples  # response from the speaker to the microphone of this device
    other: Samples  # response from the other device
    played: Samples = field(init=False, repr=False)
    events: list[tuple[float, SoundEvent]] = field(default_factory=list)
    muted_from: float = np.inf
    injected: Callable[[np.ndarray], Samples] | None = None  # by place in the stream
    microphone: Callable[[Samples], Samples] | None = None  # what it makes of each block
    lost_at: list[float] = field(default_factory=list)  # when the card says that it has lost samples …
    gap_at: list[float] = field(default_factory=list)  # … and when it loses some and says nothing
    plugged_until: float = np.inf
    gone: bool = False  # switched off: hears, says and plays nothing more
    place: int = 0
    origin: int = 0  # the place in its stream at which the machine comes in

    def __post_init__(self) -> None:
        self.played = np.zeros(int(LONGEST * self.station.rate))
        self._heard = [np.zeros(0)]
        self._of_other = [np.zeros(0)]

    def hear(self, block: Samples, of_other: Samples) -> None:
        self._heard.append(block)
        self._of_other.append(of_other)

    @property
    def heard(self) -> Samples:
        return np.concatenate(self._heard)

    @property
    def of_other(self) -> Samples:
        """What came from the other device, without noise and oneself."""
        return np.concatenate(self._of_other)

    def all(self, kind: type) -> list[SoundEvent]:
        return [event for _, event in self.events if isinstance(event, kind)]

    @property
    def near(self) -> Near | None:
        return next(iter(self.all(Near)), None)  # type: ignore[return-value]

    @property
    def refusals(self) -> list[Refusal]:
        return [event.refusal for event in self.all(AttemptFailed)]  # type: ignore[attr-defined]

    @property
    def not_proven(self) -> Refusal | None:
        return next((event.refusal for event in self.all(NotProven)), None)  # type: ignore[attr-defined]


@dataclass
class Path:
    """From one speaker to one microphone: resampled for both clocks, then through the room."""

    player: Ear
    recorder: Ear
    response: Samples
    speed: float = 0.0  # m/s, away
    arrived: Samples = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.arrived = np.zeros(len(self.response) - 1)

    def block(self, start: int, end: int) -> Samples:
        here, there = self.recorder.station, self.player.station
        ratio = there.true_rate / here.true_rate * (1 - self.speed / channel.SOUND)
        offset = (here.start - here.record_latency - there.start - there.play_latency) * there.true_rate
        first = int(start * ratio + offset) - 40
        last = int(end * ratio + offset) + 40
        source = np.zeros(last - first)
        low, high = max(first, 0), max(min(last, len(self.player.played)), 0)
        if high > low:
            source[low - first : high - first] = self.player.played[low:high]
        new = np.zeros(end - start)
        if source.any():
            cutoff = min(1.0, 1 / ratio) if abs(ratio - 1) > 0.01 else 1.0
            new = channel.sample_at(source, np.arange(start, end) * ratio + offset - first, cutoff)
        window = np.concatenate([self.arrived, new])
        self.arrived = window[len(new) :]
        if not window.any():
            return new
        size = 1 << (len(window) + len(self.response) - 1).bit_length()
        out = np.fft.irfft(np.fft.rfft(window, size) * np.fft.rfft(self.response, size), size)
        return out[len(self.response) - 1 : len(self.response) - 1 + len(new)]


class Conversation:
    """Run it until both are finished. `pipe` delays messages by that many seconds; `carry` may drop or change them."""

    def __init__(
        self,
        shower: Sounding,
        scanner: Sounding,
        seed: int,
        *,
        stations: tuple[Station, Station] = (Station(), Station()),
        air: Air | None = None,
        pipe: float = 0.05,
        judge: bool = True,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.air = air or Air()
        self.pipe = pipe
        self.judge = judge  # the scanner is given the shower's evidence, as M2 would
        self.carry: Callable[[Sounding, bytes], list[bytes]] = lambda sender, message: [message]
        self.now = 0.0
        a, b = (self._ear(m, s) for m, s in zip((shower, scanner), stations, strict=True))
        self.a, self.b = a, b
        self._paths = {
            id(a): [Path(a, a, a.own), Path(b, a, a.other, self.air.speed)],
            id(b): [Path(b, b, b.own), Path(a, b, b.other, self.air.speed)],
        }
        self.sent: list[tuple[float, Sounding, bytes]] = []
        self._mail: list[tuple[float, Ear, bytes]] = []
        self._checked = False

    def _ear(self, machine: Sounding, station: Station) -> Ear:
        response = self.air.response(station.rate, self.rng)
        power = 0.25**2 / 2 * float((response**2).sum())
        noise = channel.noise_for(self.air.snr_db, power, station.rate)
        own = own_response(station.rate, self.air.decay, self.rng, self.air.own_echo)
        return Ear(machine, station, noise, own, response)

    @property
    def ears(self) -> tuple[Ear, Ear]:
        return self.a, self.b

    def run(self, seconds: float = LONGEST - 1) -> "Conversation":
        while self.now < seconds and not all(ear.machine.finished or ear.gone for ear in self.ears):
            self.step()
        return self

    def step(self) -> None:
        self.now += STEP
        for ear in self.ears:
            self._capture(ear)
        for due, ear, message in [mail for mail in self._mail if mail[0] <= self.now]:
            self._mail.remove((due, ear, message))
            if not ear.gone:
                ear.machine.receive_message(message, self.now)
        evidence = getattr(self.a.machine, "evidence", None)
        if self.judge and evidence is not None and not self._checked:
            self._checked = True
            self.b.machine.check(evidence)  # type: ignore[attr-defined]
        for ear, other in ((self.a, self.b), (self.b, self.a)):
            self._collect(ear, other)

    def _capture(self, ear: Ear) -> None:
        if ear.gone:
            return
        if self.now > ear.plugged_until:
            if self.now > ear.plugged_until + STALLED_SECONDS:  # as `Live` notices it
                ear.machine.device_stopped(self.now)
            ear.machine.tick(self.now)
            return
        end = int((self.now - ear.station.start) * ear.station.true_rate)
        if end <= ear.place:
            return
        start, ear.place = ear.place, end
        block = ear.noise * self.rng.standard_normal(end - start)
        own, other = (path.block(start, end) for path in self._paths[id(ear)])
        block += own + other
        if ear.injected is not None:
            block += ear.injected(np.arange(start, end))
        if ear.microphone is not None:
            block = ear.microphone(block)
        ear.hear(block, other)
        if ear.gap_at and self.now >= ear.gap_at[0]:
            ear.gap_at.pop(0)
            ear.origin += GAP
        if ear.lost_at and self.now >= ear.lost_at[0]:
            ear.lost_at.pop(0)
            ear.machine.interrupted(self.now)
        ear.machine.receive_samples(memoryview(block.astype(np.float32)), start + ear.origin, self.now)

    def _collect(self, ear: Ear, other: Ear) -> None:
        if ear.gone:
            return
        if self.now >= ear.muted_from:
            ear.played[ear.place :] = 0.0
        for play in ear.machine.sound_to_play():
            at = max(play.position - ear.origin, ear.place)
            if self.now < ear.muted_from:
                ear.played[at : at + len(play.samples)] += np.asarray(play.samples)
        for message in ear.machine.messages_to_send():
            self.sent.append((self.now, ear.machine, message))
            self._mail += [(self.now + self.pipe, other, carried) for carried in self.carry(ear.machine, message)]
        ear.events += [(self.now, event) for event in ear.machine.events_received()]
