"""What both sides of the proof by sound share: the stream, the frames in it, attempts, limits and messages. No I/O.

Feed a machine every block that was captured, in order, with its place in the stream; play what it gives; carry its
messages. Places are samples of this device's own stream, in which capture and playing have the same numbers. Times are
monotonic seconds. Messages are bodies of the exchange's contents of kind report, sealed for one attempt.
"""

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import ClassVar, Final

from vauchi_dsp import Frame
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import Reader
from vauchi_tui.proximity.events import AttemptFailed, Listening, NotProven, SoundEvent
from vauchi_tui.proximity.hearing import Hearing
from vauchi_tui.proximity.keys import Binding, Side, air_keys
from vauchi_tui.proximity.recording import Samples
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.waveforms import LEVEL, Play, piece

ATTEMPTS: Final = 3
LEAD_SECONDS: Final = 0.08
"""From the last captured sample to the first one played: the shell is in time, and what the other side has just played
and hears 35 dB louder than this one has died away there."""
LATENCY_SECONDS: Final = 0.65
"""The longest way from playing to one's own recording, where it could not be measured."""
SOUNDING_SECONDS: Final = 6.0
"""How long the sounds of an attempt may take by the clock; a stream that stands still is given up then."""
_POLL_SECONDS: Final = 0.05


class Message(IntEnum):
    """The first byte of a message."""

    READY = 1  # scanner: the microphone is open, play
    REPORT = 2  # scanner: signature(64) || n(2) || name(n) || report
    FAILED = 3  # scanner: this attempt failed here, for reason(1)
    AGAIN = 4  # shower: this attempt is over, for reason(1); listen again
    OVER = 5  # shower: this was the last one, for reason(1)
    NEAR = 6  # shower: evidence; the attempt is accepted here, and M2 will say so again


class Sounding(ABC):
    """One side. `finished` turns true with `Near` or `NotProven` among the events."""

    side: ClassVar[Side]

    def __init__(self, binding: Binding, rate: int, rng: Rng, monotonic: float, level: float = LEVEL) -> None:
        """`rate` of the stream in Hz; `level` is the amplitude of what is played, 1 is full scale."""
        self.rate = rate
        self.finished = False
        self._binding = binding
        self._rng = rng
        self._level = level
        self._hearing = Hearing(rate)
        self._place = 0
        self._streaming = False  # has anything been captured?
        self._deadline = monotonic
        self._events: list[SoundEvent] = []
        self._plays: list[Play] = []
        self._outgoing: list[bytes] = []
        self._unanswered: list[bytes] = []
        self._played: Play | None = None
        self._delay: int | None = None  # from one's own frame as played to the same as heard here
        self._silent_from = 0  # the place at which all that was played has been heard here, an aborted attempt's too
        self._begin(1, monotonic)

    # --- what comes in ---

    def receive_samples(self, samples: Samples, position: int, monotonic: float) -> None:
        """The next block of the stream, float32; `position` is the place of its first sample."""
        gap = self._streaming and position != self._place
        self._streaming, self._place = True, position
        if gap:
            self.interrupted(monotonic)
        if self._sounding and not self.finished:
            self._feed(samples, monotonic)
        self._place = position + len(samples)
        if not self.finished:
            self._advance(monotonic)
        self.tick(monotonic)

    def receive_message(self, body: bytes, monotonic: float) -> bool:
        """A message of the other side. False: refused, nothing has changed. Never raises for bad messages."""
        if self.finished:
            return False
        try:
            plain = self._keys.open(self.side.other, body)
            reader = Reader(plain)
            kind = reader.uint(1)
            return kind in list(Message) and self._message(Message(kind), reader, monotonic)
        except Malformed:
            return False

    def interrupted(self, monotonic: float) -> None:
        """The card lost samples. What was being measured is worthless."""
        if self._sounding and not self.finished:
            self._fault(Refusal.INTERRUPTED, monotonic)

    def device_stopped(self, monotonic: float) -> None:
        """The card is gone or does not start; all attempts are over."""
        if not self.finished:
            self._attempts_left = 0
            self._fault(Refusal.DEVICE_STOPPED, monotonic)

    def tick(self, monotonic: float) -> None:
        """Let time pass; call it at least ten times a second."""
        if not self.finished and monotonic >= self._deadline:
            self._deadline_passed(monotonic)

    def close(self) -> None:
        """The person cancelled or the exchange is over: wipe everything and fall silent."""
        self.finished = True
        self._wipe()
        self._unanswered = []
        self._plays = []

    # --- what goes out ---

    def sound_to_play(self) -> list[Play]:
        """What has not been handed out yet, in order."""
        plays, self._plays = self._plays, []
        return plays

    def messages_to_send(self) -> list[bytes]:
        """Messages that have not been handed out yet, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def resend(self) -> list[bytes]:
        """The identical bytes of what the other side has not answered yet; for a pipe that loses messages."""
        return list(self._unanswered)

    def events_received(self) -> list[SoundEvent]:
        """What has happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    # --- what the sides differ in ---

    @property
    @abstractmethod
    def _sounding(self) -> bool:
        """Is what is captured of any use now?"""

    @abstractmethod
    def _start(self, monotonic: float) -> None:
        """A new attempt with new keys begins."""

    @abstractmethod
    def _frame(self, frame: Frame, start: int, monotonic: float) -> None:
        """A frame was heard that begins at that place, one's own perhaps."""

    @abstractmethod
    def _advance(self, monotonic: float) -> None:
        """The stream has moved on to `_place`."""

    @abstractmethod
    def _message(self, kind: Message, reader: Reader, monotonic: float) -> bool:
        """A message that opened under this attempt's keys. Raises Malformed with nothing changed."""

    @abstractmethod
    def _fault(self, refusal: Refusal, monotonic: float) -> None:
        """This attempt failed on this side."""

    @abstractmethod
    def _deadline_passed(self, monotonic: float) -> None:
        """`_deadline` is over."""

    # --- shared steps ---

    def _feed(self, samples: Samples, monotonic: float) -> None:
        try:
            frames = self._hearing.feed(samples, self._place)
        except ValueError:  # NaN or infinity: the driver failed
            self._place += len(samples)
            self.interrupted(monotonic)
            return
        self._place += len(samples)
        for frame, start in frames:
            self._frame(frame, start, monotonic)

    def _begin(self, attempt: int, monotonic: float) -> None:
        self.attempt = attempt
        self._attempts_left = ATTEMPTS - attempt
        self._keys = air_keys(self._binding, attempt)
        self._wipe()
        self._events.append(Listening(attempt))
        self._start(monotonic)

    def _next(self, refusal: Refusal, monotonic: float) -> None:
        """The attempt has failed: the next one, or the end."""
        self._events.append(AttemptFailed(self.attempt, refusal, self._attempts_left))
        self._plays = []
        if self._attempts_left:
            self._begin(self.attempt + 1, monotonic)
        else:
            self._end(NotProven(refusal))

    def _end(self, event: SoundEvent) -> None:
        self._events.append(event)
        self.finished = True
        self._wipe()

    def _wipe(self) -> None:
        """Forget what was heard; what comes from now on is heard anew."""
        self._hearing.wipe()
        self._next_poll = 0
        if self._played is not None:
            latency = self._count(LATENCY_SECONDS) if self._delay is None else self._delay
            self._silent_from = self._played.end + latency
        self._played = self._delay = None

    def _send(self, kind: Message, body: bytes = b"", *, repeat: bool = True) -> None:
        sealed = self._keys.seal(self.side, bytes([kind]) + body, self._rng)
        self._outgoing.append(sealed)
        self._unanswered = [sealed] if repeat else []

    def _play(self, codes: tuple[bytes, ...], frame: bytes | None) -> Play:
        samples = piece(codes, frame, self.rate, self._level)
        self._played = Play(samples, self._place + self._count(LEAD_SECONDS))
        self._plays.append(self._played)
        self._hearing.expect(codes, self._played.position, self._count(LATENCY_SECONDS))
        return self._played

    def _count(self, seconds: float) -> int:
        return round(seconds * self.rate)

    def _poll(self, earliest: int) -> bool:
        """Is it time to look into what was heard again?"""
        if self._place < max(earliest, self._next_poll):
            return False
        self._next_poll = self._place + self._count(_POLL_SECONDS)
        return True
