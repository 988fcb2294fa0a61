"""Sending to one relay: what waits for it in the outbox leaves in order, and is stored before it counts as sent."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vauchi_tui.crypto.primitives import sha256
from vauchi_tui.errors import LimitExceeded, RelayUnavailable
from vauchi_tui.protocol.hello import HelloMailbox
from vauchi_tui.protocol.mailbox import SLOT_DAY, Mailbox, day_of
from vauchi_tui.sync import relays, roster
from vauchi_tui.sync.backoff import Backoff
from vauchi_tui.sync.events import Failed, Offline, Sent, Stored
from vauchi_tui.sync.reader import Surroundings
from vauchi_tui.sync.relay_client import RelayConnection
from vauchi_tui.sync.relay_errors import RelayRefused
from vauchi_tui.vault.outbox import CONTENT, ONCE, Kind, OutboxRow
from vauchi_tui.vault.tx import Tx

IN_FLIGHT = 32
IDLE_S = 60.0
REFUSED_S = 3_600


@dataclass(frozen=True, slots=True)
class Parcel:
    """A row of the outbox on its way: to which relay and into which of its mailboxes."""

    row: OutboxRow
    relay: str
    mailbox: Mailbox | HelloMailbox

    @property
    def mid(self) -> bytes:
        """The same for every try at one address; at another day's, nothing ties it to this one."""
        return (
            self.row.mid
            if self.row.kind is Kind.SLOT
            else sha256(self.row.mid + self.mailbox.address)[: len(self.row.mid)]
        )


def parcels(tx: Tx, now: float) -> list[Parcel]:
    """All that waits and can go somewhere, in order but for own devices first, addressed for the day that it is now.

    What a contact is sent of the card waits while an update for him is due: it may take the place of what waits, when
    something has been hidden since.
    """
    out = []
    due = set(tx.fanout.due(int(now * 1000)))
    links = {}
    places: dict[bytes | None, str | None] = {}
    for row in tx.outbox.waiting():
        if row.kind is Kind.HELLO and row.slot is not None and row.identity is not None:
            relay = relays.relay_of_contact(tx, row.identity)
            if relay is not None:
                out.append(Parcel(row, relay, HelloMailbox(*row.slot, day_of(now))))
            continue
        if row.slot is not None and row.relay is not None:
            out.append(Parcel(row, row.relay, Mailbox(row.slot[0], row.slot[1], SLOT_DAY)))
            continue
        if row.peer_id is None or (row.kind in CONTENT and row.identity in due):
            continue
        if row.peer_id not in links:
            link = links[row.peer_id] = tx.links.get(row.peer_id)
            places[row.peer_id] = relays.relay_of(tx, link) if link else None
        link, relay = links[row.peer_id], row.relay or places[row.peer_id]
        if link is not None and relay is not None:
            out.append(Parcel(row, relay, link.mailbox_out(day_of(now))))
    own = tx.me.identity()
    return sorted(out, key=lambda parcel: parcel.row.identity != own)


class Sender:
    """One relay that recipients read. Whoever knows of something that waits for it calls `offer`."""

    def __init__(self, url: str, around: Surroundings) -> None:
        self.url = url
        self.failure: RelayUnavailable | None = None
        self.busy = False
        self._around = around
        self._backoff = Backoff(around.rng)
        self._resting = False
        self._wake = asyncio.Event()
        self._refused: dict[int, float] = {}

    def offer(self, parcel: Parcel) -> None:
        """Something waits for this relay; unless it was refused a short while ago, it is looked for."""
        if self._refused.get(parcel.row.id, 0.0) <= self._around.clock():
            self._wake.set()
            self.busy = not self._resting

    def hurry(self) -> None:
        """Try again at once, what was refused too."""
        self._refused.clear()
        self._backoff.now()

    async def run(self) -> None:
        """Send until cancelled."""
        connection: RelayConnection | None = None
        try:
            while True:
                if connection is not None and not self._wake.is_set():
                    connection = await self._idle(connection)
                await self._wake.wait()
                self._wake.clear()
                try:
                    while batch := await self._next():
                        if connection is None:
                            connection = await RelayConnection.open(self.url)
                            self._backoff.succeeded()
                        self.failure = None
                        for start in range(0, len(batch), IN_FLIGHT):
                            await self._send(connection, batch[start : start + IN_FLIGHT])
                    self._rest()
                except RelayUnavailable as error:
                    if connection is not None:
                        await connection.close()
                        connection = None
                    await self._fail(error)
        finally:
            if connection is not None:
                await connection.close()

    def _rest(self) -> None:
        if not self._wake.is_set():
            self.busy = False
            self._around.moved()

    async def _idle(self, connection: RelayConnection) -> RelayConnection | None:
        """Keep the connection for what comes soon, but not for ever, and not beyond its end."""
        waking = asyncio.ensure_future(self._wake.wait())
        ending = asyncio.ensure_future(_ended(connection))
        try:
            await asyncio.wait({waking, ending}, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
            if waking.done() and not ending.done():
                return connection
        finally:
            waking.cancel()
            ending.cancel()
        await connection.close()
        return None

    async def _next(self) -> list[Parcel]:
        now = self._around.clock()
        waiting = await self._around.vault.read(lambda tx: parcels(tx, now))
        mine = [parcel for parcel in waiting if parcel.relay == self.url]
        self._refused = {row_id: until for row_id, until in self._refused.items() if until > now}
        return [parcel for parcel in mine if parcel.row.id not in self._refused]

    async def _send(self, connection: RelayConnection, batch: list[Parcel]) -> None:
        """Send a batch; what the relay has stored is marked, whatever happened to the rest."""
        sent: list[asyncio.Task[None]] = []
        for parcel in batch:
            sent.append(asyncio.create_task(self._one(connection, parcel)))
            self._around.tell(Sent(parcel.row.identity, self.url))
        try:
            results = await asyncio.gather(*sent, return_exceptions=True)
        except asyncio.CancelledError:
            for task in sent:
                task.cancel()
            raise
        done = [parcel for parcel, result in zip(batch, results, strict=True) if result is None]
        now = int(self._around.clock())
        refused = {
            parcel.row.id: result.title
            for parcel, result in zip(batch, results, strict=True)
            if isinstance(result, RelayRefused | LimitExceeded)
        }
        await self._around.vault.write(lambda tx: mark(tx, [parcel.row for parcel in done], now, refused))
        for parcel in done:
            self._around.tell(Stored(parcel.row.identity, self.url))
        self._sort_out(batch, results)

    async def _one(self, connection: RelayConnection, parcel: Parcel) -> None:
        blob = parcel.mailbox.wrap(parcel.row.inner, self._around.rng)
        await connection.send(parcel.mid, parcel.mailbox.address, blob)

    def _sort_out(self, batch: list[Parcel], results: list[BaseException | None]) -> None:
        """Refusals wait on their own; a lost connection, or anything else, ends the batch."""
        lost: BaseException | None = None
        for parcel, result in zip(batch, results, strict=True):
            if isinstance(result, RelayRefused | LimitExceeded):
                after = result.retry_after if isinstance(result, RelayRefused) else 0
                self._refused[parcel.row.id] = self._around.clock() + (after or REFUSED_S)
                self._around.tell(Failed(result.title, result.hint, parcel.row.identity))
                if isinstance(result, RelayRefused):
                    self.failure = result
            elif result is not None:
                lost = result
        if lost is not None:
            raise lost

    async def _fail(self, error: RelayUnavailable) -> None:
        self.failure = error
        wait = self._backoff.failed()
        self._around.tell(Offline(self.url, wait, error.title))
        self.busy, self._resting = False, True
        self._around.moved()
        try:
            await self._backoff.wait(wait)
        finally:
            self._resting = False
        self._wake.set()


def mark(tx: Tx, done: Iterable[OutboxRow], now: int, refused: Mapping[int, str] | None = None) -> None:
    """These rows are stored at a relay (`now`: unix s). What nobody will acknowledge is over with that.

    `refused`: by row, why the relay did not take it.
    """
    for row_id, words in (refused or {}).items():
        tx.outbox.refused(row_id, words)
    for row in done:
        link = tx.links.get(row.peer_id) if row.peer_id is not None else None
        if row.kind in ONCE:
            tx.outbox.delete(row.id)
        elif row.kind is not Kind.SLOT and (link is None or roster.is_over(tx, link)):
            tx.outbox.delete(row.id)  # a farewell: nobody will acknowledge it
            if link is not None and not any(other.peer_id == row.peer_id for other in tx.outbox.waiting()):
                tx.links.delete(link.peer_id)
        else:
            tx.outbox.stored(row.id, now)


async def _ended(connection: RelayConnection) -> None:
    """Return when the connection does: a sender is sent nothing but answers."""
    try:
        async for _ in connection:
            return  # the relay is going down
    except RelayUnavailable:
        return
