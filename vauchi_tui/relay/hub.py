"""What the connections of one relay share: who reads which mailbox, and how much waits for the disk."""

from collections.abc import Callable, Collection
from typing import Protocol

from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.store import Store


class Reader(Protocol):
    """A connection that reads mailboxes."""

    def wake(self, address: bytes) -> None:
        """The mailbox has got something, durably."""


class Hub:
    """The index from mailbox address to connections. Lives in memory only and dies with the connections."""

    def __init__(self, store: Store, limits: Limits, clock: Callable[[], float]) -> None:
        """`clock`: unix seconds; of it only the day is ever kept."""
        self.store = store
        self.limits = limits
        self.clock = clock
        self.draining = False
        self.pending_bytes = 0
        self.subscriptions = 0
        self._readers: dict[bytes, Reader | tuple[Reader, ...]] = {}  # nearly always one: no tuple for it

    def add(self, address: bytes, reader: Reader) -> None:
        """`reader` reads this mailbox from now on."""
        self.subscriptions += 1
        present = self._of(address)
        self._readers[address] = (*present, reader) if present else reader

    def remove(self, addresses: Collection[bytes], reader: Reader) -> None:
        """`reader`, who read exactly these mailboxes, is gone."""
        self.subscriptions -= len(addresses)
        for address in addresses:
            match tuple(other for other in self._of(address) if other is not reader):
                case ():
                    self._readers.pop(address, None)
                case (single,):
                    self._readers[address] = single
                case several:
                    self._readers[address] = several

    def wake(self, address: bytes) -> None:
        """Tell everybody who reads this mailbox."""
        for reader in self._of(address):
            reader.wake(address)

    def _of(self, address: bytes) -> tuple[Reader, ...]:
        readers = self._readers.get(address, ())
        return readers if isinstance(readers, tuple) else (readers,)
