"""What both machines of a linking share: its sentences, its kinds of content, its limit of time."""

from typing import Final

from vauchi_tui.protocol.events import Failed, Reason
from vauchi_tui.protocol.exchange.conversation import Conversation
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


class LinkMachine(Conversation[Kind]):
    """One side of a linking."""

    def _split(self, content: bytes) -> tuple[Kind, bytes]:
        return split(content)

    def _words(self, reason: Reason) -> Failed:
        return Failed(reason, *_WORDS.get(reason, _WORDS[Reason.CANCELLED]))
