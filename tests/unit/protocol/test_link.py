import random
from dataclasses import replace

import pytest

from vauchi_tui.crypto.primitives import SigningKey, generate_dh, sha256
from vauchi_tui.errors import Malformed
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.devices import OwnDevice, certify_device, issue
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.link import Link, Waiting

rng = random.Random(7).randbytes


def own_device(identity: SigningKey) -> OwnDevice:
    return OwnDevice(identity.public, SigningKey(rng(32)), generate_dh(rng))


def pair() -> tuple[Link, Link]:
    """Alice, who showed the code, and Bob, as an exchange leaves them."""
    alice_key, bob_key = SigningKey(rng(32)), SigningKey(rng(32))
    alice, bob = own_device(alice_key), own_device(bob_key)
    ratchet, root, transcript, contact_key = generate_dh(rng), rng(32), rng(32), rng(32)

    def seen_by(role: Role, peer: OwnDevice, key: SigningKey, relay: str | None) -> Established:
        device = certify_device(peer.signing, peer.static.public, key.public)
        return Established(
            role=role,
            peer_identity=key.public,
            peer_devices=issue(key, 1, (device,)),
            peer_device=device,
            peer_relay=relay,
            peer_name="",
            session_root=root,
            transcript=transcript,
            contact_key=contact_key,
            own_ratchet=ratchet if role is Role.SCANNER else None,
            peer_ratchet=ratchet.public if role is Role.SHOWER else None,
            method=Method.CODE,
            token_hash=sha256(b"token"),
            expiry=1_000_300,
        )

    return (
        Link.from_established(alice, seen_by(Role.SHOWER, bob, bob_key, None), 1_000_000, rng),
        Link.from_established(bob, seen_by(Role.SCANNER, alice, alice_key, "ws://127.0.0.1:8787"), 1_000_000, rng),
    )


def test_an_exchange_leaves_two_ends_of_one_link() -> None:
    alice, bob = pair()
    assert alice.session is not None and bob.session is not None
    assert alice.session.sid == bob.session.sid
    assert alice.pair_secret == bob.pair_secret
    assert alice.mailbox_out(20_000) == bob.mailbox_in(20_000)
    assert alice.session.bind_out == bob.session.bind_in != alice.session.bind_in
    assert alice.session.can_send and not bob.session.can_send


def test_a_link_survives_storing() -> None:
    for link in pair():
        full = replace(
            link,
            sessions=link.sessions * 2,
            version_out=3,
            version_in=2**40,
            timestamp_in=1_700_000_000,
            waiting=(Waiting(b"session1", b"{}"), Waiting(b"session2", b"x" * 60_000)),
            owes_ack=True,
            wants_snapshot=True,
            asked_at=5,
        )
        for stored in (link, full, replace(link, sessions=())):
            assert Link.from_bytes(stored.to_bytes()) == stored


def test_messages_survive_storing_in_the_middle() -> None:
    alice, bob = pair()
    assert alice.session and bob.session
    sending, receiving = alice.session, bob.session
    sent = []
    for number in range(6):
        sending, seq, inner = sending.seal(b"message %d" % number, alice.ad_out, rng)
        sending = replace(Link.from_bytes(replace(alice, sessions=(sending,)).to_bytes())).session or sending
        sent.append((seq, inner))
    assert [seq for seq, _ in sent] == [1, 2, 3, 4, 5, 6]
    for seq, inner in (sent[0], sent[3], sent[1]):
        receiving, numbered = receiving.open(inner[9:], bob.ad_in, rng)
        assert numbered.seq == seq
        receiving = receiving.consume(seq)
        receiving = Link.from_bytes(replace(bob, sessions=(receiving,)).to_bytes()).session or receiving
    assert receiving.received == 2 and receiving.beyond == {4}


@pytest.mark.parametrize("cut", [0, 1, 40, 97, -1])
def test_a_damaged_link_is_refused(cut: int) -> None:
    raw = pair()[0].to_bytes()
    for damaged in (raw[:cut], raw + b"\0", b"\x09" + raw[1:]):
        with pytest.raises(Malformed):
            Link.from_bytes(damaged)
