"""Two own devices decide by labels and rules at once: they come to agree, and contacts have what both show."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sync_people import Clock, Person, Post, link, meet, settle

from vauchi_tui.actions import card, labels, visibility
from vauchi_tui.errors import Ambiguous, InvalidValue, LimitExceeded, NotFound
from vauchi_tui.model.fields import FieldType
from vauchi_tui.vault.lazy import card_to_bytes

MEMORY = Path("/dev/shm")
FIELDS, LABELS, OTHERS = ("phone", "mail", "home"), ("family", "work"), ("Bob", "Carol")
REFUSED = (Ambiguous, InvalidValue, LimitExceeded, NotFound)
devices, fields, names = st.integers(0, 1), st.sampled_from(FIELDS), st.sampled_from(LABELS)
audiences = st.sampled_from(["everyone", *OTHERS, *(f"@{name}" for name in LABELS)])


class AliceTwice(RuleBasedStateMachine):
    """Alice at two devices, neither of which knows at once what the other does."""

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.clock, self.post, self.serial = Clock(), Post(), 0
        first = Person("Alice", self.directory, self.clock)
        self.others = [Person(name, self.directory, self.clock) for name in OTHERS]
        for name, field in zip(LABELS, FIELDS, strict=False):
            first.set(field, f"{field} of Alice")
            labels.create(first.ctx, name)
            visibility.allow(first.ctx, field, [f"@{name}"])
        for other, name in zip(self.others, LABELS, strict=True):
            self.clock.now += 700
            meet(first, other, grants=[f"@{name}"])
        self.everybody = [first, *self.others]
        settle(self.post, *self.everybody)
        self.alice = [first, link(first, "laptop")]
        self.everybody.append(self.alice[1])
        self._days()

    def teardown(self) -> None:
        if hasattr(self, "directory"):
            self.all_agree_in_the_end()
            for person in self.everybody:
                person.vault.close()
            shutil.rmtree(self.directory)

    def _days(self) -> None:
        for _ in range(3):
            settle(self.post, *self.everybody, rounds=40)
            self.clock.now += 90_000
            for person in self.everybody:
                person.upkeep()
        settle(self.post, *self.everybody, rounds=40)

    # Few rules, each of many kinds: Hypothesis leaves some rules out of each run.

    @rule(at=devices, field=fields, there=st.integers(0, 4))
    def edit(self, at: int, field: str, there: int) -> None:
        self.serial += 1
        with suppress(*REFUSED):
            if there:
                card.set_field(self.alice[at].ctx, field, f"value {self.serial}", FieldType.TEXT)
            else:
                card.remove_field(self.alice[at].ctx, field)

    @rule(at=devices, field=fields, who=audiences, allowed=st.booleans())
    def decide(self, at: int, field: str, who: str, allowed: bool) -> None:
        with suppress(*REFUSED):
            (visibility.allow if allowed else visibility.deny)(self.alice[at].ctx, field, [who])

    @rule(
        at=devices,
        what=st.sampled_from(["add", "remove", "add", "remove", "create", "delete", "delete and restore", "rename"]),
        name=names,
        new=names,
        who=st.sampled_from(OTHERS),
    )
    def group(self, at: int, what: str, name: str, new: str, who: str) -> None:
        ctx = self.alice[at].ctx
        with suppress(*REFUSED):
            if what in ("add", "remove"):
                (labels.add if what == "add" else labels.remove)(ctx, name, [who])
            elif what == "create":
                labels.create(ctx, name)
            elif what == "rename":
                labels.rename(ctx, name, new)
            else:
                gone = labels.delete(ctx, name)
                if what != "delete":
                    labels.restore(ctx, gone.id)

    @rule(who=st.integers(0, 3), force=st.booleans(), reads=st.booleans())
    def some_messages_travel(self, who: int, force: bool, reads: bool) -> None:
        person = self.everybody[who]
        if reads:
            person.read(self.post)
        person.flush(force=force)
        person.send(self.post)

    @rule(seconds=st.sampled_from([1, 11, 90_000, -3_000]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    def all_agree_in_the_end(self) -> None:
        self._days()
        states = []
        for device in self.alice:
            with device.vault.read() as tx:
                states.append((tx.card.registers(), tx.rules.load(), tx.labels.load()))
        assert states[0] == states[1]
        for other in self.others:
            held = card_to_bytes(other.contact(self.alice[0]).registers.card())
            for device in self.alice:
                assert held == card_to_bytes(visibility.view_as(device.ctx, other.identity))


AliceTwice.TestCase.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestAliceTwice = AliceTwice.TestCase
