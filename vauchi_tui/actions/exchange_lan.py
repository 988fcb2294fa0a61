"""The local network as a way between the two sides of an exchange: contents of the slots, and the pair's messages."""

from collections.abc import Callable

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.lan import instance_name
from vauchi_tui.protocol.mailbox import SCANNER_TO_SHOWER, SHOWER_TO_SCANNER, SLOT_DAY, Mailbox
from vauchi_tui.sync.lan_discovery import Discovery
from vauchi_tui.sync.lan_room import Frame, LanRoom

_HELD_MAX = 64


class LanPath:
    """Wraps contents for the code's slots as for a relay. Sending reaches whoever is connected now, or nobody."""

    def __init__(
        self, token: bytes, *, showing: bool, discovery: Discovery, rng: Rng, on_change: Callable[[], None]
    ) -> None:
        """`token`: T of the code. `on_change`: something has come, or a connection has come or gone."""
        mine, theirs = (SHOWER_TO_SCANNER, SCANNER_TO_SHOWER) if showing else (SCANNER_TO_SHOWER, SHOWER_TO_SCANNER)
        self._outgoing, self._incoming = Mailbox(token, mine, SLOT_DAY), Mailbox(token, theirs, SLOT_DAY)
        self._rng = rng
        self._contents: list[bytes] = []
        self._messages: list[Frame] = []
        self._room = LanRoom(instance_name(token), discovery, hosting=showing, admits=self._admits, on_change=on_change)

    @property
    def joins(self) -> int:
        """How many connections there have been: whoever has come since knows nothing of what was sent before."""
        return self._room.joins

    @property
    def connected(self) -> bool:
        """Is somebody there who knows the code?"""
        return self._room.proven > 0

    @property
    def congested(self) -> bool:
        """Had more better wait?"""
        return self._room.congested

    def send(self, content: bytes) -> bool:
        """Send one content. False if nobody was there."""
        return self._room.send(self._outgoing.address, self._outgoing.wrap(content, self._rng)) > 0

    def send_message(self, mailbox: Mailbox, inner: bytes) -> bool:
        """Send what is for a device's own mailbox. False if nobody was there."""
        return self._room.send(mailbox.address, mailbox.wrap(inner, self._rng)) > 0

    def contents(self) -> list[bytes]:
        """What has come in the slot since the last call, the newest 64: whoever knows the code can have sent it."""
        self._sort()
        contents, self._contents = self._contents, []
        return contents

    def messages(self) -> list[Frame]:
        """What has come for other mailboxes since the last call. The newest 64, for it may be junk."""
        self._sort()
        messages, self._messages = self._messages, []
        return messages

    async def run(self) -> None:
        """Be there until cancelled. Raises LanUnavailable."""
        await self._room.run()

    def _sort(self) -> None:
        for address, blob in self._room.take():
            if address != self._incoming.address:
                self._messages = [*self._messages, (address, blob)][-_HELD_MAX:]
            elif (content := self._open(address, blob)) is not None:
                self._contents = [*self._contents, content][-_HELD_MAX:]

    def _admits(self, address: bytes, blob: bytes) -> bool:
        return self._open(address, blob) is not None

    def _open(self, address: bytes, blob: bytes) -> bytes | None:
        if address != self._incoming.address:
            return None
        try:
            return self._incoming.unwrap(blob)
        except Malformed:
            return None
