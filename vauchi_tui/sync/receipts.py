"""When contacts are told that their messages have arrived: at once, or, by choice, at some time within a day.

An acknowledgement at once tells a contact when somebody is at this machine. Own devices are told at once regardless,
and so is a sender who would have to stop for want of acknowledgements.
"""

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.protocol.link import Link
from vauchi_tui.sync.outgoing import UNACKNOWLEDGED_MAX
from vauchi_tui.vault.tx import Tx

DELAYED = "delay_receipts"
"""The setting: `on` or `off`."""
LONGEST_MS = 23 * 3_600_000
"""With the hour between two looks at what is due it is a day at the most, while this machine is on."""


def is_due(tx: Tx, link: Link, now_ms: int, rng: Rng) -> bool:
    """May the contact's device be told now? If not, it is noted from when on; `clear` when it is told."""
    if tx.settings.get(DELAYED) != "on" or _presses(link):
        return True
    due = tx.heard.ack_due(link.peer_id)
    if due is None or due > now_ms + LONGEST_MS:  # by a clock that was wrong
        due = now_ms + int.from_bytes(rng(8), "big") % LONGEST_MS
        tx.heard.put_off(link.peer_id, due)
    return due <= now_ms


def clear(tx: Tx, link: Link) -> None:
    """It is told now: what comes next is put off anew."""
    if tx.heard.ack_due(link.peer_id) is not None:
        tx.heard.put_off(link.peer_id, None)


def _presses(link: Link) -> bool:
    """The first word in a session, or half of what a sender may have unacknowledged."""
    return any(
        session.received and (not session.told or session.received - session.told >= UNACKNOWLEDGED_MAX // 2)
        for session in link.sessions
    )
