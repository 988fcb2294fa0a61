"""A whole exchange between two honest people, step by step."""

import pytest
from exchange_people import (
    ALICE,
    BOB,
    NOW,
    START,
    completed,
    hand_over,
    person,
    prove,
    scanning,
    seeded,
    showing,
    state,
    twin,
    up_to_proof,
    wrong_digits,
)

from vauchi_tui.crypto.kem import decapsulate
from vauchi_tui.crypto.noise import HandshakeState, export
from vauchi_tui.crypto.primitives import dh_from_private, hkdf, sha256
from vauchi_tui.crypto.ratchet import ratchet_decrypt, ratchet_encrypt, start_initiator, start_responder
from vauchi_tui.errors import InvalidValue
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.code import parse_code, parse_scan_back, to_text
from vauchi_tui.protocol.events import (
    Completed,
    Digits,
    EnterDigits,
    Failed,
    Reason,
    ScanBack,
    Scanned,
    ShowScan,
    WrongDigits,
    WrongScan,
)
from vauchi_tui.protocol.exchange import Role, Scanning
from vauchi_tui.protocol.exchange.payloads import ShowerPayload
from vauchi_tui.protocol.proof import Wanted

PROOFS = [Wanted.CODE, Wanted.SCAN]


@pytest.mark.parametrize("proof", PROOFS)
def test_both_end_with_the_same_keys_and_know_whom_they_met(proof: Wanted) -> None:
    alice, bob = completed(proof)
    at_alice, at_bob = alice.result, bob.result
    assert at_alice is not None and at_bob is not None
    assert at_alice.session_root == at_bob.session_root
    assert at_alice.contact_key == at_bob.contact_key == hkdf(at_bob.session_root, b"vauchi/contact/1")
    assert at_alice.transcript == at_bob.transcript
    assert len({at_alice.session_root, at_alice.contact_key, at_alice.transcript}) == 3
    assert (at_alice.role, at_bob.role) == (Role.SHOWER, Role.SCANNER)
    assert at_alice.peer_identity == BOB.devices.identity and at_bob.peer_identity == ALICE.devices.identity
    assert at_alice.peer_devices == BOB.devices and at_bob.peer_devices == ALICE.devices
    assert at_alice.peer_device.id == BOB.device.id and at_bob.peer_device.id == ALICE.device.id
    assert (at_alice.peer_relay, at_bob.peer_relay) == (None, "wss://relay.example.org")
    assert (at_alice.peer_name, at_bob.peer_name) == ("", "Alice")
    assert at_alice.method is at_bob.method is Method(proof.value)
    assert at_alice.token_hash == at_bob.token_hash == sha256(alice.code.token)
    assert at_alice.expiry == at_bob.expiry == int(NOW) + 300
    assert at_bob.own_ratchet is not None and at_alice.peer_ratchet == at_bob.own_ratchet.public
    assert at_alice.own_ratchet is None and at_bob.peer_ratchet is None
    assert at_alice.shower(ALICE.devices.identity) == at_bob.shower(BOB.devices.identity) == ALICE.devices.identity


def test_the_keys_carry_a_ratchet_that_the_shower_begins() -> None:
    alice, bob = completed()
    assert alice.result is not None and bob.result is not None
    assert alice.result.peer_ratchet is not None and bob.result.own_ratchet is not None
    rng = seeded(9)
    _, message = ratchet_encrypt(
        start_initiator(alice.result.session_root, alice.result.peer_ratchet, rng), b"M3", b"ad", rng
    )
    assert ratchet_decrypt(start_responder(bob.result.session_root, bob.result.own_ratchet), message, b"ad", rng)[
        1
    ] == (b"M3")


def test_two_exchanges_of_the_same_people_share_no_key() -> None:
    first, second = completed()[0].result, None
    alice = showing(seed=11)
    bob = scanning(alice, seed=12)
    hand_over(bob, alice)
    hand_over(alice, bob)
    prove(alice, bob.events_received()[0])
    second = alice.result
    assert first is not None and second is not None
    assert first.session_root != second.session_root and first.contact_key != second.contact_key


def test_events_come_in_order_with_code_proof() -> None:
    alice, bob, exhibit = up_to_proof(Wanted.CODE)
    assert alice.events_received() == [Scanned(), EnterDigits(3)]
    assert isinstance(exhibit, Digits) and len(exhibit.digits) == 6 and exhibit.digits.isdigit()
    assert alice.enter_digits(f" {exhibit.digits[:3]} {exhibit.digits[3:]}\n")
    assert alice.events_received() == [Completed()] and alice.finished and not bob.finished
    hand_over(alice, bob)
    assert bob.events_received() == [Completed()] and bob.finished


def test_events_come_in_order_with_scan_back() -> None:
    alice, bob, exhibit = up_to_proof(Wanted.SCAN)
    assert alice.events_received() == [Scanned(), ScanBack()]
    assert isinstance(exhibit, ShowScan) and exhibit.payload[:5] == b"WBEY\x01" and len(exhibit.payload) == 37
    assert not alice.scanned_back(exhibit.payload[:-1] + b"\0")
    assert alice.events_received() == [WrongScan()] and not alice.finished
    assert alice.scanned_back(parse_scan_back(to_text(exhibit.payload)))
    hand_over(alice, bob)
    assert bob.events_received() == [Completed()]


def test_the_code_survives_its_way_as_text() -> None:
    alice = showing(relay="wss://relay.example.org")
    bob = Scanning(BOB, parse_code(alice.code.text().lower()), now=NOW, monotonic=START, rng=seeded(3))
    hand_over(bob, alice)
    assert Scanned() in alice.events_received()


def test_digits_follow_from_the_early_keys_and_the_nonce() -> None:
    """The formula of protocol page, section 3 on a handshake done by hand."""
    alice = showing(seed=21)
    bob = scanning(alice, seed=22)
    (m1,) = bob.data_to_send()
    rng = seeded(21)
    ephemeral, nonce = dh_from_private(rng(32)), rng(32)
    noise = HandshakeState(
        "XX", True, b"vauchi-exchange/1\0" + alice.code.payload, ALICE.device.static, rng, e=ephemeral
    )
    assert noise.write_message(b"") == alice.code.ephemeral
    noise.read_message(m1[1:])
    number = int.from_bytes(export(noise.ck, noise.h, b"sas", nonce, 8), "big") % 1_000_000
    assert alice.receive_data(m1, START)
    hand_over(alice, bob)
    assert bob.events_received() == [Digits(f"{number:06d}")]
    assert alice.code.audio_seed == sha256(b"vauchi/nonce/1" + nonce)


def test_keys_come_from_both_agreements() -> None:
    """Hybrid: X25519 by the handshake's exporter as salt, ML-KEM-768 as key material (protocol page, section 2)."""
    alice, bob, exhibit = up_to_proof()
    prove(alice, exhibit)
    (m2,) = alice.data_to_send()
    assert bob._noise is not None and alice.result is not None
    noise = bob._noise.copy()
    payload, _ = ShowerPayload.decode(noise.read_message(m2[1:]), ALICE.device.static.public, bob._noise.h)
    secret = decapsulate(bob._kem, payload.kem_ciphertext)
    salt = export(noise.ck, noise.h, b"session")
    assert alice.result.session_root == hkdf(secret, b"vauchi/hybrid/1" + noise.h, 32, salt)
    assert alice.result.transcript == noise.h


def test_three_wrong_digits_kill_the_code_and_tell_bob() -> None:
    alice, bob, exhibit = up_to_proof()
    assert isinstance(exhibit, Digits)
    alice.events_received()
    for left in (2, 1):
        assert not alice.enter_digits(wrong_digits(exhibit.digits))
        assert alice.events_received() == [WrongDigits(left)]
    assert not alice.enter_digits(wrong_digits(exhibit.digits))
    wrong, failed = alice.events_received()
    assert wrong == WrongDigits(0) and isinstance(failed, Failed)
    assert (failed.reason, failed.title) == (Reason.PROOF_FAILED, "Proximity verification failed") and failed.hint
    assert not alice.enter_digits(exhibit.digits) and alice.result is None and alice.resend() == []
    contents = hand_over(alice, bob)
    assert [content[0] for content in contents] == [5]
    (told,) = bob.events_received()
    assert isinstance(told, Failed) and told.reason is Reason.PROOF_FAILED and bob.result is None


def test_a_slip_before_the_right_digits_is_forgiven() -> None:
    alice, bob, exhibit = up_to_proof()
    assert isinstance(exhibit, Digits)
    alice.enter_digits(wrong_digits(exhibit.digits))
    alice.enter_digits(wrong_digits(exhibit.digits))
    assert alice.enter_digits(exhibit.digits)
    hand_over(alice, bob)
    assert bob.result is not None


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5", "-12345"])
def test_what_is_not_six_digits_costs_no_try(text: str) -> None:
    alice, _, _ = up_to_proof()
    alice.events_received()
    with pytest.raises(InvalidValue, match="six digits") as caught:
        alice.enter_digits(text)
    assert caught.value.hint and alice.events_received() == []


def test_a_proof_that_was_not_asked_for_does_not_count() -> None:
    alice, _, exhibit = up_to_proof(Wanted.CODE)
    assert isinstance(exhibit, Digits)
    before = state(alice)
    assert not alice.scanned_back(exhibit.digits.encode())
    assert state(alice) == before
    alice, _, scan = up_to_proof(Wanted.SCAN)
    assert isinstance(scan, ShowScan)
    before = state(alice)
    assert not alice.enter_digits("123456")
    assert not alice.enter_digits(to_text(scan.payload))
    assert state(alice) == before


def test_nobody_can_prove_before_somebody_has_answered() -> None:
    alice = showing()
    assert not alice.enter_digits("000000") and not alice.finished


def test_identical_bytes_are_sent_again_until_answered() -> None:
    alice = showing()
    bob = scanning(alice)
    assert alice.resend() == []
    m1 = bob.data_to_send()
    assert bob.data_to_send() == [] and bob.resend() == bob.resend() == m1
    assert alice.receive_data(m1[0], START)
    n = alice.data_to_send()
    assert alice.resend() == n
    assert bob.receive_data(n[0], START)
    assert bob.resend() == []
    prove(alice, bob.events_received()[0])
    m2 = alice.data_to_send()
    assert m2[0][0] == 4 and alice.resend() == m2


def test_a_repeated_answer_is_answered_again_with_the_identical_bytes() -> None:
    alice = showing()
    bob = scanning(alice)
    (m1,) = bob.data_to_send()
    assert alice.receive_data(m1, START)
    n = alice.data_to_send()
    events = alice.events_received()
    assert alice.receive_data(m1, START)
    assert alice.data_to_send() == n and alice.events_received() == [] and EnterDigits(3) in events


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_cancelling_tells_the_other_side(who: str) -> None:
    alice, bob, _ = up_to_proof()
    alice.events_received()
    here, there = (alice, bob) if who == "alice" else (bob, alice)
    here.abort()
    (own,) = here.events_received()
    assert isinstance(own, Failed) and own.reason is Reason.CANCELLED
    hand_over(here, there)
    (told,) = there.events_received()
    assert isinstance(told, Failed) and told.reason is Reason.REFUSED and "cancelled" in told.title
    assert here.finished and there.finished and here.result is there.result is None


def test_after_a_failure_nothing_is_taken_any_more() -> None:
    alice = showing()
    bob = scanning(alice)
    m1 = hand_over(bob, alice)
    n = hand_over(alice, bob)
    alice.abort()
    bob.abort()
    aborts = alice.data_to_send() + bob.data_to_send()
    for content in m1 + n + aborts:
        for machine in (alice, bob):
            before = state(machine)
            assert not machine.receive_data(content, START)
            assert state(machine) == before


def test_cancelling_a_code_that_nobody_answered_sends_nothing() -> None:
    alice = showing()
    alice.abort()
    assert alice.data_to_send() == [] and alice.finished
    bob = scanning(alice)
    assert not alice.receive_data(bob.data_to_send()[0], START)


def test_an_abort_after_completion_changes_nothing() -> None:
    alice, bob, exhibit = up_to_proof()
    bob_gives_up = twin(bob)
    bob_gives_up.abort()
    prove(alice, exhibit)
    before = state(alice)
    (abort,) = bob_gives_up.data_to_send()
    assert not alice.receive_data(abort, START)
    assert state(alice) == before
    hand_over(alice, bob)
    before = state(bob)
    bob.abort()
    alice.abort()
    assert state(bob) == before and alice.result is not None


def test_a_name_of_a_hundred_wide_characters_arrives() -> None:
    alice = showing(person("漢" * 100))
    bob = scanning(alice)
    hand_over(bob, alice)
    hand_over(alice, bob)
    prove(alice, bob.events_received()[0])
    hand_over(alice, bob)
    assert bob.result is not None and bob.result.peer_name == "漢" * 100


def test_secrets_are_dropped_when_it_is_over() -> None:
    alice, bob = completed()
    assert alice._answer is alice._proof is alice._early is None and not alice._nonce
    assert bob._noise is bob._early is None
    alice.tick(START + 1_000)
    assert alice._fresh is None
    alice, bob, _ = up_to_proof()
    alice.abort()
    bob.abort()
    assert alice._fresh is alice._answer is alice._proof is alice._early is None and not alice._nonce
    assert bob._noise is bob._early is None
