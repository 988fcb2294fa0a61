"""What own devices tell each other: it comes back as it was, and nothing else is read."""

import random

import pytest
from exchange_people import ALICE, BOB

from vauchi_tui.errors import Malformed
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Method, Trust
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.labels import Label, Membership
from vauchi_tui.model.registers import Change, FieldValue, Op, Register, Registers
from vauchi_tui.model.visibility import Rule, contact_audience
from vauchi_tui.protocol.decode import b64, canonical_json
from vauchi_tui.protocol.keys import standing_key
from vauchi_tui.protocol.messages import Ack, NewDevices, Resync, decode_message
from vauchi_tui.protocol.own_messages import BATCH_BYTES, OwnList, OwnUpdate, decode_own_message, first_batch
from vauchi_tui.protocol.records import (
    CardRecord,
    ContactRecord,
    LabelRecord,
    MemberRecord,
    Record,
    RuleRecord,
    SharedRecord,
    ViewRecord,
    record_from_json,
)

AT = Hlc(1_790_000_000_000, 3, bytes(16))
PHONE = Registers().apply([Change(Op.ADD, "/fields/f1", AT, FieldValue(FieldType.PHONE, "phone", "1234567", 0))])
CONTACT = ContactRecord(
    BOB.devices.identity,
    BOB.devices,
    (bytes(range(32)), bytes(32)),
    (Trust(Method.SOUND, 0.61, 1_790_000_000), Trust(Method.CODE, None, 1_790_000_001)),
    True,
    1_790_000_000,
    "wss://relay.example.org",
    PHONE,
    SharedRecord(standing_key(BOB.devices.identity), "here", AT),
)
RECORDS: list[Record] = [
    CardRecord("/fields/f1", Register(AT, "1234567")),
    CardRecord("/fields/f1", Register(AT, None)),
    CardRecord("/fields/f1/type", Register(AT, "phone")),
    CardRecord("/fields/f1/position", Register(AT, 4)),
    CardRecord("/display_name", Register(AT, "Alice")),
    ViewRecord(BOB.devices.identity, PHONE),
    RuleRecord(Rule("f1", contact_audience(BOB.devices.identity), None, AT)),
    LabelRecord(Label("l1", "family", AT, False, AT)),
    MemberRecord(Membership("l1", BOB.devices.identity, True, AT)),
    SharedRecord(f"note:{BOB.devices.identity.hex()}", "likes tea\nand talks", AT),
    SharedRecord("device-name:00", None, AT),
    CONTACT,
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.kind)
def test_a_record_comes_back(record: Record) -> None:
    assert decode_own_message(OwnUpdate((record,), 7).encode()) == OwnUpdate((record,), 7)
    assert record.to_json()[0] == record.kind


def test_the_list_and_acks_come_back() -> None:
    for message in (OwnList(ALICE.devices), Ack(4)):
        assert decode_own_message(message.encode()) == message


def test_contacts_types_are_refused_and_own_types_from_contacts() -> None:
    for content in (Resync().encode(), NewDevices(ALICE.devices).encode(), canonical_json({"type": "snapshot"})):
        with pytest.raises(Malformed):
            decode_own_message(content)
    for content in (OwnUpdate(tuple(RECORDS)).encode(), OwnList(ALICE.devices).encode()):
        with pytest.raises(Malformed):
            decode_message(content)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        ["unknown"],
        [["card"]],
        ["card", "/fields/f1", str(AT)],
        ["card", "/fields/f1", str(AT), "x", "y"],
        ["card", "/elsewhere", str(AT), "x"],
        ["card", "/fields/f1/type", str(AT), "colour"],
        ["card", "/fields/f1/position", str(AT), -1],
        ["card", "/fields/f1/position", str(AT), None],
        ["card", "/fields/f1/label", str(AT), None],
        ["card", "/display_name", str(AT), None],
        ["card", "/fields/f1", "yesterday", "x"],
        ["card", "/fields/f1", str(Hlc(7_258_118_400_000, 0, bytes(16))), "x"],
        ["card", "/fields/f1", str(AT), "x" * 1_001],
        ["card", 3, str(AT), "x"],
        ["view", b64(bytes(31)), {}],
        ["view", b64(bytes(32)), []],
        ["view", b64(bytes(32)), {"/fields/f1": [str(AT), True]}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "standing": ["shared", "x", str(AT), "here"]}],
        ["rule", "f1", "everyone", 1, str(AT)],
        ["label", "l1", "", str(AT), True, str(AT)],
        ["member", "l1", "00", True, str(AT)],
        ["shared", "", str(AT), "x"],
        ["shared", "key", str(AT), 3],
        ["shared", "key", 3, "x"],
        ["contact", b64(BOB.devices.identity), []],
        ["contact", b64(ALICE.devices.identity), CONTACT.to_json()[2]],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "trusts": []}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "trusts": [["magic", None, 1]]}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "trusts": [["code", True, 1]]}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "trusts": [["code", "", 1]]}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "trusts": [["code", [], 1]]}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "keys": ["AA"]}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "card": {"/fields/f1": [str(AT)]}}],
        ["contact", b64(BOB.devices.identity), {**CONTACT.to_json()[2], "added": -1}],
    ],
)
def test_what_no_own_device_writes_is_refused(raw: object) -> None:
    with pytest.raises(Malformed):
        record_from_json(raw)


def test_only_the_one_form_is_read() -> None:
    good = OwnUpdate(tuple(RECORDS), 3).encode()
    for wrong in (good + b" ", good.replace(b'"left":3', b'"left":-3'), good.replace(b'"left"', b'"lefd"')):
        with pytest.raises(Malformed):
            decode_own_message(wrong)


def test_whatever_bytes_come_only_malformed_is_raised() -> None:
    good, rng = OwnUpdate(tuple(RECORDS), 3).encode(), random.Random(1)
    for _ in range(600):
        wrong = bytearray(good)
        wrong[rng.randrange(len(wrong))] = rng.randrange(256)
        try:
            decode_own_message(bytes(wrong))
        except Malformed:
            continue


def test_a_batch_stays_below_the_bound_and_what_is_gone_takes_no_room() -> None:
    many = [SharedRecord(f"note:{number}", "x" * 3_000, AT) for number in range(40)]
    count = first_batch(many)
    assert 10 < count < 40
    assert len(OwnUpdate(tuple(many[:count]), 24).encode()) < BATCH_BYTES + 200
    assert first_batch([]) == 0 and first_batch([None, *many[:count], None]) == count + 2
    assert first_batch([SharedRecord("note:0", "ä" * 4_000, AT)] * 2) == 2


def test_merged_registers_do_not_care_for_the_order() -> None:
    later = PHONE.apply([Change(Op.UPDATE, "/fields/f1", Hlc(AT.ms + 1, 0, bytes(16)), "7654321")])
    named = Registers({"/display_name": Register(AT, "Alice")})
    assert PHONE.merged(later) == later.merged(PHONE) == later
    assert later.merged(named).merged(PHONE) == named.merged(PHONE).merged(later)
    assert later.changed_since(PHONE) == ("/fields/f1",) and PHONE.changed_since(PHONE) == ()
