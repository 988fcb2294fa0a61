"""Whatever a pipe does to the contents, an exchange ends in both complete or none, never in different keys."""

from exchange_people import START, hand_over, prove, scanning, showing, state, twin, wrong_digits
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vauchi_tui.protocol.events import Completed, Digits, Event, Failed, SecondAnswer, ShowScan
from vauchi_tui.protocol.exchange.machine import Machine
from vauchi_tui.protocol.proof import Wanted


class Pipe:
    """Contents under way in one direction; the enemy picks which arrives, how often and when."""

    def __init__(self, sender: Machine, receiver: Machine) -> None:
        self.sender = sender
        self.receiver = receiver
        self.under_way: list[bytes] = []

    def pump(self) -> None:
        self.under_way += self.sender.data_to_send()


class Schedules(RuleBasedStateMachine):
    """Loss, duplication, reordering and junk between Alice and Bob, without anybody giving up."""

    gives_up = False

    @initialize(wanted=st.sampled_from([Wanted.CODE, Wanted.SCAN]))
    def meet(self, wanted: Wanted) -> None:
        self.now = START
        self.alice = showing(wanted=wanted)
        self.bob = scanning(self.alice)
        self.pipes = [Pipe(self.bob, self.alice), Pipe(self.alice, self.bob)]
        self.exhibit: Digits | ShowScan | None = None
        self.events: dict[str, list[Event]] = {"alice": [], "bob": []}
        self.slips = 0

    @rule(pipe=st.integers(0, 1))
    def send(self, pipe: int) -> None:
        self.pipes[pipe].pump()

    @rule(pipe=st.integers(0, 1))
    def resend(self, pipe: int) -> None:
        self.pipes[pipe].under_way += self.pipes[pipe].sender.resend()

    @rule(pipe=st.integers(0, 1), which=st.integers(0, 20), keep=st.booleans())
    def deliver(self, pipe: int, which: int, keep: bool) -> None:
        chosen = self.pipes[pipe]
        if chosen.under_way:
            content = chosen.under_way[which % len(chosen.under_way)]
            if not keep:
                chosen.under_way.remove(content)
            chosen.receiver.receive_data(content, self.now)

    @rule(pipe=st.integers(0, 1), which=st.integers(0, 20))
    def drop(self, pipe: int, which: int) -> None:
        chosen = self.pipes[pipe].under_way
        if chosen:
            chosen.pop(which % len(chosen))

    @rule(pipe=st.integers(0, 1), which=st.integers(0, 20), place=st.integers(0), flip=st.integers(1, 255))
    def damage(self, pipe: int, which: int, place: int, flip: int) -> None:
        chosen = self.pipes[pipe]
        if chosen.under_way:
            content = bytearray(chosen.under_way[which % len(chosen.under_way)])
            content[place % len(content)] ^= flip
            self.refused(chosen.receiver, bytes(content))

    @rule(pipe=st.integers(0, 1), which=st.integers(0, 20))
    def reflect(self, pipe: int, which: int) -> None:
        chosen = self.pipes[pipe]
        if chosen.under_way:
            self.refused(chosen.sender, chosen.under_way[which % len(chosen.under_way)])

    @rule(pipe=st.integers(0, 1), junk=st.binary(max_size=200))
    def junk(self, pipe: int, junk: bytes) -> None:
        self.refused(self.pipes[pipe].receiver, junk)

    @precondition(lambda self: self.exhibit is not None and not self.alice.finished)
    @rule()
    def proof(self) -> None:
        assert self.exhibit is not None
        prove(self.alice, self.exhibit)

    @precondition(lambda self: isinstance(self.exhibit, Digits) and not self.alice.finished and self.slips < 2)
    @rule()
    def slip(self) -> None:
        assert isinstance(self.exhibit, Digits)
        self.slips += 1
        assert not self.alice.enter_digits(wrong_digits(self.exhibit.digits))

    @rule(seconds=st.floats(0, 1))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.alice.tick(self.now)
        self.bob.tick(self.now)

    @invariant()
    def hear(self) -> None:
        if not hasattr(self, "alice"):
            return
        self.events["alice"] += self.alice.events_received()
        heard = self.bob.events_received()
        self.events["bob"] += heard
        self.exhibit = next((event for event in heard if isinstance(event, Digits | ShowScan)), self.exhibit)

    @invariant()
    def same_keys_or_none(self) -> None:
        if not hasattr(self, "alice"):
            return
        here, there = self.alice.result, self.bob.result
        if there is not None:
            assert here is not None  # Bob never has what Alice has not
            assert here.session_root == there.session_root and here.contact_key == there.contact_key
            assert here.transcript == there.transcript
        assert (here is not None) == (Completed() in self.events["alice"])
        assert (there is not None) == (Completed() in self.events["bob"])
        assert sum(isinstance(event, Completed | Failed) for event in self.events["bob"]) <= 1
        assert sum(isinstance(event, Completed | Failed) for event in self.events["alice"]) <= 1
        assert SecondAnswer() not in self.events["alice"]

    def teardown(self) -> None:
        """Once the pipe is fair and Alice types, both are there: no schedule has led into a dead end."""
        if not hasattr(self, "alice") or self.gives_up:
            return
        for _ in range(4):
            for pipe in self.pipes:
                pipe.pump()
                for content in pipe.under_way + pipe.sender.resend():
                    pipe.receiver.receive_data(content, self.now)
            self.hear()
            if self.exhibit is not None and not self.alice.finished:
                self.proof()
        self.hear()
        self.same_keys_or_none()
        assert self.alice.result is not None and self.bob.result is not None

    def refused(self, machine: Machine, content: bytes) -> None:
        before = state(machine)
        assert not machine.receive_data(content, self.now)
        assert state(machine) == before


class SchedulesWithPeople(Schedules):
    """The same, and people cancel, answer late or mistype until the code dies: never different keys."""

    gives_up = True

    @rule(alice=st.booleans())
    def cancel(self, alice: bool) -> None:
        (self.alice if alice else self.bob).abort()

    @rule(seconds=st.floats(20, 200))
    def long_wait(self, seconds: float) -> None:
        self.wait(seconds)

    @precondition(lambda self: isinstance(self.exhibit, Digits) and not self.alice.finished)
    @rule()
    def slip_again(self) -> None:
        assert isinstance(self.exhibit, Digits)
        self.alice.enter_digits(wrong_digits(self.exhibit.digits))

    @precondition(lambda self: self.exhibit is not None and not self.alice.finished)
    @rule()
    def proof(self) -> None:
        assert self.exhibit is not None
        if isinstance(self.exhibit, Digits):
            self.alice.enter_digits(self.exhibit.digits)
        else:
            self.alice.scanned_back(self.exhibit.payload)

    @precondition(lambda self: False)
    @rule()
    def slip(self) -> None:
        """Counted by `slip_again`."""

    @invariant()
    def failed_machines_hold_nothing(self) -> None:
        if not hasattr(self, "alice"):
            return
        for machine in (self.alice, self.bob):
            if machine.finished and machine.result is None:
                assert machine.resend() == [] and machine._early is None


TestSchedules = Schedules.TestCase
TestSchedules.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestSchedulesWithPeople = SchedulesWithPeople.TestCase
TestSchedulesWithPeople.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)


def test_copies_of_a_machine_go_their_own_ways() -> None:
    """The tests above and in test_exchange_mutations rely on it."""
    alice = showing()
    other = twin(alice)
    hand_over(scanning(alice), alice)
    assert state(alice) != state(other) and other.data_to_send() == []
