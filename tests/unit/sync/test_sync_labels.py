"""Labels at work between people: what arrives, in how many messages, and that nothing of them ever leaves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from leak_search import search
from sync_people import Clock, Person, Post, meet, settle
from vault_contents import contents

from vauchi_tui.actions import contacts, labels, visibility
from vauchi_tui.actions.visibility import Toggle
from vauchi_tui.crypto.primitives import SigningKey, generate_dh
from vauchi_tui.model.visibility import EVERYONE, contact_audience, label_audience
from vauchi_tui.protocol.devices import certify_device, issue
from vauchi_tui.protocol.session import Session
from vauchi_tui.vault.outbox import Kind


@pytest.fixture
def people(tmp_path: Path) -> tuple[Person, Person, Person, Post]:
    """Alice has met Bob and Carol, has the label “family”, and has sent both her card: her name alone."""
    clock = Clock()
    alice, bob, carol = (Person(name, tmp_path, clock) for name in ("Alice", "Bob", "Carol"))
    post = Post()
    alice.set("phone", "555 11 11")
    alice.set("mail", "alice@example.org")
    labels.create(alice.ctx, "family")
    for other in (bob, carol):
        meet(alice, other)
    settle(post, alice, bob, carol)
    clock.now += 60
    return alice, bob, carol, post


def sent(alice: Person) -> list[tuple[bytes | None, str]]:
    """What Alice seals now: to whom, and of which kind."""
    alice.flush(force=False)
    with alice.vault.read() as tx:
        return [(row.identity, str(row.kind)) for row in tx.outbox.waiting()]


def test_joining_brings_the_labels_fields_and_leaving_takes_them(people: tuple[Person, Person, Person, Post]) -> None:
    alice, bob, carol, post = people
    visibility.allow(alice.ctx, "phone", ["@family"])
    assert sent(alice) == [], "a label without members concerns nobody"
    labels.add(alice.ctx, "family", ["Bob"])
    assert sent(alice) == [(bob.identity, Kind.UPDATE)]
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {"phone": "555 11 11"} and carol.sees(alice) == {}
    alice.set("phone", "555 22 22")
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {"phone": "555 22 22"}
    labels.remove(alice.ctx, "family", ["Bob"])
    assert sent(alice) == [(bob.identity, Kind.UPDATE)]
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == carol.sees(alice) == {}


def test_deleting_a_label_is_one_message_for_each_who_loses_something(
    people: tuple[Person, Person, Person, Post],
) -> None:
    alice, bob, carol, post = people
    labels.add(alice.ctx, "family", ["Bob", "Carol"])
    for field in ("phone", "mail"):
        visibility.allow(alice.ctx, field, ["@family", "Carol"])
    settle(post, alice, bob, carol)
    alice.clock.now += 60
    family = labels.delete(alice.ctx, "family")
    assert sent(alice) == [(bob.identity, Kind.UPDATE)]
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {} and carol.sees(alice) == {"phone": "555 11 11", "mail": "alice@example.org"}
    alice.set("phone", "555 33 33")
    labels.restore(alice.ctx, family.id)
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == carol.sees(alice) == {"phone": "555 33 33", "mail": "alice@example.org"}


def test_a_batch_is_one_message_per_contact_whom_it_affects(people: tuple[Person, Person, Person, Post]) -> None:
    alice, bob, carol, post = people
    labels.add(alice.ctx, "family", ["Bob"])
    phone, mail = alice.field_id("phone"), alice.field_id("mail")
    family = label_audience(labels.find(alice.ctx, "family").id)
    undo = visibility.apply_batch(
        alice.ctx,
        [
            Toggle(phone, family, True),
            Toggle(mail, EVERYONE, True),
            Toggle(mail, contact_audience(carol.identity), False),
            Toggle(phone, contact_audience(bob.identity), True),
        ],
    )
    assert sent(alice) == [(bob.identity, Kind.UPDATE)], "for Carol nothing changes"
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {"phone": "555 11 11", "mail": "alice@example.org"} and carol.sees(alice) == {}
    alice.clock.now += 60
    visibility.apply_batch(alice.ctx, undo)
    assert sent(alice) == [(bob.identity, Kind.UPDATE)]
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == carol.sees(alice) == {}


def test_who_is_met_joins_the_labels_that_were_picked(people: tuple[Person, Person, Person, Post]) -> None:
    alice, bob, carol, post = people
    visibility.allow(alice.ctx, "phone", ["@family"])
    dave = Person("Dave", alice.profile.data.parents[1], alice.clock)
    meet(alice, dave, grants=["@family", "phone", "mail"])
    settle(post, alice, bob, carol, dave)
    assert dave.sees(alice) == {"phone": "555 11 11", "mail": "alice@example.org"}
    labels.remove(alice.ctx, "family", ["Dave"])
    settle(post, alice, bob, carol, dave)
    assert dave.sees(alice) == {"mail": "alice@example.org"}, "what the label gave needed no grant by name"


@pytest.mark.parametrize("part", [contacts.block, contacts.remove])
def test_parting_stops_everything_and_coming_back_starts_from_defaults(
    people: tuple[Person, Person, Person, Post], part: Callable[..., object]
) -> None:
    alice, bob, carol, post = people
    labels.add(alice.ctx, "family", ["Bob", "Carol"])
    visibility.allow(alice.ctx, "phone", ["@family"])
    visibility.allow(alice.ctx, "mail", ["Bob"])
    settle(post, alice, bob, carol)
    part(alice.ctx, "Bob")
    settle(post, alice, carol)
    bob.read(post)
    assert bob.sees(alice) == {} and bob.contact(alice).name == "Alice", "no word of it, only nothing to see"
    alice.set("phone", "555 44 44")
    visibility.allow(alice.ctx, "mail", ["@family"])
    settle(post, alice, carol)
    assert bob.read(post) == 0 and carol.sees(alice) == {"phone": "555 44 44", "mail": "alice@example.org"}
    bob.set("phone", "555 99 99")
    bob.allow("phone", alice)
    bob.flush()
    bob.send(post)
    heard = list(alice.events)
    alice.read(post)
    assert alice.events == heard, "nor is he heard of"
    alice.clock.now += 1_000
    meet(alice, bob)
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {} and alice.sees(bob) == {"phone": "555 99 99"}
    visibility.allow(alice.ctx, "phone", ["everyone"])
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {"phone": "555 44 44"}


def test_nothing_of_labels_is_in_anything_that_a_contact_receives(
    people: tuple[Person, Person, Person, Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob, carol, post = people
    said: dict[str, bytes] = {}
    seal = Session.seal

    def heard(self: Session, content: bytes, *rest: Any, **more: Any) -> Any:
        said[f"message {len(said)}"] = content
        return seal(self, content, *rest, **more)

    monkeypatch.setattr(Session, "seal", heard)
    canary, second = "Zeisig-Sippschaft", "Kanarien-Kollegium"
    label = labels.create(alice.ctx, canary)
    alice.set("song", "Goldfinkenlied")
    visibility.allow(alice.ctx, "song", [f"@{canary}"])
    labels.add(alice.ctx, canary, ["Bob"])
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {"song": "Goldfinkenlied"}
    labels.rename(alice.ctx, canary, second)
    labels.add(alice.ctx, second, ["Carol"])
    alice.clock.now += 1_000
    meet(alice, carol, grants=[f"@{second}"])
    settle(post, alice, bob, carol)
    labels.delete(alice.ctx, second)
    settle(post, alice, bob, carol)
    for person in (bob, carol):
        with person.vault.read() as tx:
            said[f"the vault of {person.profile.name}"] = json.dumps(contents(tx)).encode()
    assert len(said) > 8 and search(said, {"what the field says": "Goldfinkenlied"})
    assert search(said, {"the label": canary, "its other name": second, "its audience": label_audience(label.id)}) == []
    assert not [place for place, content in said.items() if label.id.encode() in content]


def test_who_was_removed_sees_again_what_everyone_does_also_from_one_of_several_devices(
    people: tuple[Person, Person, Person, Post],
) -> None:
    alice, bob, carol, post = people
    with alice.vault.write() as tx:  # whoever has several devices is merged with, path by path, not replaced
        key, mine = tx.me.identity_key(), tx.me.devices().devices[0]
        assert key is not None
        other = certify_device(SigningKey(alice.rng(32)), generate_dh(alice.rng).public, alice.identity)
        tx.me.set_device_list(issue(key, 2, (mine, other)).raw)
    alice.clock.now += 1_000
    visibility.allow(alice.ctx, "phone", ["everyone"])
    meet(alice, bob)
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {"phone": "555 11 11"}
    contacts.remove(alice.ctx, "Bob")
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {}
    alice.clock.now += 1_000
    meet(alice, bob)
    settle(post, alice, bob, carol)
    assert bob.sees(alice) == {"phone": "555 11 11"}
