"""Three people with up to three devices each: whatever is done, lost, doubled, revoked or set wrong, all converge.

protocol page, section 9, on the real core with real vaults; only the relay is in memory. Every device has a clock of
its own. What a contact may have seen is judged by the rules of the device that could have sent it.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from unittest import TestCase

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from own_state import own_state
from sync_people import Clock, Person, Post, introduced, link, settle, store

from vauchi_tui.actions import contacts, labels, visibility
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.clock import Hlc, Ticker
from vauchi_tui.sync import revoke as revoking

NAMES = ("Alice", "Bob", "Carol")
LABELS = ("phone", "mail")
DEVICES = 3
RELAY = "wss://relay.example.org"  # lists of devices are left in hello mailboxes where there is one
CENTURY = 100 * 365 * 86_400
MEMORY = Path("/dev/shm")

everybody = st.integers(0, len(NAMES) - 1)
which = st.integers(0, DEVICES - 1)


class Wrist(Clock):
    """A device's own clock: the world's, and by how much it is wrong."""

    def __init__(self, world: Clock) -> None:
        self.world, self.wrong = world, 0.0

    @property
    def now(self) -> float:  # type: ignore[override]
        return self.world.now + self.wrong


@dataclass
class Owner:
    """A person: the devices that are linked, the primary first, and what he has been shown at any time."""

    devices: list[Person]
    ever: set[str] = field(default_factory=set)
    linked: int = 0

    @property
    def primary(self) -> Person:
        return self.devices[0]


class People(RuleBasedStateMachine):
    """Edits, rules, labels, links, revocations and blocks, while relay, clocks and machines do their worst."""

    @initialize(more=st.lists(everybody, max_size=3))
    def begin(self, more: list[int]) -> None:
        self.directory = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.world, self.post, self.serial = Clock(), Post(), 0
        self.owners = [Owner([Person(name, self.directory, Wrist(self.world), relay=RELAY)]) for name in NAMES]
        self.stolen: list[Person] = []
        for one, other in ((0, 1), (0, 2), (1, 2)):
            self._meet(self.owners[one].primary, self.owners[other].primary)
        for who in more:
            self.link(who)

    def teardown(self) -> None:
        if hasattr(self, "directory"):
            self._come_to_rest()
            for person in (*self._devices(), *self.stolen):
                person.vault.close()
            shutil.rmtree(self.directory)

    # --- people

    @rule(who=everybody, on=which, label=st.sampled_from(LABELS))
    def edit(self, who: int, on: int, label: str) -> None:
        self.serial += 1
        self._device(who, on).set(label, f"value {self.serial} of {NAMES[who]}")
        self._note(who, on)

    @rule(who=everybody, on=which, label=st.sampled_from(LABELS))
    def remove(self, who: int, on: int, label: str) -> None:
        device = self._device(who, on)
        if label in self._labels(device):
            device.remove(label)

    @rule(who=everybody, on=which, label=st.sampled_from(LABELS), whom=everybody, allowed=st.booleans())
    def grant_or_hide(self, who: int, on: int, label: str, whom: int, allowed: bool) -> None:
        device = self._device(who, on)
        if who != whom and label in self._labels(device):
            device.allow(label, self.owners[whom].primary, allowed)
            self._note(who, on)

    @rule(who=everybody, on=which, label=st.sampled_from(LABELS), whom=everybody, member=st.booleans())
    def use_a_label(self, who: int, on: int, label: str, whom: int, member: bool) -> None:
        """Friends may see the field; somebody becomes a friend, or is one no more."""
        device = self._device(who, on)
        if who == whom or label not in self._labels(device) or not self._knows(device, whom):
            return
        known = labels.titles(device.ctx)
        friends = next(iter(known)) if known else labels.create(device.ctx, "friends").id
        visibility.allow(device.ctx, label, [f"@{friends}"])
        labels.assign(device.ctx, friends, {self.owners[whom].primary.identity: member})
        self._note(who, on)

    @rule(who=everybody, on=which, whom=everybody, forget=st.booleans())
    def block_or_remove(self, who: int, on: int, whom: int, forget: bool) -> None:
        device = self._device(who, on)
        if who != whom and self._knows(device, whom):
            (contacts.remove if forget else contacts.block)(device.ctx, self.owners[whom].primary.identity)

    @rule(one=everybody, on=which, other=everybody, there=which, both=st.booleans())
    def meet_again(self, one: int, on: int, other: int, there: int, both: bool) -> None:
        if one != other:
            self._meet(self._device(one, on), self._device(other, there), both=both)

    @rule(who=everybody)
    def link(self, who: int) -> None:
        owner = self.owners[who]
        if len(owner.devices) < DEVICES:
            owner.linked += 1
            owner.devices.append(link(owner.primary, f"device {owner.linked}"))
            owner.devices[-1].clock = Wrist(self.world)

    @rule(who=everybody, on=which)
    def revoke(self, who: int, on: int) -> None:
        """The device is stolen, with everything on it; then it is revoked."""
        owner = self.owners[who]
        lost = self._device(who, on)
        if lost is owner.primary:
            return
        with lost.vault.read() as tx:
            device_id = tx.me.device().id
        owner.devices.remove(lost)
        self.stolen.append(lost)
        with owner.primary.vault.write() as tx:
            revoking.revoke(tx, device_id, int(owner.primary.clock.now), owner.primary.rng)

    # --- the worker, the machine and the clock

    @rule(who=everybody, on=which, force=st.booleans())
    def flush(self, who: int, on: int, force: bool) -> None:
        self._device(who, on).flush(force=force)

    @rule(who=everybody, on=which, count=st.integers(1, 9), forget=st.booleans())
    def send(self, who: int, on: int, count: int, forget: bool) -> None:
        self._device(who, on).send(self.post, only=count, forget=forget)

    @rule(who=everybody, on=which, delete=st.booleans(), drained=st.booleans())
    def read(self, who: int, on: int, delete: bool, drained: bool) -> None:
        device = self._device(who, on)
        device.hellos(self.post)
        device.read(self.post, delete=delete, drained=drained)
        self._note(who, on)

    @rule(who=everybody, on=which)
    def crash(self, who: int, on: int) -> None:
        self._device(who, on).restart()

    @rule(who=everybody, on=which)
    def hourly(self, who: int, on: int) -> None:
        self._device(who, on).upkeep()

    @rule(seconds=st.sampled_from([1, 11, 700, 86_400, 200_000]))
    def wait(self, seconds: int) -> None:
        self.world.now += seconds

    @rule(who=everybody, on=which, wrong=st.sampled_from([0, -3_600, 3_600, CENTURY]))
    def set_the_clock(self, who: int, on: int, wrong: float) -> None:
        self._device(who, on).clock.wrong = wrong  # type: ignore[attr-defined]

    # --- the relay

    @rule(index=st.integers(0, 1_000), what=st.sampled_from(["lost", "early", "twice"]))
    def misdelivers_one(self, index: int, what: str) -> None:
        boxes = [box for _, box in sorted(self.post.boxes.items()) if box]
        if not boxes:
            return
        box = boxes[index % len(boxes)]
        if what == "lost":
            box.pop(index % len(box))
        elif what == "early":
            box.insert(0, box.pop())
        else:
            box.append(box[index % len(box)])

    @rule()
    def forgets_everything(self) -> None:
        self.post.boxes.clear()

    # --- what must hold

    @invariant()
    def nobody_has_what_no_device_would_have_shown_him(self) -> None:
        for who, owner in enumerate(getattr(self, "owners", ())):
            for device in owner.devices:
                with device.vault.read() as tx:
                    held = {one.value for contact in tx.contacts.all() for one in contact.card.fields}
                assert held <= owner.ever, NAMES[who]

    # --- helpers

    def _device(self, who: int, on: int) -> Person:
        devices = self.owners[who].devices
        return devices[on % len(devices)]

    def _devices(self) -> list[Person]:
        return [device for owner in self.owners for device in owner.devices]

    def _labels(self, device: Person) -> set[str]:
        with device.vault.read() as tx:
            return {one.label for one in tx.card.registers().card().fields}

    def _knows(self, device: Person, whom: int) -> bool:
        with device.vault.read() as tx:
            return tx.contacts.get(self.owners[whom].primary.identity) is not None

    def _meet(self, shower: Person, scanner: Person, *, both: bool = True) -> None:
        self.world.now += 700
        ends = introduced(shower, scanner)
        store(shower, ends[0])
        if both:
            store(scanner, ends[1])

    def _note(self, who: int, on: int) -> None:
        """What each of the others may be sent by that device from now on."""
        for whom, other in enumerate(self.owners):
            if whom != who:
                other.ever |= set(self._device(who, on).shows(other.primary).values())

    def _come_to_rest(self) -> None:
        """The clocks are right again, the relay works and some days pass."""
        for device in self._devices():
            device.clock.wrong = 0  # type: ignore[attr-defined]
        self._days(6)
        for who, owner in enumerate(self.owners):
            for device in owner.devices[1:]:
                assert own_state(device, whole=False) == own_state(owner.primary, whole=False), NAMES[who]
        self._agree()
        before = len(self.post.saw)
        for who in range(len(NAMES)):
            self.edit(who, 0, "phone")
            for whom in range(len(NAMES)):
                self.grant_or_hide(who, 0, "phone", whom, True)
        self._days(1)
        self._agree()
        self.nobody_has_what_no_device_would_have_shown_him()
        for thief in self.stolen:
            self._reads_nothing(thief, before)

    def _agree(self) -> None:
        for who, owner in enumerate(self.owners):
            for whom, other in enumerate(self.owners):
                for device in owner.devices:
                    for there in other.devices:
                        if who != whom and not self._parted(device, there):
                            assert there.sees(device) == device.shows(there), (NAMES[who], NAMES[whom])

    def _parted(self, one: Person, other: Person) -> bool:
        with one.vault.read() as tx:
            here = tx.contacts.get(other.identity)
        with other.vault.read() as tx:
            there = tx.contacts.get(one.identity)
        return here is None or there is None or here.blocked or there.blocked

    def _days(self, count: int) -> None:
        for _ in range(count):
            self.world.now += 90_000
            for who, owner in enumerate(self.owners):
                for on, device in enumerate(owner.devices):
                    device.upkeep()
                    self._note(who, on)
            settle(self.post, *self._devices(), rounds=40)
            for who, owner in enumerate(self.owners):
                for on in range(len(owner.devices)):
                    self._note(who, on)

    def _reads_nothing(self, thief: Person, since: int) -> None:
        """Nothing that was said after the revocation reached everybody opens under what he took."""
        mailboxes = [mailbox for _, mailbox in thief.boxes()]
        for blob in self.post.saw[since:]:
            for mailbox in mailboxes:
                try:
                    mailbox.unwrap(blob)
                except VauchiError:
                    continue
                raise AssertionError("a revoked device can read what was said after")


def _edited_at_once(directory: Path) -> tuple[object, object]:
    """What two own devices have in the end if both change one field before they hear of each other."""
    world, post = Clock(), Post()
    alice = Person("Alice", directory, Wrist(world))
    alice.set("phone", "555 00 00")
    laptop = link(alice, "laptop")
    settle(post, alice, laptop, rounds=30)
    alice.set("phone", "555 11 11")
    laptop.set("phone", "555 22 22")
    for _ in range(3):
        world.now += 90_000
        alice.upkeep()
        laptop.upkeep()
        settle(post, alice, laptop, rounds=30)
    return own_state(alice), own_state(laptop)


def test_own_devices_that_edit_at_once_converge(tmp_path: Path) -> None:
    here, there = _edited_at_once(tmp_path)
    assert here == there


def test_with_versions_that_only_count_they_would_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a clock without time and device is an integer version, and two can be equal."""

    def counting(self: Ticker, last: Hlc, now_ms: int, device: bytes) -> None:
        self.last, self._now_ms, self._device = last, 0, bytes(16)

    monkeypatch.setattr(Ticker, "__init__", counting)
    here, there = _edited_at_once(tmp_path)
    assert here != there


def machine(examples: int, steps: int, *, derandomize: bool) -> type[TestCase]:
    case: type[TestCase] = type("Case", (People,), {}).TestCase  # type: ignore[attr-defined]
    case.settings = settings(  # type: ignore[attr-defined]
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
    )
    return case


TestPeople = pytest.mark.timeout(900)(machine(200, 12, derandomize=True))
TestPeopleForLong = pytest.mark.soak(machine(10_000, 100, derandomize=False))
