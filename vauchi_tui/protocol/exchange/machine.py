"""What both machines of an exchange share beyond any conversation: the proof by sound, and whom they refuse."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Final

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import VauchiError
from vauchi_tui.protocol.devices import DeviceList, OwnPerson
from vauchi_tui.protocol.events import Failed, Reason
from vauchi_tui.protocol.exchange.contents import Kind, split
from vauchi_tui.protocol.exchange.conversation import Conversation
from vauchi_tui.protocol.exchange.established import Established
from vauchi_tui.protocol.exchange.failures import failed
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


class Machine(Conversation[Kind]):
    """One side of an exchange.

    By sound the shower completes before the scanner's person has confirmed: `Failed` may still follow, and then
    `result` is void.
    """

    sound: SoundTask | None = None
    """The proof by sound is under way: what the proximity machine is keyed with. Carry messages between the two."""

    def __init__(self, own: OwnPerson, rng: Rng, check_list: CheckList, deadline: float) -> None:
        super().__init__(rng, deadline)
        self.result: Established | None = None
        self._own = own
        self._check_list = check_list
        self._sound_messages: list[bytes] = []

    @property
    def completed(self) -> bool:
        return self.result is not None

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

    def _split(self, content: bytes) -> tuple[Kind, bytes]:
        return split(content)

    def _words(self, reason: Reason) -> Failed:
        return failed(reason)

    def _read(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        if kind is not Kind.SOUND:
            return self._take(kind, body, monotonic)
        if self.sound is not None and len(self._sound_messages) < SOUND_MESSAGES:
            self._sound_messages.append(body)
        return False  # only the proximity machine can say whose it is

    @abstractmethod
    def _take(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        """Take a content of the handshake. Raises Malformed, with the state unchanged."""

    def _close(self, event: Failed) -> None:
        self.sound = None
        super()._close(event)

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
