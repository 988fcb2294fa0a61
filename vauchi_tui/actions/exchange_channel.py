"""The pipe of an exchange until the cards go: one of several, all equally untrusted (protocol page, section 2)."""

from typing import Protocol

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed, RelayUnavailable
from vauchi_tui.protocol.frames import Message
from vauchi_tui.protocol.mailbox import SCANNER_TO_SHOWER, SHOWER_TO_SCANNER, SLOT_DAY, Mailbox
from vauchi_tui.sync.relay_client import RelayConnection
from vauchi_tui.sync.watch import Watched, WatchSet

_FIRST_DECOY = 1 << 16  # others than those of the sync worker, which would show that both connections are ours


class Channel(Protocol):
    """Carries contents between the two machines of an exchange, at least once, in any order, junk included."""

    async def send(self, content: bytes, mid: bytes) -> None:
        """Hand one content over; returns when it is on its way. The same `mid` (16 bytes) again arrives once.

        Raises RelayUnavailable.
        """

    async def receive(self) -> bytes:
        """The next content that may be from the other side. Raises RelayUnavailable."""

    async def close(self) -> None:
        """Let go of the connections."""


class RelayChannel:
    """The two slots of a code at a relay. Reading and sending use a connection each, opened when first needed.

    After RelayUnavailable the next call connects anew. One `send` and one `receive` at a time.
    """

    def __init__(self, url: str, token: bytes, *, showing: bool, day: int, decoy_secret: bytes, rng: Rng) -> None:
        """`token`: T of the code. `day` and `decoy_secret` make the mailboxes that hide ours at the relay."""
        mine, theirs = (SHOWER_TO_SCANNER, SCANNER_TO_SHOWER) if showing else (SCANNER_TO_SHOWER, SHOWER_TO_SCANNER)
        self.url = url
        self._outgoing = Mailbox(token, mine, SLOT_DAY)
        self._incoming = Mailbox(token, theirs, SLOT_DAY)
        read = Watched(b"", self._incoming, self._incoming.token)
        watch = WatchSet((url,), {self._incoming.address: read}, day, frozenset(), decoy_secret)
        self._tokens = watch.tokens([self._incoming.address], _FIRST_DECOY)
        self._rng = rng
        self._sender: RelayConnection | None = None
        self._reader: RelayConnection | None = None

    async def send(self, content: bytes, mid: bytes) -> None:
        """Returns when the relay has it on disk."""
        if self._sender is None:
            self._sender = await RelayConnection.open(self.url)
        try:
            await self._sender.send(mid, self._outgoing.address, self._outgoing.wrap(content, self._rng))
        except RelayUnavailable:
            await self._drop_sender()
            raise

    async def receive(self) -> bytes:
        """The next content that opens with this code's key; anybody may write, so it is not to be trusted yet."""
        if self._reader is None:
            self._reader = await RelayConnection.open(self.url)
            await self._reader.subscribe(self._tokens)
        try:
            async for frame in self._reader:
                if isinstance(frame, Message) and frame.address == self._incoming.address:
                    # Nothing is lost by deleting it now: the sender repeats it until he is answered.
                    await self._reader.acknowledge(frame.address, frame.seq)
                    try:
                        return self._incoming.unwrap(frame.blob)
                    except Malformed:
                        continue
        except RelayUnavailable:
            await self._drop_reader()
            raise
        raise RelayUnavailable("The connection to the relay is closed.")

    async def close(self) -> None:
        await self._drop_sender()
        await self._drop_reader()

    async def _drop_sender(self) -> None:
        connection, self._sender = self._sender, None
        if connection is not None:
            await connection.close()

    async def _drop_reader(self) -> None:
        connection, self._reader = self._reader, None
        if connection is not None:
            await connection.close()
