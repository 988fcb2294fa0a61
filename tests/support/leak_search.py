"""Finding a secret in bytes, however it may have been written there."""

import base64
from collections.abc import Iterator, Mapping
from urllib.parse import quote_from_bytes

_TEXT_CODECS = ("utf-8", "utf-16-le", "utf-16-be")


def writings(secret: str | bytes) -> dict[str, bytes]:
    """Name of an encoding → what the secret looks like in it, wherever it begins in what was encoded.

    Base64 and base32 carry several bytes per group, so the secret has as many looks as places in a group where it can
    begin; of each, the characters that it shares with its neighbours are left out.
    """
    if isinstance(secret, bytes):
        return dict(_of_bytes(secret))
    found = {f"{codec} {name}": look for codec in _TEXT_CODECS for name, look in _of_bytes(secret.encode(codec))}
    found["JSON escapes"] = secret.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")
    return found


def search(haystacks: Mapping[str, bytes], secrets: Mapping[str, str | bytes]) -> list[str]:
    """Every hit, in words: which secret, written how, stands where."""
    looks = [(name, how, look) for name, secret in secrets.items() for how, look in writings(secret).items()]
    return [
        f"{name} as {how} in {place}"
        for place, haystack in haystacks.items()
        for name, how, look in looks
        if look in haystack
    ]


def _of_bytes(secret: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", secret
    yield "hex", secret.hex().encode()
    yield "HEX", secret.hex().upper().encode()
    yield "reversed", secret[::-1]
    yield "percent", quote_from_bytes(secret, safe="").encode()
    for offset in range(3):
        look = base64.b64encode(_shifted(secret, offset, 3))
        look = look[4 if offset else 0 :][: 4 * ((len(secret) - (-offset % 3)) // 3)]
        yield f"base64 at {offset}", look
        yield f"base64url at {offset}", look.translate(bytes.maketrans(b"+/", b"-_"))
    for offset in range(5):
        look = base64.b32encode(_shifted(secret, offset, 5))
        look = look[8 if offset else 0 :][: 8 * ((len(secret) - (-offset % 5)) // 5)]
        yield f"base32 at {offset}", look
        yield f"lower base32 at {offset}", look.lower()


def _shifted(secret: bytes, offset: int, group: int) -> bytes:
    """The secret behind `offset` bytes of something else, and enough behind it to fill the last group."""
    return bytes(offset) + secret + bytes(-(offset + len(secret)) % group)
