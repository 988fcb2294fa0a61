"""What a vault keeps of own devices: what each lacks, what they share, how far handshakes are."""

import random
from collections.abc import Callable

import pytest
from kk_people import kk_devices

from vauchi_tui.crypto.primitives import SigningKey, dh_from_private
from vauchi_tui.errors import ProfileError
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.labels import Label, Membership
from vauchi_tui.model.registers import Change, FieldValue, Op, Register, Registers
from vauchi_tui.model.visibility import EVERYONE, Rule
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.vault.announcements import Announced
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.devices import OtherDevice
from vauchi_tui.vault.shared import Shared

LAPTOP, PHONE = b"L" * 16, b"P" * 16
WHO = b"w" * 32
FIELD = Change(Op.ADD, "/fields/f1", Hlc(5, 0, LAPTOP), FieldValue(FieldType.PHONE, "phone", "1234567", 0))


def at(ms: int) -> Hlc:
    return Hlc(ms, 0, LAPTOP)


@pytest.fixture
def two(vault: Vault) -> Vault:
    """A vault that knows of two other devices."""
    with vault.write() as tx:
        tx.devices.add(LAPTOP, 7)
        tx.devices.add(PHONE, 8)
    return vault


def test_with_one_device_nothing_is_owed(vault: Vault) -> None:
    with vault.write() as tx:
        tx.card.apply([FIELD])
        tx.rules.add([Rule("f1", EVERYONE, True, at(6))])
        tx.labels.put([Label("l1", "family", at(1), True, at(1))])
        tx.shared.set("note:x", "text", at(1))
        tx.contacts.set_view(WHO, Registers().apply([FIELD]))
        assert tx.owed.devices() == [] and not tx.owed.wanted()


def test_every_other_device_is_owed_what_changes_here_once(two: Vault) -> None:
    with two.write() as tx:
        tx.card.apply([FIELD])
        tx.card.apply([Change(Op.UPDATE, "/fields/f1", at(9), "7654321")])
        tx.rules.add([Rule("f1", EVERYONE, True, at(6))])
        tx.labels.put([Label("l1", "family", at(1), True, at(1))], [Membership("l1", WHO, True, at(2))])
        tx.shared.set("note:x", "text", at(1))
        tx.shared.set("note:x", "older", at(0))
        tx.contacts.set_view(WHO, Registers().apply([FIELD]))
        tx.contacts.set_view(WHO, Registers().apply([FIELD]))
        keys = tx.owed.next(LAPTOP, 100)
        paths = ["/fields/f1", "/fields/f1/type", "/fields/f1/label", "/fields/f1/position"]
        assert keys == [
            *(("card", path) for path in paths),
            ("rule", "f1", "everyone"),
            ("label", "l1"),
            ("member", "l1", WHO.hex()),
            ("shared", "note:x"),
            ("view", WHO.hex(), *paths),
        ]
        assert tx.owed.next(PHONE, 100) == keys and tx.owed.count(PHONE) == len(keys)
        tx.owed.done(LAPTOP, keys[:5])
        assert tx.owed.next(LAPTOP, 2) == keys[5:7]
        tx.owed.mark(keys[:1])
        assert tx.owed.next(LAPTOP, 100)[-1] == keys[0]
        tx.owed.forget(PHONE)
        assert tx.owed.devices() == [LAPTOP]


def test_what_is_taken_over_from_another_device_is_owed_to_nobody(two: Vault) -> None:
    with two.write() as tx:
        assert tx.card.merge(Registers().apply([FIELD]))
        assert not tx.card.merge(Registers().apply([FIELD]))
        assert not tx.card.merge(Registers({"/fields/f1": Register(at(4), "older")}))
        assert tx.card.registers().field("f1").value == "1234567"
        tx.rules.merge([Rule("f1", EVERYONE, True, at(6)), Rule("f1", EVERYONE, False, at(5))])
        assert tx.rules.get("f1", EVERYONE) == Rule("f1", EVERYONE, True, at(6))
        assert tx.rules.get("f2", EVERYONE) is None
        tx.labels.merge([Label("l1", "family", at(1), True, at(1))], [Membership("l1", WHO, True, at(2))])
        assert tx.shared.merge("note:x", "new", at(3)) and not tx.shared.merge("note:x", "old", at(2))
        assert not tx.shared.merge("note:x", "other", at(3))
        assert tx.shared.get("note:x") == Shared("new", at(3)) and tx.shared.get("note:y") == Shared()
        tx.contacts.merge_view(WHO, Registers().apply([FIELD]))
        tx.contacts.merge_view(WHO, Registers({"/fields/f1": Register(at(9), None)}))
        assert tx.contacts.view(WHO).removed_ids() == ("f1",)
        assert tx.owed.devices() == []


def test_one_device_may_be_owed_everything(two: Vault) -> None:
    with two.write() as tx:
        tx.owed.mark_for(PHONE, [("card", "/relay"), ("shared", 'ä, "b"')])
        assert tx.owed.next(PHONE, 9) == [("card", "/relay"), ("shared", 'ä, "b"')]
        assert tx.owed.next(LAPTOP, 9) == []


def test_devices_come_are_seen_and_go(two: Vault) -> None:
    with two.write() as tx:
        tx.devices.add(LAPTOP, 99)
        tx.devices.seen(LAPTOP, 50)
        assert tx.devices.others() == [OtherDevice(LAPTOP, 7, 50), OtherDevice(PHONE, 8, None)]
        tx.devices.remove(PHONE)
        assert [device.id for device in tx.devices.others()] == [LAPTOP]


def test_handshakes_come_back_and_a_damaged_one_is_refused_in_words(vault: Vault) -> None:
    first, second = kk_devices()
    first.want()
    with vault.write() as tx:
        tx.handshakes.put(LAPTOP, WHO, first.state)
        tx.handshakes.put(PHONE, WHO, second.state)
        assert tx.handshakes.get(LAPTOP) == first.state and tx.handshakes.get(b"x" * 16) is None
        assert tx.handshakes.all() == [(LAPTOP, first.state), (PHONE, second.state)]
        tx.handshakes.delete(LAPTOP)
        assert tx.handshakes.peers() == {PHONE}
    vault._connection.execute("UPDATE handshakes SET state = x'00'")
    with vault.read() as tx, pytest.raises(ProfileError, match="damaged"):
        tx.handshakes.all()


def test_takeovers_are_handed_out_once_when_due(vault: Vault) -> None:
    with vault.write() as tx:
        tx.takeovers.mark(WHO, 50)
        tx.takeovers.mark(WHO, 90)
        tx.takeovers.mark(b"v" * 32, 60)
        assert tx.takeovers.take_due(49) == []
        assert tx.takeovers.take_due(55) == [WHO]
        assert tx.takeovers.take_due(55) == []


def test_what_contacts_were_told_of_the_devices(vault: Vault) -> None:
    with vault.write() as tx:
        assert tx.announcements.get(WHO) == Announced()
        tx.announcements.announced(WHO, 3, 100)
        tx.announcements.known(WHO, 2)
        tx.announcements.known(WHO, 1)
        assert tx.announcements.get(WHO) == Announced(3, 100, 2)
        tx.announcements.forget(WHO)
        assert tx.announcements.get(WHO) == Announced()


def test_static_keys_are_found_by_whom_they_are_known_of(
    vault: Vault, new_device_list: Callable[..., DeviceList]
) -> None:
    key = SigningKey(random.Random(4).randbytes(32))
    devices = new_device_list(key)
    with vault.write() as tx:
        tx.contacts.set_devices(key.public, devices.raw)
        assert tx.contacts.static_owners(devices.devices[0].static_public) == {key.public}
        assert tx.contacts.static_owners(dh_from_private(bytes(32)).public) == frozenset()
        tx.links.forget(b"s" * 8, 77)
        assert tx.links.forgotten_at(b"s" * 8) == 77 and tx.links.forgotten_at(b"t" * 8) is None
