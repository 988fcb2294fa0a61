"""What the two devices put into the pipe: kind(1) || body, sealed where Noise does not seal it itself."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from vauchi_tui.crypto.noise import HandshakeState, export
from vauchi_tui.crypto.primitives import Rng, aead_open, aead_seal, hkdf, sha256
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.exchange.established import Role

CONTENT_BYTES: Final = 16 * 1024
NONCE_LENGTH: Final = 32


class Kind(IntEnum):
    """The first byte of a content."""

    M1 = 1
    N = 2
    SOUND = 3
    M2 = 4
    ABORT = 5


def split(content: bytes) -> tuple[Kind, bytes]:
    """Kind and body. Raises Malformed by size and on unknown kinds."""
    if not 1 <= len(content) <= CONTENT_BYTES:
        raise Malformed("A message of the exchange has a size that is not allowed.")
    try:
        return Kind(content[0]), content[1:]
    except ValueError as error:
        raise Malformed("A message of the exchange is of an unknown kind.") from error


def prologue(payload: bytes) -> bytes:
    """Noise's prologue for a code's 109 bytes."""
    return b"vauchi-exchange/1\0" + payload


def commit(nonce: bytes) -> bytes:
    """The audio seed that commits to a nonce which stays secret until N."""
    return sha256(b"vauchi/nonce/1" + nonce)


@dataclass(frozen=True, slots=True)
class Early:
    """Seals what goes between M1 and M2: under X1("early"), bound to kind, direction and h1."""

    key: bytes = field(repr=False)
    h: bytes

    @classmethod
    def after_m1(cls, noise: HandshakeState) -> "Early":
        return cls(export(noise.ck, noise.h, b"early"), noise.h)

    def seal(self, kind: Kind, sender: Role, body: bytes, rng: Rng) -> bytes:
        """The whole content."""
        return bytes([kind]) + aead_seal(self.key, body, self._ad(kind, sender), rng)

    def open(self, kind: Kind, sender: Role, body: bytes) -> bytes:
        """The plaintext of a content's body. Raises Undecryptable."""
        return aead_open(self.key, body, self._ad(kind, sender))

    def _ad(self, kind: Kind, sender: Role) -> bytes:
        return bytes([kind]) + sender.value + self.h


def session_secrets(noise: HandshakeState, kem_secret: bytes) -> tuple[bytes, bytes]:
    """session-root and K_c from a finished handshake and the KEM's secret: X25519 and ML-KEM-768, hybrid."""
    salt = export(noise.ck, noise.h, b"session")
    root = hkdf(kem_secret, b"vauchi/hybrid/1" + noise.h, salt=salt)
    return root, hkdf(root, b"vauchi/contact/1")
