"""No schedule of loss, repetition, reordering, crossing, clocks and meetings parts two devices for good."""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from kk_people import exchange, kk_devices

from vauchi_tui.protocol.link import SESSIONS_MAX
from vauchi_tui.protocol.mailbox import DAY_SECONDS

who = st.integers(0, 1)


class TwoDevices(RuleBasedStateMachine):
    """An initiator and a responder, and all that was ever sent between them: the relay delivers of it what it likes."""

    @initialize(seed=st.integers(0, 7))
    def begin(self, seed: int) -> None:
        self.rng = random.Random(seed).randbytes
        self.devices = kk_devices(seed)
        self.ever: tuple[list, list] = ([], [])  # type: ignore[type-arg]
        self.said: tuple[list[bytes], list[bytes]] = ([], [])
        self.met = False

    @rule(index=who)
    def lacks_a_session(self, index: int) -> None:
        self.devices[index].want()

    @rule(index=who)
    def speaks(self, index: int) -> None:
        text = f"{index} says {len(self.said[index])}".encode()
        if self.devices[index].say(text):
            self.said[index].append(text)

    @rule(index=who, place=st.integers(0, 1_000))
    def something_arrives(self, index: int, place: int) -> None:
        """New, old, for the first or the tenth time, or never: whatever the peer has sent so far."""
        self._collect()
        sent = self.ever[1 - index]
        if sent:
            self.devices[index].take(sent[place % len(sent)])

    @rule(index=who)
    def the_newest_arrive(self, index: int) -> None:
        self._collect()
        for inner in self.ever[1 - index][-4:]:
            self.devices[index].take(inner)

    @rule(index=who, seconds=st.sampled_from([1, 700, 90_000, -5_000, -40 * DAY_SECONDS]))
    def a_clock_moves(self, index: int, seconds: int) -> None:
        self.devices[index].now += seconds

    @rule(index=who)
    def an_hour_passes(self, index: int) -> None:
        self.devices[index].daily()

    @rule(index=who)
    def crashes(self, index: int) -> None:
        self.devices[index].restart()

    @rule(shower=who, both=st.booleans())
    def they_meet(self, shower: int, both: bool) -> None:
        """`both` false: the end of the exchange never reached the scanner."""
        one, other = self.devices[shower], self.devices[1 - shower]
        ends = exchange(one, other, self.rng)
        one.meet(ends[0])
        if both:
            other.meet(ends[1])
        self.met = True

    @invariant()
    def few_sessions_are_kept(self) -> None:
        if hasattr(self, "devices"):
            assert all(len(device.link.sessions) <= SESSIONS_MAX for device in self.devices)

    @invariant()
    def nothing_comes_twice_but_what_was_said_twice(self) -> None:
        if hasattr(self, "devices"):
            for index, device in enumerate(self.devices):
                texts = [text for text in device.heard if text != b"snapshot"]
                assert len(texts) == len(set(texts)) and set(texts) <= set(self.said[1 - index])

    def teardown(self) -> None:
        if not hasattr(self, "devices"):
            return
        for device in self.devices:
            if not device.link.sessions:
                device.want()
        for day in range(8):
            self._a_good_day()
            for index, device in enumerate(self.devices):
                device.say(b"day %d of %d" % (day, index))
        self._a_good_day()
        for index, device in enumerate(self.devices):
            assert b"day 7 of %d" % (1 - index) in device.heard
        first, second = self.devices
        assert first.link.speaking is not None and second.link.speaking is not None
        assert first.link.speaking.sid == second.link.speaking.sid

    def _a_good_day(self) -> None:
        for device in self.devices:
            device.now += DAY_SECONDS + 1
            device.daily()
        for _ in range(8):
            self._collect()
            for index, device in enumerate(self.devices):
                for inner in self.fresh[1 - index]:
                    device.take(inner)

    def _collect(self) -> None:
        self.fresh = []
        for device, ever in zip(self.devices, self.ever, strict=True):
            self.fresh.append(device.sent)
            ever += device.sent
            device.sent = []


TwoDevices.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestTwoDevices = TwoDevices.TestCase


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_many_more_schedules() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        TwoDevices,
        settings=settings(
            max_examples=3_000, stateful_step_count=100, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
