"""What two devices of one person have in common after linking."""

from dataclasses import dataclass, field

from vauchi_tui.crypto.primitives import DhKeyPair, Rng
from vauchi_tui.crypto.ratchet import RatchetState, start_initiator, start_responder
from vauchi_tui.protocol.devices import Device, DeviceList, OwnDevice
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import pair_secret
from vauchi_tui.protocol.session import Session, session_id


@dataclass(frozen=True, slots=True)
class Linked:
    """The primary's side: a device that was proven and has certified its keys, to be put on the list.

    `name` is what the new device's person calls it. `ratchet` is its first ratchet key; `transcript` is h2.
    """

    device: Device
    name: str
    session_root: bytes = field(repr=False)
    transcript: bytes
    ratchet: bytes
    token_hash: bytes
    expiry: int

    def link(self, own: OwnDevice, now: int, rng: Rng) -> Link:
        """The link with the new device, in which the primary speaks first."""
        ratchet = start_initiator(self.session_root, self.ratchet, rng)
        return _link(own, self.device, ratchet, self.session_root, self.transcript, now, Role.SHOWER)


@dataclass(frozen=True, slots=True)
class Joined:
    """The new device's side: it belongs to the person now. `devices` names it; `primary` is who linked it.

    `relay` is where the person is written to, None where there is none.
    """

    own: OwnDevice
    devices: DeviceList
    primary: Device
    relay: str | None
    session_root: bytes = field(repr=False)
    transcript: bytes
    ratchet: DhKeyPair = field(repr=False)
    token_hash: bytes
    expiry: int

    def link(self, now: int) -> Link:
        """The link with the primary, which speaks first."""
        ratchet = start_responder(self.session_root, self.ratchet)
        return _link(self.own, self.primary, ratchet, self.session_root, self.transcript, now, Role.SCANNER)


def _link(
    own: OwnDevice, peer: Device, ratchet: RatchetState, root: bytes, transcript: bytes, now: int, role: Role
) -> Link:
    other = Role.SCANNER if role is Role.SHOWER else Role.SHOWER
    session = Session(
        session_id(root), ratchet, now, bind_out=transcript + role.value, bind_in=transcript + other.value
    )
    secret = pair_secret(own.static.private, peer.static_public)
    return Link(own.id, peer.id, own.identity, secret, (session,), now)
