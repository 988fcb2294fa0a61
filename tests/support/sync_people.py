"""People with real vaults who met, and a relay in memory that can be as bad as a test wants. No sockets, no threads."""

import random
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Self

from vauchi_tui.actions import exchange
from vauchi_tui.actions.context import Context
from vauchi_tui.crypto.primitives import generate_dh, generate_signing_key, sha256
from vauchi_tui.model import edit
from vauchi_tui.model.clock import Ticker
from vauchi_tui.model.contact import Contact, Method
from vauchi_tui.model.registers import Change, Registers
from vauchi_tui.model.visibility import EVERYONE, Rule, contact_audience, project
from vauchi_tui.protocol.devices import OwnDevice, OwnPerson, certify_device, issue
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.hello import HelloMailbox
from vauchi_tui.protocol.linking import Joined, Linked
from vauchi_tui.protocol.mailbox import Mailbox, day_of
from vauchi_tui.protocol.receive import UnknownSession
from vauchi_tui.sync import fanout, inbox, introduce, link_up, own_fanout
from vauchi_tui.sync.events import SyncEvent
from vauchi_tui.sync.introduce import LastWord
from vauchi_tui.sync.sender import mark
from vauchi_tui.sync.upkeep import upkeep
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.tx import Tx

NOW = 1_790_000_000.0


class Clock:
    """Unix seconds, moved by the test."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    @property
    def ms(self) -> int:
        return int(self.now * 1000)


class Post:
    """A relay in memory: mailboxes by address, each message once by mid. `saw` is everything it ever got."""

    def __init__(self) -> None:
        self.boxes: dict[bytes, list[tuple[bytes, bytes]]] = {}
        self.saw: list[bytes] = []

    def put(self, address: bytes, mid: bytes, blob: bytes) -> None:
        self.saw.append(blob)
        box = self.boxes.setdefault(address, [])
        if mid not in [known for known, _ in box]:
            box.append((mid, blob))


@lru_cache(maxsize=100_000)
def _address(mailbox: Mailbox | HelloMailbox) -> bytes:
    return mailbox.address


class Person:
    """Somebody with a profile of his own. `vault` may be closed and opened again at any time: see `restart`."""

    def __init__(self, name: str, directory: Path, clock: Clock, seed: int = 0, relay: str | None = None) -> None:
        self.rng = random.Random(f"{name}{seed}").randbytes
        self.clock = clock
        self.profile = Profile(name, directory / name / "data", directory / name / "config")
        self.profile.make()
        self.key = self.rng(32)
        identity, signing, static = (
            generate_signing_key(self.rng),
            generate_signing_key(self.rng),
            generate_dh(self.rng),
        )
        self.identity = identity.public
        devices = issue(identity, 1, (certify_device(signing, static.public, identity.public),))

        def fill(tx: Tx) -> None:
            tx.me.create(identity.seed, signing.seed, static.private, devices.raw)
            ticker = tx.clock.ticker(clock.ms)
            changes = edit.set_name(Registers(), name, ticker)
            if relay:
                tx.settings.set("relay", relay)
                changes += edit.set_relay(Registers(), relay, ticker)
            tx.card.apply(changes)
            tx.clock.save(ticker)

        self.vault = Vault.create(self.profile, self.key, self.rng, fill)
        self.events: list[SyncEvent] = []

    @property
    def ctx(self) -> Context:
        """For the actions, on this person's connection."""
        return Context(self.profile, self.vault, self.key, self.clock, self.rng)

    @classmethod
    def on_vault(cls, name: str, profile: Profile, key: bytes, vault: Vault, clock: Clock, identity: bytes) -> Self:
        """Somebody whose profile is there already: a device that was linked."""
        person = object.__new__(cls)
        person.rng = random.Random(name).randbytes
        person.clock, person.profile, person.key, person.vault = clock, profile, key, vault
        person.identity, person.events = identity, []
        return person

    def open_vault(self) -> Vault:
        return Vault.open(self.profile, self.key)

    def restart(self) -> None:
        self.vault.close()
        self.vault = self.open_vault()

    def me(self) -> OwnPerson:
        with self.vault.read() as tx:
            return tx.me.person()

    # --- edits, each one transaction as an action makes it

    def set(self, label: str, value: str) -> str:
        """Add or change the field of that label; its id."""
        with self.vault.write() as tx:
            card, ticker = tx.card.registers(), tx.clock.ticker(self.clock.ms)
            known = {card.field(field_id).label: field_id for field_id in card.field_ids()}
            if label in known:
                changes = edit.set_value(card, known[label], value, None, ticker)
            else:
                changes = edit.add_field(card, label, value, None, ticker, lambda: self.rng(6).hex())
            self._edited(tx, changes, ticker)
        return self.field_id(label)

    def rename(self, label: str, new: str) -> None:
        with self.vault.write() as tx:
            card, ticker = tx.card.registers(), tx.clock.ticker(self.clock.ms)
            self._edited(tx, edit.rename_field(card, edit.find_field(card, label), new, ticker), ticker)

    def remove(self, label: str) -> None:
        with self.vault.write() as tx:
            card, ticker = tx.card.registers(), tx.clock.ticker(self.clock.ms)
            self._edited(tx, edit.remove_field(card, edit.find_field(card, label), ticker), ticker)

    def allow(self, label: str, who: "Person | None", allowed: bool = True) -> None:
        """A rule for one person, or for everyone."""
        with self.vault.write() as tx:
            before, ticker = fanout.access(tx), tx.clock.ticker(self.clock.ms)
            audience = contact_audience(who.identity) if who else EVERYONE
            tx.rules.add([Rule(edit.find_field(tx.card.registers(), label), audience, allowed, ticker.tick())])
            tx.clock.save(ticker)
            fanout.decided(tx, self.clock.ms, before)

    def _edited(self, tx: Tx, changes: list[Change], ticker: Ticker) -> None:
        tx.card.apply(changes)
        tx.clock.save(ticker)
        fanout.edited(tx, self.clock.ms, changes)

    # --- what is there

    def field_id(self, label: str) -> str:
        with self.vault.read() as tx:
            return edit.find_field(tx.card.registers(), label)

    def contact(self, who: "Person") -> Contact:
        with self.vault.read() as tx:
            found = tx.contacts.get(who.identity)
        assert found is not None
        return found

    def sees(self, who: "Person") -> dict[str, str]:
        """Another person's card as it has arrived here: label → value."""
        return {field.label: field.value for field in self.contact(who).card.fields}

    def shows(self, who: "Person") -> dict[str, str]:
        """One's own card as that person may see it."""
        with self.vault.read() as tx:
            labels = tx.labels.of(who.identity)
            card = project(tx.card.registers(), tx.rules.load(), who.identity, labels).registers.card()
        return {field.label: field.value for field in card.fields}

    def state(self) -> tuple[object, ...]:
        """All that a message could change, comparable.

        What only the peer can have wrapped and nobody can read makes a device ask for a new session: that aside.
        """
        with self.vault.read() as tx:
            contacts = tx.contacts.all()
            views = [tx.contacts.view(contact.identity) for contact in contacts]
            waiting = [row for row in tx.outbox.waiting() if row.kind is not Kind.HANDSHAKE]
            return tx.links.all(), contacts, views, waiting, tx.history.recent()

    def pending(self) -> int:
        """Messages that nobody has acknowledged, acks aside."""
        with self.vault.read() as tx:
            return sum(count.waiting + count.stored for count in tx.outbox.pending().values())

    # --- the steps of the sync worker

    def flush(self, *, force: bool = True) -> None:
        with self.vault.write() as tx:
            own_fanout.flush(tx, int(self.clock.now), self.rng)
            while fanout.flush(tx, self.clock.ms, self.rng, force):
                pass
            own_fanout.flush(tx, int(self.clock.now), self.rng)

    def upkeep(self) -> None:
        with self.vault.write() as tx:
            upkeep(tx, self.clock.ms, self.rng)

    def send(self, post: Post, *, only: int | None = None, forget: bool = False) -> int:
        """Bring what waits to the post. `forget`: the OK gets lost, so it waits on."""
        with self.vault.read() as tx:
            rows = [row for row in tx.outbox.waiting() if row.kind is not Kind.SLOT][:only]
            links = {link.peer_id: link for link in tx.links.all()}
        today = day_of(self.clock.now)
        for row in rows:
            mailbox: Mailbox | HelloMailbox
            if row.kind is Kind.HELLO and row.slot is not None:
                mailbox = HelloMailbox(*row.slot, today)
            else:
                assert row.peer_id is not None
                mailbox = links[row.peer_id].mailbox_out(today)
            post.put(mailbox.address, row.mid, mailbox.wrap(row.inner, self.rng))
            if not forget:
                with self.vault.write() as tx:
                    mark(tx, [row], int(self.clock.now))
        return len(rows)

    def boxes(self) -> list[tuple[bytes, Mailbox]]:
        """(peer id, mailbox) of all that is read today from one device alone."""
        with self.vault.read() as tx:
            links = tx.links.all()
        today = day_of(self.clock.now)
        return [(link.peer_id, link.mailbox_in(day)) for link in links for day in range(today - 15, today + 2)]

    def hellos(self, post: Post) -> int:
        """Read what contacts left of their lists of devices, and delete nothing; how much there was."""
        with self.vault.read() as tx:
            keys = tx.contacts.all_keys()
        today, count = day_of(self.clock.now), 0
        for identity, key in keys:
            for day in range(today - 15, today + 2):
                mailbox = HelloMailbox(key, self.identity, day)
                for _, blob in post.boxes.get(_address(mailbox), []):
                    self.take(identity, mailbox, blob)
                    count += 1
        return count

    def full_boxes(self, post: Post) -> list[tuple[bytes, Mailbox]]:
        """Those of them in which something lies."""
        return [(peer_id, mailbox) for peer_id, mailbox in self.boxes() if post.boxes.get(_address(mailbox))]

    def take(self, peer_id: bytes, mailbox: Mailbox | HelloMailbox, blob: bytes) -> list[SyncEvent]:
        with self.vault.write() as tx:
            events = inbox.receive(tx, peer_id, mailbox, blob, self.clock.ms, self.rng)
        self.events += events
        return events

    def read(self, post: Post, *, delete: bool = True, drained: bool = True) -> int:
        """Take what lies in the mailboxes, in order; how many. `delete=False`: the ACK to the relay gets lost."""
        count = 0
        for peer_id, mailbox in self.full_boxes(post):
            box = post.boxes[_address(mailbox)]
            for entry in list(box):
                try:
                    self.take(peer_id, mailbox, entry[1])
                except UnknownSession:
                    continue  # held
                count += 1
                if delete:
                    box.remove(entry)
        if drained:
            with self.vault.write() as tx:
                for peer_id in tx.links.peers():
                    inbox.drained(tx, peer_id, day_of(self.clock.now), self.clock.ms, self.rng)
        return count

    def resend(self) -> None:
        """What lies unacknowledged for a day waits again."""
        with self.vault.write() as tx:
            tx.outbox.resend_outside(int(self.clock.now) - 86_400, int(self.clock.now))


def link(primary: Person, name: str) -> Person:
    """A new device of that person, linked as the two machines leave it. Its state comes by the post."""
    rng, clock = random.Random(f"{name} of {primary.profile.name}").randbytes, primary.clock
    signing, static, ratchet = generate_signing_key(rng), generate_dh(rng), generate_dh(rng)
    root, transcript, expiry, now = rng(32), rng(32), int(clock.now) + 300, int(clock.now)
    me, device = primary.me(), certify_device(signing, static.public, primary.identity)
    own = me.devices.find(me.device.id)
    assert own is not None
    linked = Linked(device, name, root, transcript, ratchet.public, sha256(root), expiry)
    with primary.vault.write() as tx:
        word = LastWord(b"M5", (rng(32), b"A"), None)
        devices = link_up.admit(tx, linked, lambda _: word, now, primary.rng)
        for row in tx.outbox.for_contact(primary.identity):
            if row.kind is Kind.SLOT:
                tx.outbox.delete(row.id)  # it has arrived
    keys = OwnDevice(primary.identity, signing, static)
    joined = Joined(keys, devices, own, me.relay, root, transcript, ratchet, sha256(root), expiry)
    directory = primary.profile.data.parent.parent / f"{primary.profile.name}-{name}"
    profile = Profile(directory.name, directory / "data", directory / "config")
    profile.make()
    key = rng(32)
    vault = Vault.create(profile, key, rng, lambda tx: link_up.settle_in(tx, joined, now, rng))
    return Person.on_vault(directory.name, profile, key, vault, clock, primary.identity)


def meet(shower: Person, scanner: Person, grants: Iterable[str] = (), back: Iterable[str] = ()) -> None:
    """An exchange in person that both complete. `grants`, `back`: fields and @labels that each grants the other."""
    ends = introduced(shower, scanner)
    for person, established, names in ((shower, ends[0], grants), (scanner, ends[1], back)):
        store(person, established, names)


def store(person: Person, established: Established, names: Iterable[str] = ()) -> Contact:
    ids = exchange.resolve_grants(person.ctx, names)
    with person.vault.write() as tx:
        return introduce.store_contact(tx, tx.me.person(), established, ids, person.clock.now, person.rng)


def introduced(shower: Person, scanner: Person) -> tuple[Established, Established]:
    """What the exchange machines leave on both sides."""
    rng = shower.rng
    ratchet, root, transcript, key, token = generate_dh(rng), rng(32), rng(32), rng(32), rng(32)

    def side(role: Role, peer: Person) -> Established:
        me = peer.me()
        device = me.devices.find(me.device.id)
        assert device is not None
        return Established(
            role=role,
            peer_identity=peer.identity,
            peer_devices=me.devices,
            peer_device=device,
            peer_relay=me.relay,
            peer_name=me.name if role is Role.SCANNER else "",
            session_root=root,
            transcript=transcript,
            contact_key=key,
            own_ratchet=ratchet if role is Role.SCANNER else None,
            peer_ratchet=ratchet.public if role is Role.SHOWER else None,
            method=Method.CODE,
            token_hash=sha256(token),
            expiry=int(shower.clock.now) + 300,
        )

    return side(Role.SHOWER, scanner), side(Role.SCANNER, shower)


def settle(post: Post, *people: Person, rounds: int = 12) -> None:
    """Let everybody flush, send and read until nothing moves any more."""
    for _ in range(rounds):
        moved = 0
        for person in people:
            person.flush()
            moved += person.send(post)
        for person in people:
            moved += person.read(post)
        for person in people:
            person.hellos(post)
        if not moved:
            return
    raise AssertionError("the people never come to rest")
