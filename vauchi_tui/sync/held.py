"""Messages of sessions that may yet become known: kept by the relay and here until they can be read.

An exchange's first message can overtake the end of that exchange. While one is held, nothing after it in its mailbox
is deleted at the relay.
"""

from dataclasses import dataclass, field

HOLD_S = 600.0
_MOST = 64


@dataclass(slots=True)
class HeldBox:
    """One mailbox's handles: what is held, oldest first, as (seq, blob, since), and the last one that is done."""

    held: list[tuple[int, bytes, float]] = field(default_factory=list)
    done: int = -1

    def hold(self, seq: int, blob: bytes, now: float) -> bool:
        """Keep a message. False where too many are kept already: it is given up."""
        if len(self.held) >= _MOST:
            return False
        self.held.append((seq, blob, now))
        return True

    def expire(self, now: float) -> int:
        """Give up what has been held too long; how many."""
        fresh = [entry for entry in self.held if 0 <= now - entry[2] < HOLD_S]
        gone = len(self.held) - len(fresh)
        self.held = fresh
        return gone

    def deletable(self) -> int:
        """Up to where the relay may delete, -1 for nothing."""
        return min(self.done, self.held[0][0] - 1) if self.held else self.done
