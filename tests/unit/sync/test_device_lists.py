"""Lists of devices at work: whose device may be on which list, and what a list brings about."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from sync_people import Clock, Person, Post, link, meet, settle

from vauchi_tui.crypto.primitives import DhKeyPair, SigningKey, generate_dh, generate_signing_key
from vauchi_tui.errors import ExchangeRefused, InvalidValue, LimitExceeded, NotFound
from vauchi_tui.model import limits
from vauchi_tui.model.clock import Hlc
from vauchi_tui.protocol.devices import Device, DeviceList, certify_device, issue
from vauchi_tui.protocol.hello import HelloMailbox, announcement
from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.protocol.messages import NewDevices
from vauchi_tui.protocol.own_messages import OwnList, OwnUpdate
from vauchi_tui.protocol.records import SharedRecord
from vauchi_tui.sync import hello, link_up, revoke, roster
from vauchi_tui.sync.events import Failed, SyncEvent
from vauchi_tui.vault.outbox import Kind

MakePerson = Callable[..., Person]


def device(person: Person, seed: int, static: DhKeyPair | None = None) -> Device:
    """A device that this person could list."""
    rng = random.Random(seed).randbytes
    return certify_device(generate_signing_key(rng), (static or generate_dh(rng)).public, person.identity)


def listed(person: Person, *more: Device, version: int | None = None) -> DeviceList:
    """A list signed by that person, with more devices."""
    with person.vault.read() as tx:
        key, old = tx.me.identity_key(), tx.me.devices()
    assert key is not None
    return issue(key, version or old.version + 1, (*old.devices, *more))


def say(sender: Person, recipient: Person, content: bytes) -> list[SyncEvent]:
    """One device of a person says something in a session with one of another; what comes of it there."""
    with sender.vault.write() as tx:
        (there,) = [one for one in tx.links.of(recipient.identity) if one.peer_id == recipient.me().device.id]
        session = there.speaking
        assert session is not None
        session, _, inner = session.seal(content, there.ad_out, sender.rng)
        tx.links.put(there.with_session(session))
    mailbox = there.mailbox_out(day_of(sender.clock.now))
    return recipient.take(there.own_id, mailbox, mailbox.wrap(inner, sender.rng))


def devices_of(person: Person, other: Person) -> DeviceList:
    with person.vault.read() as tx:
        devices = tx.contacts.devices(other.identity)
    assert devices is not None
    return devices


def lines(person: Person, other: Person) -> list[str]:
    with person.vault.read() as tx:
        return [line.text for line in tx.history.recent(other.identity) if line.kind == "devices"]


def test_a_new_device_is_linked_with_and_one_that_is_gone_is_not(friends: tuple[Person, Person, Post]) -> None:
    alice, bob, _ = friends
    tablet = device(bob, 1)
    say(bob, alice, NewDevices(listed(bob, tablet)).encode())
    with alice.vault.read() as tx:
        (there,) = [one for one in tx.links.all() if one.peer_id == tablet.id]
        assert there.sessions == () and tx.handshakes.peers() == {tablet.id}
        assert [row.kind for row in tx.outbox.for_contact(bob.identity) if row.peer_id == tablet.id] == [Kind.HANDSHAKE]
    assert lines(alice, bob) == ["Bob added a device."]
    say(bob, alice, NewDevices(listed(bob, version=9)).encode())
    with alice.vault.read() as tx:
        assert tx.links.get(tablet.id) is None and tx.handshakes.peers() == frozenset()
        assert not [row for row in tx.outbox.for_contact(bob.identity) if row.peer_id == tablet.id]
    assert lines(alice, bob)[0] == "Bob removed a device."


def test_a_device_that_speaks_under_a_list_without_itself_is_heard_no_more(
    friends: tuple[Person, Person, Post],
) -> None:
    alice, bob, post = friends
    with bob.vault.read() as tx:
        key = tx.me.identity_key()
    assert key is not None
    say(bob, alice, NewDevices(issue(key, 9, (device(bob, 1),))).encode())
    with alice.vault.read() as tx:
        assert tx.links.get(bob.me().device.id) is None
    alice.set("phone", "555 22 22")
    settle(post, alice)
    assert bob.read(post) == 0


@pytest.mark.parametrize("whose", ["another contact", "one's own"])
def test_a_list_with_somebody_elses_device_is_refused_whole(
    friends: tuple[Person, Person, Post], make: MakePerson, whose: str
) -> None:
    alice, bob, _ = friends
    carol = make("Carol")
    meet(alice, carol)
    victim = carol if whose == "another contact" else alice
    before = devices_of(alice, bob)
    with bob.vault.read() as tx:
        key = tx.me.identity_key()
    assert key is not None
    keys = victim.me().device
    stolen = certify_device(keys.signing, keys.static.public, bob.identity)
    (refused,) = [
        event
        for event in say(bob, alice, NewDevices(issue(key, 9, (*before.devices, stolen))).encode())
        if isinstance(event, Failed)
    ]
    assert "Bob" in refused.reason and devices_of(alice, bob) == before
    assert "somebody else’s" in lines(alice, bob)[0]
    with alice.vault.read() as tx, pytest.raises(ExchangeRefused):
        roster.check_owners(tx, issue(key, 9, (stolen,)))


@pytest.mark.parametrize("whose", ["another contact", "one's own"])
def test_an_entry_with_somebody_elses_static_key_is_listed_and_not_linked_with(
    friends: tuple[Person, Person, Post], make: MakePerson, whose: str
) -> None:
    alice, bob, _ = friends
    carol = make("Carol")
    meet(alice, carol)
    victim = carol if whose == "another contact" else alice
    copied = device(bob, 1, static=victim.me().device.static)
    say(bob, alice, NewDevices(listed(bob, copied)).encode())
    assert len(devices_of(alice, bob).devices) == 2
    with alice.vault.read() as tx:
        assert tx.links.get(copied.id) is None


def test_who_lists_the_static_key_of_a_contacts_new_device_keeps_nobody_from_it(
    friends: tuple[Person, Person, Post], make: MakePerson
) -> None:
    alice, bob, post = friends
    mallory = make("Mallory")
    meet(alice, mallory)
    settle(post, alice, mallory)
    static = generate_dh(random.Random(5).randbytes)
    say(mallory, alice, NewDevices(listed(mallory, device(mallory, 1, static))).encode())
    new = device(bob, 2, static)
    say(bob, alice, NewDevices(listed(bob, new)).encode())
    with alice.vault.read() as tx:
        with_bob = tx.links.get(new.id)
        assert with_bob is not None and with_bob.peer_identity == bob.identity
        addresses = [known.mailbox_in(day_of(alice.clock.now)).address for known in tx.links.all()]
        assert len(set(addresses)) == len(addresses)


def test_two_lists_of_one_number_are_warned_of_and_nothing_changes(friends: tuple[Person, Person, Post]) -> None:
    alice, bob, _ = friends
    say(bob, alice, NewDevices(listed(bob, device(bob, 1), version=9)).encode())
    first = devices_of(alice, bob)
    (refused,) = [
        event
        for event in say(bob, alice, NewDevices(listed(bob, device(bob, 2), version=9)).encode())
        if isinstance(event, Failed)
    ]
    assert "same number" in refused.hint and devices_of(alice, bob) == first
    assert "carry the same number" in lines(alice, bob)[0]


def test_a_contacts_session_can_never_change_own_state(friends: tuple[Person, Person, Post]) -> None:
    alice, bob, _ = friends
    laptop = link(alice, "laptop")
    with alice.vault.read() as tx:
        before = tx.card.registers(), tx.rules.load(), tx.me.devices(), tx.shared.names()
    note = SharedRecord("note:x", "changed", Hlc(int(alice.clock.now) * 1000, 0, bytes(16)))
    for content in (OwnUpdate((note,)).encode(), OwnList(alice.me().devices).encode()):
        (refused,) = [event for event in say(bob, alice, content) if isinstance(event, Failed)]
        assert "refused" in refused.reason
    with alice.vault.read() as tx:
        assert (tx.card.registers(), tx.rules.load(), tx.me.devices(), tx.shared.names()) == before
    laptop.vault.close()


def test_an_own_session_takes_no_contacts_message_and_no_strangers_list(
    friends: tuple[Person, Person, Post],
) -> None:
    alice, bob, post = friends
    laptop = link(alice, "laptop")
    settle(post, alice, bob, laptop)
    before = laptop.me().devices
    for content in (NewDevices(before).encode(), OwnList(bob.me().devices).encode(), OwnList(before).encode()):
        say(alice, laptop, content)
    with laptop.vault.read() as tx:
        assert tx.me.exists() and tx.me.devices() == before
    old = issue(_key(alice), before.version - 1, before.devices[:1])
    assert [event for event in say(alice, laptop, OwnList(old).encode()) if isinstance(event, Failed)] == []
    assert laptop.me().devices == before
    other = issue(_key(alice), before.version, before.devices[:1])
    assert [event for event in say(alice, laptop, OwnList(other).encode()) if isinstance(event, Failed)]
    with laptop.vault.read() as tx:
        assert tx.me.exists() and tx.me.devices() == before


def _key(person: Person) -> SigningKey:
    with person.vault.read() as tx:
        key = tx.me.identity_key()
    assert key is not None
    return key


def test_a_list_in_a_hello_mailbox_counts_only_from_whom_the_key_is(
    friends: tuple[Person, Person, Post], make: MakePerson
) -> None:
    alice, bob, _ = friends
    carol = make("Carol")
    with alice.vault.read() as tx:
        ((_, key),) = tx.contacts.all_keys()
    box = HelloMailbox(key, alice.identity, day_of(alice.clock.now))
    before = devices_of(alice, bob)
    for wrong in (announcement(carol.me().devices), b"", b"\x01junk", announcement(before)):
        assert alice.take(bob.identity, box, box.wrap(wrong, bob.rng)) == []
        assert devices_of(alice, bob) == before
    new = listed(bob, device(bob, 1))
    for _ in range(2):
        alice.take(bob.identity, box, box.wrap(announcement(new), bob.rng))
        assert devices_of(alice, bob) == new
    assert alice.take(bob.identity, box, box.wrap(announcement(before), bob.rng)) == []
    assert devices_of(alice, bob) == new and lines(alice, bob) == ["Bob added a device."]


def test_who_has_not_acknowledged_the_list_is_told_again_every_two_weeks(make: MakePerson, clock: Clock) -> None:
    alice, bob, carol = make("Alice"), make("Bob"), make("Carol")
    for other in (bob, carol):
        meet(alice, other)
    with alice.vault.write() as tx:
        tx.settings.set("relay", "wss://relay.example.org")
    link(alice, "laptop").vault.close()

    def left() -> list[bytes | None]:
        """Whom the list is left for now; it leaves at once."""
        with alice.vault.write() as tx:
            hello.announce(tx, int(clock.now), alice.rng)
            rows = [row for row in tx.outbox.waiting() if row.kind is Kind.HELLO]
            for row in rows:
                tx.outbox.delete(row.id)
            return sorted(row.identity or b"" for row in rows)

    both = sorted([bob.identity, carol.identity])
    assert left() == both and left() == []
    clock.now += hello.AGAIN_S - 1
    assert left() == []
    clock.now += 1
    assert left() == both
    with alice.vault.write() as tx:
        tx.announcements.known(bob.identity, tx.me.devices().version)
    clock.now += hello.AGAIN_S
    assert left() == [carol.identity]
    with alice.vault.write() as tx:
        tx.settings.set("relay", None)  # nobody has one: there is nowhere to leave it
    clock.now += hello.AGAIN_S
    assert left() == []


def test_only_the_primary_links_and_revokes_and_never_itself_or_an_eleventh(
    friends: tuple[Person, Person, Post],
) -> None:
    alice, bob, post = friends
    laptop = link(alice, "laptop")
    settle(post, alice, bob, laptop)
    now = int(alice.clock.now)
    own, other = alice.me().device.id, laptop.me().device.id
    with laptop.vault.write() as tx, pytest.raises(InvalidValue, match="first device"):
        revoke.revoke(tx, own, now, laptop.rng)
    with laptop.vault.read() as tx, pytest.raises(InvalidValue, match="first device"):
        link_up.check_room(tx)
    with alice.vault.write() as tx:
        with pytest.raises(InvalidValue, match="holds your identity"):
            revoke.revoke(tx, own, now, alice.rng)
        with pytest.raises(NotFound):
            revoke.revoke(tx, bytes(16), now, alice.rng)
    for number in range(limits.DEVICES - 2):
        link(alice, f"d{number}").vault.close()
    with alice.vault.read() as tx, pytest.raises(LimitExceeded):
        link_up.check_room(tx)
    with alice.vault.write() as tx:
        revoke.revoke(tx, other, now, alice.rng)
        link_up.check_room(tx)


def test_a_blocked_contacts_list_begins_nothing(friends: tuple[Person, Person, Post]) -> None:
    alice, bob, _ = friends
    with alice.vault.write() as tx:
        contact = tx.contacts.get(bob.identity)
        assert contact is not None
        tx.contacts.put(replace(contact, blocked=True))
        roster.adopt(tx, listed(bob, device(bob, 1)), int(alice.clock.now), alice.rng)
        assert len(tx.links.of(bob.identity)) == 1 and tx.handshakes.peers() == frozenset()
