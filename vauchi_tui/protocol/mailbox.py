"""Mailboxes at a relay: where a message goes, and the outer wrapping that hides the rest (protocol page, 4 and 5)."""

from dataclasses import dataclass, field

from vauchi_tui.crypto.primitives import Rng, aead_open, aead_seal, dh, hkdf, sha256
from vauchi_tui.protocol.padding import AEAD_OVERHEAD, pad, unpad

DAY_SECONDS = 86_400
SHOWER_TO_SCANNER = b"\x41"
SCANNER_TO_SHOWER = b"\x42"
SLOT_DAY = 0


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One direction between two devices on one day (UTC); writing needs `address`, reading and deleting `token`.

    `secret`: the pair secret, or an exchange's token T. `direction`: sender id || recipient id, or the byte of an
    exchange slot. `day`: days since the epoch at the moment of sending, 0 for exchange slots.
    """

    secret: bytes = field(repr=False)
    direction: bytes
    day: int

    @property
    def token(self) -> bytes:
        """t, 32 bytes: what a reader shows to the relay."""
        return hkdf(self.secret, b"vauchi/mailbox/1" + self._where)

    @property
    def address(self) -> bytes:
        """32 bytes: what a writer shows to the relay."""
        return sha256(b"addr" + self.token)

    def wrap(self, content: bytes, rng: Rng) -> bytes:
        """The blob that goes to the relay, exactly as long as a bucket. Raises LimitExceeded beyond the largest."""
        return aead_seal(self._key, pad(content, AEAD_OVERHEAD), self.address, rng)

    def unwrap(self, blob: bytes) -> bytes:
        """What `wrap` was given. Raises Undecryptable, or Malformed for padding nobody of us makes."""
        return unpad(aead_open(self._key, blob, self.address))

    @property
    def _where(self) -> bytes:
        return self.direction + self.day.to_bytes(4, "big")

    @property
    def _key(self) -> bytes:
        return hkdf(self.secret, b"vauchi/wrap/1" + self._where)


def pair_secret(own_static_private: bytes, peer_static_public: bytes) -> bytes:
    """What two devices share for ever: addresses and outer wrapping. Raises Undecryptable on a low-order key."""
    return hkdf(dh(own_static_private, peer_static_public), b"vauchi/pair/1")


def pair_mailbox(secret: bytes, sender_id: bytes, recipient_id: bytes, day: int) -> Mailbox:
    """The mailbox in which the sender leaves what he sends to the recipient on that day."""
    return Mailbox(secret, sender_id + recipient_id, day)


def day_of(unix: float) -> int:
    """Days since the epoch, UTC."""
    return int(unix) // DAY_SECONDS
