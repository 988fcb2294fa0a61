"""The local network as the pipe of an exchange: the name it is found by, and its frames (protocol/README.md section 2).

A frame is `size(1) || address(32) || blob`: what would be sent to a relay, and nothing else.
"""

from typing import Final

from vauchi_tui.crypto.primitives import hkdf
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.padding import BUCKETS

SERVICE_TYPE: Final = "_vauchi._tcp.local."
ADDRESS_LENGTH: Final = 32
HEAD_LENGTH: Final = 1 + ADDRESS_LENGTH


def instance_name(token: bytes) -> str:
    """Under which name the showing side is found; it tells nothing to whoever does not have the code's token."""
    return hkdf(token, b"vauchi/lan/1", 16).hex()


def encode(address: bytes, blob: bytes) -> bytes:
    """One frame: a blob exactly as long as a bucket, for the mailbox at that address."""
    if len(address) != ADDRESS_LENGTH:
        raise ValueError("an address has 32 bytes")
    return bytes([BUCKETS.index(len(blob))]) + address + blob


def decode_head(head: bytes) -> tuple[bytes, int]:
    """Address and length of the blob that follows. Raises Malformed."""
    if len(head) != HEAD_LENGTH or head[0] >= len(BUCKETS):
        raise Malformed("A message from the local network has a size that is not allowed.")
    return head[1:], BUCKETS[head[0]]
