"""The readers and senders of one profile, kept in step with its vault."""

import asyncio
from dataclasses import dataclass

from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.sync import fanout, inbox, own_fanout, requests, revoke
from vauchi_tui.sync.reader import Reader, Surroundings
from vauchi_tui.sync.sender import Sender, parcels
from vauchi_tui.sync.upkeep import upkeep
from vauchi_tui.sync.watch import WatchSet, drained, fresh_watch_set
from vauchi_tui.vault.tx import Tx


@dataclass(frozen=True, slots=True)
class _View:
    """What one look at the vault shows."""

    watch: WatchSet
    request: int
    due_ms: int | None
    owing: bool


class Engine:
    """Call `turn` whenever something may have changed: it is cheap where nothing has.

    `moved` of the surroundings is called whenever another turn is worth while.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._readers: dict[str, tuple[Reader, asyncio.Task[None]]] = {}
        self._senders: dict[str, tuple[Sender, asyncio.Task[None]]] = {}
        self._watch: WatchSet | None = None
        self._noted: tuple[frozenset[bytes], int] | None = None
        self._asked = 0
        self._due_ms: int | None = None
        self._owing = False

    @property
    def is_due(self) -> bool:
        """Has the time come for an update that was put off?"""
        return self._due_ms is not None and self._due_ms <= self._around.now_ms

    @property
    def at_rest(self) -> bool:
        """Is everything read and sent, or has what is left failed for now?"""
        return self._settled and not any(sender.busy for sender, _ in self._senders.values())

    @property
    def drained(self) -> bool:
        """Is there nothing left in any mailbox?"""
        return all(reader.drained for reader, _ in self._readers.values())

    def drained_at(self, relay: str | None) -> bool:
        """Is there nothing left at the relay that contacts are told, or, without one, anywhere?

        A relay that was moved away from may be gone for good; what it still holds will be sent again.
        """
        home = self._readers.get(relay) if relay else None
        return home[0].drained if home else self.drained

    @property
    def _settled(self) -> bool:
        return all(reader.settled.is_set() for reader, _ in self._readers.values())

    def failures(self) -> list[str]:
        """Why relays cannot be used now, in words."""
        failures = [reader.failure for reader, _ in self._readers.values()]
        failures += [sender.failure for sender, _ in self._senders.values()]
        return list(dict.fromkeys(failure.title for failure in failures if failure is not None))

    async def upkeep(self) -> None:
        around = self._around
        await around.vault.write(lambda tx: upkeep(tx, around.now_ms, around.rng))

    async def turn(self, *, force: bool = False, anew: bool = False) -> None:
        """Bring readers and senders in step with the vault.

        `force`: what is owed leaves without being put off. `anew`: read from a fresh connection, and try at once what
        could not be reached.
        """
        view = await self._look()
        if view.request > self._asked:
            self._asked, anew = view.request, True
        await self._read_on(view.watch)
        if anew:
            await self._renew()
        if not self._settled:
            return  # drain, then send
        await self._note_drain(view.watch)
        await self._send_on(force=force or anew or self._asked > 0)
        if self._asked and self.at_rest:
            number, self._asked = self._asked, 0
            await self._around.vault.write(lambda tx: requests.answered(tx, number))

    async def stop(self) -> None:
        """End all connections; what is under way in the vault is finished by its thread."""
        tasks = [task for _, task in (*self._readers.values(), *self._senders.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def check(self) -> None:
        """Raise what ended a reader or sender: they only end when the profile is gone, or with a bug."""
        for _, task in (*self._readers.values(), *self._senders.values()):
            if task.done() and not task.cancelled():
                task.result()
                raise RuntimeError("a part of the sync worker has ended")

    async def _look(self) -> _View:
        known, around = self._watch, self._around

        def look(tx: Tx) -> _View:
            if not tx.me.exists():
                raise revoke.gone()
            watch = fresh_watch_set(tx, around.clock(), known)
            return _View(watch, requests.wanted(tx), tx.fanout.next_due(), own_fanout.is_owing(tx))

        view = await around.vault.read(look)
        self._watch, self._due_ms, self._owing = view.watch, view.due_ms, view.owing
        return view

    async def _read_on(self, watch: WatchSet) -> None:
        for url in set(self._readers) - set(watch.relays):
            _, task = self._readers.pop(url)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        for url in watch.relays:
            if url not in self._readers:
                reader = Reader(url, watch, self._around)
                self._readers[url] = (reader, asyncio.create_task(reader.run()))
        for reader, _ in list(self._readers.values()):
            await reader.refresh(watch)

    async def _renew(self) -> None:
        for sender, _ in self._senders.values():
            sender.hurry()
        for reader, _ in list(self._readers.values()):
            await reader.again()

    async def _note_drain(self, watch: WatchSet) -> None:
        """Remember that all mailboxes are empty, once per day and set of peers."""
        around = self._around
        today = day_of(around.clock())
        if not self._readers or not self.drained or self._noted == (watch.peers, today):
            return
        self._noted = (watch.peers, today)

        def note(tx: Tx) -> None:
            drained(tx, today)
            for peer_id in watch.peers:
                inbox.drained(tx, peer_id, today, around.now_ms, around.rng)

        await around.vault.write(note)

    async def _own_first(self) -> None:
        around = self._around
        await around.vault.write(lambda tx: own_fanout.flush(tx, around.now_ms // 1000, around.rng))

    def _flush(self, tx: Tx, force: bool) -> int:
        """What contacts are owed, and with it what own devices are to know of that."""
        around = self._around
        count = fanout.flush(tx, around.now_ms, around.rng, force)
        own_fanout.flush(tx, around.now_ms // 1000, around.rng)
        return count

    async def _send_on(self, *, force: bool) -> None:
        around = self._around
        if self._owing:
            await self._own_first()
        if force or self.is_due:
            while await around.vault.write(lambda tx: self._flush(tx, force)):
                pass
        waiting = await around.vault.read(lambda tx: parcels(tx, around.clock()))
        for parcel in waiting:
            if parcel.relay not in self._senders:
                sender = Sender(parcel.relay, around)
                self._senders[parcel.relay] = (sender, asyncio.create_task(sender.run()))
            self._senders[parcel.relay][0].offer(parcel)
