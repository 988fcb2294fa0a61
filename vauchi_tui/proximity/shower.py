"""The side that showed the code: it plays the challenge, hears the answer, measures and judges."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from vauchi_dsp import Frame, Modem
from vauchi_tui.crypto.primitives import SIGNATURE_SIZE, Rng, constant_time_equal
from vauchi_tui.errors import InvalidValue, Malformed
from vauchi_tui.model.fields import clean_name
from vauchi_tui.protocol.decode import Reader
from vauchi_tui.proximity.events import Heard, Near
from vauchi_tui.proximity.evidence import Evidence, judge
from vauchi_tui.proximity.keys import RESPONSE_SIZE, Binding, Side
from vauchi_tui.proximity.ranging import Report
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.sounding import LATENCY_SECONDS, SOUNDING_SECONDS, Message, Sounding
from vauchi_tui.proximity.waveforms import LEVEL, slot

ANSWER_SECONDS: Final = 2.0
"""From the end of the challenge to the end of the answer, both as heard here."""
READY_SECONDS: Final = 20.0
REPORT_SECONDS: Final = 5.0
BACKOFF_SECONDS: Final = 1.0
"""At most so long, by chance, is waited before another attempt: two pairs that began together part that way."""
_NAME_BYTES: Final = 400
_SLACK_SECONDS: Final = 0.3  # what a receiver takes to see that a frame has ended

Verify = Callable[[bytes, bytes], None]
"""Message and signature, under the device key of M1; raises Undecryptable."""


class _Phase(Enum):
    WAITING = auto()  # for the scanner's microphone
    CALLING = auto()  # challenge played, answer not heard yet
    CLOSING = auto()  # last bursts played, not heard yet
    JUDGING = auto()  # measured; the scanner's report is awaited


@dataclass(frozen=True, slots=True)
class _Told:
    """What the scanner sent."""

    signature: bytes
    name: str
    report: Report = field(repr=False)


class ShowerSounding(Sounding):
    """Alice's side. `evidence` goes to the other side at once and into M2 when she is `Near`."""

    side = Side.SHOWER

    def __init__(
        self, binding: Binding, rate: int, rng: Rng, monotonic: float, *, verify: Verify, level: float = LEVEL
    ) -> None:
        self.evidence: Evidence | None = None
        self._verify = verify
        self._challenge = b""
        self._answer_length = round(Modem(rate, "fast").duration(RESPONSE_SIZE) * rate)
        super().__init__(binding, rate, rng, monotonic, level)

    @property
    def _sounding(self) -> bool:
        return self._phase in (_Phase.CALLING, _Phase.CLOSING)

    def _start(self, monotonic: float) -> None:
        self._phase = _Phase.WAITING
        self._ready = False
        self._answer: tuple[bytes, float] | None = None  # the frame that was heard, and its SNR
        self._foreign = False
        self._late = False
        self._told: _Told | None = None
        self._report: Report | None = None
        self._deadline = monotonic + READY_SECONDS
        backoff = 0.0 if self.attempt == 1 else BACKOFF_SECONDS * self._rng(1)[0] / 255
        self._call_from = max(self._silent_from, self._place + self._count(backoff))

    def _message(self, kind: Message, reader: Reader, monotonic: float) -> bool:
        if kind is Message.READY:
            reader.end()
            self._ready = True
            self._unanswered = []
            return True
        if kind is Message.FAILED:
            refusal = Refusal.from_wire(reader.uint(1))
            reader.end()
            if refusal is Refusal.DEVICE_STOPPED:
                self._attempts_left = 0  # it has ended there
            self._fail(refusal.seen_from_the_other_side if refusal else Refusal.NOT_HEARD, monotonic)
            return True
        if kind is Message.REPORT and self._phase is not _Phase.WAITING and self._told is None:
            signature = reader.take(SIGNATURE_SIZE)
            name = _name(reader.sized(2, _NAME_BYTES))
            self._told = _Told(signature, name, Report.decode(reader.rest()))
            self._judge(monotonic)
            return True
        return False

    def _frame(self, frame: Frame, start: int, monotonic: float) -> None:
        if self._played is None or self._phase is not _Phase.CALLING:
            return
        if frame.payload == self._challenge:
            self._delay = self._delay or max(start - self._frame_at, 0)
        elif len(frame.payload) == RESPONSE_SIZE:
            self._heard(frame, start)

    def _heard(self, frame: Frame, start: int) -> None:
        if not self._hearing.in_slots(self._keys.bursts[Side.SCANNER], start):
            self._foreign = True
            return
        if start + self._answer_length > self._answer_by:
            self._late = True
            return
        self._answer = (frame.payload, frame.snr_db)
        self._events.append(Heard(self.attempt, frame.snr_db))
        self._played = self._play(self._keys.bursts[self.side][2:], None)
        self._phase = _Phase.CLOSING

    @property
    def _challenged(self) -> int:
        """The place at which the challenge ended, as heard here; as played, thus earlier, if it was not heard."""
        return self._challenge_end + (self._delay or 0)

    @property
    def _answer_by(self) -> int:
        return self._challenged + self._count(ANSWER_SECONDS)

    def _advance(self, monotonic: float) -> None:
        if self._phase is _Phase.WAITING and self._ready and self._place >= self._call_from:
            self._call(monotonic)
        elif self._phase is _Phase.CALLING and self._place > self._answer_by + self._count(_SLACK_SECONDS):
            self._fail(self._why_no_answer(), monotonic)
        elif self._phase is _Phase.CLOSING and self._played is not None:
            self._close_up(self._played.position, self._played.end, monotonic)

    def _call(self, monotonic: float) -> None:
        self._wipe()
        self._phase = _Phase.CALLING
        self._deadline = monotonic + SOUNDING_SECONDS
        self._challenge = self._keys.challenge(self._rng)
        played = self._play(self._keys.bursts[self.side][:2], self._challenge)
        self._frame_at = played.position + 2 * slot(self.rate)
        self._challenge_end = played.end

    def _close_up(self, begun: int, ended: int, monotonic: float) -> None:
        """Wait until the last own bursts are recorded, then measure."""
        if not self._poll(ended + (self._delay or 0) + self._count(0.02)):
            return
        last = ended + self._count(LATENCY_SECONDS)
        if self._place < last and not self._hearing.all_since(begun, self._keys.bursts[self.side][2:], own=True):
            return
        self._report = self._hearing.measure(self._keys, self.side)
        self._wipe()
        self._phase = _Phase.JUDGING
        self._deadline = monotonic + REPORT_SECONDS
        self._judge(monotonic)

    def _judge(self, monotonic: float) -> None:
        if self._phase is not _Phase.JUDGING or self._told is None or self._report is None or self._answer is None:
            return
        told, (answer, snr_db) = self._told, self._answer
        try:
            self._verify(self._keys.to_sign(self._challenge), told.signature)
        except Malformed:
            self._fail(Refusal.FOREIGN, monotonic)
            return
        if not constant_time_equal(answer, self._keys.response(self._challenge, told.signature)):
            self._fail(Refusal.FOREIGN, monotonic)
            return
        verdict = judge(self._report, told.report, self.side)
        if isinstance(verdict, Refusal):
            self._fail(verdict, monotonic)
            return
        self.evidence = Evidence(self._challenge, self._report)
        self._send(Message.NEAR, self.evidence.encode(), repeat=False)
        self._end(Near(verdict, snr_db, told.name))

    def _why_no_answer(self) -> Refusal:
        if self._late:
            return Refusal.TOO_LATE
        if self._foreign:
            return Refusal.FOREIGN
        return Refusal.OWN_SILENT if self._delay is None else Refusal.NOT_HEARD

    def _fail(self, refusal: Refusal, monotonic: float) -> None:
        kind = Message.AGAIN if self._attempts_left else Message.OVER
        self._send(kind, bytes([refusal.seen_from_the_other_side.wire]))
        self._next(refusal, monotonic)

    def _fault(self, refusal: Refusal, monotonic: float) -> None:
        self._fail(refusal, monotonic)

    def _deadline_passed(self, monotonic: float) -> None:
        if self._phase is _Phase.WAITING:
            self._attempts_left = 0  # whoever does not begin to listen will not do so next time
            self._fail(Refusal.NOT_READY, monotonic)
        elif self._phase is _Phase.JUDGING:
            self._fail(Refusal.NO_REPORT, monotonic)
        else:
            self.device_stopped(monotonic)


def _name(data: bytes) -> str:
    try:
        text = data.decode()
        if clean_name(text) != text:
            raise Malformed("A name has a form that is not allowed.")
    except (UnicodeDecodeError, InvalidValue) as error:
        raise Malformed("A name is not valid text.") from error
    return text
