"""The strict, typed, bounded decoder that everything from outside passes (protocol page, section 8).

It raises `Malformed` and nothing else, and it decides by size before it looks inside.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from vauchi_tui.errors import Malformed

DEPTH = 8
INTEGER_MAX = 2**53
# A string, or one that never ends up to the end: possessive, so that hostile quotes and backslashes cost linear time.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def canonical_json(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no white space: the bytes that are signed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def strict_json(data: bytes, limit: int) -> Any:
    """Decode JSON of at most `limit` bytes: depth ≤ 8, no duplicate keys, no NaN, no float, no lone surrogate."""
    if len(data) > limit:
        raise Malformed("A message is larger than allowed.")
    # Bounded before parsing, by one replacement per level of what is left when strings are gone. The parser agrees on
    # what a string is up to the first error, and beyond that it does not go.
    brackets = _STRING.sub(b"", data).translate(_BRACKETS, _NO_BRACKETS)
    for _ in range(DEPTH):
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise Malformed("A message is nested too deeply or not closed.")
    try:
        text = data.decode("utf-8", "strict")
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_refuse, parse_int=_integer
        )
        if _ESCAPED_SURROGATE.search(data):  # UTF-8 itself cannot hold one; an escape can, alone or in a good pair
            canonical_json(value)
    except (ValueError, RecursionError) as error:
        raise Malformed("A message is not valid JSON.") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise Malformed("A message has the same key twice.")
        out[key] = value
    return out


def _refuse(text: str) -> Any:
    raise Malformed(f"A message has a number of a form that is not allowed: {text[:20]}.")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > INTEGER_MAX:
        raise Malformed("A message has a number beyond 2^53.")
    return int(text)


def strict_object(data: bytes, limit: int, **kinds: type) -> dict[str, Any]:
    """A JSON object with exactly the keys and types of `kinds` (int excludes bool)."""
    value = strict_json(data, limit)
    if not isinstance(value, dict):
        raise Malformed("A message is not an object.")
    check_object(value, **kinds)
    return value


def check_object(value: Mapping[str, Any], **kinds: type) -> None:
    """Raise Malformed unless `value` has exactly these keys with values of these types (int excludes bool)."""
    if value.keys() != kinds.keys():
        raise Malformed("A message lacks a key or has one too many.")
    for key, kind in kinds.items():
        if not isinstance(value[key], kind) or (isinstance(value[key], bool) and kind is not bool):
            raise Malformed(f"A message has a wrong type at “{key}”.")


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: Any, length: int | None = None) -> bytes:
    """The bytes of a canonical `b64` text, of exactly `length` where given; raises Malformed."""
    if not isinstance(text, str):
        raise Malformed("A message has no base64 text where one belongs.")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("A message has a base64 text that cannot be read.") from error
    if b64(data) != text or (length is not None and len(data) != length):
        raise Malformed("A message has a base64 text of a wrong form or length.")
    return data


class Reader:
    """Takes big-endian values from the front of a buffer; raises Malformed when it runs short."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self._position + count > len(self._data):
            raise Malformed("A message is shorter than it should be.")
        self._position += count
        return self._data[self._position - count : self._position]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def sized(self, size: int, limit: int) -> bytes:
        """A length of `size` bytes, refused above `limit`, and as many bytes."""
        length = self.uint(size)
        if length > limit:
            raise Malformed("A part of a message is larger than allowed.")
        return self.take(length)

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)

    def end(self) -> None:
        if self._position != len(self._data):
            raise Malformed("A message is longer than it should be.")
