"""Looking something up must not wait for what it does not use: neither the interface nor the network is imported."""

import os
import subprocess
import sys

import pytest

from vauchi_tui.actions import card
from vauchi_tui.actions import profile as profiles

SLOW = ("textual", "rich", "asyncio", "websockets", "PIL", "segno", "zxingcpp", "ssl", "keyring", "cryptography")
PROBE = f"""
import sys
from vauchi_tui.cli.main import main
code = main(sys.argv[1:])
print([name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options for a profile with one field on its card."""
    place = profiles.find(f"{tmp_path_factory.mktemp('hygiene')}/alice", {})
    with profiles.create(place, "Alice", protection=profiles.Protection.FILE) as context:
        card.set_field(context, "phone", "555-1234567")
    return ["--profile", f"{place.data.parent}"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["contacts"], 0),
        (["contacts", "bob", "--json"], 0),
        (["card"], 0),
        (["card", "set", "phone", "555-7654321"], 0),
        (["visibility", "allow", "phone", "everyone"], 0),
        (["settings"], 0),
        (["status", "--json"], 0),
        (["contact", "show", "Bob"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_commands_that_look_up_and_edit_import_neither_interface_nor_network(
    profile: list[str], command: list[str], code: int
) -> None:
    done = subprocess.run([sys.executable, "-c", PROBE, *profile, *command], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("stdout", ["/dev/full", "closed pipe"])
def test_output_that_nobody_takes_is_no_traceback(profile: list[str], stdout: str) -> None:
    if stdout == "/dev/full":
        target = os.open(stdout, os.O_WRONLY)
    else:
        reading, target = os.pipe()
        os.close(reading)
    try:
        command = [sys.executable, "-m", "vauchi_tui", *profile, "card"]
        done = subprocess.run(command, stdout=target, stderr=subprocess.PIPE, text=True)
    finally:
        os.close(target)
    assert done.returncode == (1 if stdout == "/dev/full" else 141)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_help_imports_nothing_of_the_application_but_the_commands() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "exchange" in done.stdout
    assert done.stderr.splitlines()[-1] == "[]"
