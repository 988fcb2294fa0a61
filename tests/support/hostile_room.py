"""Two people who have met, and the enemy who is their relay; and the tricks that he plays on them."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from recording_relay import Goes, Passage, RecordingRelay
from relay_people import DAY_S, Actor, meet, rest
from relay_process import RelayProcess
from sync_people import NOW, Clock

from vauchi_tui.actions import visibility
from vauchi_tui.protocol.frames import Acknowledge, End, FromClient, FromServer, Message, Ok, Send, encode
from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.sync.events import Failed

LATER = DAY_S + 3_600
"""Seconds after which what was not acknowledged is sent again."""


@dataclass
class Room:
    """Alice, Bob who sees her phone, and the relay between them. The clock stands still until it is moved."""

    directory: Path
    relay: RelayProcess
    between: RecordingRelay
    clock: Clock
    alice: Actor
    bob: Actor
    stack: AsyncExitStack

    def newcomer(self, name: str) -> Actor:
        """Somebody else with a profile at the same relay."""
        return _actor(self.stack, self.directory, name, self.between, self.clock)

    def box(self, sender: Actor, recipient: Actor, days: int = 0) -> bytes:
        """The address of today's mailbox from one to the other, or of that so many days from now."""
        (link,) = [link for link in sender.links() if link.peer_identity == recipient.identity]
        return link.mailbox_out(day_of(self.clock.now) + days).address

    def boxes(self, sender: Actor, recipient: Actor) -> set[bytes]:
        """The addresses of the mailboxes from one to the other, of the last and the next days."""
        return {self.box(sender, recipient, days) for days in range(-5, 6)}

    def edit(self, *labels: str, by: Actor | None = None) -> None:
        """Change (or add) fields and let everyone see them, a minute after each other."""
        who = by or self.alice
        for label in labels:
            self.clock.now += 60
            who.set(label, f"555 {int(self.clock.now)}")
            visibility.allow(who.ctx, label, ["everyone"])

    async def send(self, *labels: str, by: Actor | None = None) -> None:
        """Such edits, each a message of its own that leaves for the relay."""
        for label in labels:
            self.edit(label, by=by)
            assert (await (by or self.alice).once()).waiting == 0

    async def later(self, *people: Actor) -> None:
        """The relay is honest, a day goes by, and everybody syncs."""
        self.between.honest()
        self.clock.now += LATER
        await rest(*(people or (self.alice, self.bob)))

    def fine(self, *labels: str, of: Actor | None = None, at: Actor | None = None) -> None:
        """The card has arrived as it is, and each of these changes was told exactly once."""
        sender, recipient = of or self.alice, at or self.bob
        assert recipient.sees(sender) == sender.shows(recipient)
        assert recipient.updates_of(sender) == Counter(labels)


@asynccontextmanager
async def hostile_room(directory: Path, relay: RelayProcess) -> AsyncIterator[Room]:
    """Alice and Bob at rest after an exchange."""
    clock = Clock(NOW)
    async with AsyncExitStack() as stack:
        between = await stack.enter_async_context(RecordingRelay(relay.url))
        alice, bob = (_actor(stack, directory, name, between, clock) for name in ("Alice", "Bob"))
        alice.set("phone", "555 1000000")
        await meet(alice, bob, ["phone"])
        await rest(alice, bob)
        yield Room(directory, relay, between, clock, alice, bob, stack)


def _actor(stack: AsyncExitStack, directory: Path, name: str, between: RecordingRelay, clock: Clock) -> Actor:
    actor = Actor(directory / name.lower(), name, between.url, clock)
    stack.callback(actor.close)
    return actor


def failures(*people: Actor) -> list[Failed]:
    """What these people were told that did not work."""
    return [event for person in people for event in person.told if isinstance(event, Failed)]


def throw_away(passage: Passage, message: Message) -> None:
    """Let the real relay delete a message that is not handed on."""
    passage.to_relay(encode(Acknowledge(message.address, message.seq)))


def forget(passage: Passage, frame: FromClient) -> Iterable[Goes]:
    """Client hook: say OK to everything and keep nothing."""
    if isinstance(frame, Send):
        passage.to_client(Ok(frame.mid))
        return []
    return [frame]


def at_the_end(order: Callable[[list[Message]], Iterable[Message]]) -> Callable[[Passage, FromServer], Iterable[Goes]]:
    """Relay hook: what lies in a mailbox is handed on at the end of the drain, as `order` makes it."""
    held: dict[tuple[int, bytes], list[Message]] = {}

    def hook(passage: Passage, frame: FromServer) -> Iterable[Goes]:
        match frame:
            case Message(address):
                held.setdefault((passage.number, address), []).append(frame)
                return []
            case End(address):
                return [*order(held.pop((passage.number, address), [])), frame]
        return [frame]

    return hook
