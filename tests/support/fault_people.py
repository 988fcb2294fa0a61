"""What the tests of faults ask of a profile: that it opens, is whole, and agrees with the other one."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import crashing
from cli_process import Person, Running

from vauchi_tui.actions import card, profile
from vauchi_tui.actions.context import Context
from vauchi_tui.sync import requests

ROUNDS = 8


def opened(who: Person) -> Context:
    """The profile, beside whatever process works on it."""
    return profile.open_profile(profile.find(f"{who.directory}/", {}))


def dying(who: Person, step: str, *arguments: str) -> Running:
    """Start a command that prints events and dies at that step (see `crashing`)."""
    command = [sys.executable, str(Path(crashing.__file__)), step, "--profile", f"{who.directory}/", *arguments]
    return Running([*command, "--json"])


def died(process: Running) -> bool:
    """Wait for the end of a process: did it die at its step? Otherwise it has to have ended well."""
    code, errors = process.end()
    assert code in (0, -signal.SIGKILL), (code, errors, process.events)
    assert "Traceback" not in errors
    return code != 0


@dataclass(frozen=True, slots=True)
class Bond:
    """What a profile has of its one contact: all keys of exchanges, and the session it speaks in."""

    name: str
    confirmed: bool
    keys: tuple[bytes, ...]
    sid: bytes | None


def bond(who: Person) -> Bond | None:
    """None where the profile has no contact; half a contact fails."""
    with opened(who) as ctx, ctx.vault.read() as tx:
        contacts, links = tx.contacts.all(), tx.links.all()
        if not contacts:
            assert not links and not tx.outbox.waiting()
            return None
        (contact,), (link,) = contacts, links
        assert link.peer_identity == contact.identity
        assert tx.contacts.devices(contact.identity) is not None
        speaking = link.speaking
        keys = tuple(tx.contacts.keys(contact.identity))
        assert keys and contact.trust in tx.contacts.trusts(contact.identity)
        return Bond(contact.name, contact.confirmed, keys, speaking.sid if speaking else None)


def values(who: Person) -> dict[str, str]:
    """The card of the one contact: label → value."""
    with opened(who) as ctx, ctx.vault.read() as tx:
        (contact,) = tx.contacts.all()
    return {field.label: field.value for field in contact.card.fields}


def card_of(who: Person) -> dict[str, str]:
    """One's own card: label → value."""
    with opened(who) as ctx:
        return {field.label: field.value for field in card.show(ctx).fields}


def told(who: Person) -> list[str]:
    """The labels that the history says have changed, oldest first, each as often as it says so."""
    with opened(who) as ctx, ctx.vault.read() as tx:
        lines = [row.text for row in tx.history.recent(limit=1000) if row.kind == "update"]
    return [label for line in reversed(lines) for label in line.partition(": ")[2].split(", ")]


def edit(who: Person, label: str, value: str, *, at_once: bool = False) -> None:
    """Change a field. `at_once`: ask the process that syncs not to wait for more edits, as `sync --once` would."""
    with opened(who) as ctx:
        card.set_field(ctx, label, value)
        if at_once:
            with ctx.vault.write() as tx:
                requests.request(tx)


def some_time_passes(*people: Person) -> None:
    """The last message was sent long enough ago for the next edit to leave without being collected with others."""
    for who in people:
        with opened(who) as ctx, ctx.vault.write() as tx:
            for contact in tx.contacts.all():
                tx.fanout.set_last_sent(contact.identity, ctx.now_ms() - 60_000)


def at_rest(*people: Person) -> bool:
    """Is everything acknowledged, and nothing owed?"""
    for who in people:
        with opened(who) as ctx, ctx.vault.read() as tx:
            if tx.fanout.all() or tx.outbox.pending() or tx.outbox.waiting():
                return False
    return True


def sync_until_at_rest(*people: Person) -> None:
    """`sync --once` in turn, until nobody waits for anything."""
    for turn in range(ROUNDS):
        if at_rest(*people):
            return
        people[turn % len(people)].ok("sync", "--once")
    assert at_rest(*people)
