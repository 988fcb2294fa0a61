import random

import pytest

from vauchi_tui.crypto.primitives import Undecryptable, generate_dh, sha256
from vauchi_tui.errors import LimitExceeded, Malformed
from vauchi_tui.protocol.mailbox import SHOWER_TO_SCANNER, SLOT_DAY, Mailbox, day_of, pair_mailbox, pair_secret
from vauchi_tui.protocol.padding import BUCKETS, pad, unpad

rng = random.Random(4).randbytes
ALICE, BOB = b"a" * 16, b"b" * 16
SECRET = rng(32)


def test_both_devices_derive_the_same_pair_secret() -> None:
    one, other = generate_dh(rng), generate_dh(rng)
    assert pair_secret(one.private, other.public) == pair_secret(other.private, one.public)


def test_a_low_order_static_key_gives_no_pair_secret() -> None:
    with pytest.raises(Undecryptable):
        pair_secret(generate_dh(rng).private, bytes(32))


def test_directions_days_and_secrets_have_mailboxes_of_their_own() -> None:
    boxes = [
        pair_mailbox(SECRET, ALICE, BOB, 20_000),
        pair_mailbox(SECRET, BOB, ALICE, 20_000),
        pair_mailbox(SECRET, ALICE, BOB, 20_001),
        pair_mailbox(rng(32), ALICE, BOB, 20_000),
        Mailbox(SECRET, SHOWER_TO_SCANNER, SLOT_DAY),
    ]
    assert len({box.token for box in boxes}) == len({box.address for box in boxes}) == len(boxes)
    blob = boxes[0].wrap(b"hello", rng)
    for box in boxes[1:]:
        with pytest.raises(Undecryptable):
            box.unwrap(blob)


def test_the_address_follows_from_the_token() -> None:
    box = pair_mailbox(SECRET, ALICE, BOB, 20_000)
    assert box.address == sha256(b"addr" + box.token)


@pytest.mark.parametrize("size", [0, 1, 979, 980, 981, 4_052, 4_053, 16_340, 65_492])
def test_a_blob_shows_nothing_but_its_bucket(size: int) -> None:
    box = pair_mailbox(SECRET, ALICE, BOB, 20_000)
    content = rng(size)
    blob = box.wrap(content, rng)
    assert len(blob) == min(bucket for bucket in BUCKETS if bucket >= size + 44)
    assert box.unwrap(blob) == content


def test_what_fits_no_bucket_is_refused_before_it_leaves() -> None:
    with pytest.raises(LimitExceeded):
        pair_mailbox(SECRET, ALICE, BOB, 20_000).wrap(bytes(65_493), rng)


def test_every_changed_byte_of_a_blob_is_refused() -> None:
    box = pair_mailbox(SECRET, ALICE, BOB, 20_000)
    blob = box.wrap(b"hello", rng)
    for place in range(len(blob)):
        with pytest.raises(Undecryptable):
            box.unwrap(blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :])


@pytest.mark.parametrize("padded", [b"", b"\0\0\0", b"\0\0\0\5abcd", b"\0\0\0\1ab", b"\xff\xff\xff\xff" + bytes(20)])
def test_padding_of_another_form_is_refused(padded: bytes) -> None:
    with pytest.raises(Malformed):
        unpad(padded)


def test_padding_is_undone() -> None:
    assert unpad(pad(b"\0x\0", 40)) == b"\0x\0"


def test_a_day_is_utc() -> None:
    assert day_of(86_399.9) == 0
    assert day_of(86_400) == 1
