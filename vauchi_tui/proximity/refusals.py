"""Why an attempt to prove by sound failed, in sentences with a remedy; and the byte that tells the other side."""

from enum import Enum
from typing import Self


class Refusal(Enum):
    """The byte on the pipe, what is wrong, and what to do about it."""

    INTERRUPTED = (
        1,
        "The sound was interrupted while the distance was measured.",
        "On both devices close programs that keep them busy or use the sound, then try again.",
    )
    DEVICE_STOPPED = (
        2,
        "The sound device stopped.",
        "Plug it in again, or choose another one in the settings; then try again.",
    )
    OWN_SILENT = (
        3,
        "This device did not hear itself.",
        "Turn the volume up, unmute speaker and microphone, and turn noise suppression off.",
    )
    NOT_HEARD = (
        4,
        "The other device was not heard.",
        "Hold the two still within an arm's length, turn both volumes up, and turn noise suppression off.",
    )
    UNCLEAR = (
        5,
        "The other device was heard, but not clearly enough to measure the distance.",
        "Turn the two towards each other, hold them still, and keep hands off speakers and microphones.",
    )
    TOO_FAR = (
        6,
        "The other device is too far away.",
        "Hold the two side by side; if they are, somebody may be passing the sound on.",
    )
    MOVING = (
        7,
        "The two devices moved, or their clocks differ too much.",
        "Hold both still until the distance is shown.",
    )
    NO_REPORT = (
        8,
        "What one device measured did not reach the other.",
        "Check that both are online, then try again.",
    )
    NOT_READY = (
        9,
        "The device that scanned the code did not begin to listen.",
        "Check that both are online and that its microphone is allowed, then try again.",
    )
    FOREIGN = (
        10,
        "The answer that was heard does not fit this exchange.",
        "Hold both still; if another pair is exchanging nearby, wait for it; otherwise somebody may be interfering.",
    )
    TOO_LATE = (
        11,
        "The answer was heard too late.",
        "Use the built-in speaker and microphone, not wireless ones; then try again.",
    )
    CONTRADICTED = (
        12,
        "The two devices do not agree on what they heard.",
        "Try again with a new code; if that happens again, somebody is interfering.",
    )
    PEER_SILENT = (
        13,
        "The other device did not hear itself.",
        "Turn its volume up, unmute its speaker and microphone, and turn its noise suppression off.",
    )
    UNHEARD = (
        14,
        "The other device did not hear this one.",
        "Hold the two still within an arm's length, turn this volume up, and turn noise suppression off on the other.",
    )
    PEER_STOPPED = (
        15,
        "The sound device of the other device stopped.",
        "Plug it in again there, or choose another one in the settings; then try again.",
    )

    def __init__(self, wire: int, title: str, hint: str) -> None:
        self.wire = wire
        self.title = title
        self.hint = hint

    @classmethod
    def from_wire(cls, number: int) -> Self | None:
        """The refusal with that byte; None if this version does not know it."""
        return next((refusal for refusal in cls if refusal.wire == number), None)

    @property
    def seen_from_the_other_side(self) -> "Refusal":
        """What this one is called on the other screen; most are the same for both."""
        return _TURNED.get(self, self)


_TURNED = {
    Refusal.OWN_SILENT: Refusal.PEER_SILENT,
    Refusal.NOT_HEARD: Refusal.UNHEARD,
    Refusal.DEVICE_STOPPED: Refusal.PEER_STOPPED,
}
_TURNED |= {there: here for here, there in _TURNED.items()}
