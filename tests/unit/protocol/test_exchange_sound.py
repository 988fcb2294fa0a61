"""The proof by sound as the exchange machines see it: what they hand over, what they take back, what needs a yes."""

import pytest
from exchange_people import ALICE, BOB, START, hand_over, scanning, seeded, showing, state

from vauchi_tui.crypto.primitives import verify
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.events import (
    Completed,
    Confirm,
    Digits,
    EnterDigits,
    Event,
    Failed,
    Nearby,
    NoSound,
    Reason,
    Scanned,
    SoundWanted,
)
from vauchi_tui.protocol.exchange import Scanning, Showing
from vauchi_tui.protocol.exchange.contents import Early, Kind
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.exchange.machine import ANSWER_SECONDS, SOUND_MESSAGES
from vauchi_tui.protocol.exchange.sound import SoundTask
from vauchi_tui.protocol.proof import SOUND_ABILITY, Measured, Wanted, can_sound

AT_ALICE = Measured(17.2, 0.61, b"evidence", "Bob")
AT_BOB = Measured(15.9, 0.61, b"evidence")


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def sounding(wanted: Wanted = Wanted.AUTO) -> tuple[Showing, Scanning]:
    """Up to where the proximity machines begin."""
    alice = showing(wanted=wanted, sound=True)
    bob = scanning(alice, sound=True)
    hand_over(bob, alice)
    hand_over(alice, bob)
    assert kinds(alice.events_received()) == [Scanned, SoundWanted]
    assert kinds(bob.events_received()) == [SoundWanted]
    return alice, bob


def near() -> tuple[Showing, Scanning]:
    """Both machines have accepted; nobody has confirmed."""
    alice, bob = sounding()
    assert alice.prove_near(AT_ALICE, START) and bob.prove_near(AT_BOB, START)
    return alice, bob


@pytest.mark.parametrize("wanted", [Wanted.AUTO, Wanted.SOUND])
def test_both_hand_over_the_same_keys_and_alice_whom_to_believe(wanted: Wanted) -> None:
    alice, bob = sounding(wanted)
    assert isinstance(alice.sound, SoundTask) and isinstance(bob.sound, SoundTask)
    assert (alice.sound.secret, alice.sound.h1) == (bob.sound.secret, bob.sound.h1)
    assert alice.sound.seed == bob.sound.seed == alice.code.audio_seed
    verify(alice.sound.peer_signing, b"challenge", BOB.device.signing.sign(b"challenge"))


def test_no_two_exchanges_have_the_same_keys() -> None:
    first, _ = sounding()
    alice = showing(wanted=Wanted.SOUND, sound=True, seed=9)
    hand_over(scanning(alice, sound=True), alice)
    assert first.sound is not None and alice.sound is not None
    assert first.sound.secret != alice.sound.secret


def test_both_see_name_digits_and_distance_and_complete_with_a_yes_each() -> None:
    alice, bob = near()
    asked = alice.events_received()
    assert kinds(asked) == [Nearby, Confirm]
    (seen,) = bob.events_received()
    assert isinstance(seen, Nearby) and isinstance(asked[1], Confirm)
    assert asked[1].name == "Bob" and asked[1].digits == seen.digits and len(seen.digits) == 6
    assert not alice.data_to_send() and not alice.finished

    assert alice.confirm(START)
    hand_over(alice, bob)
    (question,) = bob.events_received()
    assert question == Confirm("Alice", seen.digits, 0.61)
    assert not bob.finished
    assert bob.confirm(START)
    assert kinds(alice.events_received()) == kinds(bob.events_received()) == [Completed]
    assert alice.result is not None and bob.result is not None
    assert alice.result.method is bob.result.method is Method.SOUND
    assert alice.result.distance_m == bob.result.distance_m == 0.61
    assert alice.result.session_root == bob.result.session_root
    assert alice.result.peer_identity == BOB.devices.identity and bob.result.peer_identity == ALICE.devices.identity
    assert alice.sound is None and bob.sound is None


def test_nothing_leaves_before_the_yes() -> None:
    alice, bob = sounding()
    assert not alice.confirm(START) and not bob.confirm(START)
    alice.prove_near(AT_ALICE, START)
    assert not alice.data_to_send() and alice.result is None
    assert not alice.prove_near(AT_ALICE, START)


def test_digits_typed_or_a_code_shown_are_no_proof_where_sound_is_asked_for() -> None:
    alice, _bob = sounding()
    assert not alice.scanned_back(b"anything")
    alice.enter_digits("123456")
    assert alice.result is None and not alice.data_to_send()


def test_messages_of_the_proximity_machines_pass_in_order_and_prove_nothing_by_themselves() -> None:
    alice, bob = sounding()
    for message in (b"ready", b"report"):
        bob.send_sound(message)
    contents = bob.data_to_send()
    assert contents == [bytes([Kind.SOUND]) + b"ready", bytes([Kind.SOUND]) + b"report"]
    assert not any(alice.receive_data(content, START) for content in contents)
    assert alice.sound_received() == [b"ready", b"report"] and alice.sound_received() == []


def test_a_flood_of_them_is_bounded() -> None:
    alice, _ = sounding()
    for number in range(10 * SOUND_MESSAGES):
        alice.receive_data(bytes([Kind.SOUND]) + number.to_bytes(2, "big"), START)
    assert len(alice.sound_received()) == SOUND_MESSAGES


def test_they_are_refused_where_sound_is_not_asked_for() -> None:
    alice = showing(wanted=Wanted.CODE, sound=True)
    bob = scanning(alice, sound=True)
    hand_over(bob, alice)
    before = state(alice)
    assert not alice.receive_data(bytes([Kind.SOUND]) + b"ready", START)
    assert state(alice) == before and alice.sound_received() == []


def test_m2_with_other_evidence_than_was_judged_is_refused() -> None:
    alice, bob = sounding()
    alice.prove_near(Measured(17.2, 0.61, b"something else", "Bob"), START)
    bob.prove_near(AT_BOB, START)
    bob.events_received()
    alice.confirm(START)
    (m2,) = alice.data_to_send()
    assert not bob.receive_data(m2, START)
    assert bob.events_received() == [] and not bob.confirm(START)


def test_m2_before_the_verdict_gives_its_report_to_the_proximity_machine_and_is_read_after_that() -> None:
    alice, bob = sounding()
    alice.prove_near(AT_ALICE, START)
    alice.confirm(START)
    (m2,) = alice.data_to_send()
    assert not bob.receive_data(m2, START)
    assert bob.unchecked_report == b"evidence"
    bob.events_received()
    bob.prove_near(AT_BOB, START)
    assert kinds(bob.events_received()) == [Nearby, Confirm]
    assert bob.receive_data(m2, START) and bob.confirm(START)


def test_a_proof_that_was_not_made_needs_no_m2() -> None:
    """A shower who skips the sound and sends M2 at once gets no card: there is nothing that her report could fit."""
    alice, bob = sounding()
    alice.prove_near(Measured(0.0, 0.0, b"", "Bob"), START)
    alice.confirm(START)
    (m2,) = alice.data_to_send()
    assert not bob.receive_data(m2, START) and not bob.confirm(START) and bob.result is None


@pytest.mark.parametrize("told", [False, True])
def test_a_refusal_ends_it_in_its_own_words(told: bool) -> None:
    alice, bob = sounding()
    alice.fail_sound("The other device was not heard.", "Turn it up.", told=told)
    (failed,) = alice.events_received()
    assert isinstance(failed, Failed) and failed.reason is Reason.PROOF_FAILED
    assert failed.title == "Proximity verification failed"
    assert failed.hint == "The other device was not heard. Turn it up."
    assert alice.sound is None and not alice.prove_near(AT_ALICE, START) and not alice.confirm(START)
    contents = alice.data_to_send()
    assert bool(contents) is not told
    for content in contents:
        assert bob.receive_data(content, START)
        assert [event.reason for event in bob.events_received() if isinstance(event, Failed)] == [Reason.PROOF_FAILED]


def test_who_says_no_after_m2_has_nothing_and_tells_the_other() -> None:
    alice, bob = near()
    alice.confirm(START)
    hand_over(alice, bob)
    alice.events_received()
    bob.abort()
    assert bob.result is None and isinstance(bob.events_received()[-1], Failed) and not bob.confirm(START)
    hand_over(bob, alice)
    assert [event.reason for event in alice.events_received() if isinstance(event, Failed)] == [Reason.REFUSED]


class TestWithoutSound:
    def test_at_bob_is_said_and_must_be_accepted(self) -> None:
        alice = showing(wanted=Wanted.AUTO, sound=True)
        bob = scanning(alice, sound=False)
        hand_over(bob, alice)
        assert kinds(alice.events_received()) == [Scanned, NoSound]
        assert not alice.data_to_send()
        assert alice.accept_without_sound(START) and not alice.accept_without_sound(START)
        hand_over(alice, bob)
        (question,), (exhibit,) = alice.events_received(), bob.events_received()
        assert isinstance(question, EnterDigits) and isinstance(exhibit, Digits)
        assert alice.enter_digits(exhibit.digits)
        hand_over(alice, bob)
        assert alice.result is not None and alice.result.method is Method.CODE

    def test_not_accepted_ends_it_on_both_sides(self) -> None:
        alice = showing(wanted=Wanted.AUTO, sound=True)
        bob = scanning(alice, sound=False)
        hand_over(bob, alice)
        alice.abort()
        assert not alice.accept_without_sound(START)
        hand_over(alice, bob)
        assert [event.reason for event in bob.events_received() if isinstance(event, Failed)] == [Reason.REFUSED]

    def test_not_answered_times_out(self) -> None:
        alice = showing(wanted=Wanted.AUTO, sound=True)
        hand_over(scanning(alice), alice)
        assert not alice.accept_without_sound(START + ANSWER_SECONDS)
        assert isinstance(alice.events_received()[-1], Failed)

    def test_at_alice_goes_to_the_digits_at_once(self) -> None:
        alice = showing(wanted=Wanted.AUTO, sound=False)
        hand_over(scanning(alice, sound=True), alice)
        assert kinds(alice.events_received()) == [Scanned, EnterDigits]

    def test_at_bob_ends_it_where_sound_is_insisted_on(self) -> None:
        alice = showing(wanted=Wanted.SOUND, sound=True)
        bob = scanning(alice, sound=False)
        hand_over(bob, alice)
        hand_over(alice, bob)
        for machine in (alice, bob):
            failed = machine.events_received()[-1]
            assert isinstance(failed, Failed) and failed.reason is Reason.NO_SOUND and "--proximity code" in failed.hint

    def test_at_alice_it_cannot_be_insisted_on(self) -> None:
        with pytest.raises(ValueError, match="none"):
            showing(wanted=Wanted.SOUND, sound=False)

    def test_bob_cannot_be_asked_for_what_he_said_he_lacks(self) -> None:
        alice = showing(wanted=Wanted.CODE)
        bob = scanning(alice, sound=False)
        hand_over(bob, alice)
        early = Early.after_m1(alice._answer.noise)  # type: ignore[union-attr]
        assert bob.receive_data(early.seal(Kind.N, Role.SHOWER, alice._nonce + b"\x03", seeded(5)), START)
        assert [event.reason for event in bob.events_received() if isinstance(event, Failed)] == [Reason.UNSUPPORTED]


@pytest.mark.parametrize(
    ("sound", "able"),
    [
        (b"", False),
        (b"\x01", False),
        (b"\x01\x01", False),
        (b"\x01\x02", False),
        (SOUND_ABILITY, True),
        (b"\x01\x07more", True),
        (b"\x02\x03", False),
    ],
)
def test_what_m1_says_of_sound(sound: bytes, able: bool) -> None:
    assert can_sound(sound) is able
