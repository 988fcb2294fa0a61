"""Why exchanges end: the sentences for the person, and the one byte that tells the other side."""

from typing import Final

from vauchi_tui.protocol.events import Failed, Reason

_AGAIN = "Show a new code and try again."
_WORDS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.EXPIRED: ("QR code expired", "Show a new code; nothing was exchanged."),
    Reason.TIMED_OUT: (
        "The other device did not answer in time.",
        "Check that both are online, then try again with a new code; somebody else may have answered this one.",
    ),
    Reason.PROOF_FAILED: (
        "Proximity verification failed",
        "No card has left. Show a new code, and let only the person in front of you scan it.",
    ),
    Reason.OWN_CODE: ("That is your own code.", "Let the other person scan it, or scan theirs."),
    Reason.OWN_DEVICE: (
        "That code is on another device of yours.",
        "Link devices with “vauchi devices link” instead of exchanging cards.",
    ),
    Reason.DEVICE_LIST: (
        "The list of devices did not fit what is known of that person.",
        "Let both run “vauchi sync” first, then try again with a new code.",
    ),
    Reason.UNSUPPORTED: (
        "The two programs have no common way to prove who is in the room.",
        "Update both, or show a code with --proximity code.",
    ),
    Reason.NO_SOUND: (
        "The other device has no microphone or no speaker to prove by sound that it is here.",
        "Show a new code without sound: --proximity code, or choose “six digits”.",
    ),
    Reason.REFUSED: ("The other person cancelled.", _AGAIN),
    Reason.CANCELLED: ("The exchange was cancelled.", "Nothing was exchanged."),
}
_BYTES: Final = {
    Reason.CANCELLED: 1,
    Reason.TIMED_OUT: 2,
    Reason.PROOF_FAILED: 3,
    Reason.OWN_CODE: 4,
    Reason.OWN_DEVICE: 5,
    Reason.DEVICE_LIST: 6,
    Reason.UNSUPPORTED: 7,
    Reason.NO_SOUND: 8,
}


def failed(reason: Reason) -> Failed:
    """The event with this reason's sentences."""
    return Failed(reason, *_WORDS[reason])


def to_byte(reason: Reason) -> bytes:
    """The body of an abort."""
    return bytes([_BYTES.get(reason, 1)])


def from_abort(body: bytes) -> Reason:
    """The reason behind the other side's abort; its cancelling is our being refused."""
    known = next((reason for reason, number in _BYTES.items() if body == bytes([number])), Reason.CANCELLED)
    return Reason.REFUSED if known is Reason.CANCELLED else known
