"""Hello mailboxes: found only with the contact key, read only as what they are."""

import random

import pytest
from exchange_people import ALICE, BOB

from vauchi_tui.crypto.primitives import aead_open, hkdf, sha256
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.hello import HelloMailbox, announcement, read_announcement
from vauchi_tui.protocol.padding import BUCKETS

KEY, DAY = bytes(range(32)), 20_718
rng = random.Random(3).randbytes
BOX = HelloMailbox(KEY, BOB.devices.identity, DAY)


def test_the_bytes_are_those_of_the_page() -> None:
    where = BOB.devices.identity + DAY.to_bytes(4, "big")
    assert BOX.token == hkdf(KEY, b"vauchi/hello/1" + where)
    assert BOX.address == sha256(b"addr" + BOX.token)
    blob = BOX.wrap(announcement(ALICE.devices), rng)
    padded = aead_open(hkdf(KEY, b"vauchi/hello-wrap/1" + where), blob, BOX.address)
    content = b"\x01" + ALICE.devices.raw
    assert padded == len(content).to_bytes(4, "big") + content + bytes(len(padded) - 4 - len(content))


def test_an_announcement_comes_back_and_shows_its_bucket_only() -> None:
    blob = BOX.wrap(announcement(ALICE.devices), rng)
    assert len(blob) in BUCKETS
    assert ALICE.devices.identity not in blob
    assert read_announcement(BOX.unwrap(blob), ALICE.devices.identity) == ALICE.devices


def test_both_directions_and_days_and_keys_are_apart() -> None:
    boxes = [
        BOX,
        HelloMailbox(KEY, ALICE.devices.identity, DAY),
        HelloMailbox(KEY, BOB.devices.identity, DAY + 1),
        HelloMailbox(bytes(32), BOB.devices.identity, DAY),
    ]
    assert len({box.address for box in boxes}) == len(boxes)
    blob = BOX.wrap(announcement(ALICE.devices), rng)
    for other in boxes[1:]:
        with pytest.raises(Malformed):
            other.unwrap(blob)


def test_somebody_elses_list_and_unknown_kinds_are_refused() -> None:
    content = announcement(ALICE.devices)
    with pytest.raises(Malformed):
        read_announcement(content, BOB.devices.identity)
    for wrong in (b"", b"\x02" + content[1:], content + b"\0", content[:-1]):
        with pytest.raises(Malformed):
            read_announcement(wrong, ALICE.devices.identity)


def test_every_changed_byte_of_the_blob_is_refused() -> None:
    blob = BOX.wrap(announcement(ALICE.devices), rng)
    for position in range(0, len(blob), 7):
        wrong = bytearray(blob)
        wrong[position] ^= 1
        with pytest.raises(Malformed):
            BOX.unwrap(bytes(wrong))


def test_no_key_stands_in_a_repr() -> None:
    assert repr(KEY)[2:-1] not in repr(BOX)
