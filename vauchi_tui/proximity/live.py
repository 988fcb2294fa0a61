"""A sounding machine or a sound check at a real sound card, in a thread of its own."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from vauchi_tui.proximity.devices import Pair, SoundUnavailable
from vauchi_tui.proximity.events import SoundEvent
from vauchi_tui.proximity.evidence import Evidence
from vauchi_tui.proximity.scanner import ScannerSounding
from vauchi_tui.proximity.shower import ShowerSounding
from vauchi_tui.proximity.soundcard import Card, SoundCard
from vauchi_tui.proximity.soundcheck import Checked, SoundCheck
from vauchi_tui.proximity.waveforms import LEVEL

PAUSE_SECONDS: Final = 0.005
STALLED_SECONDS: Final = 3.0
"""A card that gives nothing for so long is gone; opening it again takes less."""

Incoming = bytes | Evidence
"""A message of the other side, or what came in M2 for the scanner to check."""

OpenCard = Callable[[Pair], Card]
"""The sound card to those devices; simulated air has others."""


class Live:
    """Runs one machine. `deliver` and `stop` may be called from any thread; `send` and `on_event` are called in the
    thread that is in `run`, and must not wait."""

    def __init__(
        self,
        machine: ShowerSounding | ScannerSounding,
        pair: Pair,
        *,
        send: Callable[[bytes], None],
        on_event: Callable[[SoundEvent], None],
        clock: Callable[[], float] = time.monotonic,
        card: OpenCard = SoundCard,
    ) -> None:
        self._machine = machine
        self._pair = pair
        self._send = send
        self._on_event = on_event
        self._clock = clock
        self._card = card
        self._incoming: SimpleQueue[Incoming] = SimpleQueue()
        self._stopped = threading.Event()

    def deliver(self, incoming: Incoming) -> None:
        """Something came over the pipe."""
        self._incoming.put(incoming)

    def stop(self) -> None:
        """The person cancelled, or the exchange is over: `run` returns soon and says nothing more."""
        self._stopped.set()

    def run(self) -> None:
        """Until the machine is finished or stopped. Raises SoundUnavailable where the card does not open."""
        try:
            with self._card(self._pair) as card:
                self._loop(card)
                self._hand_out(card)
        finally:
            self._machine.close()

    def _loop(self, card: Card) -> None:
        last = self._clock()
        while not self._machine.finished and not self._stopped.is_set():
            now = self._clock()
            captured = card.read()
            if captured is not None:
                last = now
                if captured.flawed:
                    self._machine.interrupted(now)
                self._machine.receive_samples(captured.samples, captured.position, now)
            elif not card.running or now - last > STALLED_SECONDS:
                self._machine.device_stopped(now)
            self._take_in(now)
            self._machine.tick(now)
            self._hand_out(card)
            if captured is None:
                self._stopped.wait(PAUSE_SECONDS)

    def _take_in(self, now: float) -> None:
        while True:
            try:
                incoming = self._incoming.get_nowait()
            except Empty:
                return
            if isinstance(incoming, bytes):
                self._machine.receive_message(incoming, now)
            elif isinstance(self._machine, ScannerSounding):
                self._machine.check(incoming)

    def _hand_out(self, card: Card) -> None:
        for play in self._machine.sound_to_play():
            card.play(play.samples, play.position)
        for message in self._machine.messages_to_send():
            self._send(message)
        for event in self._machine.events_received():
            self._on_event(event)


def check_sound(
    pair: Pair,
    on_level: Callable[[float], None],
    *,
    level: float = LEVEL,
    stopped: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Checked | None:
    """Play the sweep and hear it; `on_level` gets the band's level in dB for a meter. Takes three seconds.

    `level` is the amplitude of the sweep. Whoever sets `stopped` gets None at once. Raises SoundUnavailable where the
    card does not open or stops.
    """
    check = SoundCheck(pair.rate, level)
    pause = stopped or threading.Event()
    with SoundCard(pair) as card:
        last = clock()
        while check.result is None and not pause.is_set():
            captured = card.read()
            if captured is not None:
                last = clock()
                check.receive_samples(captured.samples, captured.position)
                if check.band_db is not None:
                    on_level(check.band_db)
            elif not card.running or clock() - last > STALLED_SECONDS:
                raise SoundUnavailable("The sound device stopped.", "Plug it in again, or choose another one.")
            for play in check.sound_to_play():
                card.play(play.samples, play.position)
            if captured is None:
                pause.wait(PAUSE_SECONDS)
    return check.result
