"""What one attempt of the proof by sound is keyed with (protocol page, section 3): nothing of it follows from the code.

Whoever photographs the code knows its audio seed, but X1("audio") only the two devices of this exchange have.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from vauchi_tui.crypto.primitives import Rng, aead_open, aead_seal, hkdf, hkdf_expand, hmac_sha256

CHALLENGE_SIZE: Final = 8
RESPONSE_SIZE: Final = 8
BURSTS: Final = 4
"""Ranging bursts of each side in an attempt."""
_CODE_SIZE: Final = 16
_CONTENT: Final = b"\x03"  # the kind of a report among the contents of an exchange


class Side(Enum):
    """Who showed the code and who scanned it; the value is the byte for it in keys and directions."""

    SHOWER = b"\x41"
    SCANNER = b"\x42"

    @property
    def other(self) -> "Side":
        return Side.SCANNER if self is Side.SHOWER else Side.SHOWER


@dataclass(frozen=True, slots=True)
class Binding:
    """What ties the proof to this very exchange: X1("audio") and h1 after M1, and the audio seed of the code."""

    secret: bytes = field(repr=False)
    h1: bytes
    seed: bytes


@dataclass(frozen=True, slots=True)
class AirKeys:
    """K_air of one attempt, taken apart."""

    attempt: int
    h1: bytes
    mac: bytes = field(repr=False)
    aead: bytes = field(repr=False)
    bursts: dict[Side, tuple[bytes, ...]] = field(repr=False)

    def challenge(self, rng: Rng) -> bytes:
        """A fresh frame for the shower to play: attempt(1) || c(8)."""
        return bytes([self.attempt]) + rng(CHALLENGE_SIZE)

    def to_sign(self, challenge: bytes) -> bytes:
        """What the scanner's device signs on hearing a challenge frame."""
        return b"vauchi/proximity" + challenge + self.h1

    def response(self, challenge: bytes, signature: bytes) -> bytes:
        """The frame that the scanner plays: it commits to the signature, which follows over the pipe."""
        return hmac_sha256(self.mac, b"r" + challenge + signature)[:RESPONSE_SIZE]

    def seal(self, sender: Side, body: bytes, rng: Rng) -> bytes:
        """The body of a content of kind report."""
        return aead_seal(self.aead, body, _CONTENT + sender.value + self.h1, rng)

    def open(self, sender: Side, body: bytes) -> bytes:
        """What was sealed in this attempt by that side. Raises Undecryptable."""
        return aead_open(self.aead, body, _CONTENT + sender.value + self.h1)


def air_keys(binding: Binding, attempt: int) -> AirKeys:
    """The keys of attempt 1, 2 or 3 of an exchange; each attempt has keys of its own."""
    air = hkdf(binding.secret, b"vauchi/air/1" + bytes([attempt]), salt=binding.seed)
    codes = {
        side: tuple(
            hkdf_expand(air, b"burst" + side.value + bytes([index]), _CODE_SIZE) for index in range(1, BURSTS + 1)
        )
        for side in Side
    }
    return AirKeys(attempt, binding.h1, hkdf_expand(air, b"mac"), hkdf_expand(air, b"aead"), codes)
