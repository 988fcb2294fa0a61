"""Reading one relay: what lies in the mailboxes goes into the vault, then the relay may delete it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import RelayUnavailable
from vauchi_tui.protocol.frames import Drain, End, Message
from vauchi_tui.sync import clock, inbox
from vauchi_tui.sync.backoff import MOST_S, Backoff
from vauchi_tui.sync.events import CatchingUp, Failed, Offline, Online, SyncEvent
from vauchi_tui.sync.held import HeldBox
from vauchi_tui.sync.relay_client import RelayConnection
from vauchi_tui.sync.relay_errors import going_down, slow
from vauchi_tui.sync.vault_thread import VaultThread
from vauchi_tui.sync.watch import Watched, WatchSet

SETTLE_S = 30.0  # nobody is kept from sending for longer by a relay that has no end of mail
MANY = 100  # messages in one drain from which on it is told how many have come
TELL_S = 0.1  # and how often at most
TOGETHER = 32  # messages in one transaction: an edit in another process waits no longer than for these


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What readers and senders get from the worker. `moved` wakes it after a commit; `clock` gives unix seconds."""

    vault: VaultThread
    clock: Callable[[], float]
    rng: Rng
    tell: Callable[[SyncEvent], None]
    moved: Callable[[], None]

    @property
    def now_ms(self) -> int:
        return int(self.clock() * 1000)


class Reader:
    """One relay of one's own.

    `settled` is set while the first drain is over, has failed for now, or has taken SETTLE_S.
    """

    def __init__(self, url: str, watch: WatchSet, around: Surroundings) -> None:
        self.url = url
        self.settled = asyncio.Event()
        self.drained = False
        self.failure: RelayUnavailable | None = None
        self.backoff = Backoff(around.rng)
        self._watch = watch
        self._around = around
        self._connection: RelayConnection | None = None
        self._subscribed: dict[bytes, Watched] = {}
        self._draining: set[bytes] = set()
        self._boxes: dict[bytes, HeldBox] = {}
        self._decoys = 0
        self._renewing = False
        self._received = 0
        self._told_at: float | None = None

    async def run(self) -> None:
        """Read until cancelled, connecting again whenever the connection ends."""
        while True:
            self._renewing = False
            try:
                wait = await self._read()
            except RelayUnavailable as error:
                if self._renewing:
                    continue
                wait = self.backoff.failed()
                self._fail(error, wait)
            await self.backoff.wait(wait)

    async def refresh(self, watch: WatchSet) -> None:
        """Read what has come into the watch set, and try again what was held for a session to come."""
        self._watch = watch
        if self._connection is not None:
            try:
                await self._subscribe(self._connection)
                for address in [address for address, box in self._boxes.items() if box.held]:
                    await self._retry(self._connection, address)
            except RelayUnavailable:
                return  # the reading task meets the same end

    async def again(self) -> None:
        """Connect anew, at once, and drain."""
        self.settled.clear()
        self.drained = False
        self._renewing = self._connection is not None
        self.backoff.now()
        if self._connection is not None:
            await self._connection.close()

    async def _read(self) -> float:
        """One connection, until it is closed or the relay goes down; the seconds to wait before the next."""
        connection = await RelayConnection.open(self.url)
        patience = asyncio.get_running_loop().call_later(SETTLE_S, self._lose_patience)
        self._subscribed, self._draining, self._boxes, self._decoys = {}, set(), {}, 0
        try:
            self.failure = None
            self.backoff.succeeded()
            self._around.tell(Online(self.url))
            await self._compare_clocks(connection.hello.time)
            self._connection = connection
            await self._subscribe(connection)
            if not self._draining:
                await self._ended(None)
            async for frames in connection.batches(TOGETHER):
                await self._receive(connection, messages := [frame for frame in frames if isinstance(frame, Message)])
                self._progress(len(messages))
                for frame in frames:
                    match frame:
                        case End(address):
                            await self._ended(address)
                        case Drain(seconds):
                            wait = min(float(seconds), MOST_S)
                            self._fail(going_down(self.url), wait)
                            return wait
            return 0.0
        finally:
            patience.cancel()
            self._caught_up()
            self._connection, self.drained = None, False
            await connection.close()

    async def _compare_clocks(self, relay_time: int) -> None:
        around, now = self._around, self._around.clock()
        if await around.vault.read(lambda tx: clock.is_new(tx, now, relay_time)):
            event = await around.vault.write(lambda tx: clock.compare(tx, now, relay_time))
            if event is not None:
                around.tell(event)

    async def _subscribe(self, connection: RelayConnection) -> None:
        new = [address for address in self._watch.mailboxes if address not in self._subscribed]
        if not new:
            return
        tokens = self._watch.tokens(new, self._decoys)
        self._decoys += len(tokens) - len(new)
        self._subscribed |= {address: self._watch.mailboxes[address] for address in new}
        self._draining |= set(new)
        self.drained = False
        await connection.subscribe(tokens)

    async def _receive(self, connection: RelayConnection, messages: list[Message]) -> None:
        """Consume messages, then let the relay delete those of each mailbox up to the first that is held."""
        last: dict[bytes, int] = {}
        taken = await self._consume([(message.address, message.blob) for message in messages])
        for message, known in zip(messages, taken, strict=True):
            address, seq = message.address, message.seq
            box = self._boxes.setdefault(address, HeldBox())
            if not known:
                if box.hold(seq, message.blob, self._around.clock()):
                    last[address] = seq
                    continue
                await self._give_up(address)
            box.done = last[address] = seq
        for address, seq in last.items():
            watched = self._subscribed.get(address)  # None: a decoy, and the relay is not to know which is one
            if watched is not None and watched.shared:
                await connection.seen(address, seq)
            elif self._boxes[address].held:
                if self._boxes[address].deletable() >= 0:
                    await connection.acknowledge(address, self._boxes[address].deletable())
                await connection.seen(address, seq)
            else:
                await connection.acknowledge(address, seq)

    async def _consume(self, letters: list[tuple[bytes, bytes]]) -> list[bool]:
        """Bring what lay at those addresses into the vault; False where a session may yet become known."""
        watched = [self._subscribed.get(address) for address, _ in letters]
        todo = [
            inbox.Letter(there.peer_id, there.mailbox, blob)
            for there, (_, blob) in zip(watched, letters, strict=True)
            if there is not None
        ]
        if not todo:
            return [True] * len(letters)
        around = self._around
        told = iter(await around.vault.write(lambda tx: inbox.receive_all(tx, todo, around.now_ms, around.rng)))
        known = []
        for there in watched:
            events: list[SyncEvent] | None = next(told) if there is not None else []
            known.append(events is not None)
            for event in events or ():
                around.tell(event)
        if any(known):
            around.moved()
        return known

    async def _retry(self, connection: RelayConnection, address: bytes) -> None:
        box = self._boxes[address]
        before = box.deletable()
        if box.expire(self._around.clock()):
            await self._give_up(address)
        while box.held:
            seq, blob, _ = box.held[0]
            if not all(await self._consume([(address, blob)])):
                break
            box.held.pop(0)
            box.done = max(box.done, seq)
        if box.deletable() > before:
            await connection.acknowledge(address, box.deletable())

    async def _give_up(self, address: bytes) -> None:
        around, watched = self._around, self._subscribed[address]
        await around.vault.write(lambda tx: inbox.given_up(tx, watched.peer_id, around.now_ms, around.rng))
        around.tell(Failed("A message came that cannot be read here.", "A new session is agreed on; nothing is lost."))
        around.moved()

    async def _ended(self, address: bytes | None) -> None:
        if address is not None:
            if address not in self._draining:
                return
            self._draining.discard(address)
        if not self._draining:
            self.drained, self.failure = True, None
            self._caught_up()
            self._settle()

    def _progress(self, count: int) -> None:
        """Count what comes in a drain, and say so now and then where it is much."""
        if self.drained:
            return
        self._received += count
        now = asyncio.get_running_loop().time()
        if self._received >= MANY and (self._told_at is None or self._told_at + TELL_S <= now):
            self._told_at = now
            self._around.tell(CatchingUp(self.url, self._received))

    def _caught_up(self) -> None:
        if self._told_at is not None:
            self._around.tell(CatchingUp(self.url, self._received, over=True))
        self._received, self._told_at = 0, None

    def _lose_patience(self) -> None:
        if not self.settled.is_set():
            self.failure = slow(self.url)
            self._settle()

    def _fail(self, error: RelayUnavailable, wait: float) -> None:
        self.failure = error
        self._around.tell(Offline(self.url, wait, error.title))
        self._settle()

    def _settle(self) -> None:
        self.settled.set()
        self._around.moved()
