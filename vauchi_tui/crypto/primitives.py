"""The primitives everything else is built from: SHA-256, HKDF, X25519, Ed25519, XChaCha20-Poly1305.

Randomness is an argument (`Rng`). Whatever comes from outside and does not open, verify or agree raises `Undecryptable`
and nothing else; a wrong length of one's own key or nonce is a bug and raises `ValueError`.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from vauchi_tui.errors import Malformed

Rng = Callable[[int], bytes]
"""Gives that many bytes nobody can predict: `os.urandom`, or a seeded one in tests."""

KEY_SIZE = 32
HASH_SIZE = 32
NONCE_SIZE = 24
TAG_SIZE = 16
SIGNATURE_SIZE = 64


class Undecryptable(Malformed):
    """Something from outside did not open, verify or agree: damaged, forged, or not meant for these keys."""

    def __init__(
        self,
        title: str = "A message could not be opened.",
        hint: str = "It was damaged or not meant for this device; ask the sender to send it again.",
    ) -> None:
        super().__init__(title, hint)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), 32 bytes."""
    return hmac.digest(key, message, "sha256")


def hkdf(ikm: bytes, info: bytes, length: int = HASH_SIZE, salt: bytes = b"") -> bytes:
    """HKDF-SHA-256, extract and expand (RFC 5869 section 2). No salt is as many zeros as the hash is long."""
    return hkdf_expand(hmac_sha256(salt, ikm), info, length)


def hkdf_expand(prk: bytes, info: bytes, length: int = HASH_SIZE) -> bytes:
    """HKDF-Expand (RFC 5869 section 2.3) from a uniformly random `prk`; at most 255 × 32 bytes."""
    if not 0 < length <= 255 * HASH_SIZE:
        raise ValueError("HKDF gives 1 to 8160 bytes")
    block = output = b""
    counter = 0
    while len(output) < length:
        counter += 1
        block = hmac_sha256(prk, block + info + bytes([counter]))
        output += block
    return output[:length]


def constant_time_equal(a: bytes, b: bytes) -> bool:
    """Are they equal? Takes a time that tells nothing of where they differ."""
    return hmac.compare_digest(a, b)


@dataclass(frozen=True, slots=True)
class DhKeyPair:
    """An X25519 key pair (RFC 7748), 32 bytes each."""

    private: bytes = field(repr=False)
    public: bytes


def generate_dh(rng: Rng) -> DhKeyPair:
    return dh_from_private(rng(KEY_SIZE))


def dh_from_private(private: bytes) -> DhKeyPair:
    """The pair that belongs to a stored private key."""
    _check_own(private, KEY_SIZE)
    return DhKeyPair(private, sodium.crypto_scalarmult_base(private))


def dh(private: bytes, public: bytes) -> bytes:
    """X25519 (RFC 7748 section 6.1), 32 bytes.

    Raises Undecryptable where `public` has a wrong length or low order, so that the shared secret would be all zeros.
    """
    _check_own(private, KEY_SIZE)
    if len(public) != KEY_SIZE:
        raise Undecryptable
    try:
        return sodium.crypto_scalarmult(private, public)
    except CryptoError as error:
        raise Undecryptable from error


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key (RFC 8032) made from its 32-byte seed."""

    seed: bytes = field(repr=False)
    public: bytes = field(init=False)

    def __post_init__(self) -> None:
        _check_own(self.seed, KEY_SIZE)
        object.__setattr__(self, "public", sodium.crypto_sign_seed_keypair(self.seed)[0])

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature; the same message gives the same bytes."""
        return sodium.crypto_sign(message, self.seed + self.public)[:SIGNATURE_SIZE]


def generate_signing_key(rng: Rng) -> SigningKey:
    return SigningKey(rng(KEY_SIZE))


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Return if `signature` is that key's over `message`; raise Undecryptable if not, or if the key has low order."""
    if len(public) != KEY_SIZE or len(signature) != SIGNATURE_SIZE:
        raise Undecryptable("A signature could not be read.")
    try:
        sodium.crypto_sign_open(signature + message, public)
    except CryptoError as error:
        raise Undecryptable("A signature does not match.") from error


def aead_seal(key: bytes, plaintext: bytes, ad: bytes, rng: Rng) -> bytes:
    """XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): random nonce (24 bytes) || ciphertext || tag (16 bytes)."""
    _check_own(key, KEY_SIZE)
    nonce = rng(NONCE_SIZE)
    return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, ad, nonce, key)


def aead_open(key: bytes, sealed: bytes, ad: bytes) -> bytes:
    """The plaintext that `aead_seal` sealed under the same key and associated data, or Undecryptable."""
    _check_own(key, KEY_SIZE)
    if len(sealed) < NONCE_SIZE + TAG_SIZE:
        raise Undecryptable
    nonce, ciphertext = sealed[:NONCE_SIZE], sealed[NONCE_SIZE:]
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, ad, nonce, key)
    except CryptoError as error:
        raise Undecryptable from error


def _check_own(key: bytes, size: int) -> None:
    if len(key) != size:
        raise ValueError(f"a key of {size} bytes belongs here, not {len(key)}")
