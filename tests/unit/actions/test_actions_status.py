"""What waits for whom, in numbers and words; parting; sending again."""

from collections.abc import Callable

from vauchi_tui.actions import card, contacts, labels, settings, sync, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.model.contact import Contact
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.role import SyncRole


def row(contact: Contact, seed: int) -> NewRow:
    return NewRow(
        kind=Kind.UPDATE,
        mid=bytes([seed]) * 16,
        inner=b"sealed",
        created_at=1,
        identity=contact.identity,
        peer_id=bytes(16),
        sid=bytes(8),
        seq=seed,
    )


def reason(ctx: Context, name: str) -> str:
    return next(one.reason for one in sync.status(ctx).contacts if one.name == name)


def test_what_is_pending_says_where_it_is(ctx: Context, meet: Callable[..., Contact]) -> None:
    settings.set_relay(ctx, "relay.example.org")
    bob = meet("Bob")
    meet("Carol")
    with ctx.vault.write() as tx:
        first, _ = tx.outbox.add(row(bob, 1)), tx.outbox.add(row(bob, 2))
        tx.outbox.stored(first, 2)
        tx.fanout.clear(bob.identity)
    status = {one.name: one for one in sync.status(ctx).contacts}
    assert (status["Bob"].waiting, status["Bob"].stored, status["Bob"].pending) == (1, 1, 2)
    assert "not sent yet" in status["Bob"].reason
    with ctx.vault.write() as tx:
        tx.outbox.stored(tx.outbox.waiting()[0].id, 3)
    assert "not fetched" in reason(ctx, "Bob")


def test_an_edit_that_is_not_sealed_yet_counts_as_waiting(ctx: Context, meet: Callable[..., Contact]) -> None:
    settings.set_relay(ctx, "relay.example.org")
    bob = meet("Bob")
    card.set_field(ctx, "phone", "555-1234567")
    with ctx.vault.write() as tx:  # as after telling him name and relay
        tx.fanout.clear(bob.identity)
    assert sync.status(ctx).contacts[0].pending == 0
    visibility.allow(ctx, "phone", ["Bob"])
    assert sync.status(ctx).contacts[0].waiting == 1


def test_who_syncs_is_told(ctx: Context) -> None:
    assert sync.status(ctx).holder is None
    role = SyncRole(ctx.profile)
    assert role.try_acquire()
    assert sync.status(ctx).holder is not None
    role.release()


def test_resending_makes_everything_unacknowledged_wait_again(ctx: Context, meet: Callable[..., Contact]) -> None:
    bob = meet("Bob")
    with ctx.vault.write() as tx:
        tx.outbox.stored(tx.outbox.add(row(bob, 1)), ctx.now())
    assert sync.resend(ctx) == 1
    with ctx.vault.read() as tx:
        assert len(tx.outbox.waiting()) == 1


def test_parting_revokes_what_was_granted_by_name_or_label(ctx: Context, meet: Callable[..., Contact]) -> None:
    labels.create(ctx, "family")
    card.set_field(ctx, "phone", "555-1234567")
    card.set_field(ctx, "email", "alice@example.com")
    card.set_field(ctx, "home", "12 Elm Street")
    visibility.allow(ctx, "home", ["@family"])
    for name in ("Bob", "Carol"):
        meet(name)
        labels.add(ctx, "family", [name])
        visibility.allow(ctx, "phone", [name])
        visibility.deny(ctx, "email", [name])
    contacts.block(ctx, "Bob")
    contacts.remove(ctx, "Carol")
    assert [(one.name, one.blocked, one.labels) for one in contacts.list_contacts(ctx)] == [("Bob", True, ())]
    assert "blocked" in reason(ctx, "Bob")
    assert [line.text for line in contacts.history(ctx)] == ["You removed Carol.", "You blocked Bob."]
    with ctx.vault.read() as tx:
        assert tx.outbox.waiting() == []
    bob, carol = meet("Bob"), meet("Carol")  # come back
    assert visibility.view_as(ctx, bob.identity).fields == visibility.view_as(ctx, carol.identity).fields == ()
    visibility.allow(ctx, "email", ["everyone"])
    assert visibility.view_as(ctx, bob.identity).fields == (), "what was denied him by name still is"
    seen = [field.label for field in visibility.view_as(ctx, carol.identity).fields]
    assert seen == ["email"], "who was removed starts anew"
