import hashlib
import json

import pytest

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.frames import (
    BLOB_MAX,
    FRAME_MAX,
    NO_MID,
    SUBPROTOCOL,
    Acknowledge,
    Drain,
    End,
    Error,
    ErrorCode,
    Frame,
    Hello,
    Message,
    Ok,
    Seen,
    Send,
    Subscribe,
    address_of,
    decode_from_client,
    decode_from_server,
    encode,
)

MID = bytes(range(16))
ADDRESS = bytes(range(32))
TOKEN = bytes(range(100, 132))

FROM_CLIENT: list[tuple[Frame, str]] = [
    (Send(MID, ADDRESS, b"blob"), "01" + MID.hex() + ADDRESS.hex() + b"blob".hex()),
    (Subscribe(()), "020000"),
    (Subscribe((TOKEN, ADDRESS)), "020002" + TOKEN.hex() + ADDRESS.hex()),
    (Acknowledge(ADDRESS, 258), "04" + ADDRESS.hex() + "0000000000000102"),
    (Seen(ADDRESS, 2**64 - 1), "0a" + ADDRESS.hex() + "ff" * 8),
]
FROM_SERVER: list[tuple[Frame, str]] = [
    (Message(ADDRESS, 258, b"blob"), "03" + ADDRESS.hex() + "0000000000000102" + b"blob".hex()),
    (Ok(MID), "05" + MID.hex()),
    (Error(MID, ErrorCode.QUOTA, 3600, "voll – ja"), "06" + MID.hex() + "030e10" + "voll – ja".encode().hex()),
    (End(ADDRESS), "07" + ADDRESS.hex()),
    (Drain(5), "080005"),
    (
        Hello(ttl_days=30, mailbox_messages=1000, mailbox_bytes=4194304, subscriptions=65536, time=1_767_000_000),
        "09"
        + b'{"mailbox_bytes":4194304,"mailbox_messages":1000,"subscriptions":65536,'.hex()
        + b'"time":1767000000,"ttl_days":30}'.hex(),
    ),
]


@pytest.mark.parametrize(("frame", "expected"), FROM_CLIENT + FROM_SERVER)
def test_each_frame_has_the_bytes_of_the_table(frame: Frame, expected: str) -> None:
    assert encode(frame).hex() == expected


@pytest.mark.parametrize(("frame", "data"), FROM_CLIENT)
def test_a_relay_reads_what_a_client_sends_and_nothing_else(frame: Frame, data: str) -> None:
    assert decode_from_client(bytes.fromhex(data)) == frame
    with pytest.raises(Malformed):
        decode_from_server(bytes.fromhex(data))


@pytest.mark.parametrize(("frame", "data"), FROM_SERVER)
def test_a_client_reads_what_a_relay_sends_and_nothing_else(frame: Frame, data: str) -> None:
    assert decode_from_server(bytes.fromhex(data)) == frame
    with pytest.raises(Malformed):
        decode_from_client(bytes.fromhex(data))


FIXED = [
    (frame, data) for frame, data in FROM_CLIENT + FROM_SERVER if not isinstance(frame, Send | Message | Error | Hello)
]


@pytest.mark.parametrize(("frame", "data"), FIXED)
def test_frames_of_fixed_length_are_refused_longer_and_shorter(frame: Frame, data: str) -> None:
    decode = decode_from_client if isinstance(frame, Subscribe | Acknowledge | Seen) else decode_from_server
    for wrong in (data + "00", data[:-2]):
        with pytest.raises(Malformed):
            decode(bytes.fromhex(wrong))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x0b" + bytes(40),
        b"\x01" + MID + ADDRESS,  # carries nothing
        b"\x01" + MID + ADDRESS + bytes(BLOB_MAX + 1),
        b"\x02\x04\x01" + bytes(32 * 1025),  # 1,025 tokens
        b"\x02\x00\x02" + TOKEN,  # announces one more than there is
    ],
)
def test_what_no_client_sends_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_from_client(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x03" + ADDRESS + bytes(8),  # carries nothing
        b"\x06" + MID + b"\x00\x00\x00busy",  # code 0
        b"\x06" + MID + b"\x63\x00\x00busy",  # code 99
        b"\x06" + MID + b"\x05\x00\x00\xff",  # no UTF-8
        b"\x06" + MID + b"\x05\x00\x00\x1b[2J",  # would clear the screen
        b"\x06" + MID + b"\x05\x00\x00" + b"x" * 201,
        b"\x09[]",
        b"\x09{}",
        b"\x09" + b" " * 2000,
    ],
)
def test_what_no_relay_sends_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_from_server(data)


GREETING = {"ttl_days": 30, "mailbox_messages": 1, "mailbox_bytes": 1, "subscriptions": 1, "time": 1}


@pytest.mark.parametrize(
    "change", [{"ttl_days": 0}, {"time": -1}, {"mailbox_bytes": "1"}, {"subscriptions": True}, {"more": 1}]
)
def test_a_hello_with_a_limit_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    decode_from_server(b"\x09" + json.dumps(GREETING).encode())
    with pytest.raises(Malformed):
        decode_from_server(b"\x09" + json.dumps(GREETING | change).encode())


@pytest.mark.parametrize(
    "frame",
    [
        Send(MID[1:], ADDRESS, b"x"),
        Send(MID, ADDRESS + b"x", b"x"),
        Send(MID, ADDRESS, b""),
        Send(MID, ADDRESS, bytes(BLOB_MAX + 1)),
        Subscribe((TOKEN,) * 1025),
        Subscribe((TOKEN[1:],)),
        Acknowledge(ADDRESS, -1),
        Acknowledge(ADDRESS, 2**64),
        Error(NO_MID, ErrorCode.BUSY, 65536, ""),
        Error(NO_MID, ErrorCode.BUSY, 0, "x" * 201),
    ],
)
def test_a_value_without_an_encoding_is_a_mistake_of_the_caller(frame: Frame) -> None:
    with pytest.raises(ValueError):
        encode(frame)


def test_the_largest_frame_is_a_send_of_64_kib() -> None:
    assert len(encode(Send(MID, ADDRESS, bytes(BLOB_MAX)))) == FRAME_MAX
    assert len(encode(Subscribe((TOKEN,) * 1024))) < FRAME_MAX
    assert len(encode(Message(ADDRESS, 1, bytes(BLOB_MAX)))) <= FRAME_MAX


def test_an_address_is_the_hash_of_its_token() -> None:
    assert address_of(TOKEN) == hashlib.sha256(b"addr" + TOKEN).digest()
    assert SUBPROTOCOL == "vauchi.relay.1"
