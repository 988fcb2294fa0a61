"""Own devices with real processes: linked by digits, told of everything, met by contacts, renamed, revoked."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cli_people import person
from cli_process import VAUCHI, Person, Running, link, meet
from relay_process import RelayProcess
from tmux import terminal

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


def test_a_joined_profile_is_locked_by_the_passphrase_that_was_given(new: NewPerson, tmp_path: Path) -> None:
    alice, laptop = new("Alice"), Person(tmp_path / "laptop")
    secret, place = tmp_path / "secret", f"{tmp_path}/laptop/"
    secret.write_text("a sentence of words\n")
    with alice.start("devices", "link") as showing:
        text = showing.wait_for("code")["text"]
        join = ["devices", "join", text, "--passphrase-fd", "3", "--json"]
        with Running(["sh", "-c", f'exec "$@" 3<{secret}', "sh", *VAUCHI, "--profile", place, *join]) as joining:
            digits = joining.wait_for("digits")["digits"]
            showing.wait_for("enter_digits")
            showing.write(digits)
            joining.wait_for("complete")
            assert joining.end() == (0, "")
        assert showing.end()[0] == 0
    locked = laptop.run("card")
    assert locked.returncode == 1 and "passphrase" in locked.stderr
    card_command = [*VAUCHI, "--profile", place, "card", "--json", "--passphrase-fd", "3"]
    opened = subprocess.run(
        ["sh", "-c", f'exec "$@" 3<{secret}', "sh", *card_command], capture_output=True, text=True, timeout=60
    )
    assert json.loads(opened.stdout)["display_name"] == "Alice"


def test_the_program_is_at_its_first_start_after_being_revoked(
    new: NewPerson, tmp_path: Path, relay: RelayProcess
) -> None:
    alice = new("Alice")
    laptop = link(alice, tmp_path / "laptop", "laptop")
    environment = {"LANG": "C.UTF-8", "HOME": "/nonexistent", "PATH": os.environ["PATH"]}
    environment["PYTHON_KEYRING_BACKEND"] = os.environ["PYTHON_KEYRING_BACKEND"]
    command = [*VAUCHI, "--profile", f"{laptop.directory}/"]
    with terminal(tmp_path, "Laptop", command, environment) as window:
        window.wait_for("555-1111111")
        alice.ok("devices", "revoke", "laptop")
        alice.ok("sync", "--once")
        window.wait_for("This device was revoked")
        screen = window.wait_until_gone("555-1111111")
        assert "Welcome to vauchi" in screen
        # Without leaving the program it becomes a device again.
        with alice.start("devices", "link") as showing:
            text = showing.wait_for("code")["text"]
            window.keys("C-l")
            window.wait_for("Join as another device")
            window.type(text)
            window.wait_for(r"/127\.0\.0\.1:\d+")
            window.keys("Down", "Down", "Down", "Down", "Down")  # to the lock, and to its second choice
            window.wait_for("● no passphrase")
            window.keys("Enter")
            digits = window.wait_for(r"your first device: (\d{3}) (\d{3})")
            showing.wait_for("enter_digits")
            showing.write(digits[1] + digits[2])
            showing.wait_for("complete")
        window.wait_for("This is a device of Alice now")
        window.keys("Enter")
        window.wait_for("555-1111111")


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
