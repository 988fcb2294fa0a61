"""The Double Ratchet: what it opens, what it refuses, and that a refusal changes nothing."""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import pytest
from nacl.secret import Aead

from vauchi_tui.crypto.primitives import Undecryptable, aead_seal, dh, dh_from_private, generate_dh, hkdf
from vauchi_tui.crypto.ratchet import (
    MAX_SKIPPED,
    RatchetState,
    can_send,
    ratchet_decrypt,
    ratchet_encrypt,
    start_initiator,
    start_responder,
)
from vauchi_tui.errors import Malformed

ROOT = bytes(range(32))
AD = b"both ids"
OVERHEAD = 32 + 4 + 4 + 24 + 16


def no_rng(count: int) -> bytes:
    raise AssertionError("nothing random belongs here")


def start() -> tuple[RatchetState, RatchetState]:
    pair = generate_dh(os.urandom)
    return start_initiator(ROOT, pair.public, os.urandom), start_responder(ROOT, pair)


def send(state: RatchetState, plaintext: bytes = b"hello") -> tuple[RatchetState, bytes]:
    return ratchet_encrypt(state, plaintext, AD, os.urandom)


def receive(state: RatchetState, message: bytes) -> tuple[RatchetState, bytes]:
    return ratchet_decrypt(state, message, AD, os.urandom)


def say(sender: RatchetState, receiver: RatchetState, plaintext: bytes = b"hello") -> tuple[RatchetState, RatchetState]:
    """One message that arrives: both states after it."""
    sender, message = send(sender, plaintext)
    receiver, got = receive(receiver, message)
    assert got == plaintext
    return sender, receiver


def lose(sender: RatchetState, count: int) -> RatchetState:
    for _ in range(count):
        sender, _ = send(sender)
    return sender


def met() -> tuple[RatchetState, RatchetState]:
    """Two who have each sent one message."""
    alice, bob = say(*start())
    bob, alice = say(bob, alice)
    return alice, bob


def refused(state: RatchetState, message: bytes, ad: bytes = AD) -> bool:
    """Is it refused, without drawing from the rng and without changing the state?"""
    before = state.to_bytes()
    try:
        ratchet_decrypt(state, message, ad, no_rng)
    except Undecryptable:
        return state.to_bytes() == before
    return False


def test_conversation() -> None:
    alice, bob = start()
    for i in range(50):
        alice, bob = say(alice, bob, b"a%d" % i)
        alice, bob = say(alice, bob, b"again")
        bob, alice = say(bob, alice, b"b%d" % i)
    assert not alice.skipped
    assert not bob.skipped


def test_keys_and_header_are_those_of_the_specification() -> None:
    """The first message by hand: KDF_RK is HKDF with the root key as salt, KDF_CK is HMAC with 1 and 2."""
    own, peer = dh_from_private(b"\x01" * 32), dh_from_private(b"\x02" * 32)
    alice = start_initiator(ROOT, peer.public, lambda count: own.private[:count])
    keys = hkdf(dh(own.private, peer.public), b"vauchi/ratchet/1", 64, salt=ROOT)
    chain = keys[32:]
    for n in range(3):
        alice, message = send(alice, b"text")
        header = own.public + bytes(4) + n.to_bytes(4, "big")
        assert message[:40] == header
        assert len(message) == len(b"text") + OVERHEAD
        key = hmac.new(chain, b"\x01", hashlib.sha256).digest()
        assert Aead(key).decrypt(message[40:], aad=header + AD) == b"text"
        chain = hmac.new(chain, b"\x02", hashlib.sha256).digest()
    assert (alice.root, alice.sending, alice.sent) == (keys[:32], chain, 3)


def test_header_counts_the_previous_chain() -> None:
    alice, bob = met()
    alice = lose(alice, 2)
    alice, bob = say(alice, bob)
    bob, alice = say(bob, alice)
    _, message = send(alice)
    assert message[32:40] == (3).to_bytes(4, "big") + bytes(4)


def test_a_responder_cannot_send_before_it_has_received() -> None:
    alice, bob = start()
    assert can_send(alice)
    assert not can_send(bob)
    with pytest.raises(ValueError, match="responder"):
        send(bob)
    alice, bob = say(alice, bob)
    assert can_send(bob)


def test_messages_open_in_any_order_and_once() -> None:
    alice, bob = start()
    messages = []
    for i in range(20):
        alice, message = send(alice, b"%d" % i)
        messages.append(message)
    for i in (7, 0, 19, 3, *(i for i in range(20) if i not in (7, 0, 19, 3))):
        bob, plaintext = receive(bob, messages[i])
        assert plaintext == b"%d" % i
        assert refused(bob, messages[i])
    assert not bob.skipped
    assert all(refused(bob, message) for message in messages)


def test_messages_of_closed_chains_still_open() -> None:
    alice, bob = met()
    late = []
    for i in range(5):
        alice, message = send(alice, b"late %d" % i)
        late.append(message)
        alice, bob = say(alice, bob)
        bob, alice = say(bob, alice)
    assert len(bob.skipped) == 5
    for i in (4, 0, 2, 1, 3):
        bob, plaintext = receive(bob, late[i])
        assert plaintext == b"late %d" % i
    assert not bob.skipped


@pytest.mark.parametrize("stage", ["first message", "next in chain", "skipped", "new chain"])
def test_every_changed_byte_is_refused(stage: str) -> None:
    alice, bob = start() if stage == "first message" else met()
    if stage != "first message":
        alice, bob = say(alice, bob)
    if stage == "new chain":
        bob, alice = say(bob, alice)
    alice, message = send(alice)
    if stage == "skipped":
        alice, bob = say(alice, bob)
    for i in range(len(message)):
        for bit in (0x01, 0x80):
            assert refused(bob, message[:i] + bytes([message[i] ^ bit]) + message[i + 1 :])
    assert all(refused(bob, message[:length]) for length in range(len(message)))
    assert refused(bob, message + b"\0")
    assert refused(bob, message, b"other ids")
    assert refused(bob, message, b"")
    assert receive(bob, message)[1] == b"hello"


def test_reflection_is_refused() -> None:
    alice, bob = start()
    alice, message = send(alice)
    assert refused(alice, message)
    alice, bob = met()
    for state in (alice, bob):
        after, message = send(state)
        assert refused(state, message)
        assert refused(after, message)


@pytest.mark.parametrize("low_order", [bytes(32), b"\x01" + bytes(31)])
def test_low_order_ratchet_keys_are_refused(low_order: bytes) -> None:
    _, bob = met()
    assert refused(bob, low_order + bytes(8 + 24 + 16))
    with pytest.raises(Undecryptable):
        start_initiator(ROOT, low_order, os.urandom)


def test_a_message_under_the_first_ratchet_key_is_refused() -> None:
    """The responder turns before it sends, so nobody ever sends under the key that the initiator started from."""
    alice, bob = start()
    assert refused(alice, bob.own.public + bytes(8 + 24 + 16))
    assert refused(alice, bob.own.public + bytes(4) + (5).to_bytes(4, "big") + bytes(24 + 16))


def test_a_message_from_another_session_is_refused() -> None:
    alice, _ = met()
    _, bob = met()
    _, message = send(alice)
    assert refused(bob, message)


def test_a_thousand_missing_in_one_chain_are_kept_and_one_more_refused() -> None:
    alice, bob = met()
    alice, bob = say(alice, bob)
    alice = lose(alice, MAX_SKIPPED)
    alice, last = send(alice)
    _, beyond = send(alice)
    assert refused(bob, beyond)
    bob, _ = receive(bob, last)
    assert len(bob.skipped) == MAX_SKIPPED


@pytest.mark.parametrize("closing", [0, 1, 400, MAX_SKIPPED])
def test_both_chains_count_towards_the_thousand(closing: int) -> None:
    alice, bob = met()
    alice, bob = say(alice, bob)
    bob, answer = send(bob)
    alice = lose(alice, closing)
    alice, _ = receive(alice, answer)
    alice = lose(alice, MAX_SKIPPED - closing)
    alice, last = send(alice)
    _, beyond = send(alice)
    assert refused(bob, beyond)
    bob, _ = receive(bob, last)
    assert len(bob.skipped) == MAX_SKIPPED


def test_the_first_message_may_follow_a_thousand_missing_too() -> None:
    alice, bob = start()
    alice = lose(alice, MAX_SKIPPED)
    alice, last = send(alice)
    _, beyond = send(alice)
    assert refused(bob, beyond)
    assert len(receive(bob, last)[0].skipped) == MAX_SKIPPED


def test_a_header_of_impossible_counts_costs_nothing() -> None:
    alice, bob = met()
    header = generate_dh(os.urandom).public + b"\xff" * 8
    assert refused(bob, header + bytes(40))
    assert refused(bob, alice.own.public + b"\xff" * 8 + bytes(40))


def test_the_oldest_keys_make_room() -> None:
    alice, bob = met()
    messages = []
    for _ in range(MAX_SKIPPED):
        alice, message = send(alice)
        messages.append(message)
    alice, bob = say(alice, bob)
    for _ in range(3):
        alice, message = send(alice)
        messages.append(message)
    alice, bob = say(alice, bob)
    assert len(bob.skipped) == MAX_SKIPPED
    assert all(refused(bob, message) for message in messages[:3])
    for message in messages[3:]:
        bob, _ = receive(bob, message)
    assert not bob.skipped


def test_a_previous_count_below_what_has_come_skips_nothing() -> None:
    """Only a broken peer says so; its message opens and nothing is skipped backwards (SkipMessageKeys)."""
    alice, bob = met()
    alice, bob = say(alice, bob)
    bob, answer = send(bob)
    alice, _ = receive(alice, answer)
    alice, message = send(replace(alice, previous=0))
    bob, plaintext = receive(bob, message)
    assert plaintext == b"hello"
    assert not bob.skipped


def test_a_number_that_has_passed_is_refused_even_with_the_next_key() -> None:
    """Only a broken peer sends it; opening it would wind the receiving chain's count back."""
    alice, bob = met()
    alice, bob = say(alice, bob)
    alice, bob = say(alice, bob)
    assert bob.received == 2
    _, message = send(replace(alice, sent=0))
    assert refused(bob, message)


def test_a_consumed_message_stays_closed_to_whoever_takes_the_state() -> None:
    """Forward secrecy: what a state holds derives no key of the past."""
    alice, bob = met()
    alice, message = send(alice)
    bob, _ = receive(bob, message)
    for _ in range(3):
        assert refused(bob, message)
        bob, alice = say(bob, alice)
        alice, bob = say(alice, bob)


def test_a_stolen_state_is_locked_out_by_the_next_turns() -> None:
    """Post-compromise security: after one round trip with fresh keys the thief reads nothing more."""
    alice, bob = met()
    thief = bob
    alice, message = send(alice)
    assert ratchet_decrypt(thief, message, AD, os.urandom)[1] == b"hello"
    bob, _ = receive(bob, message)
    bob, alice = say(bob, alice)  # carries a key the thief does not have
    alice, message = send(alice)
    assert refused(thief, message)
    bob, _ = receive(bob, message)
    bob, message = send(bob)
    assert refused(thief, message)


def test_a_forger_without_the_chain_key_is_refused() -> None:
    _, bob = met()
    header = generate_dh(os.urandom).public + bytes(8)
    assert refused(bob, header + aead_seal(ROOT, b"forged", header + AD, os.urandom))


def test_states_are_values() -> None:
    alice, bob = met()
    alice = lose(alice, 2)
    alice, bob = say(alice, bob)
    with pytest.raises(FrozenInstanceError):
        bob.sent = 7  # type: ignore[misc]
    with pytest.raises(TypeError):
        bob.skipped[bytes(32), 0] = bytes(32)  # type: ignore[index]
    assert hash(bob) == hash(RatchetState.from_bytes(bob.to_bytes()))
    for secret in (bob.root, bob.own.private, bob.sending, bob.receiving, *bob.skipped.values()):
        assert repr(secret) not in repr(bob)


def test_states_survive_the_vault() -> None:
    states = [*start(), *met()]
    alice, bob = met()
    alice = lose(alice, MAX_SKIPPED)
    alice, bob = say(alice, bob)
    states += [alice, bob]
    for state in states:
        stored = state.to_bytes()
        again = RatchetState.from_bytes(stored)
        assert again == state
        assert list(again.skipped) == list(state.skipped)  # oldest first, so that the right ones make room
        assert again.to_bytes() == stored
    assert len(stored) == 68_173


def test_a_restored_state_goes_on() -> None:
    alice, bob = met()
    for _ in range(5):
        alice, bob = (RatchetState.from_bytes(state.to_bytes()) for state in (alice, bob))
        alice = lose(alice, 1)
        alice, bob = say(alice, bob)
        bob, alice = say(bob, alice)
    assert len(bob.skipped) == 5


# What is done to a stored state: 173 bytes and one skipped key of 68.
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "longer": lambda good: good + b"\0",
    "newer version": lambda good: b"\x02" + good[1:],
    "version 0": lambda good: b"\0" + good[1:],
    "same key twice": lambda good: good + good[173:],
    "too many keys": lambda good: (
        good[:173] + b"".join(good[173:205] + n.to_bytes(4, "big") + good[209:] for n in range(MAX_SKIPPED + 1))
    ),
    "sending without peer": lambda good: good[:65] + bytes(32) + good[97:],
    "peer without sending": lambda good: good[:97] + bytes(32) + good[129:],
    "receiving alone": lambda good: good[:65] + bytes(64) + good[129:],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_stored_state_is_refused(damage: Callable[[bytes], bytes]) -> None:
    alice, bob = met()
    _, bob = say(lose(alice, 1), bob)
    good = bob.to_bytes()
    assert len(good) == 173 + 68
    assert RatchetState.from_bytes(good) == bob
    with pytest.raises(Malformed):
        RatchetState.from_bytes(damage(good))


def test_every_cut_of_a_stored_state_is_refused_unless_it_ends_between_two_keys() -> None:
    alice, bob = met()
    _, bob = say(lose(alice, 2), bob)
    stored = bob.to_bytes()
    for length in range(len(stored)):
        if length in (173, 173 + 68):
            RatchetState.from_bytes(stored[:length])
        else:
            with pytest.raises(Malformed):
                RatchetState.from_bytes(stored[:length])
