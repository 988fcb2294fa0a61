"""Profiles for the interface's tests: real vaults with a fixed clock, seeded keys, and people who were met."""

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from vauchi_tui.actions import card, labels, visibility
from vauchi_tui.actions import profile as profiles
from vauchi_tui.actions.context import Context
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Contact, Method, Trust
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, Change, FieldValue, Op, Registers, field_path
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.vault.keyslots import Protection
from vauchi_tui.vault.profile import Profile

NOW = 1_790_000_000
Person = tuple[str, tuple[tuple[FieldType, str, str], ...]]
PEOPLE: tuple[Person, ...] = (
    ("Bob Okafor", ((FieldType.PHONE, "Mobile", "+49 170 5551234"), (FieldType.EMAIL, "Work", "bob@okafor.example"))),
    ("Carol Müller", ((FieldType.EMAIL, "Personal", "carol@example.net"),)),
    ("Dave", ()),
    ("Erin 渡辺", ((FieldType.PHONE, "携帯", "+81 90 1234 5678"), (FieldType.ADDRESS, "自宅", "東京都渋谷区1-2-3"))),
    ("Frank de la Villa-Montenegro y Cortázar", ((FieldType.PHONE, "Mobile", "+34 600 123 456"),)),
)


def place(directory: Path) -> Profile:
    """Where a test's profile lives."""
    return Profile("test", directory / "data", directory / "config")


def empty_profile(directory: Path, name: str = "Alice Smith", relay: str | None = None) -> Context:
    """A profile whose card has only a name. The same keys every time."""
    seeded = random.Random(name)
    return profiles.create(
        place(directory),
        name,
        relay=relay,
        protection=Protection.FILE,
        clock=lambda: float(NOW),
        rng=seeded.randbytes,
    )


def furnished_profile(directory: Path, people: Iterable[Person] = PEOPLE) -> Context:
    """Alice with four fields, the people, and some rules."""
    ctx = empty_profile(directory)
    for label, value, kind in (
        ("Mobile", "+1 555 1111", FieldType.PHONE),
        ("Personal", "alice@example.com", FieldType.EMAIL),
        ("Home", "12 Elm Street\n90210 Springfield", FieldType.ADDRESS),
        ("Web", "https://alice.example", FieldType.URL),
    ):
        card.add_field(ctx, label, value, kind)
    meet(ctx, people)
    visibility.allow(ctx, "Personal", ["everyone"])
    visibility.allow(ctx, "Mobile", ["Bob", "Carol"])
    visibility.deny(ctx, "Personal", ["Frank"])
    return ctx


def labelled_profile(directory: Path) -> Context:
    """As the furnished one; Bob and Carol are family, which sees Home, and nobody is at work yet."""
    ctx = furnished_profile(directory)
    labels.create(ctx, "family")
    labels.create(ctx, "work")
    labels.add(ctx, "family", ["Bob", "Carol"])
    visibility.allow(ctx, "Home", ["@family"])
    return ctx


def meet(ctx: Context, people: Iterable[Person]) -> None:
    """Store people as an exchange would, confirmed but for Dave, without sessions."""
    with ctx.vault.write() as tx:
        for number, (name, fields) in enumerate(people):
            trust = Trust(Method.SCAN if number % 2 else Method.CODE, None, NOW + number * 86_400)
            contact = Contact(
                identity_of(name),
                registers_of(name, fields),
                trust,
                confirmed=name != "Dave",
                added_at=trust.at,
                updated_at=trust.at + 4_000,
            )
            tx.contacts.put(contact)
            tx.contacts.add_trust(contact.identity, trust)
            tx.history.add(trust.at, contact.identity, "exchange", f"You exchanged cards with {name}.")


def change_card(ctx: Context, name: str, fields: tuple[tuple[FieldType, str, str], ...]) -> None:
    """As if an update of that contact had arrived."""
    with ctx.vault.write() as tx:
        contact = tx.contacts.get(identity_of(name))
        assert contact is not None
        tx.contacts.put(replace(contact, registers=registers_of(name, fields)))


def identity_of(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def registers_of(name: str, fields: Iterable[tuple[FieldType, str, str]]) -> Registers:
    changes = [Change(Op.UPDATE, DISPLAY_NAME, Hlc(1, 0, bytes(16)), name)]
    for number, (kind, label, value) in enumerate(fields):
        whole = FieldValue(kind, label, value, number)
        changes.append(Change(Op.ADD, field_path(f"f{number}"), Hlc(1, number + 1, bytes(16)), whole))
    return Registers().apply(changes)


async def until(pilot: Pilot[Any], condition: Callable[[], object], rounds: int = 400) -> None:
    """Let the app work until something is so. The vault's thread answers in its own time, hence the rounds."""
    for _ in range(rounds):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not become so")


async def shown(pilot: Pilot[Any]) -> None:
    """Until the current screen has drawn a view."""

    def drawn() -> bool:
        screen = pilot.app.screen
        return isinstance(screen, ViewScreen) and screen.view is not None

    await until(pilot, drawn)
    await pilot.pause()


def screen_text(app: VauchiApp) -> str:
    """What is on the screen, line by line."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in lines)
