"""Alice and Bob with two devices each, Carol, and Dave, in real processes at a real relay.

Of Alice's card Bob sees phone and e-mail address, Carol the e-mail address, Dave the name alone. Making them takes a
while, so tests work on copies.
"""

import queue
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cli_people import person
from cli_process import Person, Running, link, meet
from fault_people import died, dying, opened
from relay_process import RelayProcess

from vauchi_tui.vault.outbox import Kind

NEVER = "never"
"""A step that no process comes to."""
PATIENCE = 0.05
"""Seconds for one process to say something before the next is listened to."""


@dataclass(frozen=True, slots=True)
class Household:
    """`url`: where its relay listens whenever it runs."""

    directory: Path
    url: str

    @property
    def alice(self) -> tuple[Person, Person]:
        return self._person("alice"), self._person("alices-laptop")

    @property
    def bob(self) -> tuple[Person, Person]:
        return self._person("bob"), self._person("bobs-laptop")

    @property
    def carol(self) -> Person:
        return self._person("carol")

    @property
    def dave(self) -> Person:
        return self._person("dave")

    @property
    def devices(self) -> tuple[Person, ...]:
        return (*self.alice, *self.bob, self.carol, self.dave)

    def relay(self) -> RelayProcess:
        return RelayProcess(self.directory / "relay", self.url.removeprefix("ws://"))

    def copy(self, directory: Path) -> "Household":
        """The same people with the same mailboxes, while nothing runs."""
        shutil.copytree(self.directory, directory)
        return Household(directory, self.url)

    def settle(self) -> None:
        """Let everybody sync until nobody waits for anything."""
        with self.relay() as relay:
            with Watching(self.devices) as watching:
                watching.until(self.is_at_rest)
            assert relay.terminate() == 0

    def is_at_rest(self) -> bool:
        """Has everybody a session with every device of everybody he knows, and is nothing under way?"""
        return all(map(_is_at_rest, self.devices))

    def _person(self, name: str) -> Person:
        return Person(self.directory / name)


def make(directory: Path) -> Household:
    """Everybody, linked and met; devices that have not met have still to agree on sessions."""
    with RelayProcess(directory / "relay") as relay:
        alice, bob, carol, dave = (person(directory, name, relay.url) for name in ("Alice", "Bob", "Carol", "Dave"))
        household = Household(directory, relay.url)
        link(alice, household.alice[1].directory, "laptop")
        link(bob, household.bob[1].directory, "laptop")
        meet(alice, bob, "phone", "email", back="all")
        meet(alice, carol, "email")
        meet(alice, dave)
        assert relay.terminate() == 0
    return household


class Watching:
    """`sync --watch` on each of those devices. Who dies is started again while something is waited for.

    `steps`: at which step of `crashing` each life ends, first of all the first lives of all devices in turn; after the
    last of them nobody dies by himself.
    """

    def __init__(self, devices: Sequence[Person], steps: Iterable[str] = ()) -> None:
        self._devices = devices
        self._steps = iter(steps)
        self._running: list[Running] = []
        self.deaths = 0

    def restart(self, index: int, step: str = NEVER) -> None:
        """Kill the one of that number with -9 as it is, and start it again, to die at that step."""
        with self._running[index] as process:
            if process.is_running:
                process.send(signal.SIGKILL)
            assert died(process), "a watch does not end by itself"
        self.deaths += 1
        self._running[index] = self._start(index, step)

    def until(self, done: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for that to be so, looking whenever somebody has said something."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, [process.events[-6:] for process in self._running]
            for index, process in enumerate(self._running):
                with suppress(queue.Empty):
                    process.next_event(PATIENCE)
                if not process.is_running:
                    self.restart(index, next(self._steps, NEVER))

    def __enter__(self) -> Self:
        self._running = [self._start(index, next(self._steps, NEVER)) for index in range(len(self._devices))]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.__exit__(kind, value, trace)

    def _start(self, index: int, step: str) -> Running:
        return dying(self._devices[index], step, "sync", "--watch")


def _is_at_rest(who: Person) -> bool:
    """Has every link of this device a session in which both have spoken, and is nothing owed or unacknowledged?"""
    with opened(who) as ctx, ctx.vault.read() as tx:
        own, contacts = tx.me.devices(), tx.contacts.all()
        known = [own, *(tx.contacts.devices(contact.identity) for contact in contacts)]
        speaking = [link.speaking for link in tx.links.all()]
        if len(speaking) != sum(len(devices.devices) for devices in known if devices) - 1:
            return False
        if not all(session and session.heard for session in speaking):
            return False
        rows = [row for one in known if one for row in tx.outbox.for_contact(one.identity)]
        under_way = any(row.kind is not Kind.ACK for row in rows)
        owed = any(tx.owed.count(device.id) for device in own.devices)
        return not (under_way or owed or tx.fanout.all() or tx.outbox.waiting())
