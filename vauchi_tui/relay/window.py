"""How far one connection has got in one mailbox. Pure bookkeeping."""

from vauchi_tui.protocol.frames import WINDOW


class Window:
    """At most 8 messages are in flight; the next ones go out when the client acknowledges or has seen some."""

    __slots__ = ("_end_at", "_ends", "_in_flight", "after", "behind")

    def __init__(self) -> None:
        self.after = 0
        """The last sequence number sent on this connection."""
        self.behind = False
        """There may be messages that had no room."""
        self._in_flight: list[int] = []
        self._end_at = 0
        self._ends = 0

    @property
    def room(self) -> int:
        """How many messages may be sent now."""
        return WINDOW - len(self._in_flight)

    def sent(self, seq: int) -> None:
        """A message goes out."""
        self.after = seq
        self._in_flight.append(seq)

    def free(self, upto: int) -> bool:
        """The client is done with what it got up to `upto`. Whether there may now be something to send."""
        self._in_flight = [seq for seq in self._in_flight if seq > upto]
        return self.behind and self.room > 0

    def expect_end(self, last: int) -> None:
        """A Subscribe found messages up to `last`: one End is owed after these."""
        self._end_at = max(self._end_at, last)
        self._ends += 1

    def take_ends(self, exhausted: bool) -> int:
        """How many Ends are due now: all that are owed, once their messages were sent or the mailbox is `exhausted`."""
        if not self._ends or (self.after < self._end_at and not exhausted):
            return 0
        ends, self._ends = self._ends, 0
        return ends
