"""What a message may do to a link, and the long list of what it may not."""

import json
from dataclasses import replace
from typing import Any

import pytest
from link_pairs import NOW, End, at, name, pair, phone

from vauchi_tui.crypto.primitives import SigningKey, Undecryptable, generate_dh
from vauchi_tui.crypto.ratchet import ratchet_encrypt
from vauchi_tui.errors import Malformed
from vauchi_tui.model import limits
from vauchi_tui.model.registers import Change, Op
from vauchi_tui.protocol.decode import b64, canonical_json
from vauchi_tui.protocol.devices import OwnDevice
from vauchi_tui.protocol.link import WAITING_MAX
from vauchi_tui.protocol.messages import Ack, Resync, decode_message
from vauchi_tui.protocol.receive import Outcome, UnknownSession, receive
from vauchi_tui.protocol.session import Inner, Kind
from vauchi_tui.protocol.update import UPDATE_BYTES, UpdateType, format_time, read_time

CHANGES, SNAPSHOT = UpdateType.CHANGES, UpdateType.SNAPSHOT


def greeted() -> tuple[End, End]:
    """Alice and Bob after M3."""
    alice, bob = pair()
    outcome = bob.take(alice.seal(alice.update(SNAPSHOT, name(alice, "Alice"), phone(alice, "1234567"))), alice.devices)
    assert outcome.applied and outcome.refused is None
    return alice, bob


def tell(alice: End, bob: End, *changes: Change, **different: Any) -> Outcome:
    return bob.take(alice.seal(alice.update(CHANGES, *changes, **different)), alice.devices)


def refused(alice: End, bob: End, content: bytes) -> None:
    """Bob consumes it, and nothing else of his changes."""
    card, versions = bob.card, (bob.link.version_in, bob.link.timestamp_in, bob.link.waiting)
    outcome = bob.take(alice.seal(content), alice.devices)
    assert outcome.refused is not None and not outcome.applied
    assert bob.card == card and (bob.link.version_in, bob.link.timestamp_in, bob.link.waiting) == versions
    assert bob.link.owes_ack and bob.link.wants_snapshot


def test_the_first_snapshot_is_the_card_and_lets_the_scanner_speak() -> None:
    alice, bob = greeted()
    assert bob.card.card().display_name == "Alice"
    session = bob.link.session
    assert session and session.greeted and session.can_send and session.received == 1
    outcome = alice.take(bob.seal(bob.update(SNAPSHOT, name(bob, "Bob"))), bob.devices)
    assert alice.card.card().display_name == "Bob" and outcome.applied


def test_before_the_first_snapshot_every_change_waits() -> None:
    alice, bob = pair()
    greeting = alice.seal(alice.update(SNAPSHOT, name(alice, "Alice")))
    assert not tell(alice, bob, phone(alice, "1234567")).applied
    assert len(bob.link.waiting) == 1
    outcome = bob.take(greeting, alice.devices)
    assert outcome.applied and not bob.link.waiting
    assert [field.value for field in bob.card.card().fields] == ["1234567"]


@pytest.mark.parametrize("wrong", ["transcript", "role", "recipient", "unbound"])
def test_a_card_bound_to_another_exchange_is_nobodys(wrong: str) -> None:
    alice, bob = pair()
    session = alice.link.session
    assert session is not None
    bind = {
        "transcript": bytes(32) + session.bind_out[32:] + alice.link.peer_identity,
        "role": session.bind_in + alice.link.peer_identity,
        "recipient": session.bind_out + alice.own.identity,
        "unbound": b"",
    }[wrong]
    before = bob.card
    outcome = bob.take(alice.seal(alice.update(SNAPSHOT, name(alice, "Alice"), bind=bind)), alice.devices)
    assert isinstance(outcome.refused, Undecryptable) and bob.card == before


def test_another_persons_card_cannot_be_passed_on_as_ones_own() -> None:
    alice, bob = pair()
    carol, alice_to_carol = pair(8)
    stolen = carol.update(SNAPSHOT, name(carol, "Carol"))
    for content in (stolen, stolen.replace(b64(carol.own.identity).encode(), b64(alice.own.identity).encode())):
        outcome = bob.take(alice.seal(content), alice.devices)
        assert outcome.refused is not None and len(bob.card) == 0
    assert alice_to_carol.own.identity != alice.own.identity


@pytest.mark.parametrize("part", ["from", "to", "device", "list_version", "timestamp", "changes", "version", "type"])
def test_every_part_of_an_update_is_signed(part: str) -> None:
    alice, bob = greeted()
    signed = {"list_version": 2} if part == "list_version" else {"version": 3} if part == "version" else {}
    value = json.loads(alice.update(CHANGES, phone(alice, "7654321", 3), **signed))
    value[part] = {
        "from": b64(bob.own.identity),
        "to": b64(alice.own.identity),
        "device": b64(bob.own.id),
        "list_version": 1,
        "timestamp": format_time(NOW + 1),
        "changes": [phone(alice, "9999999", 3).to_json()],
        "version": 2,
        "type": "snapshot",
    }[part]
    refused(alice, bob, canonical_json(value))


def test_every_changed_byte_of_an_updates_json_is_refused() -> None:
    alice, bob = greeted()
    content = alice.update(CHANGES, phone(alice, "7654321", 3))
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        trial = End(bob.identity_key, bob.own, bob.devices, bob.link, bob.rng, bob.card)
        sender = End(alice.identity_key, alice.own, alice.devices, alice.link, alice.rng, alice.card)
        outcome = trial.take(sender.seal(changed), alice.devices)
        if outcome.refused is None:  # a list or version still to come: waits, applied never
            assert not outcome.applied and trial.card == bob.card and b"version" in content[place - 20 : place]
        else:
            assert trial.card == bob.card


def test_every_changed_byte_of_a_sealed_message_leaves_no_trace() -> None:
    alice, bob = greeted()
    for content, numbered in ((alice.update(CHANGES, phone(alice, "7654321", 3)), True), (Ack(0).encode(), False)):
        inner = alice.seal(content, numbered=numbered)
        before = bob.link
        for place in range(len(inner.body)):
            changed = inner.body[:place] + bytes([inner.body[place] ^ 0x80]) + inner.body[place + 1 :]
            with pytest.raises(Undecryptable):
                bob.take(Inner(inner.kind, inner.sid, changed), alice.devices)
        with pytest.raises(UnknownSession):
            bob.take(Inner(inner.kind, bytes(8), inner.body), alice.devices)
        assert bob.link == before
        bob.take(inner, alice.devices)


def test_a_replayed_or_reflected_message_leaves_no_trace() -> None:
    alice, bob = greeted()
    inner = alice.seal(alice.update(CHANGES, phone(alice, "7654321", 3)))
    bob.take(inner, alice.devices)
    before = (bob.link, alice.link)
    with pytest.raises(Undecryptable):
        bob.take(inner, alice.devices)
    with pytest.raises(Undecryptable):
        alice.take(inner, bob.devices)
    assert (bob.link, alice.link) == before


def test_another_devices_signature_is_refused() -> None:
    alice, bob = greeted()
    other = OwnDevice(alice.own.identity, SigningKey(bytes(32)), generate_dh(bob.rng))
    refused(alice, bob, alice.update(CHANGES, name(alice, "Mallory", 9), own=other))
    thief = replace_device(alice.own, other)
    refused(alice, bob, alice.update(CHANGES, name(alice, "Mallory", 9), own=thief))


def replace_device(named: OwnDevice, signing: OwnDevice) -> Any:
    """Signs with one device's key in another device's name."""

    class Thief:
        identity, id, signing = named.identity, named.id, None

    Thief.signing = signing.signing  # type: ignore[assignment]
    return Thief


def test_versions_that_were_seen_are_dropped_and_a_gap_waits() -> None:
    alice, bob = greeted()
    outcome = tell(alice, bob, name(alice, "Again", 9), version=1)
    assert not outcome.applied and outcome.refused is None and bob.card.card().display_name == "Alice"
    later = alice.seal(alice.update(CHANGES, name(alice, "Later", 11), version=3))
    sooner = alice.seal(alice.update(CHANGES, name(alice, "Sooner", 10), version=2))
    assert not bob.take(later, alice.devices).applied
    outcome = bob.take(sooner, alice.devices)
    assert outcome.applied and bob.card.card().display_name == "Later" and bob.link.version_in == 3
    assert not bob.link.waiting


def test_too_many_waiting_messages_ask_for_a_snapshot_which_ends_the_wait() -> None:
    alice, bob = greeted()
    for version in range(10, 10 + WAITING_MAX + 1):
        tell(alice, bob, phone(alice, f"12345{version}", version), version=version)
    assert len(bob.link.waiting) == WAITING_MAX and bob.link.wants_snapshot
    content = alice.update(SNAPSHOT, name(alice, "Alice"), phone(alice, "7654321", 99), version=200)
    outcome = bob.take(alice.seal(content), alice.devices)
    assert outcome.applied and not bob.link.waiting and not bob.link.wants_snapshot
    session = bob.link.session
    assert session is not None and session.received == session.sent + WAITING_MAX + 3


def test_a_snapshot_supersedes_what_was_lost_before_it() -> None:
    alice, bob = greeted()
    for counter in range(3, 6):
        alice.seal(alice.update(CHANGES, phone(alice, "7654321", counter)))
    bob.take(alice.seal(alice.update(SNAPSHOT, name(alice, "Alice"))), alice.devices)
    session = bob.link.session
    assert session is not None and session.received == 5
    assert bob.card.card().fields == (), "one device has the whole truth: what is not in its snapshot is gone"


def test_a_snapshot_that_was_overtaken_is_dropped() -> None:
    alice, bob = greeted()
    old = alice.seal(alice.update(SNAPSHOT, name(alice, "Old", 5)))
    tell(alice, bob, name(alice, "New", 6), version=2)
    bob.take(old, alice.devices)
    assert bob.card.card().display_name == "New"


def test_a_smaller_timestamp_is_refused() -> None:
    alice, bob = greeted()
    refused(alice, bob, alice.update(CHANGES, name(alice, "Before", 9), timestamp=NOW - 1))


def test_a_list_that_is_not_known_yet_is_waited_for() -> None:
    alice, bob = greeted()
    outcome = tell(alice, bob, name(alice, "Alicia", 9), list_version=2)
    assert not outcome.applied and len(bob.link.waiting) == 1


def test_the_peers_clock_and_card_have_bounds() -> None:
    alice, bob = greeted()
    many = [phone(alice, "1234567", 9, f"x{index}") for index in range(limits.FIELDS + 1)]
    refused(alice, bob, alice.update(CHANGES, *many))
    late = json.loads(alice.update(CHANGES, name(alice, "Late", 9)))
    late["changes"][0]["hlc"] = "f" * 12 + late["changes"][0]["hlc"][12:]
    refused(alice, bob, canonical_json(late))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"type":"own_update"}',
        b'{"type":"resync","more":1}',
        b'{ "type":"resync"}',
        b'{"type":"card_update"}',
        b'{"type":"ack","upto":0}',
        b'{"type":"resync","type":"resync"}',
        b"[" * 100,
    ],
)
def test_what_contacts_may_not_say_is_consumed_and_refused(content: bytes) -> None:
    alice, bob = greeted()
    refused(alice, bob, content)
    assert tell(alice, bob, phone(alice, "7654321", 3), version=2).applied


def test_an_update_larger_than_a_mailbox_holds_is_refused() -> None:
    with pytest.raises(Malformed):
        decode_message(b'{"type":"' + b"x" * UPDATE_BYTES + b'"}')


def test_acks_free_what_they_name_and_are_not_acknowledged() -> None:
    alice, bob = greeted()
    outcome = alice.take(bob.seal(Ack(1).encode(), numbered=False), bob.devices)
    session = alice.link.session
    assert session is not None and outcome.acked == (session.sid, 1)
    assert not alice.link.owes_ack and not outcome.numbered


@pytest.mark.parametrize("content", [b'{"type":"ack","upto":2}', b'{"type":"ack","upto":-1}', b'{"type":"resync"}'])
def test_an_ack_of_what_was_never_sent_frees_nothing(content: bytes) -> None:
    alice, bob = greeted()
    outcome = alice.take(bob.seal(content, numbered=False), bob.devices)
    assert outcome.acked is None and outcome.refused is not None
    assert not alice.link.owes_ack and not alice.link.wants_snapshot


def test_who_is_asked_owes_a_snapshot() -> None:
    alice, bob = greeted()
    alice.link = replace(alice.link, sessions=tuple(replace(one, owes=False) for one in alice.link.sessions))
    alice.take(bob.seal(Resync().encode()), bob.devices)
    assert alice.link.session and alice.link.session.owes and alice.link.owes_ack


@pytest.mark.parametrize(
    "text", ["", "2026-01-21", "2026-1-21T12:00:00Z", "2200-01-01T00:00:00Z", "1969-12-31T23:59:59Z"]
)
def test_times_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_time(text)


def test_a_time_survives_the_wire() -> None:
    assert format_time(1_769_000_400) == "2026-01-21T13:00:00Z"
    assert read_time(format_time(NOW)) == NOW


def test_a_removed_device_cannot_sign() -> None:
    alice, bob = greeted()
    other, _ = pair(9)
    inner = alice.seal(alice.update(CHANGES, name(alice, "Mallory", 9)))
    outcome = receive(bob.link, bob.card, other.devices, bob.own.identity, inner, bob.rng)
    assert outcome.refused is not None and outcome.registers == bob.card


def test_a_field_that_is_taken_back_goes() -> None:
    alice, bob = greeted()
    tell(alice, bob, Change(Op.REMOVE, "/fields/f1", at(alice, 8)))
    assert bob.card.card().fields == ()
    tell(alice, bob, Change(Op.UPDATE, "/fields/f1/label", at(alice, 9), "mobile"))
    assert bob.card.card().fields == (), "a part of a field never brings it back"


@pytest.mark.parametrize(
    "plaintext",
    [b"", bytes(7), (2**53).to_bytes(8, "big") + Resync().encode(), (2**64 - 1).to_bytes(8, "big") + b"{}"],
    ids=["empty", "short", "number beyond 2^53", "number and content wrong"],
)
def test_a_message_without_a_number_that_can_be_is_undecryptable(plaintext: bytes) -> None:
    alice, bob = greeted()
    session = alice.link.speaking
    assert session is not None
    ratchet, body = ratchet_encrypt(session.ratchet, plaintext, alice.link.ad_out, alice.rng)
    alice.link = alice.link.with_session(replace(session, ratchet=ratchet))
    before = bob.link
    with pytest.raises(Undecryptable):
        bob.take(Inner(Kind.RATCHET, session.sid, body), alice.devices)
    assert bob.link == before
    assert tell(alice, bob, phone(alice, "7654321", 3)).applied  # what comes after it still arrives
