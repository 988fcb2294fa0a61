"""Several processes on one profile, and profiles that do not open: each says in words how things stand."""

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cli_people import person
from cli_process import VAUCHI, Person, meet
from fault_people import card_of, edit, some_time_passes, sync_until_at_rest, told, values
from relay_process import RelayProcess
from tmux import Terminal, terminal

from vauchi_tui.vault.profile import resolve
from vauchi_tui.vault.role import SyncRole

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
    "PATH": os.environ["PATH"],
    "COLORTERM": "truecolor",
    "PYTHON_KEYRING_BACKEND": os.environ["PYTHON_KEYRING_BACKEND"],
}
SYNCS = "This window sends and receives"


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


def app(stack: ExitStack, folder: Path, who: Person, name: str) -> Terminal:
    """The app of that profile in a terminal of its own, once it shows the card."""
    window = stack.enter_context(terminal(folder, name, [*VAUCHI, "--profile", f"{who.directory}/"], ENVIRONMENT))
    window.wait_for(r"^ *\S{4}( \S{4}){7}")  # the fingerprint
    return window


def holder(who: Person) -> int:
    """The process that syncs the profile."""
    found = SyncRole(resolve(f"{who.directory}/", {})).holder()
    assert found
    return found


def test_two_windows_on_one_profile_work_and_one_of_them_syncs(tmp_path: Path, relay: RelayProcess) -> None:
    alice, bob = person(tmp_path, "Alice", relay.url), person(tmp_path, "Bob", relay.url)
    meet(alice, bob, "all", back="all")
    sync_until_at_rest(alice, bob)
    some_time_passes(alice, bob)
    with ExitStack() as stack:
        first = app(stack, tmp_path, alice, "first")
        first.keys("5")
        first.wait_for(SYNCS)
        syncing = holder(alice)
        second = app(stack, tmp_path, alice, "second")
        second.keys("5")
        second.wait_for(rf"Process {syncing} sends and receives")
        assert f"Process {syncing} syncs this profile." in alice.ok("status")

        # What the command line and the second window write leaves through the first one.
        with bob.start("sync", "--watch") as receiving:
            alice.ok("card", "set", "phone", "555-2222222")
            assert receiving.wait_for("applied")["fields"] == ["phone"]
            second.keys("1")
            second.wait_for("555-2222222")
            second.keys("g", "j", "Enter")
            second.wait_for("Change a field")
            second.type(".uk")
            second.keys("Enter")
            second.wait_until_gone("Change a field")
            alice.ok("sync", "--once")
            assert receiving.wait_for("applied")["fields"] == ["email"]
        assert values(bob) == card_of(alice) == {"phone": "555-2222222", "email": "alice@example.com.uk"}
        first.keys("1")
        first.wait_for(r"alice@example\.com\.uk")

        # What comes is shown by both.
        edit(bob, "phone", "555-3333333")
        bob.ok("sync", "--once")
        for window in (first, second):
            window.keys("2", "Enter")
            window.wait_for("555-3333333")

        # The holder is killed: the role passes on, and so does the next edit.
        os.kill(syncing, signal.SIGKILL)
        first.wait_for("exit 137")
        second.keys("1")
        second.wait_for(r"^ *Alice")
        second.keys("5")
        second.wait_for(SYNCS)
        assert holder(alice) != syncing
        alice.ok("card", "set", "phone", "555-4444444")
        alice.ok("sync", "--once")
        bob.ok("sync", "--once")
        assert values(bob)["phone"] == "555-4444444"
        assert told(alice) == ["phone"] and told(bob) == ["phone", "email", "phone"]


def test_the_app_without_its_relay_says_so_and_sends_when_it_is_back(tmp_path: Path, relay: RelayProcess) -> None:
    alice, bob = person(tmp_path, "Alice", relay.url), person(tmp_path, "Bob", relay.url)
    meet(alice, bob, "all")
    sync_until_at_rest(alice, bob)
    some_time_passes(alice, bob)
    relay.kill()
    with ExitStack() as stack:
        window = app(stack, tmp_path, alice, "alice")
        window.wait_for("✗ ?offline")
        edit(alice, "phone", "555-2222222")
        window.wait_for("✗1 ?offline")
        window.keys("5")
        window.wait_for("No relay is running at 127")
        window.wait_for("1 to send")
        assert not re.search("Traceback|Error", window.screen())
        relay.start()
        window.keys("s")
        window.wait_until_gone("offline")
        window.wait_for("1 on the way")
        bob.ok("sync", "--once")
        assert values(bob) == card_of(alice)
        window.wait_for("Everything is delivered")
        relay.kill()
        window.wait_for("No relay is running at 127")
        window.keys("q")
        window.wait_for("exit 0")
        assert "Traceback" not in window.screen()


def locked(folder: Path) -> Person:
    """Somebody with a passphrase at its full price."""
    who = Person(folder / "alice")
    assert with_passphrase(who, "open sesame", "init", "Alice").returncode == 0
    return who


def with_passphrase(who: Person, passphrase: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*VAUCHI, "--profile", f"{who.directory}/", *arguments, "--passphrase-fd", "0"]
    return subprocess.run(command, input=passphrase + "\n", capture_output=True, text=True, timeout=60, check=False)


def test_a_wrong_passphrase_says_so_and_costs_a_second(tmp_path: Path) -> None:
    alice = locked(tmp_path)
    begun = time.monotonic()
    wrong = with_passphrase(alice, "open barley", "card")
    assert time.monotonic() - begun >= 1
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("error: The passphrase is wrong.\nhint: ")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert most >= 256 * 1024, "the memory of a guess is what makes guessing dear"
    assert with_passphrase(alice, "open sesame", "card").returncode == 0

    with ExitStack() as stack:
        command = [*VAUCHI, "--profile", f"{alice.directory}/"]
        window = stack.enter_context(terminal(tmp_path, "locked", command, ENVIRONMENT))
        window.wait_for("is locked")
        window.type("open barley")
        window.keys("Enter")
        window.wait_for("✗ The passphrase is wrong")
        window.type("open sesame")
        window.keys("Enter")
        window.wait_for("1 Card")
        assert "sesame" not in window.screen()


def test_a_profile_that_others_can_read_opens_again_with_the_command_that_is_named(
    tmp_path: Path, relay: RelayProcess
) -> None:
    alice = person(tmp_path, "Alice", relay.url)
    for place, mode in (("data", 0o755), ("data/vault.db", 0o644), ("config/vault.key", 0o640)):
        (alice.directory / place).chmod(mode)
        refused = alice.run("card")
        assert refused.returncode == 1 and "Others can read the profile" in refused.stderr
        with terminal(tmp_path, Path(place).name, [*VAUCHI, "--profile", f"{alice.directory}/"], ENVIRONMENT) as window:
            window.wait_for("Others can read the profile")
            window.wait_for("exit 1")
        (remedy,) = re.findall(r"^hint: Run: (chmod .*)$", refused.stderr, re.MULTILINE)
        subprocess.run(remedy, shell=True, check=True)
        assert "Alice" in alice.ok("card")
