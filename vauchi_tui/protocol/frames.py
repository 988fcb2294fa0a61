"""Relay frames: what a client and a mailbox relay say to each other (protocol page, section 5).

One binary WebSocket message is one frame, `op(1) || body`, integers big-endian. Decoding is strict and raises
`Malformed`; encoding trusts its caller and raises ValueError on a value that has no encoding.

| op | frame       | direction | body                                     |
|----|-------------|-----------|------------------------------------------|
| 1  | Send        | →         | mid(16) addr(32) blob                    |
| 2  | Subscribe   | →         | n(2) n × token(32)                       |
| 3  | Message     | ←         | addr(32) seq(8) blob                     |
| 4  | Acknowledge | →         | addr(32) upto_seq(8)                     |
| 5  | Ok          | ←         | mid(16)                                  |
| 6  | Error       | ←         | mid(16) code(1) retry_after_s(2) text    |
| 7  | End         | ←         | addr(32)                                 |
| 8  | Drain       | ←         | seconds(2)                               |
| 9  | Hello       | ←         | JSON                                     |
| 10 | Seen        | →         | addr(32) upto_seq(8)                     |
"""

import hashlib
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Final

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import Reader, canonical_json, strict_object

SUBPROTOCOL: Final = "vauchi.relay.1"
MID_BYTES: Final = 16
ADDRESS_BYTES: Final = 32
TOKEN_BYTES: Final = 32
NO_MID: Final = bytes(MID_BYTES)  # in an Error that answers no Send
BLOB_MAX: Final = 65_536  # the largest size to which blobs are padded
TOKENS_MAX: Final = 1024  # in one Subscribe; several are allowed
WINDOW: Final = 8  # unacknowledged messages per mailbox in flight
TEXT_MAX: Final = 200  # bytes of words in an Error
FRAME_MAX: Final = 1 + MID_BYTES + ADDRESS_BYTES + BLOB_MAX
SEQ_MAX: Final = 2**63 - 1  # the largest sequence number that a store can hold
_HELLO_MAX: Final = 1024


class Op(IntEnum):
    """The first byte of a frame."""

    SEND = 1
    SUBSCRIBE = 2
    MESSAGE = 3
    ACKNOWLEDGE = 4
    OK = 5
    ERROR = 6
    END = 7
    DRAIN = 8
    HELLO = 9
    SEEN = 10


class ErrorCode(IntEnum):
    """Why a relay refused. `retry_after` of the Error says when trying again makes sense; 0 means never as it is."""

    MALFORMED = 1  # no frame of this protocol; the connection is closed
    TOO_LARGE = 2
    QUOTA = 3  # the mailbox is full; nothing was evicted
    NOT_SUBSCRIBED = 4  # Acknowledge or Seen for an address that this connection does not read
    BUSY = 5
    RATE = 6
    SUBSCRIPTIONS = 7  # more addresses than one connection may read


@dataclass(frozen=True, slots=True)
class Send:
    """Put `blob` (1 … 65,536 bytes) into the mailbox; the same (address, mid) again is stored once."""

    mid: bytes
    address: bytes
    blob: bytes


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Read the mailboxes of these tokens (32 bytes each): first what is stored, then what comes."""

    tokens: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A stored blob. `seq` grows strictly per mailbox and is nothing but a handle for Acknowledge."""

    address: bytes
    seq: int
    blob: bytes


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Delete everything up to and including `upto`: the client has committed it."""

    address: bytes
    upto: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Free the places in flight up to and including `upto`, delete nothing."""

    address: bytes
    upto: int


@dataclass(frozen=True, slots=True)
class Ok:
    """The Send with this mid is on the relay's disk."""

    mid: bytes


@dataclass(frozen=True, slots=True)
class Error:
    """A refusal. `mid` names the refused Send, or is NO_MID. `retry_after` in seconds, at most 65,535."""

    mid: bytes
    code: ErrorCode
    retry_after: int
    text: str


@dataclass(frozen=True, slots=True)
class End:
    """What stood in the mailbox at Subscribe has been sent."""

    address: bytes


@dataclass(frozen=True, slots=True)
class Drain:
    """The relay is going down; come back after `seconds`."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of a relay: its limits per mailbox and connection, its clock (unix seconds)."""

    ttl_days: int
    mailbox_messages: int
    mailbox_bytes: int
    subscriptions: int
    time: int


FromClient = Send | Subscribe | Acknowledge | Seen
FromServer = Message | Ok | Error | End | Drain | Hello
Frame = FromClient | FromServer


def address_of(token: bytes) -> bytes:
    """The mailbox address of a token: writing needs the address, reading and deleting need the token."""
    return hashlib.sha256(b"addr" + token).digest()


def encode(frame: Frame) -> bytes:
    """The bytes of one binary WebSocket message. Raises ValueError where a part has a wrong length or range."""
    match frame:
        case Send(mid, address, blob):
            return b"\x01" + _exact(mid, MID_BYTES) + _exact(address, ADDRESS_BYTES) + _sized(blob)
        case Message(address, seq, blob):
            return b"\x03" + _exact(address, ADDRESS_BYTES) + _uint(seq, 8) + _sized(blob)
        case Ok(mid):
            return b"\x05" + _exact(mid, MID_BYTES)
        case End(address):
            return b"\x07" + _exact(address, ADDRESS_BYTES)
        case Acknowledge(address, upto):
            return b"\x04" + _exact(address, ADDRESS_BYTES) + _uint(upto, 8)
        case Seen(address, upto):
            return b"\x0a" + _exact(address, ADDRESS_BYTES) + _uint(upto, 8)
        case Subscribe(tokens):
            if len(tokens) > TOKENS_MAX:
                raise ValueError(f"{len(tokens)} tokens in one Subscribe")
            return b"\x02" + _uint(len(tokens), 2) + b"".join(_exact(token, TOKEN_BYTES) for token in tokens)
        case Error(mid, code, retry_after, text):
            words = text.encode()
            if len(words) > TEXT_MAX:
                raise ValueError("the text of an Error is too long")
            return b"\x06" + _exact(mid, MID_BYTES) + _uint(code, 1) + _uint(retry_after, 2) + words
        case Drain(seconds):
            return b"\x08" + _uint(seconds, 2)
        case Hello():
            return b"\x09" + canonical_json(asdict(frame))


def decode_from_client(data: bytes) -> FromClient:
    """The frame that a client sent. Raises Malformed on anything else, a server's frame included."""
    reader = _reader(data)
    frame: FromClient
    match reader.uint(1):
        case Op.SEND:
            frame = Send(reader.take(MID_BYTES), reader.take(ADDRESS_BYTES), _blob(reader))
        case Op.SUBSCRIBE:
            count = reader.uint(2)
            if count > TOKENS_MAX:
                raise Malformed("A frame subscribes to too many mailboxes at once.")
            frame = Subscribe(tuple(reader.take(TOKEN_BYTES) for _ in range(count)))
        case Op.ACKNOWLEDGE:
            frame = Acknowledge(reader.take(ADDRESS_BYTES), reader.uint(8))
        case Op.SEEN:
            frame = Seen(reader.take(ADDRESS_BYTES), reader.uint(8))
        case _:
            raise Malformed("A frame is of a kind that no client sends.")
    reader.end()
    return frame


def decode_from_server(data: bytes) -> FromServer:
    """The frame that a relay sent. Raises Malformed on anything else, a client's frame included."""
    reader = _reader(data)
    frame: FromServer
    match reader.uint(1):
        case Op.MESSAGE:
            frame = Message(reader.take(ADDRESS_BYTES), reader.uint(8), _blob(reader))
        case Op.OK:
            frame = Ok(reader.take(MID_BYTES))
        case Op.ERROR:
            frame = Error(reader.take(MID_BYTES), _code(reader.uint(1)), reader.uint(2), _words(reader.rest()))
        case Op.END:
            frame = End(reader.take(ADDRESS_BYTES))
        case Op.DRAIN:
            frame = Drain(reader.uint(2))
        case Op.HELLO:
            frame = _hello(reader.rest())
        case _:
            raise Malformed("A frame is of a kind that no relay sends.")
    reader.end()
    return frame


def _reader(data: bytes) -> Reader:
    if len(data) > FRAME_MAX:
        raise Malformed("A frame is larger than allowed.")
    return Reader(data)


def _blob(reader: Reader) -> bytes:
    blob = reader.rest()
    if not 0 < len(blob) <= BLOB_MAX:
        raise Malformed("A frame carries nothing, or more than 64 KiB.")
    return blob


def _code(value: int) -> ErrorCode:
    try:
        return ErrorCode(value)
    except ValueError as error:
        raise Malformed("A relay refused for a reason that this version does not know.") from error


def _words(data: bytes) -> str:
    """The text of an Error: it may be shown on a terminal, so no control characters."""
    if len(data) > TEXT_MAX:
        raise Malformed("The words of a relay are longer than allowed.")
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise Malformed("The words of a relay are not UTF-8.") from error
    if not text.isprintable():
        raise Malformed("The words of a relay contain control characters.")
    return text


def _hello(data: bytes) -> Hello:
    value = strict_object(
        data, _HELLO_MAX, ttl_days=int, mailbox_messages=int, mailbox_bytes=int, subscriptions=int, time=int
    )
    if min(value.values()) < 1:
        raise Malformed("A relay announces a limit that allows nothing.")
    return Hello(**value)


def _exact(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise ValueError(f"{len(data)} bytes where {length} belong")
    return data


def _sized(blob: bytes) -> bytes:
    if not 0 < len(blob) <= BLOB_MAX:
        raise ValueError(f"a blob of {len(blob)} bytes")
    return blob


def _uint(value: int, size: int) -> bytes:
    if not 0 <= value < 1 << 8 * size:
        raise ValueError(f"{value} does not fit {size} bytes")
    return value.to_bytes(size, "big")
