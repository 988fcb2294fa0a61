"""People whose profiles, exchanges and rounds of sync are the product's own, driven inside the test's process."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from sync_people import Clock

from vauchi_tui.actions import card, contacts, exchange, profile, sync, visibility
from vauchi_tui.actions.exchange_events import CodeShown, Complete, Digits, EnterDigits
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.actions.profile import Protection
from vauchi_tui.model.contact import Contact
from vauchi_tui.protocol.link import Link
from vauchi_tui.sync.events import SyncEvent
from vauchi_tui.sync.worker import OnceResult, SyncWorker

DAY_S = 86_400


class Actor:
    """A person with a profile, whose keys follow from name and the directory's last two parts.

    `told` is every event of his sync worker, oldest first; `name` stays the first one.
    """

    def __init__(self, directory: Path, name: str, relay: str, clock: Clock) -> None:
        self.name = name
        self.directory = directory
        place = profile.find(f"{directory}/", {})
        # Two tests that share a relay must not share mailboxes, hence the directory.
        rng = random.Random(f"{name} {'/'.join(directory.parts[-2:])}").randbytes
        self.ctx = profile.create(place, name, relay=relay, protection=Protection.FILE, clock=clock, rng=rng)
        self.told: list[SyncEvent] = []
        self._news = asyncio.Event()

    @property
    def identity(self) -> bytes:
        with self.ctx.vault.read() as tx:
            return tx.me.identity()

    def tell(self, event: SyncEvent) -> None:
        self.told.append(event)
        self._news.set()

    async def until(self, state: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until something is so. It may only become so with an event of this person's worker."""
        async with asyncio.timeout(seconds):
            while not state():
                self._news.clear()
                await self._news.wait()

    async def once(self, seconds: float = 30.0) -> OnceResult:
        """One round of sync: drain, then send."""
        return await sync.make_worker(self.ctx, self.tell).once(seconds)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[SyncWorker]:
        """The sync worker running beside."""
        async with sync.running(self.ctx, self.tell) as worker:
            yield worker

    def contact(self, who: "Actor") -> Contact:
        return contacts.show(self.ctx, who.identity).contact

    def sees(self, who: "Actor") -> dict[str, str]:
        """Another person's card as it has arrived here: label → value."""
        return {field.label: field.value for field in self.contact(who).card.fields}

    def shows(self, who: "Actor") -> dict[str, str]:
        """The own card as that person may see it."""
        return {field.label: field.value for field in visibility.view_as(self.ctx, who.identity).fields}

    def updates_of(self, who: "Actor") -> Counter[str]:
        """Label → how often the history says that it was updated by that person."""
        words = [row.text for row in contacts.history(self.ctx, who.identity, 1000) if row.kind == "update"]
        return Counter(label for text in words for label in text.partition("updated contact info: ")[2].split(", "))

    def links(self) -> list[Link]:
        with self.ctx.vault.read() as tx:
            return tx.links.all()

    def pending(self) -> int:
        """Messages that no device has acknowledged, and contacts who are owed one."""
        with self.ctx.vault.read() as tx:
            rows = sum(count.waiting + count.stored for count in tx.outbox.pending().values())
            return rows + len(tx.fanout.all())

    def waiting(self) -> int:
        """Messages that no relay has confirmed."""
        with self.ctx.vault.read() as tx:
            return len(tx.outbox.waiting())

    def state(self) -> tuple[object, ...]:
        """All that a message could change, comparable: sessions, cards, what others were sent, outbox, history."""
        with self.ctx.vault.read() as tx:
            people = tx.contacts.all()
            views = [tx.contacts.view(contact.identity) for contact in people]
            return tx.links.all(), people, views, tx.outbox.waiting(), tx.outbox.pending(), tx.history.recent()

    def set(self, label: str, value: str) -> None:
        card.set_field(self.ctx, label, value)

    def close(self) -> None:
        self.ctx.close()


async def meet(shower: Actor, scanner: Actor, grants: Iterable[str] = (), back: Iterable[str] = ()) -> str:
    """An exchange in person with the digits typed, to the end. `grants`, `back`: labels that each lets the other see.

    Returns the code's text.
    """
    code: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    digits: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def show() -> None:
        run = exchange.show(shower.ctx, grants=exchange.resolve_grants(shower.ctx, grants))
        async for event in run.events():
            if isinstance(event, CodeShown):
                code.set_result(event.text)
            elif isinstance(event, EnterDigits):
                assert await run.enter_digits(await digits)
        await _end(run, event)

    async def scan() -> None:
        granted = exchange.resolve_grants(scanner.ctx, back)
        run = exchange.scan(scanner.ctx, await code, grants=granted)
        async for event in run.events():
            if isinstance(event, Digits):
                digits.set_result(event.digits)
        await _end(run, event)

    async with shower.live(), scanner.live(), asyncio.timeout(30):
        await asyncio.gather(show(), scan())
    return code.result()


async def _end(run: ExchangeRun, last: object) -> None:
    assert isinstance(last, Complete), last
    await run.settle()


async def rest(*people: Actor, rounds: int = 12) -> None:
    """Rounds of sync in turn, until everybody has everything and says so."""
    for _ in range(rounds):
        for person in people:
            await person.once()
        if not any(person.pending() for person in people):
            return
    raise AssertionError([(person.name, person.pending(), person.told[-5:]) for person in people])
