"""What one relay lets its clients use. Beyond a limit it refuses and says so; it never evicts what it has accepted."""

from dataclasses import dataclass

from vauchi_tui.protocol.frames import FRAME_MAX, Hello

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Limits:
    """Per mailbox: messages, bytes of blobs, whole days of life. Per connection: mailboxes read, unfinished operations.

    Per relay: connections, mailboxes read on all of them (some 200 bytes of memory each), and bytes accepted from the
    network that are not on disk yet.
    """

    mailbox_messages: int = 1_000
    mailbox_bytes: int = 4 * 1024 * 1024
    ttl_days: int = 30
    subscriptions: int = 65_536
    pending_operations: int = 64
    connections: int = 10_000
    all_subscriptions: int = 2_000_000
    pending_bytes: int = 32 * 1024 * 1024

    @property
    def frame_bytes(self) -> int:
        """The largest WebSocket message that is read at all: with room for telling a too large Send so."""
        return FRAME_MAX + 1024

    def hello(self, now: float) -> Hello:
        """The greeting at unix time `now`."""
        return Hello(self.ttl_days, self.mailbox_messages, self.mailbox_bytes, self.subscriptions, int(now))

    def expiry(self, now: float) -> int:
        """The last day (since the epoch, UTC) on which a message that arrives at unix time `now` is kept."""
        return day_of(now) + self.ttl_days


def day_of(now: float) -> int:
    """Whole days since the epoch, UTC: the only time that is ever stored."""
    return int(now // SECONDS_PER_DAY)
