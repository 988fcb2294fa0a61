"""What a relay needs of a mailbox store. The conformance tests run against every implementation."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from vauchi_tui.errors import VauchiError

PAGE_BYTES: Final = 64 * 1024  # beyond the first message, a page ends where its blobs would exceed this


class StoreFailed(VauchiError):
    """The store cannot promise anything any more: the relay stops, and what was not answered was not accepted."""


class Verdict(Enum):
    """What became of a put."""

    ACCEPTED = auto()
    DUPLICATE = auto()  # the mailbox already holds this mid; nothing was added
    QUOTA = auto()  # the mailbox is full; nothing was added, nothing evicted


@dataclass(frozen=True, slots=True)
class Stored:
    """One message of a mailbox. `seq` grows strictly per mailbox, also across restarts and swept mailboxes."""

    seq: int
    blob: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Consecutive messages of one mailbox. Without `more` nothing stood behind them when they were read."""

    messages: Sequence[Stored]
    more: bool


class Store(Protocol):
    """Mailboxes on a disk. Every method belongs to the event loop's thread and raises StoreFailed after a failure."""

    def put(self, mid: bytes, address: bytes, blob: bytes, expiry: int) -> asyncio.Future[Verdict]:
        """Add a message that is kept until the day `expiry` (since the epoch). Done only when it is durable.

        Puts to one mailbox get their sequence numbers in the order of the calls.
        """

    def ack(self, address: bytes, upto: int) -> asyncio.Future[None]:
        """Delete everything in a mailbox up to and including `upto`. Done only when that is durable."""

    async def read(self, address: bytes, after: int, limit: int) -> Page:
        """At most `limit` messages with a sequence number above `after`, in order."""

    async def waiting(self, addresses: Collection[bytes]) -> Mapping[bytes, int]:
        """The last sequence number of each of these mailboxes that holds messages."""

    def wakeups(self) -> AsyncIterator[Collection[bytes]]:
        """Addresses that have got messages, after these are durable. Raises StoreFailed when the store fails."""

    async def sweep(self, today: int) -> int:
        """Remove what expired before the day `today`; returns how many messages."""

    async def ready(self) -> None:
        """Return when a write has reached the disk."""

    async def close(self) -> None:
        """Make everything durable and release the files."""
