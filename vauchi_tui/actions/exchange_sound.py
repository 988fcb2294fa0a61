"""The proof by sound beside an exchange: the proximity machine in a thread, and what passes between the two."""

import asyncio
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from vauchi_tui.actions.sound import Pair, SoundUnavailable
from vauchi_tui.crypto.primitives import Rng, verify
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.devices import OwnPerson
from vauchi_tui.protocol.exchange import Scanning, Showing
from vauchi_tui.protocol.exchange.sound import SoundTask
from vauchi_tui.protocol.proof import Measured
from vauchi_tui.proximity.events import AttemptFailed, Heard, Listening, Near, NotProven, SoundEvent
from vauchi_tui.proximity.evidence import Evidence
from vauchi_tui.proximity.keys import Binding
from vauchi_tui.proximity.live import Live, OpenCard
from vauchi_tui.proximity.scanner import ScannerSounding
from vauchi_tui.proximity.shower import ShowerSounding

CLOSE_SECONDS: Final = 3.0
"""How long the end of an exchange waits for the sound card to close."""


class SoundTalk:
    """One proof under way. Call `turn` whenever `news` was set, and `close` at the end."""

    def __init__(
        self,
        machine: Showing | Scanning,
        task: SoundTask,
        own: OwnPerson,
        pair: Pair,
        card: OpenCard,
        level: float,
        rng: Rng,
        news: asyncio.Event,
        monotonic: float,
    ) -> None:
        """Inside a running event loop. `level` is the amplitude of what is played."""
        self._machine = machine
        self._loop = asyncio.get_running_loop()
        self._news = news
        self._messages: SimpleQueue[bytes] = SimpleQueue()
        self._events: SimpleQueue[SoundEvent | SoundUnavailable] = SimpleQueue()
        self._sounding = _sounding(machine, task, own, pair, level, rng, monotonic)
        self._live = Live(self._sounding, pair, send=self._said, on_event=self._happened, card=card)
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def turn(self, monotonic: float) -> list[Listening | Heard | AttemptFailed]:
        """Carry messages both ways and tell the machine the outcome. Returns what else there is to tell the person."""
        machine = self._machine
        for message in machine.sound_received():
            self._live.deliver(message)
        if isinstance(machine, Scanning) and machine.unchecked_report is not None:
            self._check(machine, machine.unchecked_report)
        for message in _drained(self._messages):
            machine.send_sound(message)
        told: list[Listening | Heard | AttemptFailed] = []
        for event in _drained(self._events):
            match event:
                case Near(distance_m, snr_db, name):
                    assert self._sounding.evidence is not None
                    report = self._sounding.evidence.encode()
                    machine.prove_near(Measured(snr_db, distance_m, report, name), monotonic)
                case NotProven(refusal):
                    # The shower has said so to the other side, which ends by itself, in words for that side.
                    machine.fail_sound(refusal.title, refusal.hint, told=isinstance(machine, Showing))
                case SoundUnavailable():
                    machine.fail_sound(event.title, event.hint)
                case Listening() | Heard() | AttemptFailed():
                    told.append(event)
        return told

    async def close(self) -> None:
        """Fall silent. The card may take a moment to close."""
        self._live.stop()
        await asyncio.to_thread(self._thread.join, CLOSE_SECONDS)

    def _check(self, machine: Scanning, report: bytes) -> None:
        machine.unchecked_report = None
        try:
            self._live.deliver(Evidence.decode(report))
        except Malformed as error:
            machine.fail_sound(error.title, error.hint)

    # --- in the thread of the sound ---

    def _run(self) -> None:
        try:
            self._live.run()
        except SoundUnavailable as error:
            self._events.put(error)
            self._wake()

    def _said(self, message: bytes) -> None:
        self._messages.put(message)
        self._wake()

    def _happened(self, event: SoundEvent) -> None:
        self._events.put(event)
        self._wake()

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._news.set)


def _sounding(
    machine: Showing | Scanning,
    task: SoundTask,
    own: OwnPerson,
    pair: Pair,
    level: float,
    rng: Rng,
    monotonic: float,
) -> ShowerSounding | ScannerSounding:
    binding = Binding(task.secret, task.h1, task.seed)
    if isinstance(machine, Showing):
        return ShowerSounding(
            binding,
            pair.rate,
            rng,
            monotonic,
            verify=lambda message, signature: verify(task.peer_signing, message, signature),
            level=level,
        )
    return ScannerSounding(binding, pair.rate, rng, monotonic, sign=own.device.signing.sign, name=own.name, level=level)


_T = TypeVar("_T")


def _drained(queue: "SimpleQueue[_T]") -> list[_T]:
    items = []
    while True:
        try:
            items.append(queue.get_nowait())
        except Empty:
            return items
