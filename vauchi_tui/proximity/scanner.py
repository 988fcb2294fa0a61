"""The side that scanned the code: it listens for the challenge, answers it and reports what it measured."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from vauchi_dsp import Frame
from vauchi_tui.crypto.primitives import Rng, constant_time_equal
from vauchi_tui.protocol.decode import Reader
from vauchi_tui.proximity.events import Heard, Near, NotProven
from vauchi_tui.proximity.evidence import Evidence, judge
from vauchi_tui.proximity.keys import CHALLENGE_SIZE, Binding, Side
from vauchi_tui.proximity.ranging import Report
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.sounding import LATENCY_SECONDS, SOUNDING_SECONDS, Message, Sounding
from vauchi_tui.proximity.waveforms import LEVEL, slot

LISTEN_SECONDS: Final = 15.0
DECISION_SECONDS: Final = 20.0
_LAST_SECONDS: Final = 1.0  # how long after its own answer it waits for the other's last bursts
_KEPT_SECONDS: Final = 1.2  # what is kept while there is nothing to answer: two slots, the challenge and more

Sign = Callable[[bytes], bytes]
"""The signature of this device's key over a message."""


class _Phase(Enum):
    LISTENING = auto()  # for the challenge
    ANSWERING = auto()  # answer played; the last bursts are awaited
    REPORTED = auto()  # the other side decides


class ScannerSounding(Sounding):
    """Bob's side. `evidence` is what the other side's verdict rests on once he is `Near`: M2 has to say the same."""

    side = Side.SCANNER

    def __init__(
        self,
        binding: Binding,
        rate: int,
        rng: Rng,
        monotonic: float,
        *,
        sign: Sign,
        name: str,
        level: float = LEVEL,
    ) -> None:
        """`name` is this person's, which the shower sees before the card."""
        self.evidence: Evidence | None = None
        self._sign = sign
        self._name = name.encode()
        super().__init__(binding, rate, rng, monotonic, level)

    @property
    def _sounding(self) -> bool:
        return self._phase is not _Phase.REPORTED

    def check(self, evidence: Evidence) -> bool:
        """Does the other side's evidence agree with what was heard here? Ends in `Near` or `NotProven`.

        It comes as a message; if that was lost, M2 has it too.
        """
        if self.finished:
            return False
        if self._report is None or not constant_time_equal(evidence.challenge, self._challenge):
            self._end(NotProven(Refusal.CONTRADICTED))
            return False
        verdict = judge(evidence.report, self._report, self.side)
        self._unanswered = []
        if isinstance(verdict, Refusal):
            self._end(NotProven(Refusal.CONTRADICTED))
            return False
        self.evidence = evidence
        self._end(Near(verdict, self._snr_db))
        return True

    def _start(self, monotonic: float) -> None:
        self._phase = _Phase.LISTENING
        self._challenge = b""
        self._signature = b""
        self._snr_db = 0.0
        self._report: Report | None = None
        self._disturbed = False  # were samples lost while nothing was measured yet?
        self._deadline = monotonic + LISTEN_SECONDS
        self._told_ready = False
        if self._streaming:
            self._tell_ready()

    def _tell_ready(self) -> None:
        """Unless this device still hears itself from the attempt before, louder than any challenge."""
        if self._place >= self._silent_from:
            self._told_ready = True
            self._send(Message.READY)

    def _message(self, kind: Message, reader: Reader, monotonic: float) -> bool:
        if kind is Message.NEAR:
            self.check(Evidence.decode(reader.rest()))
            return True
        if kind not in (Message.AGAIN, Message.OVER):
            return False
        refusal = Refusal.from_wire(reader.uint(1)) or Refusal.UNHEARD
        reader.end()
        if kind is Message.OVER:
            self._attempts_left = 0
        self._unanswered = []
        self._next(self._why_unheard() if refusal is Refusal.UNHEARD else refusal, monotonic)
        return True

    def _why_unheard(self) -> Refusal:
        """The other side heard no answer: was there a challenge, was the answer played, or was it too faint?"""
        if self._phase is _Phase.LISTENING:
            return self._why_not_heard()
        silent = self._delay is None if self._report is None else self._report.times[4:].count(None) > 1
        return Refusal.OWN_SILENT if silent else Refusal.UNHEARD

    def _why_not_heard(self) -> Refusal:
        return Refusal.INTERRUPTED if self._disturbed else Refusal.NOT_HEARD

    def _frame(self, frame: Frame, start: int, monotonic: float) -> None:
        if self._phase is _Phase.LISTENING:
            if len(frame.payload) == 1 + CHALLENGE_SIZE and frame.payload[0] == self.attempt:
                self._heard(frame, start, monotonic)
        elif self._phase is _Phase.ANSWERING and frame.payload == self._response:
            self._delay = max(start - self._frame_at, 0)

    def _heard(self, frame: Frame, start: int, monotonic: float) -> None:
        if not self._hearing.in_slots(self._keys.bursts[Side.SHOWER][:2], start):
            return  # another pair's
        self._challenge, self._snr_db = frame.payload, frame.snr_db
        self._signature = self._sign(self._keys.to_sign(frame.payload))
        self._response = self._keys.response(frame.payload, self._signature)
        self._hearing.keep_from(start - 3 * slot(self.rate))
        played = self._play(self._keys.bursts[self.side], self._response)
        self._frame_at = played.position + 4 * slot(self.rate)
        self._unanswered = []
        self._events.append(Heard(self.attempt, frame.snr_db))
        self._phase = _Phase.ANSWERING
        self._deadline = monotonic + SOUNDING_SECONDS

    def _advance(self, monotonic: float) -> None:
        if self._phase is _Phase.LISTENING:
            self._hearing.keep_from(self._place - self._count(_KEPT_SECONDS))
            if not self._told_ready:
                self._tell_ready()
        elif self._phase is _Phase.ANSWERING and self._played is not None:
            self._close_up(self._played.end, monotonic)

    def _close_up(self, ended: int, monotonic: float) -> None:
        """Wait for the other side's last bursts, then measure and report."""
        since = ended + (self._delay or 0)
        if not self._poll(since + slot(self.rate)):
            return
        last = since + self._count(_LAST_SECONDS if self._delay else _LAST_SECONDS + LATENCY_SECONDS)
        if self._place < last and not self._hearing.all_since(since, self._keys.bursts[Side.SHOWER][2:], own=False):
            return
        self._report = self._hearing.measure(self._keys, self.side)
        name = len(self._name).to_bytes(2, "big") + self._name
        self._rest(Message.REPORT, self._signature + name + self._report.encode(), monotonic)

    def _rest(self, kind: Message, body: bytes, monotonic: float) -> None:
        """This side has done its part in the attempt; the other one goes on."""
        self._wipe()
        self._phase = _Phase.REPORTED
        self._deadline = monotonic + DECISION_SECONDS
        self._send(kind, body)

    def _fault(self, refusal: Refusal, monotonic: float) -> None:
        if refusal is Refusal.INTERRUPTED and self._phase is _Phase.LISTENING:
            self._wipe()  # nothing is lost yet
            self._disturbed = True
        else:
            self._give_up(refusal, monotonic)

    def _give_up(self, refusal: Refusal, monotonic: float) -> None:
        self._rest(Message.FAILED, bytes([refusal.wire]), monotonic)
        if not self._attempts_left:
            self._next(refusal, monotonic)

    def _deadline_passed(self, monotonic: float) -> None:
        if self._phase is _Phase.LISTENING and self._streaming:
            self._give_up(self._why_not_heard(), monotonic)
        elif self._phase is _Phase.REPORTED:
            self._attempts_left = 0
            self._next(Refusal.NO_REPORT, monotonic)
        else:
            self.device_stopped(monotonic)
