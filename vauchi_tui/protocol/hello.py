"""Hello mailboxes: where devices find each other without a session (protocol page, section 4).

Whoever has met a person can leave him the signed list of his own devices under the contact key. All devices of that
person read it and none deletes it. It holds public keys only; to know of it takes K_c.
"""

from dataclasses import dataclass, field

from vauchi_tui.crypto.primitives import Rng, aead_open, aead_seal, hkdf, sha256
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.padding import AEAD_OVERHEAD, pad, unpad

_DEVICES = b"\x01"  # the kind of announcement; there is no other yet


@dataclass(frozen=True, slots=True)
class HelloMailbox:
    """One day's (UTC) announcements under one contact key to the person with the identity key `recipient`.

    Token, address and wrapping are to a relay what those of a `mailbox.Mailbox` are.
    """

    key: bytes = field(repr=False)
    recipient: bytes
    day: int

    @property
    def token(self) -> bytes:
        """32 bytes: what a reader shows to the relay."""
        return hkdf(self.key, b"vauchi/hello/1" + self._where)

    @property
    def address(self) -> bytes:
        """32 bytes: what a writer shows to the relay."""
        return sha256(b"addr" + self.token)

    def wrap(self, content: bytes, rng: Rng) -> bytes:
        """The blob that goes to the relay, exactly as long as a bucket."""
        return aead_seal(self._wrap_key, pad(content, AEAD_OVERHEAD), self.address, rng)

    def unwrap(self, blob: bytes) -> bytes:
        """What `wrap` was given. Raises Malformed."""
        return unpad(aead_open(self._wrap_key, blob, self.address))

    @property
    def _where(self) -> bytes:
        return self.recipient + self.day.to_bytes(4, "big")

    @property
    def _wrap_key(self) -> bytes:
        return hkdf(self.key, b"vauchi/hello-wrap/1" + self._where)


def announcement(devices: DeviceList) -> bytes:
    """What is left in a hello mailbox: kind(1) || the list, which names and proves its owner."""
    return _DEVICES + devices.raw


def read_announcement(content: bytes, sender: bytes) -> DeviceList:
    """The list in an announcement of the contact with the identity key `sender`. Raises Malformed."""
    if content[:1] != _DEVICES:
        raise Malformed("An announcement is of a kind that this version does not know.")
    devices = DeviceList.decode(content[1:])
    if devices.identity != sender:
        raise Malformed("An announcement is from somebody else than the one whom its key belongs to.")
    return devices
