"""Names and frames of the local network: they tell nothing, and nothing else is read."""

import pytest

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol import lan
from vauchi_tui.protocol.padding import BUCKETS

TOKEN, ADDRESS = bytes(range(32)), bytes(range(32, 64))


def test_the_name_follows_from_the_token_and_is_a_dns_label() -> None:
    name = lan.instance_name(TOKEN)
    assert name == lan.instance_name(TOKEN) != lan.instance_name(bytes(32))
    assert len(name) == 32 and set(name) <= set("0123456789abcdef")
    assert TOKEN.hex()[:8] not in name


@pytest.mark.parametrize("size", BUCKETS)
def test_a_frame_is_the_blob_and_where_it_belongs(size: int) -> None:
    frame = lan.encode(ADDRESS, bytes(size))
    assert len(frame) == lan.HEAD_LENGTH + size
    assert lan.decode_head(frame[: lan.HEAD_LENGTH]) == (ADDRESS, size)


@pytest.mark.parametrize(
    "head", [b"", bytes(32), bytes(34), b"\x04" + ADDRESS, b"\xff" + ADDRESS], ids=["none", "short", "long", "4", "ff"]
)
def test_other_heads_are_refused(head: bytes) -> None:
    with pytest.raises(Malformed):
        lan.decode_head(head)


@pytest.mark.parametrize(("address", "size"), [(ADDRESS, 1000), (ADDRESS[1:], 1024), (ADDRESS, 0)])
def test_nothing_else_is_written(address: bytes, size: int) -> None:
    with pytest.raises(ValueError):
        lan.encode(address, bytes(size))
