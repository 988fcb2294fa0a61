"""What both machines of an exchange share: queues, deadline, abort, and the rule that junk changes nothing."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed, VauchiError
from vauchi_tui.protocol.devices import DeviceList, OwnPerson
from vauchi_tui.protocol.events import Event, Failed, Reason
from vauchi_tui.protocol.exchange.contents import Early, Kind, split
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.exchange.failures import failed, from_abort, to_byte
from vauchi_tui.protocol.exchange.sound import SoundTask
from vauchi_tui.protocol.proof import Measured

ANSWER_SECONDS: Final = 120.0
"""How long either side waits for what follows M1, and for the person after the proof by sound."""
SOUND_MESSAGES: Final = 64
"""Of the other side's messages about the sound as many are kept between two calls; an exchange has fewer than ten."""

CheckList = Callable[[DeviceList], None]
"""Compares a peer's list with what is stored of him; raises a VauchiError to refuse it (see devices.supersedes)."""


def accept_any_list(devices: DeviceList) -> None:
    """For those who know nobody yet."""


class Machine(ABC):
    """Sans-I/O: feed it contents and the time, take events and contents from it.

    Times are monotonic seconds. Nothing is raised for bad contents: `receive_data` says whether it took them. After
    `Failed` there is still an abort to send; after `Completed` the last content is resent until the caller stops.
    By sound the shower completes before the scanner's person has confirmed: `Failed` may still follow, and then
    `result` is void.
    """

    role: Role
    sound: SoundTask | None = None
    """The proof by sound is under way: what the proximity machine is keyed with. Carry messages between the two."""

    def __init__(self, own: OwnPerson, rng: Rng, check_list: CheckList, deadline: float) -> None:
        self.result: Established | None = None
        self.deadline = deadline
        self._own = own
        self._rng = rng
        self._check_list = check_list
        self._early: Early | None = None
        self._failed = False
        self._events: list[Event] = []
        self._outgoing: list[bytes] = []
        self._unanswered: list[bytes] = []
        self._sound_messages: list[bytes] = []

    @property
    def finished(self) -> bool:
        """Completed or failed."""
        return self._failed or self.result is not None

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

        False: it says nothing of the other side. It was refused and changed nothing, or it waits for `sound_received`.
        """
        self.tick(monotonic)
        if self._failed:
            return False
        try:
            kind, body = split(content)
            if kind is Kind.ABORT:
                return self._read_abort(body)
            if kind is Kind.SOUND:
                if self.sound is not None and len(self._sound_messages) < SOUND_MESSAGES:
                    self._sound_messages.append(body)
                return False
            return self._read(kind, body, monotonic)
        except Malformed:
            return False

    def tick(self, monotonic: float) -> None:
        """Let time pass; call it at least once a second and before the person's input."""
        if monotonic >= self.deadline:
            self._deadline_passed()

    def abort(self) -> None:
        """The person cancels. Does nothing once the exchange is finished."""
        self._fail(Reason.CANCELLED)

    # --- the proof by sound, which a proximity machine makes beside this one ---

    def sound_received(self) -> list[bytes]:
        """What came for the proximity machine since the last call, in order; only that one can open it."""
        messages, self._sound_messages = self._sound_messages, []
        return messages

    def send_sound(self, message: bytes) -> None:
        """The proximity machine has this to say. Does nothing once the exchange is finished."""
        if not self.finished:
            self._outgoing.append(bytes([Kind.SOUND]) + message)

    @abstractmethod
    def prove_near(self, measured: Measured, monotonic: float) -> bool:
        """The proximity machine has accepted. False: nobody asked."""

    def fail_sound(self, title: str, hint: str, *, told: bool = False) -> None:
        """The proximity machine has refused, or the sound device is gone; the sentences say why.

        `told`: the proximity machines have told each other, so no abort is needed.
        """
        words = failed(Reason.PROOF_FAILED)
        event = Failed(words.reason, words.title, f"{title} {hint}")
        if not told:
            self._fail_with(event)
        elif not self.finished:
            self._close(event)

    @abstractmethod
    def confirm(self, monotonic: float) -> bool:
        """The person says that name and digits of `Confirm` are right. False: nobody asked."""

    @abstractmethod
    def _read(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        """Take a content that is no abort. Raises Malformed, with the state unchanged."""

    def _deadline_passed(self) -> None:
        self._fail(Reason.TIMED_OUT)

    def _read_abort(self, body: bytes) -> bool:
        if self._early is None:  # nobody has answered yet, or nothing can be undone any more
            return False
        peer = Role.SCANNER if self.role is Role.SHOWER else Role.SHOWER
        self._close(failed(from_abort(self._early.open(Kind.ABORT, peer, body))))
        return True

    def _fail(self, reason: Reason) -> None:
        self._fail_with(failed(reason))

    def _fail_with(self, event: Failed) -> None:
        """End without a contact and tell the other side, if there is a key to tell it with."""
        if self.finished:
            return
        if self._early is not None:
            self._outgoing.append(self._early.seal(Kind.ABORT, self.role, to_byte(event.reason), self._rng))
        self._close(event)

    def _close(self, event: Failed) -> None:
        self._failed = True
        self._unanswered = []
        self._early = None
        self.sound = None
        self._events.append(event)
        self._forget()

    @abstractmethod
    def _forget(self) -> None:
        """Drop every secret that is no longer needed."""

    def _send(self, content: bytes) -> None:
        """Send a content, and again until the next one of the other side arrives."""
        self._outgoing.append(content)
        self._unanswered = [content]

    def _refusal(self, devices: DeviceList, static: bytes) -> Failed | None:
        """Why there can be no exchange with this person, whose keys are proven."""
        own = self._own.device
        if devices.identity == own.identity:
            return failed(Reason.OWN_CODE if static == own.static.public else Reason.OWN_DEVICE)
        if any(device.signing_public == own.signing.public for device in devices.devices):
            return failed(Reason.DEVICE_LIST)
        try:
            self._check_list(devices)
        except VauchiError as error:
            return Failed(Reason.DEVICE_LIST, error.title, error.hint)
        return None
