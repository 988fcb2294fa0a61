"""What a message of another own device may do to the link with it."""

import random

import pytest
from exchange_people import ALICE
from kk_people import KkDevice, kk_devices

from vauchi_tui.crypto.primitives import Undecryptable
from vauchi_tui.errors import Malformed
from vauchi_tui.model.clock import Hlc
from vauchi_tui.protocol.messages import Ack, Resync
from vauchi_tui.protocol.own_messages import OwnList, OwnUpdate
from vauchi_tui.protocol.own_receive import OwnOutcome, receive_own
from vauchi_tui.protocol.receive import UnknownSession
from vauchi_tui.protocol.records import SharedRecord
from vauchi_tui.protocol.session import Inner

UPDATE = OwnUpdate((SharedRecord("note:x", "tea", Hlc(5, 0, bytes(16))),), 3)


@pytest.fixture
def two() -> tuple[KkDevice, KkDevice]:
    """Two own devices with one session, in which both have spoken."""
    first, second = kk_devices()
    first.want()
    for _ in range(3):
        for sender, receiver in ((first, second), (second, first)):
            for inner in sender.sent:
                receiver.take(inner)
            sender.sent = []
    assert second.say(b"{}")
    first.take(second.sent.pop())
    return first, second


def sealed(device: KkDevice, content: bytes, *, numbered: bool = True) -> Inner:
    session = device.link.speaking
    assert session is not None
    session, _, raw = session.seal(content, device.link.ad_out, device.rng, numbered=numbered)
    device.link = device.link.with_session(session)
    return Inner.decode(raw)


def take(device: KkDevice, inner: Inner) -> OwnOutcome:
    outcome = receive_own(device.link, inner, device.rng)
    device.link = outcome.link
    return outcome


def test_records_and_lists_are_handed_on_and_acknowledged(two: tuple[KkDevice, KkDevice]) -> None:
    first, second = two
    for message in (UPDATE, OwnList(ALICE.devices)):
        outcome = take(second, sealed(first, message.encode()))
        assert outcome.message == message and outcome.refused is None and outcome.numbered
        assert outcome.link.owes_ack


def test_an_ack_frees_what_was_said_and_owes_nothing(two: tuple[KkDevice, KkDevice]) -> None:
    first, second = two
    session = first.link.speaking
    assert session is not None
    outcome = take(first, sealed(second, Ack(1).encode(), numbered=False))
    assert outcome.acked == (session.sid, 1) and not outcome.numbered and not outcome.link.owes_ack


def test_messages_in_any_order_are_taken_each_once(two: tuple[KkDevice, KkDevice]) -> None:
    first, second = two
    inners = [sealed(first, UPDATE.encode()) for _ in range(4)]
    for index in (2, 0, 3, 1):
        assert take(second, inners[index]).message == UPDATE
    for inner in inners:
        with pytest.raises(Undecryptable):
            receive_own(second.link, inner, second.rng)


@pytest.mark.parametrize(
    ("content", "numbered"),
    [
        (Resync().encode(), True),
        (b"{}", True),
        (UPDATE.encode() + b" ", True),
        (UPDATE.encode(), False),
        (Ack(1).encode(), True),
        (Ack(10_000).encode(), False),
    ],
)
def test_what_is_refused_counts_as_consumed_and_does_nothing(
    two: tuple[KkDevice, KkDevice], content: bytes, numbered: bool
) -> None:
    first, second = two
    outcome = take(second, sealed(first, content, numbered=numbered))
    assert isinstance(outcome.refused, Malformed) and outcome.message is None and outcome.acked is None
    assert take(second, sealed(first, UPDATE.encode())).message == UPDATE


def test_every_changed_byte_is_refused_and_leaves_no_trace(two: tuple[KkDevice, KkDevice]) -> None:
    first, second = two
    inner, before = sealed(first, UPDATE.encode()), second.link
    raw, rng = bytes(inner), random.Random(1)
    for place in range(1, len(raw)):
        wrong = raw[:place] + bytes([raw[place] ^ rng.randrange(1, 256)]) + raw[place + 1 :]
        with pytest.raises((Undecryptable, UnknownSession)):
            receive_own(second.link, Inner.decode(wrong), second.rng)
    assert second.link == before
    assert take(second, inner).message == UPDATE
