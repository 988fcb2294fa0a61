"""The exchange code: 109 bytes that one person shows and the other reads (protocol page, section 2).

As text it is base32 without padding in capitals, which is also QR's alphanumeric mode, and it may end in
`/HOST[:PORT]`, the shower's relay. That part is routing: neither authenticated nor trusted.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from vauchi_tui.crypto.primitives import sha256
from vauchi_tui.errors import ExchangeRefused, InvalidValue
from vauchi_tui.protocol.decode import INTEGER_MAX, Reader
from vauchi_tui.protocol.relay_address import code_suffix, from_suffix

VERSION: Final = 1
EXCHANGE_MAGIC: Final = b"WBEX"
SCAN_BACK_MAGIC: Final = b"WBEY"
LINK_MAGIC: Final = b"WBDL"
PAYLOAD_LENGTH: Final = 109
LIFETIME: Final = 300  # seconds from drawing to expiry
LATE_TOLERANCE: Final = 30  # seconds of difference between the two clocks that are forgiven
AHEAD_TOLERANCE: Final = LIFETIME + LATE_TOLERANCE
REMEMBERED_AFTER_EXPIRY: Final = 600  # seconds for which a used code stays known
_TEXT_LIMIT = 1_000
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ExchangeCode:
    """What the QR code says: the shower's ephemeral key, one-time token, audio seed and expiry (unix seconds).

    `relay` is a normalised address or None; it is not part of `payload`. `magic`: what the code is for.
    """

    ephemeral: bytes
    token: bytes = field(repr=False)
    audio_seed: bytes
    expiry: int
    relay: str | None = None
    magic: bytes = EXCHANGE_MAGIC

    @property
    def payload(self) -> bytes:
        """The 109 bytes, which the handshake's prologue authenticates."""
        head = self.magic + bytes([VERSION])
        return head + self.ephemeral + self.token + self.audio_seed + self.expiry.to_bytes(8, "big")

    @property
    def token_hash(self) -> bytes:
        """What is remembered of a used code until expiry + REMEMBERED_AFTER_EXPIRY; never the token itself."""
        return sha256(self.token)

    def text(self, with_relay: bool = True) -> str:
        """The code to draw or paste: 175 characters, and `/HOST[:PORT]` if wanted and representable."""
        suffix = code_suffix(self.relay) if with_relay and self.relay else None
        return to_text(self.payload) + (f"/{suffix}" if suffix else "")


def to_text(payload: bytes) -> str:
    """Base32 (RFC 4648) in capitals without padding."""
    return base64.b32encode(payload).decode().rstrip("=")


def parse_code(text: str) -> ExchangeCode:
    """Read a code as drawn or pasted; case and white space do not matter.

    Raises ExchangeRefused with one sentence each for foreign, damaged and newer codes and for codes of another kind.
    Whether it may be used now is for `check_code`.
    """
    return _code(text, EXCHANGE_MAGIC)


def parse_link_code(text: str) -> ExchangeCode:
    """The same for the code that a primary device shows to link another one."""
    return _code(text, LINK_MAGIC)


def _code(text: str, magic: bytes) -> ExchangeCode:
    payload, suffix = _payload(text, magic)
    if len(payload) != PAYLOAD_LENGTH:
        raise _damaged()
    reader = Reader(payload[5:])
    ephemeral, token, seed, expiry = reader.take(32), reader.take(32), reader.take(32), reader.uint(8)
    if expiry > INTEGER_MAX:
        raise _damaged()
    try:
        relay = None if suffix is None else from_suffix(suffix)
    except InvalidValue as error:
        raise ExchangeRefused(
            "The code is damaged: the relay at its end cannot be read.", "Scan it again or copy it whole."
        ) from error
    return ExchangeCode(ephemeral, token, seed, expiry, relay, magic)


def parse_scan_back(text: str) -> bytes:
    """The bytes of the code that the other screen shows back. Raises ExchangeRefused as `parse_code` does."""
    payload, suffix = _payload(text, SCAN_BACK_MAGIC)
    if len(payload) != 37 or suffix is not None:
        raise _damaged()
    return payload


def check_code(code: ExchangeCode, now: float, *, used: bool = False, own: bool = False) -> None:
    """Raise ExchangeRefused if the code may not be answered now (`now` in unix seconds).

    `used`: its token hash is remembered as used; `own`: this profile shows it itself.
    """
    if own:
        raise ExchangeRefused("That is your own code.", "Let the other person scan it, or scan theirs.")
    if used:
        raise ExchangeRefused("This code has been used already.", "A code works once: ask for a new one.")
    if now > code.expiry + LATE_TOLERANCE:
        raise ExchangeRefused("QR code expired", "Ask for a new code; if it is fresh, compare the two clocks.")
    if code.expiry > now + AHEAD_TOLERANCE:
        minutes = max(1, round((code.expiry - now - LIFETIME) / 60))
        raise ExchangeRefused(
            f"The code comes from a clock that is {minutes} min ahead of this one.",
            "Set both clocks right and ask for a new code.",
        )


def _payload(text: str, magic: bytes) -> tuple[bytes, str | None]:
    """Bytes that begin with `magic` and a known version, and what follows the first slash."""
    compact = _BLANK.sub("", text[:_TEXT_LIMIT])
    if compact.isascii():  # beyond ASCII there are letters whose capital is an ASCII letter
        compact = compact.upper()
    body, slash, suffix = compact.partition("/")
    body = body.rstrip("=")
    if not compact:
        raise ExchangeRefused("No code was given.", "Paste the text of the code on the other screen.")
    found = _decode(body[:8])[:4]
    if found == EXCHANGE_MAGIC and magic == LINK_MAGIC:
        raise ExchangeRefused(
            "That is a code for exchanging cards.", "Show the one for linking: “vauchi devices link” on your device."
        )
    if found != magic or len(text) > _TEXT_LIMIT:
        raise _KINDS.get(found, _foreign)()
    payload = _decode(body)
    if len(payload) < 5 or to_text(payload) != body or payload[4] < VERSION:
        raise _damaged()
    if payload[4] > VERSION:
        raise ExchangeRefused("This code is from a newer version of Vauchi.", "Update this program.")
    return payload, suffix if slash else None


def _decode(text: str) -> bytes:
    """The whole bytes of a base32 text; empty where it is none."""
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return b""


def _foreign() -> ExchangeRefused:
    return ExchangeRefused("This is not a Vauchi code.", "It has to be the code that the other screen shows.")


def _damaged() -> ExchangeRefused:
    return ExchangeRefused("The code is damaged: a part is missing or wrong.", "Scan it again or copy it whole.")


_KINDS = {
    EXCHANGE_MAGIC: lambda: ExchangeRefused(
        "That is a code for beginning an exchange.", "Scan what the other screen shows now."
    ),
    SCAN_BACK_MAGIC: lambda: ExchangeRefused(
        "That is a code for confirming an exchange that is under way.", "Ask the other person to show a new code."
    ),
    LINK_MAGIC: lambda: ExchangeRefused(
        "That is a code for linking a device.", "Use it with “vauchi devices join” on your own new device."
    ),
}
