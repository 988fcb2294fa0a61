"""A machine at a sound card, in a thread of its own: the card plays a script, and its frames are the clock."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from types import TracebackType
from typing import Self

import numpy as np
import pytest
from sounding_people import Exchange

from vauchi_tui.proximity.devices import Device, Pair, SoundUnavailable
from vauchi_tui.proximity.duplex import Captured
from vauchi_tui.proximity.events import AttemptFailed, Listening, NotProven, SoundEvent
from vauchi_tui.proximity.live import STALLED_SECONDS, Live
from vauchi_tui.proximity.recording import Samples
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.shower import ANSWER_SECONDS, READY_SECONDS
from vauchi_tui.proximity.sounding import Sounding

RATE = 48_000
BLOCK = 4_800  # frames, a tenth of a second
PATIENCE = 30.0  # s; a thread that has not ended by then never will
PAIR = Pair(*(Device(0, "Built-in", "", 1, 1, RATE) for _ in range(2)), RATE)
HEARD, FLAWED, NOTHING, GONE = "heard", "flawed", "nothing", "gone"


@dataclass
class ScriptedCard:
    """Gives a block of noise, clean or flawed, or nothing, as the script says; a tenth of a second passes each time.

    `timeless`: none does, so that it is not time that ends what runs at it.
    """

    script: Iterable[str]
    timeless: bool = False
    running: bool = True
    now: float = 0.0
    played: list[tuple[Samples, int]] = field(default_factory=list)
    plays: threading.Event = field(default_factory=threading.Event)
    left: bool = False

    def __post_init__(self) -> None:
        self._script: Iterator[str] = iter(self.script)
        self._rng = np.random.default_rng(1)
        self._place = 0

    def __call__(self, pair: Pair) -> Self:
        assert pair is PAIR
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.left = True

    def play(self, samples: Samples, position: int) -> None:
        self.played.append((samples, position))
        self.plays.set()

    def read(self) -> Captured | None:
        self.now += 0.0 if self.timeless else BLOCK / RATE
        step = next(self._script)
        if step in (NOTHING, GONE):
            self.running = step != GONE
            return None
        noise = 1e-3 * self._rng.standard_normal(BLOCK)
        self._place += BLOCK
        return Captured(memoryview(noise.astype(np.float32)), self._place - BLOCK, step == FLAWED)


@dataclass
class Run:
    """A machine that is run at such a card; what it has sent and told."""

    machine: Sounding
    card: ScriptedCard
    sent: list[bytes] = field(default_factory=list)
    events: list[SoundEvent] = field(default_factory=list)
    listening: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.live = Live(
            self.machine,  # type: ignore[arg-type]
            PAIR,
            send=self.sent.append,
            on_event=self._happened,
            clock=lambda: self.card.now,
            card=self.card,
        )

    def _happened(self, event: SoundEvent) -> None:
        self.events.append(event)
        if isinstance(event, Listening):
            self.listening.set()

    @property
    def not_proven(self) -> Refusal | None:
        return next((event.refusal for event in self.events if isinstance(event, NotProven)), None)

    @property
    def refusals(self) -> list[Refusal]:
        return [event.refusal for event in self.events if isinstance(event, AttemptFailed)]


def ready(exchange: Exchange) -> bytes:
    """What the scanner says when its microphone is open."""
    scanner = exchange.scanner()
    scanner.receive_samples(memoryview(np.zeros(BLOCK, np.float32)), 0, 0.0)
    (message,) = scanner.messages_to_send()
    return message


def is_wiped(machine: Sounding) -> bool:
    kept = machine._hearing._recording._samples
    return machine.finished and len(kept) > 0 and not np.asarray(kept).any()


@pytest.mark.parametrize("side", ["shower", "scanner"])
def test_a_card_that_gives_nothing_any_more_is_gone(side: str) -> None:
    run = Run(getattr(Exchange(1), side)(), ScriptedCard([*[HEARD] * 3, *[NOTHING] * 100]))
    run.live.run()
    assert run.not_proven is Refusal.DEVICE_STOPPED and run.not_proven.hint
    assert STALLED_SECONDS < run.card.now - 0.3 < STALLED_SECONDS + 0.3
    assert run.sent and run.card.left  # the other side is told


@pytest.mark.parametrize("side", ["shower", "scanner"])
def test_a_card_that_is_pulled_out_is_gone_at_once(side: str) -> None:
    run = Run(getattr(Exchange(2), side)(), ScriptedCard([HEARD, GONE]))
    run.live.run()
    assert run.not_proven is Refusal.DEVICE_STOPPED
    assert run.card.now < 0.3


def test_a_short_pause_of_the_card_is_nothing() -> None:
    run = Run(Exchange(3).scanner(), ScriptedCard([HEARD, *[NOTHING] * 25, HEARD, *[NOTHING] * 25, GONE]))
    run.live.run()
    assert run.card.now > 5.0


def test_lost_samples_cost_the_attempt_in_which_they_were_lost() -> None:
    exchange = Exchange(4)
    run = Run(exchange.shower(), ScriptedCard([HEARD, HEARD, FLAWED, GONE]))
    run.live.deliver(ready(exchange))
    run.live.run()
    assert len(run.card.played) == 1
    assert run.refusals[0] is Refusal.INTERRUPTED and run.refusals[0].hint
    assert [event.attempt for event in run.events if isinstance(event, Listening)] == [1, 2]


def test_a_card_that_does_not_open_is_told_and_nothing_is_left_running() -> None:
    def in_use(pair: Pair) -> ScriptedCard:
        raise SoundUnavailable("The sound device could not be opened.", "Close the program that uses it.")

    machine = Exchange(5).shower()
    live = Live(machine, PAIR, send=print, on_event=print, card=in_use)
    with pytest.raises(SoundUnavailable, match="could not be opened"):
        live.run()
    assert machine.finished


def test_a_peer_that_never_answers_is_not_waited_for_long() -> None:
    run = Run(Exchange(6).shower(), ScriptedCard(repeat(HEARD)))
    run.live.run()
    assert run.not_proven is Refusal.NOT_READY and run.not_proven.hint
    assert READY_SECONDS <= run.card.now < READY_SECONDS + 0.5


@contextmanager
def running(run: Run) -> Iterator[None]:
    """In another thread until the block stops it."""
    thread = threading.Thread(target=run.live.run, daemon=True)
    thread.start()
    try:
        assert run.listening.wait(PATIENCE)
        yield
    finally:
        run.live.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive() and run.card.left


@pytest.mark.parametrize("step", [HEARD, NOTHING])
def test_whoever_stops_it_from_another_thread_hears_no_more_of_it(step: str) -> None:
    run = Run(Exchange(7).shower(), ScriptedCard(repeat(step), timeless=True))
    with running(run):
        pass
    assert run.events == [Listening(1)] and not run.sent and is_wiped(run.machine)


def test_a_message_that_comes_in_another_thread_is_taken_in() -> None:
    exchange = Exchange(8)
    run = Run(exchange.shower(), ScriptedCard(repeat(HEARD), timeless=True))
    with running(run):
        assert not run.card.played
        run.live.deliver(ready(exchange))
        assert run.card.plays.wait(PATIENCE)
    assert len(run.card.played) == 1


def test_what_was_heard_is_wiped_even_when_the_program_fails_meanwhile() -> None:
    exchange = Exchange(9)

    def fail(event: SoundEvent) -> None:
        if isinstance(event, AttemptFailed):
            raise RuntimeError("the program failed")

    machine, card = exchange.shower(), ScriptedCard([*[HEARD] * 4, FLAWED])
    live = Live(machine, PAIR, send=lambda message: None, on_event=fail, clock=lambda: card.now, card=card)
    live.deliver(ready(exchange))
    with pytest.raises(RuntimeError):
        live.run()
    assert card.left and is_wiped(machine)


def test_a_muted_speaker_is_named_as_soon_as_an_answer_would_have_come() -> None:
    exchange = Exchange(10)
    run = Run(exchange.shower(), ScriptedCard(repeat(HEARD)))
    run.live.deliver(ready(exchange))
    run.live.run()
    assert run.refusals == [Refusal.OWN_SILENT, Refusal.NOT_READY]  # nobody is there for a second attempt
    assert len(run.card.played) == 1
    assert run.card.now < ANSWER_SECONDS + 2.0 + READY_SECONDS
