"""Links, drains and sessions that are over."""

from dataclasses import replace

import pytest
from exchange_people import ALICE, completed, seeded

from vauchi_tui.protocol.link import Link
from vauchi_tui.vault.database import Vault

BOB, CAROL = b"B" * 32, b"C" * 32


@pytest.fixture(scope="module")
def met() -> Link:
    """Alice's link with Bob, from a whole exchange."""
    alice, _ = completed()
    assert alice.result is not None
    return Link.from_established(ALICE.device, alice.result, 1_000, seeded(3))


def to(met: Link, peer: bytes, identity: bytes) -> Link:
    return replace(met, peer_id=peer * 16, peer_identity=identity)


def test_links_by_device_and_by_contact(vault: Vault, met: Link) -> None:
    one, two, other = to(met, b"1", BOB), to(met, b"2", BOB), to(met, b"3", CAROL)
    with vault.write() as tx:
        for each in (other, two, one):
            tx.links.put(each)
    with vault.read() as tx:
        assert tx.links.get(one.peer_id) == one and tx.links.get(b"?" * 16) is None
        assert tx.links.of(BOB) == [one, two] and tx.links.of(b"?" * 32) == []
        assert tx.links.all() == [one, two, other]
        assert tx.links.peers() == {one.peer_id, two.peer_id, other.peer_id}


def test_a_link_is_replaced_and_keeps_its_drain(vault: Vault, met: Link) -> None:
    one = to(met, b"1", BOB)
    with vault.write() as tx:
        assert tx.links.last_drain(one.peer_id) is None
        tx.links.put(one)
        tx.links.set_last_drain(one.peer_id, 20_000)
        tx.links.set_last_drain(one.peer_id, 20_001)
        tx.links.put(replace(one, version_out=7))
        assert tx.links.all() == [replace(one, version_out=7)]
        assert tx.links.last_drain(one.peer_id) == 20_001
        tx.links.delete(one.peer_id)
        assert tx.links.all() == [] and tx.links.last_drain(one.peer_id) is None


def test_sessions_that_are_over_are_remembered(vault: Vault) -> None:
    with vault.write() as tx:
        tx.links.forget(b"s" * 8)
        tx.links.forget(b"s" * 8)
        assert tx.links.is_forgotten(b"s" * 8) and not tx.links.is_forgotten(b"t" * 8)
