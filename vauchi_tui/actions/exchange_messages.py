"""The messages of a device that was just met, over the local network: without a relay or beside one.

What is offered stays in the outbox until the other device has acknowledged it, and what comes goes through the inbox as
from a relay: messages that come by both ways do no harm.
"""

from collections.abc import Callable

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_lan import LanPath
from vauchi_tui.actions.exchange_pipe import Pipe
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.protocol.receive import UnknownSession
from vauchi_tui.sync import inbox, own_fanout, relays
from vauchi_tui.sync.events import SyncEvent
from vauchi_tui.sync.lan_room import Frame
from vauchi_tui.vault.outbox import CONTENT, Kind, OutboxRow
from vauchi_tui.vault.tx import Tx

_OFFER_AGAIN_S = 5.0
_HELD_MAX = 64


class MessagesByLan:
    """Call `turn` often: it is cheap where nothing has happened."""

    def __init__(
        self,
        ctx: Context,
        pipe: Pipe,
        identity: bytes,
        peer_id: bytes,
        on_event: Callable[[SyncEvent], None] = lambda _: None,
    ) -> None:
        """`identity`: the contact's, or one's own where another device of oneself was met; `peer_id`: that device.

        `on_event` is told what came of the messages, as the sync worker tells it.
        """
        self._ctx = ctx
        self._pipe = pipe
        self._identity = identity
        self._peer_id = peer_id
        self._on_event = on_event
        self._held: list[Frame] = []
        self._offered: set[int] = set()
        self._seen: tuple[int, int] | None = None
        self._again_at = 0.0
        self._owing = True

    def turn(self, now: float) -> bool:
        """Receive what has come and offer what waits; `now` is monotonic.

        False where nothing is left to do: all is acknowledged, or nobody is there.
        """
        lan = self._pipe.lan
        if lan is None:
            return False
        frames = self._held + lan.messages()
        self._held = []
        for frame in frames:
            self._receive(*frame)
        if not lan.connected:
            return False
        seen = self._ctx.vault.data_version(), lan.joins
        if now >= self._again_at or (self._seen is not None and seen[1] != self._seen[1]):
            self._again_at = now + _OFFER_AGAIN_S
            self._offered.clear()
            self._seen = None
        if seen != self._seen and not lan.congested:
            self._owing = self._offer(lan)
            self._seen = seen
        return self._owing

    def _receive(self, address: bytes, blob: bytes) -> None:
        today, now_ms = day_of(self._ctx.now()), self._ctx.now_ms()
        with self._ctx.vault.read() as tx:
            link = tx.links.get(self._peer_id)
        if link is None:
            return
        days = (link.mailbox_in(day) for day in (today, today - 1, today + 1))
        mailbox = next((one for one in days if one.address == address), None)
        if mailbox is None:
            return
        try:
            with self._ctx.vault.write() as tx:
                events = inbox.receive(tx, self._peer_id, mailbox, blob, now_ms, self._ctx.rng)
        except UnknownSession:
            self._held = [*self._held, (address, blob)][-_HELD_MAX:]
        else:
            for event in events:
                self._on_event(event)

    def _offer(self, lan: LanPath) -> bool:
        """Send what waits for the device that was met. False if all of it is acknowledged."""
        with self._ctx.vault.read() as tx:
            link = tx.links.get(self._peer_id)
            rows = [row for row in tx.outbox.for_contact(self._identity) if row.peer_id == self._peer_id]
            if self._identity in tx.fanout.due(self._ctx.now_ms()):  # see sync.sender.parcels
                rows = [row for row in rows if row.kind not in CONTENT]
            own = self._identity == tx.me.identity()
            owed = own_fanout.is_owing(tx) if own else self._identity in tx.fanout.all()
            last_stop = [row for row in rows if link is not None and _ends_here(tx, link, row)]
        if link is None:
            return False
        mailbox = link.mailbox_out(day_of(self._ctx.now()))
        sent = {row.id for row in rows if row.id not in self._offered and lan.send_message(mailbox, row.inner)}
        self._offered |= sent
        done = [row for row in last_stop if row.id in sent]
        if done:
            with self._ctx.vault.write() as tx:
                for row in done:
                    tx.outbox.stored(row.id, self._ctx.now())
        left = any(row.kind is not Kind.ACK or row.id not in self._offered for row in rows)
        return owed or left


def _ends_here(tx: Tx, link: Link, row: OutboxRow) -> bool:
    """Is it an acknowledgement, which nobody acknowledges, and no relay will take it?"""
    return row.kind is Kind.ACK and row.stored_at is None and not row.relay and relays.relay_of(tx, link) is None
