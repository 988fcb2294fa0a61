"""Several own devices: what one does, all have; contacts talk to each; the revoked one has nothing."""

from collections.abc import Callable

import pytest
from leak_search import search
from own_state import own_state
from sync_people import Clock, Person, Post, link, meet, settle

from vauchi_tui.actions import contacts, labels, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.protocol.padding import BUCKETS
from vauchi_tui.sync import agree, own_fanout, revoke
from vauchi_tui.sync.events import Failed, Revoked
from vauchi_tui.sync.own_fanout import WINDOW
from vauchi_tui.vault.outbox import Kind

MakePerson = Callable[..., Person]


def days(post: Post, clock: Clock, *people: Person, count: int = 3) -> None:
    """Days pass, with what the worker does on them."""
    for _ in range(count):
        settle(post, *people, rounds=40)
        clock.now += 90_000
        for person in people:
            person.upkeep()
    settle(post, *people, rounds=40)


def card(person: Person) -> dict[str, str]:
    with person.vault.read() as tx:
        shown = tx.card.registers().card()
    return {"name": shown.display_name} | {field.label: field.value for field in shown.fields}


def test_a_linked_device_has_everything_and_both_go_on_alike(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    bob.set("mail", "bob@example.org")
    meet(alice, bob, grants=["phone"], back=["mail"])
    settle(post, alice, bob)
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    assert card(laptop) == card(alice) and laptop.sees(bob) == {"mail": "bob@example.org"}
    assert own_state(laptop) == own_state(alice)
    laptop.set("phone", "555 22 22")
    settle(post, alice, bob, laptop)
    assert card(alice)["phone"] == "555 22 22" and bob.sees(alice) == {"phone": "555 22 22"}
    alice.set("mail", "alice@example.org")
    alice.allow("mail", bob)
    settle(post, alice, bob, laptop)
    assert own_state(laptop) == own_state(alice)
    assert bob.sees(alice) == alice.shows(bob) == laptop.shows(bob)
    assert not [event for person in (alice, bob, laptop) for event in person.events if isinstance(event, Failed)]


def test_a_device_linked_after_the_exchange_talks_to_contacts_both_ways(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    bob.set("mail", "bob@example.org")
    meet(alice, bob, grants=["phone"], back=["mail"])
    settle(post, alice, bob)
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    # Alice's first device is asleep from now on
    laptop.set("phone", "555 33 33")
    bob.set("mail", "new@example.org")
    settle(post, laptop, bob)
    assert bob.sees(alice) == {"phone": "555 33 33"} and laptop.sees(bob) == {"mail": "new@example.org"}
    assert laptop.pending() - _for(laptop, alice) == 0


def _for(person: Person, other: Person) -> int:
    """What of one person's device waits for another own device."""
    with person.vault.read() as tx:
        count = tx.outbox.pending().get(other.identity)
        return count.waiting + count.stored if count else 0


def test_every_device_of_a_contact_gets_every_update_and_the_history_says_that_it_came(
    make: MakePerson, clock: Clock
) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    settle(post, alice, bob)
    tablet = link(bob, "tablet")
    days(post, clock, alice, bob, tablet)
    assert tablet.sees(alice) == {"phone": "555 11 11"}
    alice.set("phone", "555 22 22")
    settle(post, alice, bob, tablet)
    assert bob.sees(alice) == tablet.sees(alice) == {"phone": "555 22 22"}
    with alice.vault.read() as tx:
        assert "Bob added a device." in [line.text for line in tx.history.recent(bob.identity)]
    assert alice.pending() == 0


def test_two_and_two_devices_where_only_the_new_ones_are_awake(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    settle(post, alice, bob)
    laptop, tablet = link(alice, "laptop"), link(bob, "tablet")
    days(post, clock, alice, bob, laptop, tablet)
    laptop.set("phone", "555 44 44")
    settle(post, laptop, tablet)
    assert tablet.sees(alice) == {"phone": "555 44 44"}


def test_hiding_on_one_device_hides_from_every_device_of_the_contact(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    settle(post, alice, bob)
    laptop, tablet = link(alice, "laptop"), link(bob, "tablet")
    days(post, clock, alice, bob, laptop, tablet)
    laptop.allow("phone", bob, False)
    settle(post, alice, bob, laptop, tablet)
    assert bob.sees(alice) == tablet.sees(alice) == {}
    laptop.set("phone", "555 99 99")
    alice.set("phone", "555 98 98")
    days(post, clock, alice, bob, laptop, tablet)
    assert bob.sees(alice) == tablet.sees(alice) == {}
    assert own_state(laptop) == own_state(alice)


def test_edits_on_two_devices_at_once_end_alike_everywhere(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    alice.set("phone", "555 22 22")
    clock.now += 1
    laptop.set("phone", "555 33 33")
    alice.rename("phone", "mobile")
    days(post, clock, alice, bob, laptop)
    assert own_state(laptop) == own_state(alice)
    assert bob.sees(alice) == alice.shows(bob) == {"mobile": "555 33 33"}


def test_a_clock_a_century_ahead_is_told_of_once_and_later_edits_here_still_win(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    right, laptop.clock = clock, Clock(clock.now + 100 * 365 * 86_400)
    laptop.set("phone", "555 22 22")
    laptop.flush()
    laptop.clock = right
    days(post, clock, alice, bob, laptop)
    assert card(alice)["phone"] == "555 22 22" and bob.sees(alice) == {"phone": "555 22 22"}
    alice.set("phone", "555 33 33")
    days(post, clock, alice, bob, laptop)
    assert card(laptop)["phone"] == "555 33 33" and bob.sees(alice) == {"phone": "555 33 33"}
    told = [event.reason for event in alice.events if isinstance(event, Failed)]
    assert told == ["The clock of another device of yours is about 36,500 days ahead of this one’s."]
    with alice.vault.read() as tx:
        assert len([line for line in tx.history.recent() if line.kind == "clock"]) == 1


def test_an_hour_behind_is_no_reason_for_words(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    right, laptop.clock = clock, Clock(clock.now - 3_600)
    laptop.set("phone", "555 22 22")
    laptop.clock = right
    days(post, clock, alice, bob, laptop)
    assert own_state(alice) == own_state(laptop) and bob.sees(alice) == {"phone": "555 22 22"}
    alice.set("phone", "555 33 33")
    days(post, clock, alice, bob, laptop)
    assert card(laptop)["phone"] == "555 33 33" and bob.sees(alice) == {"phone": "555 33 33"}
    assert not [event for person in (alice, laptop, bob) for event in person.events if isinstance(event, Failed)]


def test_a_contact_met_on_one_device_is_there_on_the_other_and_talks_to_it(make: MakePerson, clock: Clock) -> None:
    alice, carol, post = make("Alice"), make("Carol"), Post()
    alice.set("phone", "555 11 11")
    carol.set("mail", "carol@example.org")
    laptop = link(alice, "laptop")
    days(post, clock, alice, laptop)
    meet(laptop, carol, grants=["phone"], back=["mail"])
    days(post, clock, alice, laptop, carol)
    assert alice.sees(carol) == laptop.sees(carol) == {"mail": "carol@example.org"}
    assert own_state(laptop) == own_state(alice)
    alice.set("phone", "555 22 22")
    carol.set("mail", "c@example.org")
    settle(post, alice, carol)
    assert carol.sees(alice) == {"phone": "555 22 22"} and alice.sees(carol) == {"mail": "c@example.org"}


def test_three_devices_hear_each_other_without_the_first(make: MakePerson, clock: Clock) -> None:
    alice, post = make("Alice"), Post()
    laptop = link(alice, "laptop")
    days(post, clock, alice, laptop)
    phone = link(alice, "phone")
    days(post, clock, alice, laptop, phone)
    laptop.set("phone", "555 77 77")
    settle(post, laptop, phone)
    assert card(phone)["phone"] == "555 77 77"
    with phone.vault.read() as tx:
        seen = {device.id: device.last_seen for device in tx.devices.others()}
    assert len(seen) == 2 and all(seen.values())


def test_a_revoked_device_wipes_itself_and_hears_no_more(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    _revoke(alice, laptop)
    days(post, clock, alice, bob)
    laptop.read(post, drained=False)
    assert Revoked() in laptop.events
    with laptop.vault.read() as tx:
        assert not tx.me.exists() and tx.contacts.all() == [] and tx.links.all() == []
    alice.set("phone", "555 22 22")
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555 22 22"} and alice.pending() == bob.pending() == 0
    with bob.vault.read() as tx:
        assert "Alice removed a device." in [line.text for line in tx.history.recent(alice.identity)]
        assert len(tx.links.all()) == 1


def test_the_saved_state_of_a_revoked_device_decrypts_nothing_sent_after(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    bob.set("mail", "bob@example.org")
    meet(alice, bob, grants=["phone"], back=["mail"])
    laptop = link(alice, "stolen")
    days(post, clock, alice, bob, laptop)
    _revoke(alice, laptop)
    days(post, clock, alice, bob)
    post.saw.clear()
    alice.set("phone", "555 22 22")
    bob.set("mail", "secret@example.org")
    alice.allow("phone", None)
    before = laptop.state()
    days(post, clock, alice, bob)
    assert post.saw
    for peer_id, mailbox in laptop.boxes():
        for blob in post.saw:
            assert laptop.take(peer_id, mailbox, blob) == []
    assert laptop.state() == before


def test_what_a_stolen_device_shares_does_not_keep_it_from_being_revoked(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    meet(alice, bob)
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    with laptop.vault.write() as tx:
        ticker = tx.clock.ticker(clock.ms)
        for key in (
            "unsent:",
            "unsent:zz:00",
            "unsent:00",
            "unsent:00:00:00",
            "unsent:00:00",
            "standing:zz",
            "note:zz",
        ):
            tx.shared.set(key, "1", ticker.tick())
        tx.clock.save(ticker)
    days(post, clock, alice, bob, laptop)
    with alice.vault.read() as tx:
        assert tx.shared.get("unsent:zz:00").value == "1"
    _revoke(alice, laptop)
    days(post, clock, alice, bob)
    with bob.vault.read() as tx:
        devices = tx.contacts.devices(alice.identity)
    assert devices is not None and len(devices.devices) == 1


@pytest.mark.parametrize("remaining", [0, 1, 2])
def test_what_a_stolen_device_told_contacts_alone_does_not_outlast_it(
    make: MakePerson, clock: Clock, remaining: int
) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    laptop = link(alice, "laptop")
    more = [link(alice, f"tablet {number}") for number in range(remaining)]
    days(post, clock, alice, bob, laptop, *more)
    right, laptop.clock = clock, Clock(clock.now + 100 * 365 * 86_400)
    laptop.set("phone", "666 66 66")
    laptop.set("other", "777 77 77")
    visibility.allow(laptop.ctx, "other", ["everyone"])
    laptop.flush()
    laptop.clock = right
    settle(post, laptop, bob)
    assert bob.sees(alice) == {"phone": "666 66 66", "other": "777 77 77"}
    post.boxes.clear()  # other own devices never hear of it
    _revoke(alice, laptop)
    days(post, clock, alice, bob, *more)
    assert bob.sees(alice) == alice.shows(bob) == {"phone": "555 11 11"}
    for person in (alice, *more):
        person.set("phone", f"555 22 {clock.now:.0f}")
        days(post, clock, alice, bob, *more)
        assert bob.sees(alice) == person.shows(bob) == alice.shows(bob)


def _revoke(primary: Person, device: Person) -> None:
    gone = device.me().device.id
    with primary.vault.write() as tx:
        revoke.revoke(tx, gone, int(primary.clock.now), primary.rng)


def test_blocking_removing_and_notes_on_one_device_hold_on_all(make: MakePerson, clock: Clock) -> None:
    alice, bob, carol, post = make("Alice"), make("Bob"), make("Carol"), Post()
    alice.set("phone", "555 11 11")
    for other in (bob, carol):
        meet(alice, other, grants=["phone"])
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, carol, laptop)
    ctx = Context(laptop.profile, laptop.vault, laptop.key, clock, laptop.rng)
    contacts.note(ctx, "Bob", "likes tea")
    settle(post, alice, laptop, bob, carol)
    assert alice.contact(bob).note == "likes tea"
    contacts.block(ctx, "Bob")
    contacts.remove(ctx, "Carol")
    days(post, clock, alice, bob, carol, laptop)
    assert alice.contact(bob).blocked and own_state(alice) == own_state(laptop)
    assert bob.sees(alice) == carol.sees(alice) == {}
    with alice.vault.read() as tx:
        assert tx.contacts.tombstone(carol.identity) and tx.contacts.get(carol.identity) is None
    meet(alice, carol, grants=["phone"])
    days(post, clock, alice, carol, laptop)
    assert laptop.contact(carol).confirmed and carol.sees(alice) == {"phone": "555 11 11"}
    assert own_state(alice) == own_state(laptop)


@pytest.fixture
def asleep(make: MakePerson, clock: Clock) -> tuple[Person, Person, Person, Post]:
    """Alice, Bob and Alice's laptop, which has told Alice of an edit and then went to sleep before Bob got it."""
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    laptop = link(alice, "laptop")
    days(post, clock, alice, bob, laptop)
    laptop.set("phone", "555 22 22")
    laptop.flush()
    with laptop.vault.read() as tx:  # only what is for own devices leaves
        own = [row for row in tx.outbox.waiting() if row.identity == alice.identity]
        theirs = [row for row in tx.outbox.waiting() if row.identity == bob.identity]
        mailboxes = {peer.peer_id: peer.mailbox_out(day_of(clock.now)) for peer in tx.links.all()}
    assert theirs
    for row in own:
        assert row.peer_id is not None
        post.put(mailboxes[row.peer_id].address, row.mid, mailboxes[row.peer_id].wrap(row.inner, laptop.rng))
    settle(post, alice, bob)
    assert card(alice)["phone"] == "555 22 22" and bob.sees(alice) == {"phone": "555 11 11"}
    return alice, bob, laptop, post


Asleep = tuple[Person, Person, Person, Post]


def test_what_a_revoked_device_had_not_sent_another_sends_at_once(asleep: Asleep) -> None:
    alice, bob, laptop, post = asleep
    _revoke(alice, laptop)
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555 22 22"}


def test_what_a_device_asleep_had_not_sent_another_sends_after_a_day_and_once(asleep: Asleep, clock: Clock) -> None:
    alice, bob, laptop, post = asleep
    clock.now += 80_000
    alice.upkeep()
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555 11 11"}
    clock.now += 7_000
    alice.upkeep()
    settle(post, alice, bob)
    assert bob.sees(alice) == {"phone": "555 22 22"}
    for _ in range(3):
        clock.now += 90_000
        alice.upkeep()
        bob.upkeep()
        alice.flush()
        with alice.vault.read() as tx:
            assert not [row for row in tx.outbox.for_contact(bob.identity) if row.kind is not Kind.ACK]
        settle(post, alice, bob)
    days(post, clock, alice, bob, laptop)
    assert own_state(alice) == own_state(laptop) and bob.sees(alice) == {"phone": "555 22 22"}


def test_a_device_that_sleeps_costs_a_window_and_gets_what_is_newest_when_it_wakes(
    make: MakePerson, clock: Clock
) -> None:
    alice, post = make("Alice"), Post()
    laptop = link(alice, "laptop")
    days(post, clock, alice, laptop)
    gone = laptop.me().device.id
    for number in range(WINDOW + 20):
        clock.now += 60
        alice.set("phone", f"555 00 {number:02}")
        alice.flush()
        with alice.vault.read() as tx:
            assert tx.outbox.count(alice.identity, gone, Kind.OWN) == min(number + 1, WINDOW)
            assert own_fanout.is_owing(tx) is False
    with alice.vault.read() as tx:
        assert tx.owed.count(gone) == 1  # the field's value, however often it has changed since
    days(post, clock, alice, laptop)
    assert card(laptop)["phone"] == card(alice)["phone"] == f"555 00 {WINDOW + 19:02}"
    assert own_state(laptop) == own_state(alice) and alice.pending() == 0


def test_everything_is_told_again_in_a_new_session(make: MakePerson, clock: Clock) -> None:
    alice, post = make("Alice"), Post()
    laptop = link(alice, "laptop")
    days(post, clock, alice, laptop)
    alice.set("phone", "555 11 11")
    alice.flush()
    with alice.vault.write() as tx:  # it is lost with the session
        (there,) = tx.links.all()
        for session in there.sessions:
            tx.outbox.drop_session(session.sid)
    first, second = (alice, laptop) if alice.me().device.id < laptop.me().device.id else (laptop, alice)
    with first.vault.write() as tx:
        (there,) = tx.links.all()
        agree.want(tx, there, int(clock.now), first.rng)
    days(post, clock, alice, laptop)
    assert card(laptop)["phone"] == "555 11 11" and own_state(laptop) == own_state(alice)
    with second.vault.read() as tx:
        (there,) = tx.links.all()
        assert [session.agreed for session in there.sessions] == [True]


def test_a_relay_sees_nothing_of_own_devices_lists_and_what_they_share(make: MakePerson, clock: Clock) -> None:
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("canary label", "canary value")
    meet(alice, bob, grants=["canary label"])
    laptop, tablet = link(alice, "canary laptop"), link(bob, "tablet")
    days(post, clock, alice, bob, laptop, tablet)
    ctx = Context(laptop.profile, laptop.vault, laptop.key, clock, laptop.rng)
    contacts.note(ctx, "Bob", "canary note")
    label = labels.create(ctx, "canary group")
    labels.add(ctx, label.id, ["Bob"])
    days(post, clock, alice, bob, laptop, tablet)
    assert own_state(alice) == own_state(laptop) and alice.contact(bob).labels == (label.id,)
    _revoke(alice, laptop)
    days(post, clock, alice, bob, tablet)
    with alice.vault.read() as tx:
        (key,) = tx.contacts.keys(bob.identity)
    words = ("canary label", "canary value", "canary note", "canary group", "canary laptop")
    secrets: dict[str, str | bytes] = {word: word for word in words}
    secrets |= {"IK of Alice": alice.identity, "IK of Bob": bob.identity, "K_c": key}
    for person in (alice, bob, tablet):
        device = person.me().device
        secrets |= {f"{person.profile.name} id": device.id, f"{person.profile.name} S": device.static.public}
    assert search({"the wire": b"".join([*post.saw, *post.boxes])}, secrets) == []
    assert {len(blob) for blob in post.saw} <= set(BUCKETS)
