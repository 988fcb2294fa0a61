"""Who and what is seen on the pictures: Alice, her contacts, somebody she meets, and a network without a network."""

import asyncio
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from vauchi_tui.actions import card, labels, visibility
from vauchi_tui.actions import profile as profiles
from vauchi_tui.actions.context import Context
from vauchi_tui.crypto.password import KdfParameters
from vauchi_tui.crypto.primitives import generate_dh, generate_signing_key
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Contact, Method, Trust
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, RELAY, Change, FieldValue, Op, Registers, field_path
from vauchi_tui.protocol.devices import OwnDevice, OwnPerson, certify_device, issue
from vauchi_tui.protocol.exchange.machine import Machine
from vauchi_tui.sync import events
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.profile import Profile

NOW = 1_795_354_500  # 2026-11-22 13:35 UTC
DAY = 86_400
RELAY_URL = "wss://relay.example"
CHEAP = KdfParameters(opslimit=1, memlimit=8 * 1024)
Fields = tuple[tuple[FieldType, str, str], ...]
PHONE, EMAIL, ADDRESS, URL, BIRTHDAY = (
    FieldType.PHONE,
    FieldType.EMAIL,
    FieldType.ADDRESS,
    FieldType.URL,
    FieldType.BIRTHDAY,
)
OWN: Fields = (
    (PHONE, "Mobile", "+49 170 5550142"),
    (EMAIL, "Personal", "alice@home.example"),
    (EMAIL, "Work", "alice@work.example"),
    (ADDRESS, "Home", "Birkenallee 7\n14195 Berlin"),
    (URL, "Web", "https://alice.example"),
    (BIRTHDAY, "Birthday", "--04-23"),
)
PEOPLE: tuple[tuple[str, Fields], ...] = (
    ("Anja Petersen", ((PHONE, "Mobile", "+45 20 55 01 77"), (EMAIL, "Personal", "anja@petersen.example"))),
    (
        "Bob Okafor",
        (
            (PHONE, "Mobile", "+44 7700 900461"),
            (EMAIL, "Work", "bob@okafor.example"),
            (ADDRESS, "Home", "4 Mill Lane\nCambridge CB2 1TN"),
        ),
    ),
    ("Carol Müller", ((EMAIL, "Personal", "carol@mueller.example"),)),
    ("Chidi Anagonye", ((PHONE, "Mobile", "+61 491 570 156"), (URL, "Web", "https://chidi.example"))),
    ("Dave Moreau", ((PHONE, "Mobile", "+33 6 39 98 01 23"), (EMAIL, "Personal", "dave@moreau.example"))),
    ("Elif Yılmaz", ((PHONE, "Mobile", "+90 555 010 2233"),)),
    ("Frank Castellanos", ((EMAIL, "Work", "frank@castellanos.example"),)),
    ("Grace Whitfield", ((PHONE, "Mobile", "+1 555 0188 204"), (EMAIL, "Personal", "grace@whitfield.example"))),
    ("Henrik Sørensen", ((PHONE, "Mobile", "+47 400 00 123"),)),
    ("Inês Carvalho", ((EMAIL, "Personal", "ines@carvalho.example"), (BIRTHDAY, "Birthday", "1991-08-30"))),
)


def place(folder: Path) -> Profile:
    """Where a profile of the pictures lives."""
    return Profile("default", folder / "data", folder / "config")


def alice(folder: Path) -> Context:
    """Alice's profile, with contacts, rules, something under way and something that has arrived."""
    ctx = profiles.create(
        place(folder),
        "Alice Lindgren",
        relay=RELAY_URL,
        passphrase="a passphrase",
        clock=lambda: float(NOW),
        rng=random.Random("Alice").randbytes,
        parameters=CHEAP,
    )
    for kind, label, value in OWN:
        card.add_field(ctx, label, value, kind)
    for number, (name, fields) in enumerate(PEOPLE):
        _meet(ctx, number, name, fields)
    for label, who in (("family", ["Anja", "Bob", "Inês"]), ("work", ["Frank", "Grace", "Henrik"])):
        labels.create(ctx, label)
        labels.add(ctx, label, who)
    for label, who in (
        ("Personal", ["everyone"]),
        ("Web", ["everyone"]),
        ("Mobile", ["@family", "Dave", "Grace"]),
        ("Home", ["@family"]),
        ("Birthday", ["@family"]),
        ("Work", ["@work"]),
    ):
        visibility.allow(ctx, label, who)
    visibility.deny(ctx, "Personal", ["Frank"])
    with ctx.vault.write() as tx:
        for identity in tx.fanout.all():
            tx.fanout.clear(identity)
        for name in ("Dave Moreau", "Inês Carvalho"):
            row = NewRow(
                kind=Kind.UPDATE,
                mid=bytes(16),
                inner=b"sealed",
                created_at=NOW - 600,
                identity=identity_of(name),
                peer_id=identity_of(name)[:16],
            )
            tx.outbox.stored(tx.outbox.add(row), NOW - 600)
        bob = tx.contacts.get(identity_of("Bob Okafor"))
        assert bob is not None
        tx.contacts.put(replace(bob, note="Climbs on Thursdays. Knows a good luthier."))
        tx.history.add(NOW - 2 * DAY, bob.identity, "update", "Bob Okafor updated contact info: Mobile")
        tx.history.add(bob.updated_at or NOW, bob.identity, "update", "Bob Okafor updated contact info: Home")
    return ctx


def identity_of(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _meet(ctx: Context, number: int, name: str, fields: Fields) -> None:
    changes = [Change(Op.UPDATE, DISPLAY_NAME, Hlc(1, 0, bytes(16)), name)]
    changes.append(Change(Op.UPDATE, RELAY, Hlc(1, 1, bytes(16)), RELAY_URL))
    for place, (kind, label, value) in enumerate(fields):
        whole = FieldValue(kind, label, value, place)
        changes.append(Change(Op.ADD, field_path(f"f{place}"), Hlc(1, place, bytes(16)), whole))
    at = NOW - (number * 37 + 12) * DAY - number * 4_321
    method = (Method.CODE, Method.SOUND, Method.SCAN)[number % 3]
    trust = Trust(method, 0.5 + number / 10 if method is Method.SOUND else None, at)
    contact = Contact(
        identity_of(name),
        Registers().apply(changes),
        trust,
        confirmed=True,
        added_at=at,
        updated_at=NOW - number * number * 9_000 - 1_500,
    )
    with ctx.vault.write() as tx:
        tx.contacts.put(contact)
        tx.contacts.add_trust(contact.identity, trust)
        tx.history.add(at, contact.identity, "exchange", f"You exchanged cards with {name}, {trust.words()}.")


def somebody(name: str) -> OwnPerson:
    """Who shows a code that Alice answers."""
    rng = random.Random(name).randbytes
    identity, signing, static = generate_signing_key(rng), generate_signing_key(rng), generate_dh(rng)
    devices = issue(identity, NOW, (certify_device(signing, static.public, identity.public),))
    return OwnPerson(OwnDevice(identity.public, signing, static), devices, name, RELAY_URL)


class Still:
    """A sync worker that is connected to a relay at which nothing happens."""

    def __init__(self, ctx: Context, on_event: Callable[[events.SyncEvent], None]) -> None:
        self._tell = on_event

    async def run(self) -> None:
        for event in (events.Role(None), events.Online(RELAY_URL)):
            self._tell(event)
        await asyncio.Event().wait()

    def sync_now(self) -> None:
        """There is nothing new."""


class Wire:
    """A channel to `peer`, the machine of the other side, in this process; None never answers."""

    peer: Machine | None = None

    def __init__(self, *_: Any, **__: Any) -> None:
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(self, content: bytes, mid: bytes) -> None:
        if self.peer is not None:
            self.peer.receive_data(content, time.monotonic())
            for answer in self.peer.data_to_send():
                self._arrived.put_nowait(answer)

    async def receive(self) -> bytes:
        return await self._arrived.get()

    async def close(self) -> None:
        """There is nothing to close."""
