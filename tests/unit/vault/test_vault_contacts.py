"""Contacts, how a person names them, and what belongs to each."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from vauchi_tui.errors import Ambiguous, NotFound
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Contact, Method, Trust
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, Change, FieldValue, Op, Registers
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.vault.database import Vault

DEVICE = b"d" * 16


def card(name: str, value: str = "+1 555 1234") -> Registers:
    return Registers().apply(
        [
            Change(Op.UPDATE, DISPLAY_NAME, Hlc(1, 0, DEVICE), name),
            Change(Op.ADD, "/fields/b", Hlc(2, 0, DEVICE), FieldValue(FieldType.PHONE, "phone", value, 1)),
            Change(Op.ADD, "/fields/a", Hlc(2, 1, DEVICE), FieldValue(FieldType.TEXT, "last", "two\nlines", 2)),
            Change(Op.ADD, "/fields/gone", Hlc(3, 0, DEVICE), FieldValue(FieldType.EMAIL, "mail", "a@b", 0)),
            Change(Op.REMOVE, "/fields/gone", Hlc(4, 0, DEVICE)),
        ]
    )


def person(name: str, number: int = 0) -> Contact:
    identity = bytes([number]) * 32
    return Contact(identity, card(name) if name else Registers(), Trust(Method.CODE, None, 1_000), True, 1_000)


def put(vault: Vault, *contacts: Contact) -> None:
    with vault.write() as tx:
        for contact in contacts:
            tx.contacts.put(contact)


def test_every_part_is_kept(vault: Vault) -> None:
    bob = replace(
        person("Bob", 1),
        trust=Trust(Method.SOUND, 0.625, 1_234),
        confirmed=False,
        note="met in Oslo\n“quoted”",
        blocked=True,
        updated_at=2_000,
    )
    put(vault, bob, person("Carol", 2))
    with vault.read() as tx:
        assert tx.contacts.get(bob.identity) == bob
        listed = tx.contacts.all()[0]
        assert tx.contacts.get(b"?" * 32) is None
        assert tx.contacts.count() == 2
    assert listed == bob and bob == listed and hash(listed.registers) == hash(bob.registers)
    assert listed.card == bob.card == bob.registers.card()
    assert [field.label for field in listed.card.fields] == ["phone", "last"]
    assert listed.registers.apply([]) == bob.registers and len(listed.registers) == len(bob.registers)


def test_two_listings_are_equal_without_decoding_and_differ_where_a_card_changed(vault: Vault) -> None:
    put(vault, person("Bob", 1), person("Carol", 2))
    with vault.read() as tx:
        before = tx.contacts.all()
    put(vault, replace(person("Carol", 2), registers=card("Carol", "+1 555 9999")))
    with vault.read() as tx:
        after = tx.contacts.all()
    assert before[0] == after[0] and before[1] != after[1]


def test_sorted_by_name_case_folded(vault: Vault) -> None:
    put(vault, person("bob", 1), person("Álvaro", 2), person("Bea", 3), person("Straße", 4), person("STRASSE", 5))
    with vault.read() as tx:
        assert [contact.name for contact in tx.contacts.all()] == ["Bea", "bob", "Straße", "STRASSE", "Álvaro"]


def test_a_contact_whose_card_has_not_come_has_his_fingerprint_as_name(vault: Vault) -> None:
    put(vault, person("", 9))
    with vault.read() as tx:
        (contact,) = tx.contacts.all()
        assert contact.name == contact.fingerprint[:9]
        assert tx.contacts.resolve(contact.name) == contact


def test_a_person_is_named_by_name_start_of_name_or_fingerprint(vault: Vault) -> None:
    bob, bobby, carol = person("Bob", 1), person("Bobby Tables", 2), person("Carol", 3)
    put(vault, bob, bobby, carol)
    with vault.read() as tx:
        for text in ("bob", " BOB "):
            assert tx.contacts.resolve(text) == bob
        assert tx.contacts.resolve("bobb") == bobby
        assert tx.contacts.resolve(carol.fingerprint[:4].lower()) == carol
        assert tx.contacts.resolve(carol.fingerprint) == carol
        assert tx.contacts.resolve(carol.fingerprint.replace(" ", "")[:7]) == carol
        for text in ("bobx", "", "  ", carol.fingerprint[:3], carol.fingerprint + "A", "%", "_ob", "*"):
            with pytest.raises(NotFound) as missing:
                tx.contacts.resolve(text)
            assert missing.value.hint
        with pytest.raises(Ambiguous) as caught:
            tx.contacts.resolve("bo")
    assert f"Bob ({bob.fingerprint[:9]})" in caught.value.hint and "Bobby Tables" in caught.value.hint


def test_two_of_one_name_are_told_apart_by_fingerprint(vault: Vault) -> None:
    one, two = person("Bob", 1), person("bob", 2)
    put(vault, one, two)
    with vault.read() as tx:
        with pytest.raises(Ambiguous) as caught:
            tx.contacts.resolve("Bob")
        assert tx.contacts.resolve(two.fingerprint[:9]) == two
    assert one.fingerprint[:9] in caught.value.hint and two.fingerprint[:9] in caught.value.hint


def test_many_candidates_are_not_all_listed(vault: Vault) -> None:
    put(vault, *(person(f"Bob {number}", number) for number in range(30)))
    with vault.read() as tx, pytest.raises(Ambiguous, match="several") as caught:
        tx.contacts.resolve("bob")
    assert "and 22 more" in caught.value.hint


def test_proofs_are_kept_for_ever_once_each(vault: Vault) -> None:
    bob = person("Bob", 1)
    again = Trust(Method.SOUND, 0.6, 2_000)
    put(vault, bob, bob, replace(bob, trust=again))
    with vault.write() as tx:
        tx.contacts.add_trust(bob.identity, again)
        tx.contacts.add_trust(bob.identity, Trust(Method.SCAN, None, 2_000))
        assert tx.contacts.trusts(bob.identity) == [bob.trust, again, Trust(Method.SCAN, None, 2_000)]


def test_contact_keys_in_the_order_of_meeting(vault: Vault) -> None:
    with vault.write() as tx:
        for key in (b"2" * 32, b"1" * 32, b"2" * 32):
            tx.contacts.add_key(b"B" * 32, key)
        assert tx.contacts.keys(b"B" * 32) == [b"2" * 32, b"1" * 32]
        assert tx.contacts.keys(b"C" * 32) == []


def test_device_lists_and_whose_a_device_is(vault: Vault, new_device_list: Callable[..., DeviceList]) -> None:
    first, other = new_device_list(), new_device_list()
    with vault.write() as tx:
        assert tx.contacts.devices(first.identity) is None
        tx.contacts.set_devices(first.identity, first.raw)
        tx.contacts.set_devices(other.identity, other.raw)
        assert tx.contacts.devices(first.identity) == first
        assert tx.contacts.device_owner(first.devices[0].id) == first.identity
        assert tx.contacts.device_owner(b"?" * 16) is None
        with pytest.raises(ValueError, match="another identity"):
            tx.contacts.set_devices(first.identity, other.raw)


def test_the_sent_view(vault: Vault) -> None:
    with vault.write() as tx:
        assert tx.contacts.view(b"B" * 32) == Registers()
        tx.contacts.set_view(b"B" * 32, card("Alice"))
        assert tx.contacts.view(b"B" * 32) == card("Alice")


def test_removal_leaves_a_tombstone_and_meeting_again_takes_it_away(
    vault: Vault, new_device_list: Callable[..., DeviceList]
) -> None:
    devices = new_device_list()
    bob = replace(person("Bob"), identity=devices.identity)
    put(vault, bob)
    with vault.write() as tx:
        tx.contacts.set_devices(bob.identity, devices.raw)
        tx.contacts.add_key(bob.identity, b"k" * 32)
        tx.contacts.set_view(bob.identity, card("Alice"))
        tx.fanout.mark(bob.identity, 1)
        assert not tx.contacts.tombstone(bob.identity)
        tx.contacts.remove(bob.identity)
    with vault.read() as tx:
        assert tx.contacts.tombstone(bob.identity)
        assert tx.contacts.get(bob.identity) is None and tx.contacts.all() == [] and tx.fanout.all() == []
        assert tx.contacts.keys(bob.identity) == [] and tx.contacts.trusts(bob.identity) == []
        assert tx.contacts.view(bob.identity) == card("Alice"), "or a grant could be older than the last remove"
        assert tx.contacts.devices(bob.identity) == devices
    put(vault, bob)
    with vault.read() as tx:
        assert not tx.contacts.tombstone(bob.identity) and tx.contacts.get(bob.identity) == bob
