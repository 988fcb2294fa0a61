"""Two devices whose owners have met, without vaults: links, device lists, and one side's messages for the other."""

import random
from dataclasses import dataclass, replace
from typing import Any

from vauchi_tui.crypto.primitives import Rng, SigningKey, generate_dh, sha256
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Method
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, Change, FieldValue, Op, Registers
from vauchi_tui.protocol.devices import DeviceList, OwnDevice, certify_device, issue
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.receive import Outcome, receive
from vauchi_tui.protocol.session import Inner
from vauchi_tui.protocol.update import UpdateType, sign_update

NOW = 1_790_000_000


@dataclass(slots=True)
class End:
    """One device: its keys, its list, its link to the other, and the other's card as it has arrived."""

    identity_key: SigningKey
    own: OwnDevice
    devices: DeviceList
    link: Link
    rng: Rng
    card: Registers

    @property
    def bind(self) -> bytes:
        """What a snapshot of this side is bound to."""
        assert self.link.session is not None
        return self.link.session.bind_out + self.link.peer_identity

    def seal(self, content: bytes, *, numbered: bool = True) -> Inner:
        session = self.link.speaking
        assert session is not None
        session, _, inner = session.seal(content, self.link.ad_out, self.rng, numbered=numbered)
        self.link = self.link.with_session(session)
        return Inner.decode(inner)

    def update(self, kind: UpdateType, *changes: Change, **different: Any) -> bytes:
        """The next update, signed; `different` overrides any part of it."""
        self.link = replace(self.link, version_out=self.link.version_out + 1)
        signer = different.pop("own", self.own)
        recipient = different.pop("recipient", self.link.peer_identity)
        parts: dict[str, Any] = {
            "version": self.link.version_out,
            "list_version": 1,
            "timestamp": NOW,
            "changes": changes,
            "bind": self.bind if kind is UpdateType.SNAPSHOT else b"",
        }
        return sign_update(kind, signer, recipient, **{**parts, **different})

    def new_list(self, version: int, *more: OwnDevice, without_own: bool = False) -> DeviceList:
        """A list with this device, unless it is taken off, and with more."""
        devices = (*(() if without_own else (self.own,)), *more)
        certified = tuple(certify_device(own.signing, own.static.public, own.identity) for own in devices)
        return issue(self.identity_key, version, certified)

    def take(self, inner: Inner, devices: DeviceList) -> Outcome:
        """Receive and keep the outcome."""
        outcome = receive(self.link, self.card, devices, self.own.identity, inner, self.rng)
        self.link, self.card = outcome.link, outcome.registers
        return outcome


def pair(seed: int = 7) -> tuple[End, End]:
    """Alice, who showed the code, and Bob."""
    rng = random.Random(seed).randbytes
    keys = SigningKey(rng(32)), SigningKey(rng(32))
    owns = [OwnDevice(key.public, SigningKey(rng(32)), generate_dh(rng)) for key in keys]
    certified = [certify_device(own.signing, own.static.public, own.identity) for own in owns]
    lists = [issue(key, 1, (device,)) for key, device in zip(keys, certified, strict=True)]
    ratchet, root, transcript, contact_key = generate_dh(rng), rng(32), rng(32), rng(32)

    def end(role: Role, me: int, peer: int, relay: str | None) -> End:
        established = Established(
            role=role,
            peer_identity=keys[peer].public,
            peer_devices=lists[peer],
            peer_device=certified[peer],
            peer_relay=relay,
            peer_name="",
            session_root=root,
            transcript=transcript,
            contact_key=contact_key,
            own_ratchet=ratchet if role is Role.SCANNER else None,
            peer_ratchet=ratchet.public if role is Role.SHOWER else None,
            method=Method.CODE,
            token_hash=sha256(b"token"),
            expiry=NOW + 300,
        )
        own_rng = random.Random(f"{seed}{me}").randbytes
        return End(
            keys[me], owns[me], lists[me], Link.from_established(owns[me], established, NOW, rng), own_rng, Registers()
        )

    return end(Role.SHOWER, 0, 1, None), end(Role.SCANNER, 1, 0, "ws://127.0.0.1:8787")


def at(end: End, counter: int) -> Hlc:
    """A clock of that end's device."""
    return Hlc(NOW * 1000, counter, end.own.id)


def name(end: End, text: str, counter: int = 1) -> Change:
    return Change(Op.UPDATE, DISPLAY_NAME, at(end, counter), text)


def phone(end: End, value: str, counter: int = 2, field_id: str = "f1") -> Change:
    return Change(Op.ADD, f"/fields/{field_id}", at(end, counter), FieldValue(FieldType.PHONE, "phone", value, 0))
