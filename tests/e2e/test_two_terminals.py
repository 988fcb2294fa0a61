"""The whole way once, with real processes: terminals, a relay, a code read off a screen, cards, and an edit."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from large_digits import digits_on
from relay_process import RelayProcess
from tmux import Terminal, terminal

from vauchi_tui.actions.profile import find, open_profile
from vauchi_tui.optics.qr_read import read_with_zbar, read_with_zxing
from vauchi_tui.protocol.mailbox import day_of

VAUCHI = [sys.executable, "-m", "vauchi_tui"]
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PATH": os.environ["PATH"],
    "COLORTERM": "truecolor",
    "PYTHON_KEYRING_BACKEND": os.environ["PYTHON_KEYRING_BACKEND"],
}


class Person:
    """One profile: its commands, and its terminal while that is open."""

    def __init__(self, folder: Path, name: str, relay: str) -> None:
        self.name = name
        self.folder = folder
        self.profile = f"{folder}/{name.lower()}/"
        self._profile = ["--profile", self.profile]
        self.run("init", name, "--no-passphrase", "--relay", relay)

    def run(self, *arguments: str) -> str:
        command = [*VAUCHI, *self._profile, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=60, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))

    def events(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]

    def open(self, stack: ExitStack) -> Terminal:
        command = [*VAUCHI, *self._profile]
        window = stack.enter_context(terminal(self.folder, self.name, command, ENVIRONMENT))
        window.wait_for(r"1 Card")
        return window

    def sees(self, contact: str) -> dict[str, str]:
        """The contact's card as this person has it: label → value."""
        found = [person for person in self.json("contacts") if person["name"] == contact]
        return {field["label"]: field["value"] for field in found[0]["fields"]} if found else {}


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as process:
        yield process


def exchange(showing: Terminal, scanning: Terminal, folder: Path, grant: str) -> None:
    """The showing side ticks with `grant`, the scanning side names a picture of the other's terminal."""
    showing.keys("4")
    showing.wait_for("This person will get your name and 0 of 2 fields")
    showing.keys(*grant.split())
    showing.wait_for(r"your name and [12] of 2 fields")
    showing.keys("s")
    showing.wait_for("▄▄▄▄")
    picture = showing.picture()
    texts = read_with_zxing(picture)
    assert texts == read_with_zbar(picture), "both readers read the same code off the terminal"
    assert re.fullmatch(r"[A-Z2-7]{175}/127\.0\.0\.1:\d+", texts[0])
    picture.save(folder / "screen.png")

    scanning.keys("4")
    scanning.wait_for("This person will get")
    scanning.keys("i")
    scanning.wait_for("f1 Help")  # ? is a character now
    scanning.type(str(folder / "screen.png"))
    scanning.keys("Enter")
    showing.wait_for("Type the six digits")
    scanning.wait_for("Show them these digits")
    showing.type(digits_on(scanning.screen()))
    showing.keys("Enter")
    for side in (showing, scanning):
        side.wait_for("Exchange Successful")
        side.keys("Escape")
        side.wait_for("This person will get")


def messages_for(person: Person, relay: RelayProcess) -> int:
    """How many messages lie at the relay for this person, who can tell his mailboxes from all others."""
    day = day_of(time.time())
    with open_profile(find(person.profile), None).vault as vault, vault.read() as tx:
        addresses = [link.mailbox_in(day + ahead).address for link in tx.links.all() for ahead in (-1, 0, 1)]
    with sqlite3.connect(f"file:{relay.store}?mode=ro", uri=True) as database:
        stored = [row[0] for row in database.execute("SELECT addr FROM message")]
    return sum(address in addresses for address in stored)


def test_two_people_exchange_cards_and_stay_in_sync(tmp_path: Path, relay: RelayProcess) -> None:
    alice, bob, carol = (Person(tmp_path, name, relay.url) for name in ("Alice", "Bob", "Carol"))
    alice.run("card", "set", "Mobile", "+1-555-1111")
    alice.run("card", "set", "Mail", "alice@example.com")
    for person in (bob, carol):
        person.run("card", "set", "Phone", "+44-20-7946-0000")
        person.run("card", "set", "Home", "Main Street 1", "--type", "address")

    with ExitStack() as stack:
        at_alice = alice.open(stack)
        with ExitStack() as evening:
            at_carol = carol.open(evening)
            exchange(at_alice, at_carol, tmp_path, "j space")  # her mail address only
        assert carol.sees("Alice") == {"Mail": "alice@example.com"}

        with ExitStack() as evening:
            at_bob = bob.open(evening)
            exchange(at_alice, at_bob, tmp_path, "a")
            at_bob.keys("2")
            at_bob.wait_for(r"Alice")
            at_bob.keys("Enter")
            at_bob.wait_for(r"\+1-555-1111")
            at_bob.wait_for("confirmed by code")

            # Alice edits her phone with the cursor; Bob's screen changes without a key press.
            carol.run("sync", "--once")
            assert messages_for(carol, relay) == 0
            at_alice.keys("1")
            at_alice.wait_for(r"\+1-555-1111")
            at_alice.keys("g", "Enter")
            at_alice.wait_for("Change a field")
            for _ in "1111":
                at_alice.keys("BSpace")
            at_alice.type("2222")
            at_alice.keys("Enter")
            at_alice.wait_until_gone("Change a field")
            at_bob.wait_for(r"\+1-555-2222")
            at_bob.wait_for("Alice updated contact info: Mobile")
        assert bob.sees("Alice") == {"Mobile": "+1-555-2222", "Mail": "alice@example.com"}
        alice.run("sync", "--once")
        assert messages_for(carol, relay) == 0, "Carol, who may not see the phone, gets no message at all"

        # Bob is away for three edits and gets them in order.
        for number in ("3333", "4444", "5555"):
            alice.run("card", "set", "Mobile", f"+1-555-{number}")
            alice.run("sync", "--once")
        assert messages_for(bob, relay) == 3
        assert messages_for(carol, relay) == 0
        events = bob.events("sync", "--once")
        assert [event["event"] for event in events if event["event"] == "applied"] == ["applied"] * 3
        assert bob.sees("Alice")["Mobile"] == "+1-555-5555"

        # Cards went both ways; Bob granted nothing.
        assert alice.sees("Bob") == {}
        assert {person["name"]: person["trust"]["method"] for person in alice.json("contacts")} == {
            "Bob": "code",
            "Carol": "code",
        }
        assert carol.sees("Alice") == {"Mail": "alice@example.com"}
