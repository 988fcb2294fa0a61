"""Sessions between devices that have not met: who says what, what is repeated, what is refused."""

from dataclasses import replace

import pytest
from kk_people import NOW, KkDevice, damaged, kk_devices

from vauchi_tui.crypto.primitives import Undecryptable
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol import kk
from vauchi_tui.protocol.kk import AGAIN_S, Handshake
from vauchi_tui.protocol.mailbox import DAY_SECONDS
from vauchi_tui.protocol.session import NO_SID, Inner, Kind


def hand_over(sender: KkDevice, receiver: KkDevice) -> list[Inner]:
    sent, sender.sent = sender.sent, []
    for inner in sent:
        receiver.take(inner)
    return sent


def connected(seed: int = 7) -> tuple[KkDevice, KkDevice]:
    first, second = kk_devices(seed)
    first.want()
    hand_over(first, second)
    hand_over(second, first)
    hand_over(first, second)
    return first, second


def test_the_lower_id_says_kk1_and_then_speaks_first() -> None:
    first, second = kk_devices()
    assert first.pair.own.id < second.pair.own.id
    first.want()
    (kk1,) = hand_over(first, second)
    assert (kk1.kind, kk1.sid) == (Kind.KK1, NO_SID)
    assert second.link.speaking is None
    (kk2,) = hand_over(second, first)
    assert kk2.kind is Kind.KK2
    assert second.heard == []
    hand_over(first, second)
    assert second.heard == [b"snapshot"]
    assert second.say(b"back")
    hand_over(second, first)
    assert first.heard == [b"back"]
    assert not first.state.wanted and not second.state.wanted


def test_both_ends_have_one_session_with_the_same_place_and_binding() -> None:
    first, second = connected()
    (one,), (other,) = first.link.sessions, second.link.sessions
    assert (one.sid, one.born, one.agreed) == (other.sid, other.born, True)
    assert one.bind_out == other.bind_in != one.bind_in == other.bind_out
    assert first.link.mailbox_out(20_000) == second.link.mailbox_in(20_000)


def test_the_higher_id_asks_and_gets_kk1() -> None:
    first, second = kk_devices()
    second.want()
    (please,) = hand_over(second, first)
    assert please.kind is Kind.PLEASE
    for sender, receiver in ((first, second), (second, first), (first, second)):
        hand_over(sender, receiver)
    assert second.heard == [b"snapshot"]


def test_what_is_lost_is_said_again_after_a_day_in_the_same_bytes() -> None:
    first, second = kk_devices()
    first.want()
    (lost,) = first.sent
    first.sent = []
    first.daily()
    assert first.sent == []
    first.now += DAY_SECONDS
    first.daily()
    assert hand_over(first, second) == [lost]
    (answer,) = second.sent
    second.sent = []  # lost too
    first.now += DAY_SECONDS
    first.daily()
    hand_over(first, second)
    assert hand_over(second, first) == [answer]
    hand_over(first, second)
    assert second.heard == [b"snapshot"]
    assert len(second.link.sessions) == 1


def test_a_please_that_crossed_a_kk1_begins_no_second_session() -> None:
    first, second = kk_devices()
    second.want()
    first.want()
    (please,) = second.sent
    second.sent = []
    hand_over(first, second)
    hand_over(second, first)
    first.now += DAY_SECONDS
    first.take(please)
    assert [inner.kind for inner in first.sent] == [Kind.RATCHET]


def test_a_please_replayed_for_ever_does_nothing_and_a_new_one_begins_a_new_session() -> None:
    first, second = kk_devices()
    second.want()
    (please,) = hand_over(second, first)
    for sender, receiver in ((first, second), (second, first), (first, second)):
        hand_over(sender, receiver)
    for _ in range(3):
        first.now += AGAIN_S
        first.take(please)
        assert first.sent == []
    second.now = first.now
    second.want()
    hand_over(second, first)
    assert [inner.kind for inner in first.sent] == [Kind.KK1]


def test_replayed_kk1_and_kk2_change_nothing() -> None:
    first, second = kk_devices()
    first.want()
    kk1 = hand_over(first, second)[0]
    kk2 = hand_over(second, first)[0]
    hand_over(first, second)
    before = first.link, second.link
    first.take(kk2)
    second.take(kk1)
    assert (first.link, second.link) == before
    assert second.sent == [kk2]  # the answer might have been lost
    first.now += AGAIN_S
    first.want()
    hand_over(first, second)
    second.sent = []
    second.take(kk1)
    assert second.sent == []


@pytest.mark.parametrize("kind", [Kind.KK1, Kind.KK2])
def test_every_changed_byte_is_refused_and_leaves_no_trace(kind: Kind) -> None:
    first, second = kk_devices()
    first.want()
    inner, receiver = first.sent[0], second
    if kind is Kind.KK2:
        hand_over(first, second)
        inner, receiver = second.sent[0], first
    before = receiver.state, receiver.link
    for position in range(len(inner.body)):
        with pytest.raises(Undecryptable):
            kk.receive(receiver.pair, receiver.state, damaged(inner, position), NOW, 0, receiver.rng)
    assert (receiver.state, receiver.link) == before


def test_a_message_of_the_wrong_side_or_length_is_refused() -> None:
    first, second = kk_devices()
    first.want()
    for device, kind in ((first, Kind.KK1), (second, Kind.KK2), (second, Kind.PLEASE)):
        with pytest.raises(Undecryptable):
            kk.receive(device.pair, device.state, Inner(kind, NO_SID, first.sent[0].body), NOW, 0, device.rng)
    for body in (b"", bytes(7), bytes(9)):
        with pytest.raises(Malformed):
            kk.receive(first.pair, first.state, Inner(Kind.PLEASE, NO_SID, body), NOW, 0, first.rng)


def test_it_is_bound_to_both_devices_and_both_identities() -> None:
    first, second = kk_devices()
    first.want()
    strangers, _ = kk_devices(8)
    strangers.want()
    other = replace(second.pair, own=replace(second.pair.own, identity=bytes(32)))
    for pair, inner in (
        (second.pair, strangers.sent[0]),
        (replace(second.pair, peer_identity=bytes(32)), first.sent[0]),
        (other, first.sent[0]),
        (replace(second.pair, peer=replace(second.pair.peer, id=bytes(16))), first.sent[0]),
    ):
        with pytest.raises(Undecryptable):
            kk.receive(pair, Handshake(), inner, NOW, 0, second.rng)


def test_a_session_begun_anew_outranks_the_old_one_whatever_the_clocks_say() -> None:
    first, second = connected()
    old = first.link.session
    first.now -= 10_000_000  # set back by months
    second.now += 10_000_000
    first.want()
    for sender, receiver in ((first, second), (second, first), (first, second)):
        hand_over(sender, receiver)
    assert second.say(b"in the new one")
    hand_over(second, first)
    assert old is not None and first.link.find(old.sid) is None and second.link.find(old.sid) is None
    assert first.link.session is not None and second.link.session is not None
    assert first.link.session.sid == second.link.session.sid
    assert first.heard == [b"in the new one"]


def test_what_is_wanted_again_too_soon_is_said_a_little_later() -> None:
    first, second = connected()
    first.want()
    assert first.sent == [] and first.state.wanted
    first.now += AGAIN_S
    first.daily()
    assert [inner.kind for inner in first.sent if inner.kind is not Kind.RATCHET] == [Kind.KK1]
    assert second.sent == []


def test_a_handshake_survives_storing_at_every_step() -> None:
    first, second = kk_devices()
    assert Handshake.from_bytes(Handshake().to_bytes()) == Handshake()
    first.want()
    first.restart()
    hand_over(first, second)
    second.restart()
    hand_over(second, first)
    first.restart()
    hand_over(first, second)
    assert second.heard == [b"snapshot"]
    for state in (first.state, second.state):
        assert Handshake.from_bytes(state.to_bytes()) == state


@pytest.mark.parametrize("cut", [0, 1, 2, 25, 60, 200])
def test_a_damaged_handshake_is_refused(cut: int) -> None:
    first, _ = kk_devices()
    first.want()
    raw = first.state.to_bytes()
    for wrong in (raw[:cut], b"\x07" + raw[1:], raw + b"\0", raw[:1] + b"\x08" + raw[2:]):
        with pytest.raises(Malformed):
            Handshake.from_bytes(wrong)


def test_keys_come_from_both_agreements(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = kk_devices()
    first.want()
    hand_over(first, second)
    monkeypatch.setattr(kk, "decapsulate", lambda keys, ciphertext: bytes(32))
    hand_over(second, first)
    hand_over(first, second)
    assert second.heard == []
