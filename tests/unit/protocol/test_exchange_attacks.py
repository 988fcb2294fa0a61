"""The attack table of the exchange: what an enemy with the relay, a photo of the code or both cannot do.

Every test states the attack in its name. Properties 2 and 3 of protocol page, section 9.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from exchange_people import (
    ALICE,
    BOB,
    MALLORY,
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

from vauchi_tui.crypto.kem import generate_kem
from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import DhKeyPair, Undecryptable, generate_dh, generate_signing_key
from vauchi_tui.errors import ExchangeRefused
from vauchi_tui.protocol.code import ExchangeCode
from vauchi_tui.protocol.decode import b64, canonical_json
from vauchi_tui.protocol.devices import (
    Device,
    DeviceList,
    OwnDevice,
    OwnPerson,
    certify_device,
    issue,
    supersedes,
)
from vauchi_tui.protocol.events import Digits, EnterDigits, Failed, Reason, Scanned, SecondAnswer
from vauchi_tui.protocol.exchange import Scanning, Showing
from vauchi_tui.protocol.exchange.contents import Early, Kind, prologue
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.exchange.machine import Machine
from vauchi_tui.protocol.exchange.payloads import ScannerPayload, ShowerPayload
from vauchi_tui.protocol.mailbox import SLOT_DAY, Mailbox
from vauchi_tui.protocol.proof import Wanted

LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]

Encode = Callable[[bytes], bytes]
"""Makes M1's payload from the first 80 bytes of the message."""


def forge_m1(code: ExchangeCode, static: DhKeyPair, encode: Encode, *, seed: int = 77) -> bytes:
    """An M1 by somebody who follows Noise and nothing else."""
    rng = seeded(seed)
    noise = HandshakeState("XX", False, prologue(code.payload), static, rng, e=generate_dh(rng))
    noise.read_message(code.ephemeral)
    head = noise.copy().write_message(b"")[:80]
    return bytes([Kind.M1]) + noise.write_message(encode(head))


def answer_of(devices: DeviceList, **changes: bytes) -> ScannerPayload:
    rng = seeded(78)
    parts = {"ratchet": generate_dh(rng).public, "kem": generate_kem(rng).public} | changes
    return ScannerPayload(devices, None, b"", **parts)


def signed_by(own: OwnPerson, code: ExchangeCode, payload: ScannerPayload) -> Encode:
    return lambda head: payload.encode(own.device.signing, head, code.payload)


def assert_refused(machine: Machine, content: bytes, monotonic: float = START) -> None:
    """The content is not taken and nothing at all has changed."""
    before = state(machine)
    assert not machine.receive_data(content, monotonic)
    assert state(machine) == before


def failure(machine: Machine) -> Failed:
    """How it failed; nothing else may have been said after it."""
    event = machine.events_received()[-1]
    assert isinstance(event, Failed) and event.title and event.hint
    assert machine.finished and machine.result is None
    return event


def test_forged_answers_are_taken_when_nothing_is_forged() -> None:
    """The forger of this module works: its refusals are not accidents."""
    alice = showing()
    payload = answer_of(MALLORY.devices)
    content = forge_m1(alice.code, MALLORY.device.static, signed_by(MALLORY, alice.code, payload))
    assert alice.receive_data(content, START)
    assert Scanned() in alice.events_received()


class TestRaceWithAPhotographedCode:
    """Mallory photographs the QR and answers before Bob; the relay is hers too."""

    def race(self) -> tuple[Showing, Scanning, Scanning]:
        alice = showing()
        mallory, bob = scanning(alice, MALLORY, seed=5), scanning(alice, BOB)
        hand_over(mallory, alice)
        return alice, mallory, bob

    def test_alices_identity_name_and_card_never_leave(self) -> None:
        alice, mallory, _ = self.race()
        sent = alice.data_to_send()
        assert [content[0] for content in sent] == [Kind.N] and alice.resend() == sent
        early = mallory._early
        assert early is not None
        revealed = early.open(Kind.N, Role.SHOWER, sent[0][1:])
        assert len(revealed) == 33  # the nonce and the number of the proof: nothing of Alice
        for wrong in range(3):
            alice.enter_digits(f"{wrong:06d}")
        (abort,) = alice.data_to_send()
        assert len(early.open(Kind.ABORT, Role.SHOWER, abort[1:])) == 1
        assert alice.result is None and failure(alice).title == "Proximity verification failed"

    def test_the_real_bob_shows_no_digits_and_times_out(self) -> None:
        alice, _, bob = self.race()
        for content in alice.data_to_send():
            assert_refused(bob, content)
        bob.tick(START + 119.9)
        assert bob.events_received() == []
        bob.tick(START + 120)
        assert failure(bob).reason is Reason.TIMED_OUT

    def test_alice_is_warned_when_the_real_bob_answers_too(self) -> None:
        alice, _, bob = self.race()
        assert EnterDigits(3) in alice.events_received()
        (m1,) = bob.data_to_send()
        assert not alice.receive_data(m1, START)
        assert alice.events_received() == [SecondAnswer()]

    def test_bobs_answer_gets_no_reply_that_would_help_mallory(self) -> None:
        alice, _, bob = self.race()
        alice.data_to_send()
        alice.receive_data(bob.data_to_send()[0], START)
        assert alice.data_to_send() == []

    def test_mallory_is_not_confirmed_by_digits_from_another_screen(self) -> None:
        alice, mallory, _ = self.race()
        hand_over(alice, mallory)
        (seen_by_mallory,) = mallory.events_received()
        _, _, elsewhere = up_to_proof(seed=31)
        assert isinstance(seen_by_mallory, Digits) and isinstance(elsewhere, Digits)
        assert seen_by_mallory.digits != elsewhere.digits
        assert not alice.enter_digits(elsewhere.digits)


class TestImpersonation:
    def test_of_bob_with_bobs_list_and_mallorys_static_key(self) -> None:
        alice = showing()
        payload = answer_of(BOB.devices)
        assert_refused(alice, forge_m1(alice.code, MALLORY.device.static, signed_by(MALLORY, alice.code, payload)))

    def test_of_bob_with_bobs_stolen_static_key_but_not_his_signing_key(self) -> None:
        alice = showing()
        payload = answer_of(BOB.devices)
        assert_refused(alice, forge_m1(alice.code, BOB.device.static, signed_by(MALLORY, alice.code, payload)))

    def test_of_bob_with_bobs_public_static_key(self) -> None:
        """Without its private half the key agreement fails."""
        alice = showing()
        pretended = DhKeyPair(MALLORY.device.static.private, BOB.device.static.public)
        payload = answer_of(BOB.devices)
        assert_refused(alice, forge_m1(alice.code, pretended, signed_by(BOB, alice.code, payload)))

    def test_of_bob_by_a_device_that_his_list_does_not_name(self) -> None:
        """A revoked device: its keys are good, the list no longer has it."""
        alice = showing()
        revoked = OwnDevice(BOB.device.identity, generate_signing_key(seeded(40)), generate_dh(seeded(41)))
        person_of_revoked = replace(BOB, device=revoked)
        payload = answer_of(BOB.devices)
        assert_refused(alice, forge_m1(alice.code, revoked.static, signed_by(person_of_revoked, alice.code, payload)))

    def test_of_alice_by_the_owner_of_the_relay(self) -> None:
        """Who does not hold e_A cannot say anything that Bob's device takes."""
        alice = showing()
        bob = scanning(alice)
        fake = showing(MALLORY, seed=9)
        fake_bob = scanning(fake, seed=10)
        hand_over(fake_bob, fake)
        (n,) = fake.data_to_send()
        assert_refused(bob, n)
        assert fake_bob.receive_data(n, START)
        prove(fake, fake_bob.events_received()[0])
        hand_over(alice, bob)
        (m2,) = fake.data_to_send()
        assert_refused(bob, m2)

    def test_of_alice_by_a_code_of_mallorys_with_alices_list(self) -> None:
        """Mallory sticks her own code over Alice's and then says that she is Alice."""
        fake, bob, exhibit = up_to_proof_of(MALLORY)
        fake._own = replace(MALLORY, devices=ALICE.devices, name="Alice")
        prove(fake, exhibit)
        (m2,) = fake.data_to_send()
        assert_refused(bob, m2)

    def test_of_alice_by_a_code_of_mallorys_with_alices_list_and_static_key(self) -> None:
        fake, bob, exhibit = up_to_proof_of(MALLORY, static=ALICE.device.static)
        fake._own = replace(MALLORY, devices=ALICE.devices, name="Alice")
        prove(fake, exhibit)
        (m2,) = fake.data_to_send()
        assert_refused(bob, m2)


def up_to_proof_of(own: OwnPerson, static: DhKeyPair | None = None) -> tuple[Showing, Scanning, Digits]:
    device = replace(own.device, static=static or own.device.static)
    shower = showing(replace(own, device=device), seed=50)
    bob = scanning(shower)
    hand_over(bob, shower)
    hand_over(shower, bob)
    (exhibit,) = bob.events_received()
    assert isinstance(exhibit, Digits)
    return shower, bob, exhibit


class TestMisbinding:
    def test_bobs_signature_for_mallorys_code_does_not_fit_alices(self) -> None:
        """Bob answers Mallory's code; she hands his signed payload to Alice as the answer to hers."""
        mallorys, alice = showing(MALLORY, seed=60), showing()
        payload = answer_of(BOB.devices)
        encoded: list[bytes] = []

        def for_mallory(head: bytes) -> bytes:
            encoded.append(payload.encode(BOB.device.signing, head, mallorys.code.payload))
            return encoded[0]

        assert mallorys.receive_data(forge_m1(mallorys.code, BOB.device.static, for_mallory), START)
        assert_refused(alice, forge_m1(alice.code, BOB.device.static, lambda head: encoded[0]))

    def test_bobs_signature_does_not_fit_another_ephemeral_key(self) -> None:
        alice = showing()
        payload = answer_of(BOB.devices)
        encoded: list[bytes] = []

        def honest(head: bytes) -> bytes:
            encoded.append(payload.encode(BOB.device.signing, head, alice.code.payload))
            return encoded[0]

        good = forge_m1(alice.code, BOB.device.static, honest, seed=1)
        assert_refused(alice, forge_m1(alice.code, BOB.device.static, lambda head: encoded[0], seed=2))
        assert alice.receive_data(good, START)

    def test_bobs_keys_cannot_be_listed_under_mallorys_identity(self) -> None:
        identity = generate_signing_key(seeded(61))
        encoded = _list_without_checks(identity.public, BOB.devices.devices)
        raw = encoded + identity.sign(b"vauchi/devices/1" + encoded)
        alice = showing()
        stolen = DeviceList(identity.public, 1, BOB.devices.devices, raw)
        assert_refused(alice, forge_m1(alice.code, BOB.device.static, signed_by(BOB, alice.code, answer_of(stolen))))

    def test_an_identity_beside_another_persons_list_is_refused(self) -> None:
        alice = showing()
        mixed = replace(BOB.devices, identity=MALLORY.devices.identity)
        payload = answer_of(mixed)
        assert_refused(alice, forge_m1(alice.code, BOB.device.static, signed_by(BOB, alice.code, payload)))

    def test_alices_signature_for_mallory_does_not_fit_bob(self) -> None:
        """Alice completes with Mallory, who shows Bob her own code and passes Alice's payload on as hers."""
        alice = showing()
        mallory = scanning(alice, MALLORY, seed=5)
        hand_over(mallory, alice)
        hand_over(alice, mallory)
        prove(alice, mallory.events_received()[0])
        noise = mallory._noise
        assert noise is not None
        (m2,) = alice.data_to_send()
        alices_payload = noise.copy().read_message(m2[1:])
        ShowerPayload.decode(alices_payload, ALICE.device.static.public, noise.h)
        fake, bob, _ = up_to_proof_of(MALLORY, static=ALICE.device.static)
        assert fake._answer is not None
        assert_refused(bob, bytes([Kind.M2]) + fake._answer.noise.write_message(alices_payload))

    def test_both_sides_of_a_relayed_exchange_end_with_different_digits(self) -> None:
        """Mallory in the middle with two codes: Bob's screen does not show what Alice's device wants."""
        alice = showing()
        to_alice = scanning(alice, MALLORY, seed=5)
        hand_over(to_alice, alice)
        _, _, bobs = up_to_proof_of(MALLORY)
        assert not alice.enter_digits(bobs.digits)


def _list_without_checks(identity: bytes, devices: tuple[Device, ...]) -> bytes:
    entries = [
        {"id": b64(d.id), "D": b64(d.signing_public), "S": b64(d.static_public), "sig": b64(d.signature)}
        for d in devices
    ]
    return canonical_json({"identity": b64(identity), "version": 1, "devices": entries})


class TestReplay:
    def test_of_every_content_of_an_earlier_exchange(self) -> None:
        earlier: list[bytes] = []
        alice = showing(seed=70)
        bob = scanning(alice, seed=71)
        earlier += hand_over(bob, alice)
        earlier += hand_over(alice, bob)
        cancelled_by_alice, cancelled_by_bob = twin(alice), twin(bob)
        for cancelled in (cancelled_by_alice, cancelled_by_bob):
            cancelled.abort()
            earlier += cancelled.data_to_send()
        prove(alice, bob.events_received()[0])
        earlier += hand_over(alice, bob)
        assert [content[0] for content in earlier] == [1, 2, 5, 5, 4]
        new_alice = showing(seed=72)
        new_bob = scanning(new_alice, seed=73)
        for content in earlier:
            assert_refused(new_alice, content)
            assert_refused(new_bob, content)
        hand_over(new_bob, new_alice)
        hand_over(new_alice, new_bob)
        for content in earlier:
            assert_refused(new_alice, content)
            assert_refused(new_bob, content)

    def test_of_this_exchanges_own_contents_changes_nothing(self) -> None:
        alice = showing()
        bob = scanning(alice)
        m1 = hand_over(bob, alice)
        n = hand_over(alice, bob)
        exhibit = bob.events_received()[0]
        before = state(bob)
        assert bob.receive_data(n[0], START) and state(bob) == before
        prove(alice, exhibit)
        m2 = hand_over(alice, bob)
        alice.events_received()
        result = alice.result
        assert alice.receive_data(m1[0], START) and alice.result is result and alice.events_received() == []
        before = state(bob)
        assert bob.receive_data(m2[0], START) and state(bob) == before
        assert_refused(bob, n[0])

    def test_a_used_code_is_refused_before_anything_is_sent(self) -> None:
        with pytest.raises(ExchangeRefused, match="used already"):
            scanning(showing(), used=True)

    def test_a_code_takes_no_second_exchange(self) -> None:
        alice, _ = completed()
        late = scanning(alice, MALLORY, seed=74)
        (m1,) = late.data_to_send()
        result = alice.result
        assert not alice.receive_data(m1, START)
        assert alice.result is result and alice.events_received()[-1] == SecondAnswer()


class TestReflection:
    def test_every_content_sent_back_to_its_sender_is_refused(self) -> None:
        alice = showing()
        bob = scanning(alice)
        (m1,) = bob.data_to_send()
        assert_refused(bob, m1)
        assert alice.receive_data(m1, START)
        (n,) = alice.data_to_send()
        assert_refused(alice, n)
        assert bob.receive_data(n, START)
        aborting = twin(bob)
        aborting.abort()
        assert_refused(bob, aborting.data_to_send()[0])
        aborting = twin(alice)
        aborting.abort()
        assert_refused(alice, aborting.data_to_send()[0])
        prove(alice, bob.events_received()[0])
        (m2,) = alice.data_to_send()
        assert_refused(alice, m2)

    def test_a_sealed_content_cannot_become_one_of_another_kind(self) -> None:
        alice, bob, _ = up_to_proof()
        (n,) = alice.resend()
        assert_refused(bob, bytes([Kind.ABORT]) + n[1:])
        fresh = showing(seed=80)
        fresh_bob = scanning(fresh, seed=81)
        hand_over(fresh_bob, fresh)
        fresh.data_to_send()
        fresh.abort()
        (abort,) = fresh.data_to_send()
        assert_refused(fresh_bob, bytes([Kind.N]) + abort[1:])

    def test_reports_are_refused_where_no_sound_was_asked_for(self) -> None:
        alice, bob, _ = up_to_proof()
        assert bob._early is not None
        assert_refused(alice, bob._early.seal(Kind.SOUND, Role.SCANNER, b"", seeded(1)))
        assert_refused(bob, bytes([Kind.SOUND]) + bytes(60))


@pytest.mark.parametrize("point", LOW_ORDER, ids=lambda point: point.hex()[:6])
class TestLowOrderKeys:
    def test_in_the_code(self, point: bytes) -> None:
        code = replace(showing().code, ephemeral=point)
        with pytest.raises(ExchangeRefused, match="damaged") as caught:
            Scanning(BOB, code, now=NOW, monotonic=START, rng=seeded(2))
        assert caught.value.hint

    def test_as_ephemeral_in_m1(self, point: bytes) -> None:
        alice = showing()
        (m1,) = scanning(alice).data_to_send()
        assert_refused(alice, m1[:1] + point + m1[33:])

    def test_as_first_ratchet_key(self, point: bytes) -> None:
        """Refused at M1: later it would break the session after both had been told of success."""
        alice = showing()
        payload = answer_of(MALLORY.devices, ratchet=point)
        assert_refused(alice, forge_m1(alice.code, MALLORY.device.static, signed_by(MALLORY, alice.code, payload)))

    def test_as_static_key_in_m1(self, point: bytes) -> None:
        alice = showing()
        static = DhKeyPair(MALLORY.device.static.private, point)
        payload = answer_of(MALLORY.devices)
        assert_refused(alice, forge_m1(alice.code, static, signed_by(MALLORY, alice.code, payload)))


def test_a_kem_key_that_is_none_is_refused_at_m1() -> None:
    alice = showing()
    payload = answer_of(MALLORY.devices, kem=b"\xff" * 1184)
    assert_refused(alice, forge_m1(alice.code, MALLORY.device.static, signed_by(MALLORY, alice.code, payload)))


class TestSelfScan:
    def test_of_a_code_known_to_be_ones_own(self) -> None:
        with pytest.raises(ExchangeRefused, match="your own code"):
            scanning(showing(), ALICE, own_code=True)

    def test_by_the_same_device_ends_on_both_sides(self) -> None:
        alice = showing()
        again = scanning(alice, ALICE)
        hand_over(again, alice)
        assert failure(alice).reason is Reason.OWN_CODE
        hand_over(alice, again)
        assert failure(again).reason is Reason.OWN_CODE

    def test_by_another_own_device_points_to_linking(self) -> None:
        identity = generate_signing_key(seeded(90))
        keys = [(generate_signing_key(seeded(91 + i)), generate_dh(seeded(95 + i))) for i in range(2)]
        devices = issue(identity, 1, tuple(certify_device(d, s.public, identity.public) for d, s in keys))
        laptop, desktop = (OwnPerson(OwnDevice(identity.public, d, s), devices, "Alice", None) for d, s in keys)
        shower = showing(laptop)
        scanner = scanning(shower, desktop)
        hand_over(scanner, shower)
        event = failure(shower)
        assert event.reason is Reason.OWN_DEVICE and "link" in event.hint
        hand_over(shower, scanner)
        assert failure(scanner).reason is Reason.OWN_DEVICE


class TestExpiry:
    @pytest.mark.parametrize(("late", "refused"), [(330, False), (330.5, True), (-30, False), (-31, True)])
    def test_on_the_scanning_side(self, late: float, refused: bool) -> None:
        code = showing().code
        if not refused:
            Scanning(BOB, code, now=NOW + late, monotonic=START, rng=seeded(1))
            return
        with pytest.raises(ExchangeRefused, match=r"expired|clock"):
            Scanning(BOB, code, now=NOW + late, monotonic=START, rng=seeded(1))

    def test_on_the_showing_side_without_an_answer(self) -> None:
        alice = showing()
        (m1,) = scanning(alice).data_to_send()
        alice.tick(START + 299.9)
        assert not alice.finished and alice.deadline == START + 300
        assert not alice.receive_data(m1, START + 300)
        event = failure(alice)
        assert (event.reason, event.title) == (Reason.EXPIRED, "QR code expired")
        assert alice.data_to_send() == []

    def test_on_the_showing_side_without_a_proof(self) -> None:
        alice = showing()
        bob = scanning(alice)
        (m1,) = bob.data_to_send()
        assert alice.receive_data(m1, START + 299)
        hand_over(alice, bob)
        (exhibit,) = bob.events_received()
        assert isinstance(exhibit, Digits)
        alice.tick(START + 299 + 119.9)
        assert not alice.finished
        alice.tick(START + 299 + 120)
        assert failure(alice).reason is Reason.TIMED_OUT
        assert not alice.enter_digits(exhibit.digits)
        hand_over(alice, bob)
        assert failure(bob).reason is Reason.TIMED_OUT

    def test_of_a_scanner_that_never_gets_m2(self) -> None:
        _, bob, _ = up_to_proof()
        bob.tick(START + 149.9)
        assert not bob.finished
        bob.tick(START + 150)
        assert failure(bob).reason is Reason.TIMED_OUT

    def test_of_a_completed_exchange_closes_the_code_and_keeps_the_result(self) -> None:
        alice, _ = completed()
        late = scanning(alice, MALLORY, seed=5)
        alice.events_received()
        alice.tick(START + 1_000)
        assert alice.result is not None and alice.events_received() == []
        assert_refused(alice, late.data_to_send()[0], START + 1_000)


class TestSecondResponder:
    def test_warns_once_and_changes_nothing_else(self) -> None:
        alice, bob, exhibit = up_to_proof()
        alice.events_received()
        for seed in (5, 6, 7):
            (m1,) = scanning(alice, MALLORY, seed=seed).data_to_send()
            assert not alice.receive_data(m1, START)
        assert alice.events_received() == [SecondAnswer()]
        assert alice.data_to_send() == []
        prove(alice, exhibit)
        hand_over(alice, bob)
        assert alice.result is not None and alice.result.peer_identity == BOB.devices.identity

    def test_junk_is_no_second_answer(self) -> None:
        alice, _, _ = up_to_proof()
        (m1,) = scanning(alice, MALLORY, seed=5).data_to_send()
        assert_refused(alice, m1[:-1] + bytes([m1[-1] ^ 1]))
        assert SecondAnswer() not in alice.events_received()


class TestSlotsAtAnEnemyRelay:
    """The relay deletes what lies in the slots and fills them with what it likes."""

    def test_deleted_slots_end_in_nothing_on_both_sides(self) -> None:
        alice = showing()
        bob = scanning(alice)
        for second in range(0, 400, 5):
            alice.tick(START + second)
            bob.tick(START + second)
            alice.resend()
            bob.resend()
        assert failure(alice).reason is Reason.EXPIRED
        assert failure(bob).reason is Reason.TIMED_OUT

    def test_filled_slots_hold_nothing_that_opens(self) -> None:
        alice = showing()
        slot = Mailbox(alice.code.token, Role.SCANNER.value, SLOT_DAY)
        with pytest.raises(Undecryptable):
            slot.unwrap(seeded(1)(1_024))

    def test_who_holds_the_token_cannot_fill_them_with_anything_that_matters(self) -> None:
        alice, bob, exhibit = up_to_proof()
        rng = seeded(100)
        for kind in range(256):
            for length in (0, 1, 16, 40, 100, 2_000):
                junk = bytes([kind]) + rng(length)
                assert_refused(alice, junk)
                assert_refused(bob, junk)
        assert_refused(alice, b"")
        assert_refused(alice, bytes([Kind.M1]) + bytes(100_000))
        prove(alice, exhibit)
        hand_over(alice, bob)
        assert bob.result is not None

    def test_a_slot_shows_neither_names_nor_keys_nor_the_token(self) -> None:
        alice = showing()
        bob = scanning(alice)
        contents = hand_over(bob, alice) + hand_over(alice, bob)
        prove(alice, bob.events_received()[0])
        contents += hand_over(alice, bob)
        secrets = [b"Alice", b"relay.example.org", alice.code.token]
        secrets += [ALICE.devices.identity, BOB.devices.identity]
        secrets += [ALICE.device.static.public, BOB.device.static.public]
        for content in contents:
            assert not [secret for secret in secrets if secret in content]


class TestCheatingShower:
    """What a shower could do who holds e_A and does not follow the protocol."""

    def forged_n(self, alice: Showing, nonce: bytes, proof: int) -> bytes:
        early = alice._early
        assert early is not None
        return early.seal(Kind.N, Role.SHOWER, nonce + bytes([proof]), seeded(3))

    def answered(self) -> tuple[Showing, Scanning]:
        alice = showing()
        bob = scanning(alice)
        hand_over(bob, alice)
        return alice, bob

    def test_with_a_nonce_searched_for_wanted_digits_is_refused(self) -> None:
        alice, bob = self.answered()
        assert_refused(bob, self.forged_n(alice, seeded(4)(32), 1))
        assert bob.events_received() == []

    def test_with_a_nonce_of_another_length_is_refused(self) -> None:
        alice, bob = self.answered()
        early = alice._early
        assert early is not None
        assert_refused(bob, early.seal(Kind.N, Role.SHOWER, alice._nonce, seeded(3)))
        assert_refused(bob, early.seal(Kind.N, Role.SHOWER, alice._nonce + b"\1\0", seeded(3)))

    def test_with_an_unknown_proof_is_told_so(self) -> None:
        alice, bob = self.answered()
        assert bob.receive_data(self.forged_n(alice, alice._nonce, 9), START)
        assert failure(bob).reason is Reason.UNSUPPORTED
        alice.events_received()
        hand_over(bob, alice)
        assert failure(alice).reason is Reason.UNSUPPORTED

    def test_with_a_second_nonce_message_of_another_proof_is_refused(self) -> None:
        alice, bob, _ = up_to_proof()
        assert_refused(bob, self.forged_n(alice, alice._nonce, 2))

    @pytest.mark.parametrize("change", [{"proof": 2}, {"report": b"0.5 m"}, {"name": ""}, {"name": " Alice"}])
    def test_with_another_m2_than_agreed_is_refused(self, change: dict[str, object]) -> None:
        alice, bob, _ = up_to_proof()
        assert_refused(bob, self.forged_m2(alice, **change))

    @pytest.mark.parametrize("relay", ["ws://relay.example.org", "WSS://X.ORG", "nowhere", "wss://a.org\x00"])
    def test_with_a_relay_that_no_person_could_have_set_is_refused(self, relay: str) -> None:
        alice, bob, _ = up_to_proof()
        assert_refused(bob, self.forged_m2(alice, relay=relay))

    def test_forged_m2_is_taken_when_nothing_is_forged(self) -> None:
        alice, bob, _ = up_to_proof()
        assert bob.receive_data(self.forged_m2(alice), START) and bob.result is not None

    def forged_m2(self, alice: Showing, **changes: object) -> bytes:
        answer = alice._answer
        assert answer is not None
        honest = ShowerPayload(ALICE.devices, None, "Alice", answer.kem_ciphertext, 1)
        payload = replace(honest, **changes)  # type: ignore[arg-type]
        return bytes([Kind.M2]) + answer.noise.write_message(payload.encode(ALICE.device.signing, answer.noise.h))


class TestDeviceLists:
    def knows(self, known: DeviceList) -> Callable[[DeviceList], None]:
        def check(devices: DeviceList) -> None:
            if devices.identity == known.identity:
                supersedes(known, devices)

        return check

    def test_an_outdated_list_in_m1_is_refused_in_words(self) -> None:
        newer = person("Bob", version=9, relay=None).devices
        alice = showing(check_list=self.knows(newer))
        bob = scanning(alice)
        hand_over(bob, alice)
        event = failure(alice)
        assert event.reason is Reason.DEVICE_LIST and "older" in event.title
        hand_over(alice, bob)
        assert failure(bob).reason is Reason.DEVICE_LIST

    def test_an_outdated_list_in_m2_is_refused_in_words(self) -> None:
        newer = person("Alice", version=9).devices
        alice = showing()
        bob = scanning(alice, check_list=self.knows(newer))
        hand_over(bob, alice)
        hand_over(alice, bob)
        prove(alice, bob.events_received()[0])
        hand_over(alice, bob)
        event = failure(bob)
        assert event.reason is Reason.DEVICE_LIST and "older" in event.title

    def test_the_known_list_is_good(self) -> None:
        alice = showing(check_list=self.knows(BOB.devices))
        hand_over(scanning(alice), alice)
        assert Scanned() in alice.events_received()

    def test_a_list_that_claims_the_own_device_is_refused(self) -> None:
        """Who stole Alice's device could list its keys under another identity; she sees it."""
        identity = generate_signing_key(seeded(110))
        stolen = certify_device(ALICE.device.signing, BOB.device.static.public, identity.public)
        thief = OwnPerson(
            OwnDevice(identity.public, ALICE.device.signing, BOB.device.static),
            issue(identity, 1, (stolen,)),
            "Thief",
            None,
        )
        alice = showing()
        hand_over(scanning(alice, thief), alice)
        assert failure(alice).reason is Reason.DEVICE_LIST


def test_aborts_of_an_outsider_are_refused() -> None:
    """The token opens the slots; ending the exchange takes the keys."""
    alice, bob, _ = up_to_proof()
    outsider = Early(seeded(1)(32), seeded(2)(32))
    assert_refused(alice, outsider.seal(Kind.ABORT, Role.SCANNER, b"\1", seeded(3)))
    assert_refused(bob, outsider.seal(Kind.ABORT, Role.SHOWER, b"\1", seeded(3)))


def test_an_abort_of_an_unknown_reason_still_ends_it() -> None:
    alice, bob, _ = up_to_proof()
    assert bob._early is not None
    assert alice.receive_data(bob._early.seal(Kind.ABORT, Role.SCANNER, b"\xff\xff", seeded(3)), START)
    assert failure(alice).reason is Reason.REFUSED


@pytest.mark.parametrize("proof", [Wanted.CODE, Wanted.SCAN])
def test_m2_never_leaves_before_the_proof(proof: Wanted) -> None:
    alice, bob, exhibit = up_to_proof(proof)
    for second in range(0, 110, 10):
        alice.tick(START + second)
        for content in bob.resend():
            alice.receive_data(content, START + second)
        assert all(content[0] == Kind.N for content in alice.data_to_send() + alice.resend())
    if isinstance(exhibit, Digits):
        alice.enter_digits(wrong_digits(exhibit.digits))
    else:
        alice.scanned_back(b"WBEY\x01" + bytes(32))
    assert all(content[0] == Kind.N for content in alice.data_to_send() + alice.resend())
    assert alice.result is None
