"""A profile that knows many people, and those people's devices in memory, ready to write to it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vauchi_tui.actions.context import Context
from vauchi_tui.crypto.primitives import SigningKey, generate_dh
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Method
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, Change, FieldValue, Op
from vauchi_tui.protocol.devices import DeviceList, OwnDevice, certify_device, issue
from vauchi_tui.protocol.exchange import Established, Role
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.protocol.update import UpdateType, sign_update
from vauchi_tui.sync import introduce


@dataclass(slots=True)
class Peer:
    """One device of another person, who showed the code when they met."""

    name: str
    own: OwnDevice
    devices: DeviceList
    link: Link
    said: int = 0

    def blob(self, now: int) -> tuple[bytes, bytes]:
        """Address and blob of his next message: first his card, then a new phone number each time."""
        self.said += 1
        clock = Hlc(now * 1000, self.said, self.own.id)
        session = self.link.speaking
        assert session is not None
        if self.said == 1:
            phone = FieldValue(FieldType.PHONE, "phone", "555-0001", 0)
            changes = [Change(Op.UPDATE, DISPLAY_NAME, clock, self.name), Change(Op.ADD, "/fields/p", clock, phone)]
        else:
            changes = [Change(Op.UPDATE, "/fields/p", clock, f"555-{self.said:04d}")]
        content = sign_update(
            UpdateType.SNAPSHOT if self.said == 1 else UpdateType.CHANGES,
            self.own,
            self.link.peer_identity,
            version=self.said,
            list_version=1,
            timestamp=now,
            changes=changes,
            bind=session.bind_out + self.link.peer_identity if self.said == 1 else b"",
        )
        session, _, inner = session.seal(content, self.link.ad_out, os.urandom)
        self.link = self.link.with_session(session)
        mailbox = self.link.mailbox_out(day_of(now))
        return mailbox.address, mailbox.wrap(inner, os.urandom)


def crowd(ctx: Context, count: int) -> Iterator[Peer]:
    """Let the profile meet so many people, without exchanging a byte."""
    now = int(ctx.clock())
    with ctx.vault.write() as tx:
        me = tx.me.person()
        for number in range(count):
            key, signing, static = SigningKey(os.urandom(32)), SigningKey(os.urandom(32)), generate_dh(os.urandom)
            device = certify_device(signing, static.public, key.public)
            own, devices = OwnDevice(key.public, signing, static), issue(key, 1, (device,))
            (mine,) = (known for known in me.devices.devices if known.id == me.device.id)
            ratchet = generate_dh(os.urandom)
            here = Established(
                role=Role.SCANNER,
                peer_identity=key.public,
                peer_devices=devices,
                peer_device=device,
                peer_relay=me.relay,
                peer_name=f"Person {number}",
                session_root=os.urandom(32),
                transcript=os.urandom(32),
                contact_key=os.urandom(32),
                own_ratchet=ratchet,
                peer_ratchet=None,
                method=Method.CODE,
                token_hash=os.urandom(32),
                expiry=now + 300,
            )
            introduce.store_contact(tx, me, here, (), now, os.urandom)
            there = replace(
                here,
                role=Role.SHOWER,
                peer_identity=me.device.identity,
                peer_devices=me.devices,
                peer_device=mine,
                own_ratchet=None,
                peer_ratchet=ratchet.public,
            )
            yield Peer(f"Person {number}", own, devices, Link.from_established(own, there, now, os.urandom))
