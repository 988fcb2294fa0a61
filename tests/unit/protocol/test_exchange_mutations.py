"""Every one-byte change of the code, M1, N, M2 and an abort is refused with no change of state."""

from exchange_people import (
    BOB,
    NOW,
    START,
    hand_over,
    mutations,
    prove,
    scanning,
    seeded,
    showing,
    state,
    twin,
    up_to_proof,
)

from vauchi_tui.errors import ExchangeRefused
from vauchi_tui.protocol.code import parse_code, to_text
from vauchi_tui.protocol.exchange import Scanning
from vauchi_tui.protocol.exchange.machine import Machine


def assert_every_change_is_refused(machine: Machine, content: bytes, seed: int) -> None:
    before = state(machine)
    trial = twin(machine)
    for changed in mutations(content, seed):
        assert not trial.receive_data(changed, START)
        assert state(trial) == before
    for length in range(len(content)):
        assert not trial.receive_data(content[:length], START)
    assert not trial.receive_data(content + b"\0", START)
    assert state(trial) == before
    assert trial.receive_data(content, START)  # and the true one is still taken


def test_of_the_code() -> None:
    """Whoever scans a changed code gets a sentence, or an answer that Alice's device does not take."""
    alice = showing()
    before = state(alice)
    refused_at_once = 0
    for changed in mutations(alice.code.payload, 1):
        try:
            bob = Scanning(BOB, parse_code(to_text(changed)), now=NOW, monotonic=START, rng=seeded(2))
        except ExchangeRefused:
            refused_at_once += 1
            continue
        (m1,) = bob.data_to_send()
        assert not alice.receive_data(m1, START)
        assert state(alice) == before
    assert 5 <= refused_at_once < 20  # magic, version and expiry; the rest fails in the handshake
    hand_over(scanning(alice), alice)


def test_of_the_codes_text() -> None:
    """A wrong character that the camera or a person let through."""
    alice = showing()
    before = state(alice)
    text = alice.code.text()
    for position, character in enumerate(text):
        changed = text[:position] + ("A" if character != "A" else "B") + text[position + 1 :]
        try:
            code = parse_code(changed)
            assert code != alice.code
            bob = Scanning(BOB, code, now=NOW, monotonic=START, rng=seeded(2))
        except ExchangeRefused:
            continue
        assert not alice.receive_data(bob.data_to_send()[0], START)
        assert state(alice) == before


def test_of_m1() -> None:
    alice = showing()
    (m1,) = scanning(alice).data_to_send()
    assert_every_change_is_refused(alice, m1, 2)


def test_of_m1_once_the_code_is_taken() -> None:
    alice, _, _ = up_to_proof()
    (m1,) = scanning(showing(), seed=2).data_to_send()
    before = state(alice)
    for changed in mutations(m1, 3)[::7]:
        assert not alice.receive_data(changed, START)
        assert state(alice) == before
    assert alice.receive_data(m1, START)


def test_of_n() -> None:
    alice = showing()
    bob = scanning(alice)
    hand_over(bob, alice)
    (n,) = alice.data_to_send()
    assert_every_change_is_refused(bob, n, 4)


def test_of_m2() -> None:
    alice, bob, exhibit = up_to_proof()
    prove(alice, exhibit)
    (m2,) = alice.data_to_send()
    assert_every_change_is_refused(bob, m2, 5)


def test_of_aborts() -> None:
    alice, bob, _ = up_to_proof()
    for sender, receiver in ((alice, bob), (bob, alice)):
        aborting = twin(sender)
        aborting.abort()
        (abort,) = aborting.data_to_send()
        assert_every_change_is_refused(receiver, abort, 6)
