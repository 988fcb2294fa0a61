"""What every machine at a pipe shares: queues, deadline, abort, and the rule that junk changes nothing."""

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import Generic, TypeVar

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.events import Event, Failed, Reason
from vauchi_tui.protocol.exchange.contents import Early, Kind
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.exchange.failures import from_abort, to_byte

K = TypeVar("K", bound=IntEnum)
"""The kinds of content that a machine takes; the abort has the same number in all."""


class Conversation(ABC, Generic[K]):
    """Sans-I/O: feed it contents and the time, take events and contents from it.

    Times are monotonic seconds. Nothing is raised for bad contents: `receive_data` says whether it took them. After
    `Failed` there is still an abort to send; after `Completed` the last content is resent until the caller stops.
    """

    role: Role

    def __init__(self, rng: Rng, deadline: float) -> None:
        self.deadline = deadline
        self._rng = rng
        self._early: Early | None = None
        self._failed = False
        self._events: list[Event] = []
        self._outgoing: list[bytes] = []
        self._unanswered: list[bytes] = []

    @property
    @abstractmethod
    def completed(self) -> bool:
        """Have both what they need?"""

    @property
    def finished(self) -> bool:
        """Completed or failed."""
        return self._failed or self.completed

    def events_received(self) -> list[Event]:
        """What has happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> list[bytes]:
        """Contents that have not been handed out yet, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def resend(self) -> list[bytes]:
        """The identical bytes of what the other side has not answered yet."""
        return list(self._unanswered)

    def receive_data(self, content: bytes, monotonic: float) -> bool:
        """Take a content from the pipe. Never raises for bad contents.

        False: it says nothing of the other side; it was refused and changed nothing.
        """
        self.tick(monotonic)
        if self._failed:
            return False
        try:
            kind, body = self._split(content)
            if kind == Kind.ABORT:
                return self._read_abort(body)
            return self._read(kind, body, monotonic)
        except Malformed:
            return False

    def tick(self, monotonic: float) -> None:
        """Let time pass; call it at least once a second and before the person's input."""
        if monotonic >= self.deadline:
            self._deadline_passed()

    def abort(self) -> None:
        """The person cancels. Does nothing once it is finished."""
        self._fail(Reason.CANCELLED)

    # --- what machines differ in ---

    @abstractmethod
    def _split(self, content: bytes) -> tuple[K, bytes]:
        """Kind and body. Raises Malformed."""

    @abstractmethod
    def _read(self, kind: K, body: bytes, monotonic: float) -> bool:
        """Take a content that is no abort. Raises Malformed, with the state unchanged."""

    @abstractmethod
    def _words(self, reason: Reason) -> Failed:
        """The event with this reason's sentences."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop every secret that is no longer needed."""

    def _deadline_passed(self) -> None:
        self._fail(Reason.TIMED_OUT)

    # --- shared steps ---

    def _read_abort(self, body: bytes) -> bool:
        if self._early is None:  # nobody has answered yet, or nothing can be undone any more
            return False
        peer = Role.SCANNER if self.role is Role.SHOWER else Role.SHOWER
        self._close(self._words(from_abort(self._early.open(Kind.ABORT, peer, body))))
        return True

    def _fail(self, reason: Reason) -> None:
        self._fail_with(self._words(reason))

    def _fail_with(self, event: Failed) -> None:
        """End in failure and tell the other side, if there is a key to tell it with."""
        if self.finished:
            return
        if self._early is not None:
            self._outgoing.append(self._early.seal(Kind.ABORT, self.role, to_byte(event.reason), self._rng))
        self._close(event)

    def _close(self, event: Failed) -> None:
        self._failed = True
        self._unanswered = []
        self._early = None
        self._events.append(event)
        self._forget()

    def _send(self, content: bytes) -> None:
        """Send a content, and again until the next one of the other side arrives."""
        self._outgoing.append(content)
        self._unanswered = [content]
