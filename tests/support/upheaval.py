"""Rounds of edits on all devices of a household while any of its processes, or the relay, is killed with -9.

A round is over when nobody waits for anything any more. Then each edit has to be with each device that may see it, in
one line of its history and no other, those of one device in the order in which they were made.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass

from cli_process import Person
from fault_people import edit, opened
from household import NEVER, Household, Watching
from relay_process import RelayProcess

from vauchi_tui.actions import card, visibility

LABELS = (("Boat", "Car", "Desk"), ("Attic", "Farm", "Hut"), ("Inn", "Gate", "Office"), ("Pier", "Mill", "Shop"))
"""What is edited on each device: Alice's two, then Bob's two."""
FOR_CAROL = ("Boat", "Attic")
MOST_STEPS = 80
"""A process that is started again dies once more at one of so many steps, or at none."""
RELAY = -1


@dataclass(frozen=True, slots=True)
class Edit:
    """On the device of that number."""

    device: int
    label: str
    value: str

    @property
    def author(self) -> str:
        return "Alice" if self.device < 2 else "Bob"


class Upheaval:
    """A household that is watched by processes, with fields that it will edit. `seed` decides all but the timing."""

    def __init__(self, household: Household, relay: RelayProcess, watching: Watching, seed: int) -> None:
        self._household, self._relay, self._watching = household, relay, watching
        self._chance = random.Random(seed)
        self._numbers = 0
        self._prepare()
        self._told = [self._last_line(who) for who in household.devices]
        self._got = [_messages(who) for who in household.devices]
        self._cards = {"Alice": _card(household.alice[0]), "Bob": _card(household.bob[0])}
        self.edits = 0
        self.relay_deaths = 0

    def round(self) -> None:
        """Edits and deaths, then rest, then the reckoning."""
        labels = [(device, label) for device, mine in enumerate(LABELS) for label in mine]
        edits = [self._edit(*chosen) for chosen in self._chance.sample(labels, self._chance.randint(3, 6))]
        deaths = Counter(self._chance.randrange(len(edits)) for _ in range(self._chance.randint(1, 2)))
        for moment, one in enumerate(edits):
            edit(self._household.devices[one.device], one.label, one.value, at_once=True)
            self._cards[one.author][one.label] = one.value
            for _ in range(deaths[moment]):
                self._kill()
        self._watching.until(self._household.is_at_rest)
        self._reckon(edits)
        self.edits += len(edits)

    def _prepare(self) -> None:
        for owner, other, rows in (
            (self._household.alice[0], "Bob", LABELS[:2]),
            (self._household.bob[0], "Alice", LABELS[2:]),
        ):
            with opened(owner) as ctx:
                for label in (label for row in rows for label in row):
                    card.set_field(ctx, label, "0")
                    visibility.allow(ctx, label, [other])
                    if label in FOR_CAROL:
                        visibility.allow(ctx, label, ["Carol"])
            owner.ok("sync", "--once")
        self._watching.until(self._household.is_at_rest)

    def _edit(self, device: int, label: str) -> Edit:
        self._numbers += 1
        return Edit(device, label, str(self._numbers))

    def _kill(self) -> None:
        time.sleep(self._chance.uniform(0.0, 0.4))  # at any moment, whatever happens in it
        victim = self._chance.randrange(RELAY, len(self._household.devices))
        if victim == RELAY:
            self._relay.kill()
            self._relay.start()
            self.relay_deaths += 1
        else:
            step = str(self._chance.randint(1, MOST_STEPS))
            self._watching.restart(victim, self._chance.choice((step, NEVER)))

    def _reckon(self, edits: list[Edit]) -> None:
        for index, who in enumerate(self._household.devices):
            if index < 4:
                assert _card(who) == self._cards["Alice" if index < 2 else "Bob"], (index, edits)
            seen = [one for one in edits if _may_see(index, one)]
            contact = "Bob" if index < 2 else "Alice"
            has = _card_of(who, contact)
            assert {one.label: has[one.label] for one in seen} == {one.label: one.value for one in seen}, (index, edits)
            self._check_history(index, who, contact, seen)
            got = _messages(who)
            assert seen or got == self._got[index], (index, edits)
            self._got[index] = got

    def _check_history(self, index: int, who: Person, contact: str, seen: list[Edit]) -> None:
        """Nothing lost, nothing twice, nothing of which there is nothing to say; in order."""
        with opened(who) as ctx, ctx.vault.read() as tx:
            rows = [row for row in tx.history.recent(limit=1000) if row.id > self._told[index]]
        lines = []
        for row in reversed(rows):
            words, _, labels = row.text.partition(": ")
            assert words == f"{contact} updated contact info", row
            lines.append(labels.split(", "))
        told = Counter(label for line in lines for label in line)
        assert told == Counter(one.label for one in seen), (index, lines, seen)
        for device in range(4):
            places = [
                place for one in seen if one.device == device for place, line in enumerate(lines) if one.label in line
            ]
            assert places == sorted(places), (index, lines, seen)
        self._told[index] = self._last_line(who)

    def _last_line(self, who: Person) -> int:
        with opened(who) as ctx, ctx.vault.read() as tx:
            return max((row.id for row in tx.history.recent(limit=1)), default=0)


def _may_see(index: int, one: Edit) -> bool:
    """May the device of that number, of another person, see that edit?"""
    if one.author == "Bob":
        return index < 2
    return index in (2, 3) or (index == 4 and one.label in FOR_CAROL)


def _card(who: Person) -> dict[str, str]:
    with opened(who) as ctx:
        return {field.label: field.value for field in card.show(ctx).fields}


def _card_of(who: Person, contact: str) -> dict[str, str]:
    with opened(who) as ctx, ctx.vault.read() as tx:
        (found,) = (one for one in tx.contacts.all() if one.name == contact)
    return {field.label: field.value for field in found.card.fields}


def _messages(who: Person) -> int:
    """How many messages contacts have sent to this device."""
    with opened(who) as ctx, ctx.vault.read() as tx:
        links = [link for contact in tx.contacts.all() for link in tx.links.of(contact.identity)]
    return sum(session.received for link in links for session in link.sessions)
