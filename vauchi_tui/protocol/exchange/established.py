"""What two devices have in common after an exchange."""

from dataclasses import dataclass, field
from enum import Enum

from vauchi_tui.crypto.primitives import DhKeyPair
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.devices import Device, DeviceList


class Role(Enum):
    """Which part a device played. The value is the byte for it in signatures and directions."""

    SHOWER = b"\x41"
    SCANNER = b"\x42"


@dataclass(frozen=True, slots=True)
class Established:
    """The outcome of an exchange, from which a contact and a session are made.

    `session_root` and `contact_key` are the same on both sides, `transcript` is h2 (all 32 bytes). The shower has the
    scanner's first ratchet key in `peer_ratchet`, the scanner its own in `own_ratchet`. `peer_name` is empty on the
    shower's side, where the name comes with the card. `expiry` is the code's, in unix seconds.
    """

    role: Role
    peer_identity: bytes
    peer_devices: DeviceList
    peer_device: Device
    peer_relay: str | None
    peer_name: str
    session_root: bytes = field(repr=False)
    transcript: bytes
    contact_key: bytes = field(repr=False)
    own_ratchet: DhKeyPair | None = field(repr=False)
    peer_ratchet: bytes | None
    method: Method
    token_hash: bytes
    expiry: int
    distance_m: float | None = None

    def shower(self, own_identity: bytes) -> bytes:
        """The identity of whoever showed the code.

        If two people both show and both scan, the run with the smaller one is kept (protocol page, section 2).
        """
        return own_identity if self.role is Role.SHOWER else self.peer_identity
