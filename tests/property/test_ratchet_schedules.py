"""The ratchet under every schedule Hypothesis can think of: loss, reordering, repetition, damage, restart, rollback."""

import hashlib

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vauchi_tui.crypto.primitives import Rng, Undecryptable, generate_dh
from vauchi_tui.crypto.ratchet import (
    MAX_SKIPPED,
    RatchetState,
    can_send,
    ratchet_decrypt,
    ratchet_encrypt,
    start_initiator,
    start_responder,
)

AD = b"both ids"
PEOPLE = st.sampled_from((0, 1))


def counting_rng(seed: bytes) -> Rng:
    count = 0

    def rng(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(seed + count.to_bytes(4, "big")).digest(size)

    return rng


class Conversation(RuleBasedStateMachine):
    """Two people and a channel that may do anything with what they send."""

    @initialize(seed=st.binary(min_size=1, max_size=4))
    def meet(self, seed: bytes) -> None:
        self.rng = counting_rng(seed)
        pair, root = generate_dh(self.rng), self.rng(32)
        self.states = [start_initiator(root, pair.public, self.rng), start_responder(root, pair)]
        self.sent: list[list[tuple[bytes, bytes]]] = [[], []]  # by each person: every message, and what it says
        self.opened: list[set[bytes]] = [set(), set()]  # by each person

    def refuses(self, person: int, message: bytes, ad: bytes = AD) -> bool:
        before = self.states[person].to_bytes()
        try:
            ratchet_decrypt(self.states[person], message, ad, self.rng)
        except Undecryptable:
            return self.states[person].to_bytes() == before
        return False

    def pick(self, data: st.DataObject, person: int) -> tuple[bytes, bytes]:
        """One of the messages to this person, newer or older, come before or not."""
        messages = self.sent[1 - person]
        return messages[-1 - data.draw(st.integers(0, len(messages) - 1))]

    @rule(person=PEOPLE, plaintext=st.binary(max_size=40), burst=st.integers(1, 4))
    def send(self, person: int, plaintext: bytes, burst: int) -> None:
        if not can_send(self.states[person]):
            person = 1 - person
        for _ in range(burst):
            before = self.states[person].to_bytes()
            after, message = ratchet_encrypt(self.states[person], plaintext, AD, self.rng)
            assert self.states[person].to_bytes() == before
            assert all(message != other for other, _ in self.sent[person])
            self.states[person] = after
            self.sent[person].append((message, plaintext))

    @precondition(lambda self: any(self.sent))
    @rule(person=PEOPLE, data=st.data())
    def deliver(self, person: int, data: st.DataObject) -> None:
        """Whatever comes for the first time opens, whatever comes again does not."""
        if not self.sent[1 - person]:
            person = 1 - person
        message, plaintext = self.pick(data, person)
        if message in self.opened[person]:
            assert self.refuses(person, message)
            return
        before = self.states[person]
        stored = before.to_bytes()
        self.states[person], got = ratchet_decrypt(before, message, AD, self.rng)
        assert got == plaintext
        assert before.to_bytes() == stored
        assert can_send(self.states[person])
        self.opened[person].add(message)

    @precondition(lambda self: any(self.sent))
    @rule(person=PEOPLE, data=st.data(), position=st.integers(0, 10**4), change=st.integers(1, 255))
    def damage(self, person: int, data: st.DataObject, position: int, change: int) -> None:
        if not self.sent[1 - person]:
            person = 1 - person
        damaged = bytearray(self.pick(data, person)[0])
        damaged[position % len(damaged)] ^= change
        assert self.refuses(person, bytes(damaged))

    @rule(person=PEOPLE, junk=st.binary(max_size=120))
    def junk(self, person: int, junk: bytes) -> None:
        assert self.refuses(person, junk)

    @precondition(lambda self: any(self.sent))
    @rule(data=st.data(), person=PEOPLE)
    def misdeliver(self, data: st.DataObject, person: int) -> None:
        """One's own messages, and the peer's under other associated data."""
        if not self.sent[1 - person]:
            person = 1 - person
        message, _ = self.pick(data, person)
        assert self.refuses(1 - person, message)
        assert self.refuses(person, message, AD + b"x")

    @rule(person=PEOPLE)
    def restart(self, person: int) -> None:
        again = RatchetState.from_bytes(self.states[person].to_bytes())
        assert again == self.states[person]
        assert list(again.skipped) == list(self.states[person].skipped)
        self.states[person] = again

    @invariant()
    def skipped_keys_are_those_of_messages_that_have_not_come(self) -> None:
        if not hasattr(self, "states"):
            return
        for person, state in enumerate(self.states):
            assert len(state.skipped) <= MAX_SKIPPED
            missing = {message[:32] + message[36:40] for message, _ in self.sent[1 - person]}
            missing -= {message[:32] + message[36:40] for message in self.opened[person]}
            assert {public + n.to_bytes(4, "big") for public, n in state.skipped} <= missing

    def teardown(self) -> None:
        """In the end everything that is still missing arrives, newest first, and opens."""
        for person in (0, 1) if hasattr(self, "states") else ():
            for message, plaintext in reversed(self.sent[1 - person]):
                if message not in self.opened[person]:
                    self.states[person], got = ratchet_decrypt(self.states[person], message, AD, self.rng)
                    assert got == plaintext
            assert not self.states[person].skipped


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=80, stateful_step_count=40, deadline=None, derandomize=True)
