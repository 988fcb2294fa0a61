"""Looking something up must not wait for what it does not use: neither the interface nor the network is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

SLOW = ("textual", "rich", "asyncio", "websockets", "PIL", "segno", "zxingcpp", "ssl", "keyring")
PROBE = f"""
import sys
from vauchi_tui.cli.main import main
code = main(sys.argv[1:])
print([name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "command",
    [
        ["contacts"],
        ["contacts", "bob", "--json"],
        ["card"],
        ["card", "set", "phone", "555-1234567"],
        ["visibility", "allow", "phone", "everyone"],
        ["settings"],
        ["status", "--json"],
        ["contact", "show", "Bob"],
    ],
    ids=" ".join,
)
def test_commands_that_look_up_and_edit_import_neither_interface_nor_network(
    command: list[str], tmp_path: Path
) -> None:
    profile = ["--profile", f"{tmp_path}/alice"]
    subprocess.run(
        [sys.executable, "-m", "vauchi_tui", *profile, "init", "Alice", "--no-passphrase"],
        check=True,
        capture_output=True,
    )
    if command[0] == "visibility":
        subprocess.run(
            [sys.executable, "-m", "vauchi_tui", *profile, "card", "set", "phone", "555-1234567"],
            check=True,
            capture_output=True,
        )
    done = subprocess.run([sys.executable, "-c", PROBE, *profile, *command], capture_output=True, text=True)
    assert done.returncode == (command[0] == "contact"), done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


def test_help_imports_nothing_of_the_application_but_the_commands() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "exchange" in done.stdout
    assert done.stderr.splitlines()[-1] == "[]"
