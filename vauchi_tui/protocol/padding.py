"""Padding to a few sizes, so that a length says no more than its bucket (protocol page, section 4)."""

from vauchi_tui.errors import LimitExceeded, Malformed

BUCKETS = (1 << 10, 4 << 10, 16 << 10, 64 << 10)
AEAD_OVERHEAD = 24 + 16  # nonce and tag of the outer wrapping
_LENGTH = 4


def pad(content: bytes, overhead: int) -> bytes:
    """`u32 length || content || zeros`, so long that with `overhead` more bytes it fills a bucket exactly.

    Raises LimitExceeded where no bucket is large enough.
    """
    needed = _LENGTH + len(content) + overhead
    for bucket in BUCKETS:
        if needed <= bucket:
            return len(content).to_bytes(_LENGTH, "big") + content + bytes(bucket - needed)
    raise LimitExceeded("A message is too large to be sent.", "Shorten the longest values of the card.")


def unpad(padded: bytes) -> bytes:
    """The content of what `pad` made. Raises Malformed where the length lies or the padding is not zeros."""
    length = int.from_bytes(padded[:_LENGTH], "big")
    end = _LENGTH + length
    if len(padded) < end or len(padded) < _LENGTH or padded.count(0, end) != len(padded) - end:
        raise Malformed("A message is padded in a way that is not known.")
    return padded[_LENGTH:end]
