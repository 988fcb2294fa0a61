"""The Double Ratchet (Perrin and Marlinspike, revision 1, sections 3 and 5) between two devices.

States are immutable values: a call returns the state after it, and one that raises has changed nothing. The caller
stores the new state in the transaction that stores what the message did.

message = ratchet key (32) || pn (u32) || n (u32) || XChaCha20-Poly1305 nonce (24) || ciphertext and tag
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self

from vauchi_tui.crypto.primitives import (
    KEY_SIZE,
    DhKeyPair,
    Rng,
    Undecryptable,
    aead_open,
    aead_seal,
    dh,
    dh_from_private,
    generate_dh,
    hkdf,
    hmac_sha256,
)
from vauchi_tui.errors import Malformed

MAX_SKIPPED = 1000
"""Message keys kept for messages that may still come, over all chains; also the most one message may add."""

_HEADER = struct.Struct(">32sII")
_VERSION = 1
_FIXED = struct.Struct(">B32s32s32s32s32sIII")
_SKIPPED = struct.Struct(">32sI32s")
_ABSENT = bytes(KEY_SIZE)  # no public key of full order and no chain key anybody will see


@dataclass(frozen=True, slots=True)
class RatchetState:
    """One side of a session; the names of the specification's section 3.2 stand behind each field."""

    root: bytes = field(repr=False)  # RK
    own: DhKeyPair  # DHs
    peer: bytes | None = None  # DHr
    sending: bytes | None = field(default=None, repr=False)  # CKs
    receiving: bytes | None = field(default=None, repr=False)  # CKr
    sent: int = 0  # Ns
    received: int = 0  # Nr
    previous: int = 0  # PN
    skipped: Mapping[tuple[bytes, int], bytes] = field(  # MKSKIPPED, oldest first
        default_factory=lambda: MappingProxyType({}), repr=False, hash=False
    )

    def to_bytes(self) -> bytes:
        """For the vault: versioned, at most 68,173 bytes. Holds secrets."""
        return _FIXED.pack(
            _VERSION,
            self.root,
            self.own.private,
            self.peer or _ABSENT,
            self.sending or _ABSENT,
            self.receiving or _ABSENT,
            self.sent,
            self.received,
            self.previous,
        ) + b"".join(_SKIPPED.pack(*place, key) for place, key in self.skipped.items())

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raises Malformed on anything else."""
        rest = len(data) - _FIXED.size
        if rest < 0 or rest % _SKIPPED.size or rest > MAX_SKIPPED * _SKIPPED.size or data[0] != _VERSION:
            raise Malformed("A stored session cannot be read.")
        _, root, private, *keys, sent, received, previous = _FIXED.unpack_from(data)
        peer, sending, receiving = (None if key == _ABSENT else key for key in keys)
        skipped = {(public, n): key for public, n, key in _SKIPPED.iter_unpack(data[_FIXED.size :])}
        whole = (peer is None) is (sending is None) and (receiving is None or sending is not None)
        if not whole or len(skipped) * _SKIPPED.size != rest:
            raise Malformed("A stored session cannot be read.")
        return cls(
            root,
            dh_from_private(private),
            peer,
            sending,
            receiving,
            sent,
            received,
            previous,
            MappingProxyType(skipped),
        )


def start_initiator(root: bytes, peer_ratchet_public: bytes, rng: Rng) -> RatchetState:
    """The side that knows the other's ratchet key; it can send at once. Raises Undecryptable for a low-order key."""
    own = generate_dh(rng)
    root, sending = _root_step(root, dh(own.private, peer_ratchet_public))
    return RatchetState(root, own, peer_ratchet_public, sending)


def start_responder(root: bytes, own_ratchet: DhKeyPair) -> RatchetState:
    """The side whose ratchet key the other knows; it can send after its first message has come."""
    return RatchetState(root, own_ratchet)


def can_send(state: RatchetState) -> bool:
    return state.sending is not None


def ratchet_encrypt(state: RatchetState, plaintext: bytes, ad: bytes, rng: Rng) -> tuple[RatchetState, bytes]:
    """The state to store before the message leaves, and the message. ValueError where `can_send` is false."""
    if state.sending is None:
        raise ValueError("a responder cannot send before it has received")
    sending, key = _chain_step(state.sending)
    header = _HEADER.pack(state.own.public, state.previous, state.sent)
    message = header + aead_seal(key, plaintext, header + ad, rng)
    return replace(state, sending=sending, sent=state.sent + 1), message


def ratchet_decrypt(state: RatchetState, message: bytes, ad: bytes, rng: Rng) -> tuple[RatchetState, bytes]:
    """The state to store, and the plaintext.

    Raises Undecryptable for whatever is not the peer's next or a still expected message: forged, seen before, too old,
    or after more than `MAX_SKIPPED` missing ones. Junk draws nothing from `rng`.
    """
    if len(message) < _HEADER.size:
        raise Undecryptable
    header, sealed = message[: _HEADER.size], message[_HEADER.size :]
    peer, previous, n = _HEADER.unpack(header)
    key = state.skipped.get((peer, n))
    if key is not None:
        plaintext = aead_open(key, sealed, header + ad)
        skipped = dict(state.skipped)
        del skipped[peer, n]
        return replace(state, skipped=MappingProxyType(skipped)), plaintext

    new_chain = peer != state.peer
    missing = n if new_chain else n - state.received
    if new_chain and state.receiving is not None:
        missing += max(0, previous - state.received)
    if not 0 <= missing <= MAX_SKIPPED:
        raise Undecryptable
    if new_chain:
        state = _open_chain(_skip(state, previous), peer)
    state = _skip(state, n)
    if state.receiving is None:  # under the first ratchet key nobody sends
        raise Undecryptable
    receiving, key = _chain_step(state.receiving)
    plaintext = aead_open(key, sealed, header + ad)
    state = replace(state, receiving=receiving, received=n + 1)
    return (_turn(state, peer, rng) if new_chain else state), plaintext


def _skip(state: RatchetState, until: int) -> RatchetState:
    """SkipMessageKeys (section 3.5): put the keys before number `until` of the receiving chain aside.

    Beyond `MAX_SKIPPED` the oldest make room, so that losses over years never stop a session.
    """
    if state.receiving is None or state.peer is None or until <= state.received:
        return state
    chain, skipped = state.receiving, dict(state.skipped)
    for n in range(state.received, until):
        chain, skipped[state.peer, n] = _chain_step(chain)
    for place in list(skipped)[: max(0, len(skipped) - MAX_SKIPPED)]:
        del skipped[place]
    return replace(state, receiving=chain, received=until, skipped=MappingProxyType(skipped))


def _open_chain(state: RatchetState, peer: bytes) -> RatchetState:
    """The first half of DHRatchet (section 3.5): the receiving chain that belongs to the peer's new key."""
    root, receiving = _root_step(state.root, dh(state.own.private, peer))
    return replace(state, root=root, peer=peer, receiving=receiving, received=0)


def _turn(state: RatchetState, peer: bytes, rng: Rng) -> RatchetState:
    """The second half, once a message has proven that key: a fresh key pair and sending chain of one's own."""
    own = generate_dh(rng)
    root, sending = _root_step(state.root, dh(own.private, peer))
    return replace(state, root=root, own=own, sending=sending, sent=0, previous=state.sent)


def _root_step(root: bytes, shared: bytes) -> tuple[bytes, bytes]:
    """KDF_RK (section 5.2): the next root key and a new chain key."""
    keys = hkdf(shared, b"vauchi/ratchet/1", 2 * KEY_SIZE, salt=root)
    return keys[:KEY_SIZE], keys[KEY_SIZE:]


def _chain_step(chain: bytes) -> tuple[bytes, bytes]:
    """KDF_CK (section 5.2): the next chain key and a message key."""
    return hmac_sha256(chain, b"\x02"), hmac_sha256(chain, b"\x01")
