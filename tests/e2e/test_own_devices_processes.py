"""Own devices with real processes: linked by digits, told of everything, met by contacts, renamed, revoked."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cli_people import person
from cli_process import Person, link, meet
from relay_process import RelayProcess

NewPerson = Callable[[str], Person]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


@pytest.fixture
def new(tmp_path: Path, relay: RelayProcess) -> NewPerson:
    return lambda name: person(tmp_path, name, relay.url)


def sync(*people: Person, rounds: int = 2) -> None:
    for _ in range(rounds):
        for one in people:
            one.ok("sync", "--once")


def card(who: Person) -> dict[str, str]:
    return {field["label"]: field["value"] for field in who.json("card")["fields"]}


def devices(who: Person) -> dict[str, Any]:
    return {device["name"]: device for device in who.json("devices")}


def test_a_second_device_from_the_code_to_its_end(new: NewPerson, tmp_path: Path) -> None:
    alice, bob = new("Alice"), new("Bob")
    meet(alice, bob, "all", back="phone")  # before there is a second device
    laptop = link(alice, tmp_path / "laptop", "laptop")
    assert card(laptop) == card(alice) == {"phone": "555-1111111", "email": "alice@example.com"}
    assert laptop.values() == alice.values() == {"Bob": {"phone": "555-1111111"}}
    assert [device["primary"] for device in alice.json("devices")] == [True, False]
    assert devices(alice)["laptop"].keys() == {"name", "id", "primary", "this", "added", "last_seen"}
    assert [device["this"] for device in laptop.json("devices")] == [False, True]

    # An edit on either shows on the other.
    laptop.ok("card", "set", "phone", "555-2222222")
    sync(laptop, alice)
    assert card(alice)["phone"] == "555-2222222"
    alice.ok("card", "set", "email", "alice@example.net")
    sync(alice, laptop)
    assert card(laptop)["email"] == "alice@example.net"

    # Who was met before hears from both, and both hear from him.
    told = [json.loads(line) for line in bob.ok("sync", "--once", "--json").splitlines()]
    assert {"event": "devices", "contact": "Alice", "text": "Alice added a device."} in told
    sync(bob, alice, laptop)
    assert bob.values() == {"Alice": {"phone": "555-2222222", "email": "alice@example.net"}}
    laptop.ok("card", "set", "phone", "555-3333333")
    sync(laptop, bob, alice)
    assert bob.values()["Alice"]["phone"] == "555-3333333"
    bob.ok("card", "set", "phone", "555-4444444")
    sync(bob, alice, laptop)
    assert alice.values() == laptop.values() == {"Bob": {"phone": "555-4444444"}}

    # A name goes to all own devices, and nowhere else.
    laptop.ok("devices", "rename", "laptop", "Study")
    sync(laptop, alice)
    assert "Study" in devices(alice) and "laptop" not in devices(alice)
    refused = laptop.run("devices", "revoke", "Study")
    assert refused.returncode == 1 and "Only your first device" in refused.stderr

    # Revoked: it wipes itself, says so once, and is at the first start; the contact hears of the other as before.
    left = json.loads(alice.run("devices", "revoke", "study", "--json").stdout)
    assert [device["primary"] for device in left] == [True]
    alice.ok("sync", "--once")
    ended = laptop.run("sync", "--once")
    assert ended.returncode == 1 and "This device was revoked" in ended.stderr
    said = laptop.run("card")
    assert said.returncode == 1
    again = laptop.run("card")
    assert again.returncode == 1 and "There is no profile" in again.stderr
    assert not [path for path in (laptop.directory / "data").iterdir() if path.stat().st_size]
    alice.ok("card", "set", "phone", "555-5555555")
    sync(alice, bob)
    assert bob.values()["Alice"]["phone"] == "555-5555555"


def test_a_device_that_joins_anew_is_another_one(new: NewPerson, tmp_path: Path) -> None:
    alice = new("Alice")
    laptop = link(alice, tmp_path / "laptop", "laptop")
    before = devices(alice)["laptop"]["id"]
    alice.ok("devices", "revoke", before[:8])
    alice.ok("sync", "--once")
    laptop.run("sync", "--once")
    laptop.run("card")
    link(alice, laptop.directory, "laptop")
    assert devices(alice)["laptop"]["id"] != before
    assert card(laptop) == card(alice)


def test_watching_processes_show_an_edit_of_the_other_device_without_being_asked(
    new: NewPerson, tmp_path: Path
) -> None:
    alice = new("Alice")
    laptop = link(alice, tmp_path / "laptop", "laptop")
    with ExitStack() as stack:
        watching = stack.enter_context(laptop.start("sync", "--watch"))
        alice.ok("card", "set", "phone", "555-2222222")
        alice.ok("sync", "--once")
        watching.wait_for("own_update")
        assert card(laptop)["phone"] == "555-2222222"
        # Revoked while it watches: the process ends and says why.
        alice.ok("devices", "revoke", "laptop")
        alice.ok("sync", "--once")
        code, errors = watching.end()
        assert code == 1 and "This device was revoked" in errors


def test_join_refuses_where_there_is_a_profile_and_link_where_there_is_no_key(new: NewPerson, tmp_path: Path) -> None:
    alice, bob = new("Alice"), new("Bob")
    laptop = link(alice, tmp_path / "laptop", "laptop")
    with alice.start("devices", "link") as showing:
        text = showing.wait_for("code")["text"]
        refused = bob.run("devices", "join", text, "--no-passphrase")
        assert refused.returncode == 1 and "exists already" in refused.stderr and "hint:" in refused.stderr
        wrong = bob.run("exchange", "scan", text)
        assert wrong.returncode == 1 and "devices join" in wrong.stderr
    refused = laptop.run("devices", "link")
    assert refused.returncode == 1 and "Only your first device" in refused.stderr
    fresh = Person(tmp_path / "fresh")
    for words, options in (("not a Vauchi code", ["hello", "--no-passphrase"]), ("passphrase", [text])):
        refused = fresh.run("devices", "join", *options)
        assert refused.returncode == 1 and words in refused.stderr
    assert not (tmp_path / "fresh").exists()


def test_wiping_takes_a_yes_and_leaves_nothing(new: NewPerson) -> None:
    alice = new("Alice")
    for answer in ("", "no\n"):
        kept = alice.run("wipe", input=answer)
        assert kept.returncode == 1 and "Nothing was wiped" in kept.stderr
    assert card(alice)
    assert alice.run("wipe", input="yes\n").returncode == 0
    assert [path for path in alice.directory.rglob("*") if path.is_file()] == []
    again = alice.run("wipe", input="yes\n")
    assert again.returncode == 1 and "There is no profile" in again.stderr
