"""What both machines of a linking share: queues, deadline, abort, and the rule that junk changes nothing."""

from abc import ABC, abstractmethod
from typing import Final

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.events import Event, Failed, Reason
from vauchi_tui.protocol.exchange import contents as exchange
from vauchi_tui.protocol.exchange.contents import Early
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.exchange.failures import from_abort, to_byte
from vauchi_tui.protocol.linking.contents import Kind, split

ANSWER_SECONDS: Final = 120.0
"""How long either side waits for what follows M1."""

_AGAIN = "Nothing was linked. Show a new code and try again."
_WORDS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.EXPIRED: ("The code for linking has expired.", "Show a new code; nothing was linked."),
    Reason.TIMED_OUT: (
        "The other device did not answer in time.",
        "Check that both are online and look at the list of your devices, then try again with a new code.",
    ),
    Reason.PROOF_FAILED: ("The digits were wrong three times.", _AGAIN),
    Reason.DEVICE_LIST: ("The list of your devices cannot take this one.", "Revoke a device you no longer use first."),
    Reason.UNSUPPORTED: ("The two programs have no common way to link.", "Update both, then try again."),
    Reason.REFUSED: ("Linking was cancelled on the other device.", _AGAIN),
    Reason.CANCELLED: ("Linking was cancelled.", "Nothing was linked."),
}


def failed(reason: Reason) -> Failed:
    """The event with this reason's sentences."""
    return Failed(reason, *_WORDS.get(reason, _WORDS[Reason.CANCELLED]))


class LinkMachine(ABC):
    """Sans-I/O, in the manner of `exchange.machine.Machine`: feed it contents and the time, take events and contents.

    Times are monotonic seconds. Nothing is raised for bad contents: `receive_data` says whether it took them.
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
        """Take a content from the pipe. False: it was refused and changed nothing."""
        self.tick(monotonic)
        if self._failed:
            return False
        try:
            kind, body = split(content)
            if kind is Kind.ABORT:
                return self._read_abort(body)
            return self._read(kind, body, monotonic)
        except Malformed:
            return False

    def tick(self, monotonic: float) -> None:
        """Let time pass; call it at least once a second and before the person's input."""
        if monotonic >= self.deadline:
            self._deadline_passed()

    def abort(self) -> None:
        """The person cancels. Does nothing once the linking is finished."""
        self._fail(Reason.CANCELLED)

    @abstractmethod
    def _read(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        """Take a content that is no abort. Raises Malformed, with the state unchanged."""

    @abstractmethod
    def _forget(self) -> None:
        """Drop every secret that is no longer needed."""

    def _deadline_passed(self) -> None:
        self._fail(Reason.TIMED_OUT)

    def _read_abort(self, body: bytes) -> bool:
        if self._early is None:
            return False
        peer = Role.SCANNER if self.role is Role.SHOWER else Role.SHOWER
        self._close(failed(from_abort(self._early.open(exchange.Kind.ABORT, peer, body))))
        return True

    def _fail(self, reason: Reason) -> None:
        if self.finished:
            return
        if self._early is not None:
            self._outgoing.append(self._early.seal(exchange.Kind.ABORT, self.role, to_byte(reason), self._rng))
        self._close(failed(reason))

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
