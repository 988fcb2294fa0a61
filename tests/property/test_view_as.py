"""“View as Bob” is what Bob has, byte for byte, after whatever edits, labels, partings and returns."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sync_people import Clock, Person, Post, introduced, settle, store

from vauchi_tui.actions import card, contacts, labels, visibility
from vauchi_tui.errors import InvalidValue, LimitExceeded, NotFound
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import Op
from vauchi_tui.model.visibility import difference, project
from vauchi_tui.vault.lazy import card_to_bytes

MEMORY = Path("/dev/shm")
FIELDS = ("phone", "mail", "home", "web")
LABELS = ("family", "work", "club")
OTHERS = ("Bob", "Carol", "Dave")
fields, names = st.sampled_from(FIELDS), st.sampled_from(LABELS)
others = st.sampled_from(OTHERS)
audiences = st.sampled_from(["everyone", *OTHERS, *(f"@{name}" for name in LABELS)])


@contextmanager
def perhaps() -> Iterator[None]:
    """What cannot be done in this state is refused in words, and changes nothing."""
    with suppress(InvalidValue, LimitExceeded, NotFound):
        yield


class AliceAndOthers(RuleBasedStateMachine):
    """Alice decides by the product's own actions; messages travel when it suits them."""

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.clock, self.post, self.serial, self.wound_back = Clock(), Post(), 0, False
        self.alice = Person("Alice", self.directory, self.clock)
        self.others = {name: Person(name, self.directory, self.clock) for name in OTHERS}
        for field in FIELDS:
            self.edit(field)
        for name, field in zip(LABELS, FIELDS, strict=False):
            labels.create(self.alice.ctx, name)
            visibility.allow(self.alice.ctx, field, [f"@{name}"])
        for number, other in enumerate(self.others.values()):
            self._meet(other, tuple(f"@{name}" for name in LABELS[:number]))

    def teardown(self) -> None:
        if hasattr(self, "directory"):
            self.everything_arrives()
            for person in (self.alice, *self.others.values()):
                person.vault.close()
            shutil.rmtree(self.directory)

    def _meet(self, other: Person, grants: tuple[str, ...] = ()) -> None:
        self.clock.now += 700
        mine, theirs = introduced(self.alice, other)
        store(self.alice, mine, grants)
        store(other, theirs)

    def _fresh(self) -> str:
        self.serial += 1
        return f"value {self.serial}"

    @invariant()
    def who_is_to_be_sent_something_is_marked(self) -> None:
        if not hasattr(self, "alice"):
            return
        with self.alice.vault.read() as tx:
            now, owed = self.clock.ms, set(tx.fanout.all())
            ticker, due = tx.clock.ticker(now), set(tx.fanout.due(now))
            for contact in tx.contacts.all():
                seen = project(tx.card.registers(), tx.rules.load(), contact.identity, contact.labels)
                changes = difference(seen, tx.contacts.view(contact.identity), ticker)
                if changes and not contact.blocked:
                    assert contact.identity in owed
                if any(change.op is Op.REMOVE for change in changes) and not contact.blocked:
                    assert contact.identity in due or self.wound_back, "what is taken back never waits"

    # --- Alice's card

    @rule(field=fields)
    def edit(self, field: str) -> None:
        card.set_field(self.alice.ctx, field, self._fresh(), FieldType.TEXT)

    @rule(field=fields, kind=st.sampled_from([FieldType.TEXT, FieldType.ADDRESS]))
    def change_type(self, field: str, kind: FieldType) -> None:
        with perhaps():
            card.set_value(self.alice.ctx, field, self._fresh(), kind)

    @rule(field=fields, other=fields)
    def rename(self, field: str, other: str) -> None:
        with perhaps():
            card.rename_field(self.alice.ctx, field, other)

    @rule(field=fields, place=st.integers(1, 4))
    def move(self, field: str, place: int) -> None:
        with perhaps():
            card.move_field(self.alice.ctx, field, place)

    @rule(field=fields, undone=st.booleans())
    def remove_field(self, field: str, undone: bool) -> None:
        with perhaps():
            removed = card.remove_field(self.alice.ctx, field)
            if undone:
                card.restore_field(self.alice.ctx, removed)

    @rule()
    def rename_herself(self) -> None:
        card.set_name(self.alice.ctx, f"Alice {self.serial}")

    # --- who may see it

    @rule(field=fields, who=st.lists(audiences, min_size=1, max_size=3), allowed=st.booleans())
    def decide(self, field: str, who: list[str], allowed: bool) -> None:
        with perhaps():
            (visibility.allow if allowed else visibility.deny)(self.alice.ctx, field, who)

    @rule(name=names, who=st.lists(others, min_size=1, max_size=3), member=st.booleans())
    def join_or_leave(self, name: str, who: list[str], member: bool) -> None:
        with perhaps():
            (labels.add if member else labels.remove)(self.alice.ctx, name, who)

    @rule(name=names, back=st.booleans())
    def delete_label(self, name: str, back: bool) -> None:
        with perhaps():
            gone = labels.delete(self.alice.ctx, name)
            if back:
                labels.restore(self.alice.ctx, gone.id)
            else:
                labels.create(self.alice.ctx, name)

    @rule(who=others, forget=st.booleans(), back=st.booleans(), name=names)
    def part(self, who: str, forget: bool, back: bool, name: str) -> None:
        with perhaps():
            (contacts.remove if forget else contacts.block)(self.alice.ctx, self.others[who].identity)
        if back:
            self._meet(self.others[who], (f"@{name}",))

    # --- time and messages

    @rule(seconds=st.sampled_from([1, 11, 700, 90_000, -3_000]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds
        self.wound_back |= seconds < 0

    @rule(force=st.booleans(), count=st.integers(1, 4), reads=st.booleans())
    def some_messages_travel(self, force: bool, count: int, reads: bool) -> None:
        self.alice.flush(force=force)
        self.alice.send(self.post, only=count)
        for other in self.others.values():
            if reads:
                other.read(self.post)
                other.send(self.post)
        self.alice.read(self.post)

    @rule()
    def restart(self) -> None:
        self.alice.restart()

    @rule()
    def everything_arrives(self) -> None:
        settle(self.post, self.alice, *self.others.values(), rounds=30)
        for name, other in self.others.items():
            with self.alice.vault.read() as tx:
                known = tx.contacts.get(other.identity)
            held = other.contact(self.alice).registers.card()
            if known is None:
                assert held.fields == (), f"{name} was removed"
            else:
                shown = visibility.view_as(self.alice.ctx, other.identity)
                assert card_to_bytes(held) == card_to_bytes(shown), name
        with self.alice.vault.read() as tx:
            assert tx.fanout.all() == []


AliceAndOthers.TestCase.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestAliceAndOthers = AliceAndOthers.TestCase
