"""The Noise Protocol Framework, revision 34: XX and KK with 25519, ChaChaPoly and SHA256.

Only what the product uses (protocol page, sections 2 and 4), in the specification's own names. Cipher and symmetric
states are immutable values, so a message that does not open leaves the handshake where it was.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, Self

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from vauchi_tui.crypto.primitives import (
    HASH_SIZE,
    KEY_SIZE,
    TAG_SIZE,
    DhKeyPair,
    Rng,
    Undecryptable,
    dh,
    generate_dh,
    hkdf,
    hkdf_expand,
    hmac_sha256,
    sha256,
)

MESSAGE_MAX = 65535
_NONCE_MAX = 2**64 - 1  # reserved (section 5.1)


class Token(StrEnum):
    """What a handshake message consists of (section 7.1)."""

    E = "e"
    S = "s"
    EE = "ee"
    ES = "es"
    SE = "se"
    SS = "ss"


PatternName = Literal["XX", "KK"]
_T = Token
_MESSAGES: dict[PatternName, tuple[tuple[Token, ...], ...]] = {
    "XX": ((_T.E,), (_T.E, _T.EE, _T.S, _T.ES), (_T.S, _T.SE)),
    "KK": ((_T.E, _T.ES, _T.SS), (_T.E, _T.EE, _T.SE)),
}
_STATICS_KNOWN: dict[PatternName, bool] = {"XX": False, "KK": True}


@dataclass(frozen=True, slots=True)
class CipherState:
    """Key and counter of one direction (section 5.1). Without a key it passes everything through."""

    k: bytes | None = field(default=None, repr=False)
    n: int = 0

    def encrypt_with_ad(self, ad: bytes, plaintext: bytes) -> tuple[Self, bytes]:
        if self.k is None:
            return self, plaintext
        ciphertext = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, ad, self._nonce(), self.k)
        return replace(self, n=self.n + 1), ciphertext

    def decrypt_with_ad(self, ad: bytes, ciphertext: bytes) -> tuple[Self, bytes]:
        """Raises Undecryptable."""
        if self.k is None:
            return self, ciphertext
        if len(ciphertext) < TAG_SIZE:
            raise Undecryptable
        try:
            plaintext = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(ciphertext, ad, self._nonce(), self.k)
        except CryptoError as error:
            raise Undecryptable from error
        return replace(self, n=self.n + 1), plaintext

    def _nonce(self) -> bytes:
        """32 zero bits and n in little-endian (section 12.3)."""
        if self.n >= _NONCE_MAX:
            raise ValueError("this Noise key has been used too often")
        return bytes(4) + self.n.to_bytes(8, "little")


@dataclass(frozen=True, slots=True)
class SymmetricState:
    """Chaining key, transcript hash and cipher (section 5.2). Every method returns the state after it."""

    ck: bytes = field(repr=False)
    h: bytes
    cipher: CipherState = CipherState()

    @classmethod
    def initialize(cls, protocol_name: bytes) -> Self:
        h = protocol_name.ljust(HASH_SIZE, b"\0") if len(protocol_name) <= HASH_SIZE else sha256(protocol_name)
        return cls(h, h)

    def mix_key(self, input_key_material: bytes) -> Self:
        # Noise's HKDF (section 4.3) is RFC 5869 with the chaining key as salt and no info.
        keys = hkdf(input_key_material, b"", 2 * HASH_SIZE, salt=self.ck)
        return replace(self, ck=keys[:HASH_SIZE], cipher=CipherState(keys[HASH_SIZE:]))

    def mix_hash(self, data: bytes) -> Self:
        return replace(self, h=sha256(self.h + data))

    def encrypt_and_hash(self, plaintext: bytes) -> tuple[Self, bytes]:
        cipher, ciphertext = self.cipher.encrypt_with_ad(self.h, plaintext)
        return replace(self.mix_hash(ciphertext), cipher=cipher), ciphertext

    def decrypt_and_hash(self, ciphertext: bytes) -> tuple[Self, bytes]:
        """Raises Undecryptable."""
        cipher, plaintext = self.cipher.decrypt_with_ad(self.h, ciphertext)
        return replace(self.mix_hash(ciphertext), cipher=cipher), plaintext

    def split(self) -> tuple[CipherState, CipherState]:
        keys = hkdf(b"", b"", 2 * HASH_SIZE, salt=self.ck)
        return CipherState(keys[:HASH_SIZE]), CipherState(keys[HASH_SIZE:])


class HandshakeState:
    """One side of one handshake (section 5.3).

    `write_message` and `read_message` alternate, the initiator writing first; out of turn they raise ValueError. A call
    that raises leaves the state as it was.
    """

    def __init__(
        self,
        pattern: PatternName,
        initiator: bool,
        prologue: bytes,
        s: DhKeyPair,
        rng: Rng,
        e: DhKeyPair | None = None,
        rs: bytes | None = None,
    ) -> None:
        """`e`: an ephemeral drawn before (a QR code shows it), never one used before; `rs`: the peer's static (KK)."""
        if (rs is not None) is not _STATICS_KNOWN[pattern]:
            raise ValueError("the peer's static key belongs to KK and to KK alone")
        self.initiator = initiator
        self.s = s
        self.e = e
        self.rs = rs
        self.re: bytes | None = None
        self._rng = rng
        self._messages = _MESSAGES[pattern]
        self._position = 0
        symmetric = SymmetricState.initialize(f"Noise_{pattern}_25519_ChaChaPoly_SHA256".encode()).mix_hash(prologue)
        if rs is not None:
            for public in (s.public, rs) if initiator else (rs, s.public):
                symmetric = symmetric.mix_hash(public)
        self._symmetric = symmetric

    @property
    def h(self) -> bytes:
        """The transcript hash so far."""
        return self._symmetric.h

    @property
    def ck(self) -> bytes:
        """The chaining key so far: secret, the root of `export`."""
        return self._symmetric.ck

    @property
    def finished(self) -> bool:
        return self._position == len(self._messages)

    def copy(self) -> "HandshakeState":
        """An independent handshake at the same point; a fork must not write twice with one ephemeral key."""
        twin = object.__new__(HandshakeState)
        twin.__dict__.update(self.__dict__)
        return twin

    def write_message(self, payload: bytes = b"") -> bytes:
        """The next message. Raises Undecryptable where the peer's key has low order."""
        tokens = self._tokens(writing=True)
        symmetric, e, message = self._symmetric, self.e, b""
        for token in tokens:
            if token is Token.E:
                e = e or generate_dh(self._rng)
                message += e.public
                symmetric = symmetric.mix_hash(e.public)
            elif token is Token.S:
                symmetric, sealed = symmetric.encrypt_and_hash(self.s.public)
                message += sealed
            else:
                symmetric = symmetric.mix_key(self._dh(token, e, self.re, self.rs))
        # An empty payload counts too: it is mixed into the hash even while there is no key (section 5.3).
        symmetric, sealed = symmetric.encrypt_and_hash(payload)
        message += sealed
        if len(message) > MESSAGE_MAX:
            raise ValueError("a Noise message holds at most 65535 bytes")
        self._symmetric, self.e, self._position = symmetric, e, self._position + 1
        return message

    def read_message(self, message: bytes) -> bytes:
        """The payload of the peer's next message. Raises Undecryptable."""
        tokens = self._tokens(writing=False)
        if len(message) > MESSAGE_MAX:
            raise Undecryptable
        symmetric, re, rs, rest = self._symmetric, self.re, self.rs, message
        for token in tokens:
            if token is Token.E:
                re, rest = _take(rest, KEY_SIZE)
                symmetric = symmetric.mix_hash(re)
            elif token is Token.S:
                sealed, rest = _take(rest, KEY_SIZE + (TAG_SIZE if symmetric.cipher.k else 0))
                symmetric, rs = symmetric.decrypt_and_hash(sealed)
            else:
                symmetric = symmetric.mix_key(self._dh(token, self.e, re, rs))
        symmetric, payload = symmetric.decrypt_and_hash(rest)
        self._symmetric, self.re, self.rs, self._position = symmetric, re, rs, self._position + 1
        return payload

    def split(self) -> tuple[CipherState, CipherState]:
        """Transport ciphers after the last message: initiator → responder, responder → initiator."""
        if not self.finished:
            raise ValueError("the handshake is not finished")
        return self._symmetric.split()

    def _tokens(self, *, writing: bool) -> tuple[Token, ...]:
        if self.finished or writing is not (self.initiator is (self._position % 2 == 0)):
            raise ValueError("it is not this side's turn")
        return self._messages[self._position]

    def _dh(self, token: Token, e: DhKeyPair | None, re: bytes | None, rs: bytes | None) -> bytes:
        """The token's first letter is the initiator's key, its second the responder's."""
        initiators, responders = token
        own, theirs = (initiators, responders) if self.initiator else (responders, initiators)
        pair, public = (e if own == "e" else self.s), (re if theirs == "e" else rs)
        if pair is None or public is None:
            raise ValueError("a key is used before it is known")
        return dh(pair.private, public)


def export(ck: bytes, h: bytes, label: str | bytes, extra: bytes = b"", length: int = HASH_SIZE) -> bytes:
    """A secret bound to the handshake so far (protocol page, section 2: X1, X2), independent of the transport keys."""
    prk = hmac_sha256(ck, b"vauchi/export/1")
    return hkdf_expand(prk, (label.encode() if isinstance(label, str) else label) + h + extra, length)


def _take(data: bytes, size: int) -> tuple[bytes, bytes]:
    if len(data) < size:
        raise Undecryptable
    return data[:size], data[size:]
