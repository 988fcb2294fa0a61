"""Whatever the order, loss, duplication, crashes and clocks: contacts converge, and nobody gets a hidden byte.

protocol page, section 9, properties 4 to 6, on the real core with real vaults; only the relay is in memory.
"""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sync_people import Clock, Person, Post, introduced, settle, store

from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.protocol.receive import UnknownSession
from vauchi_tui.sync.events import Failed
from vauchi_tui.sync.upkeep import upkeep

NAMES = ("Alice", "Bob", "Carol")
LABELS = ("phone", "mail", "home")
people = st.sampled_from(range(3))
labels = st.sampled_from(LABELS)
MEMORY = Path("/dev/shm")


class ThreePeople(RuleBasedStateMachine):
    """Alice, Bob and Carol edit, hide, grant and meet again while the relay does its worst."""

    @initialize(first=st.booleans(), second=st.booleans(), third=st.booleans())
    def begin(self, first: bool, second: bool, third: bool) -> None:
        self.directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.clock, self.post, self.serial = Clock(), Post(), 0
        self.people = [Person(name, self.directory, self.clock) for name in NAMES]
        self.may: dict[tuple[int, str], set[int]] = {}
        self.ever: dict[int, set[str]] = {index: set() for index in range(3)}
        for one, other, swap in ((0, 1, first), (0, 2, second), (1, 2, third)):
            self._meet(*((other, one) if swap else (one, other)), both=True)

    def teardown(self) -> None:
        if hasattr(self, "directory"):
            self._come_to_rest()
            for person in self.people:
                person.vault.close()
            shutil.rmtree(self.directory)

    # --- people

    @rule(who=people, label=labels)
    def edit(self, who: int, label: str) -> None:
        self.serial += 1
        self.people[who].set(label, f"value {self.serial} of {NAMES[who]}")
        self._note(who, label)

    @rule(who=people, label=labels)
    def remove(self, who: int, label: str) -> None:
        if label in self._labels(who):
            self.people[who].remove(label)
            self.may.pop((who, label), None)

    @rule(who=people, label=labels, whom=people, allowed=st.booleans())
    def grant_or_hide(self, who: int, label: str, whom: int, allowed: bool) -> None:
        if who != whom and label in self._labels(who):
            self.people[who].allow(label, self.people[whom], allowed)
            audience = self.may.setdefault((who, label), set())
            (audience.add if allowed else audience.discard)(whom)
            self._note(who, label)

    @rule(one=people, other=people, both=st.booleans())
    def meet_again(self, one: int, other: int, both: bool) -> None:
        if one != other:
            self._meet(one, other, both=both)

    # --- the worker, the machine and the clock

    @rule(who=people, force=st.booleans())
    def flush(self, who: int, force: bool) -> None:
        self.people[who].flush(force=force)

    @rule(who=people, count=st.integers(1, 5), forget=st.booleans())
    def send(self, who: int, count: int, forget: bool) -> None:
        self.people[who].send(self.post, only=count, forget=forget)

    @rule(who=people, delete=st.booleans(), drained=st.booleans())
    def read(self, who: int, delete: bool, drained: bool) -> None:
        self.people[who].read(self.post, delete=delete, drained=drained)

    @rule(who=people)
    def crash(self, who: int) -> None:
        self.people[who].restart()

    @rule(seconds=st.sampled_from([1, 11, 700, 86_400, 200_000]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @precondition(lambda self: self.clock.now > 1_790_000_000)
    @rule()
    def clock_is_set_back(self) -> None:
        self.clock.now -= 3_000

    @rule(who=people)
    def hourly(self, who: int) -> None:
        person = self.people[who]
        with person.vault.write() as tx:
            upkeep(tx, self.clock.ms, person.rng)

    # --- the relay

    @rule(index=st.integers(0, 1_000))
    def loses_one(self, index: int) -> None:
        box = self._box(index)
        if box:
            box.pop(index % len(box))

    @rule(index=st.integers(0, 1_000))
    def delivers_out_of_order(self, index: int) -> None:
        box = self._box(index)
        if box:
            box.insert(0, box.pop())

    @rule(index=st.integers(0, 1_000))
    def delivers_twice(self, index: int) -> None:
        box = self._box(index)
        if box:
            box.append(box[index % len(box)])

    @rule()
    def forgets_everything(self) -> None:
        self.post.boxes.clear()

    @rule(who=people, index=st.integers(0, 1_000))
    def delivers_what_lies_elsewhere(self, who: int, index: int) -> None:
        box, person = self._box(index), self.people[who]
        if not box:
            return
        cards = [contact.registers for contact in self._contacts(who)]
        today = day_of(self.clock.now)
        with person.vault.read() as tx:
            links = tx.links.all()
        for link in links:
            for day in (today - 9, today + 9):  # days on which nobody has sent: every blob is foreign there
                try:
                    person.take(link.peer_id, link.mailbox_in(day), box[0][1])
                except UnknownSession:
                    raise AssertionError("a foreign blob was opened") from None
        assert cards == [contact.registers for contact in self._contacts(who)]

    # --- what must hold

    @invariant()
    def nobody_has_what_he_was_never_allowed_to_see(self) -> None:
        if not hasattr(self, "people"):
            return
        for who in range(3):
            values = {field.value for contact in self._contacts(who) for field in contact.card.fields}
            assert values <= self.ever[who]

    @invariant()
    def nothing_is_refused_or_unreadable(self) -> None:
        if hasattr(self, "people"):
            for person in self.people:
                assert not [event for event in person.events if isinstance(event, Failed)], person.events

    # --- helpers

    def _meet(self, shower: int, scanner: int, *, both: bool) -> None:
        self.clock.now += 700
        ends = introduced(self.people[shower], self.people[scanner])
        store(self.people[shower], ends[0])
        if both:
            store(self.people[scanner], ends[1])

    def _labels(self, who: int) -> set[str]:
        with self.people[who].vault.read() as tx:
            return {field.label for field in tx.card.registers().card().fields}

    def _contacts(self, who: int):  # type: ignore[no-untyped-def]
        with self.people[who].vault.read() as tx:
            return tx.contacts.all()

    def _note(self, who: int, label: str) -> None:
        """Remember what each may have seen by now."""
        with self.people[who].vault.read() as tx:
            value = {field.label: field.value for field in tx.card.registers().card().fields}[label]
        for whom in self.may.get((who, label), ()):
            self.ever[whom].add(value)

    def _box(self, index: int) -> list[tuple[bytes, bytes]]:
        boxes = [box for _, box in sorted(self.post.boxes.items()) if box]
        return boxes[index % len(boxes)] if boxes else []

    def _come_to_rest(self) -> None:
        """Some days pass and the relay works: everybody ends with what he may see."""
        for _ in range(10):
            self.clock.now += 90_000
            for person in self.people:
                with person.vault.write() as tx:
                    upkeep(tx, self.clock.ms, person.rng)
            settle(self.post, *self.people, rounds=30)
        for who, person in enumerate(self.people):
            for whom, other in enumerate(self.people):
                if who != whom:
                    assert other.sees(person) == person.shows(other), (NAMES[who], NAMES[whom])
            assert person.pending() == 0, NAMES[who]
        self.nobody_has_what_he_was_never_allowed_to_see()
        self.nothing_is_refused_or_unreadable()


ThreePeople.TestCase.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestThreePeople = ThreePeople.TestCase
