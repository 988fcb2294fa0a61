"""Real processes that are killed, that write at once, and that find no room."""

import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from vauchi_tui.vault.creation import create_profile
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.keyslots import Protection, unlock
from vauchi_tui.vault.profile import Profile

KEY = bytes(range(32))
PRELUDE = """
import os, resource, signal, sys
from vauchi_tui.vault.creation import create_profile
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.keyslots import Protection
from vauchi_tui.vault.profile import resolve
profile = resolve(sys.argv[1], {})
def opened():
    return Vault.open(profile, bytes(range(32)))
def count_up(vault, key):
    with vault.write() as tx:
        number = int(tx.settings.get(key) or 0) + 1
        tx.settings.set(key, str(number))
        tx.history.add(number, None, key, "x" * 500)
    return number
def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def start(profile: Profile, script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, str(profile.data.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def state(profile: Profile, key: str) -> tuple[int, int]:
    """The counter and the number of its lines in the history, which every transaction raises together."""
    with Vault.open(profile, KEY) as vault, vault.read() as tx:
        lines = [line for line in tx.history.recent(limit=100_000) if line.kind == key]
        return int(tx.settings.get(key) or 0), len(lines)


@pytest.mark.parametrize("lines", [1, 7, 60])
def test_what_was_committed_survives_kill_and_the_next_writer_goes_on(
    lines: int, profile: Profile, vault: Vault
) -> None:
    vault.close()
    with start(profile, "vault = opened()\nwhile True: print(count_up(vault, 'n'), flush=True)") as process:
        assert process.stdout is not None
        for _ in range(lines):
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = [int(text) for text in process.stdout.read().splitlines() if text]
    counter, history = state(profile, "n")
    assert counter == history >= max([told, *rest])
    with start(profile, "print(count_up(opened(), 'n'))") as process:
        assert process.communicate()[0] == f"{counter + 1}\n"


def test_a_killed_transaction_never_happened_and_holds_nobody_up(profile: Profile, vault: Vault) -> None:
    with vault.write() as tx:
        tx.settings.set("n", "0")
    script = """
with opened().write() as tx:
    for number in range(3000):
        tx.history.add(number, None, "n", "x" * 500)
    tx.settings.set("n", "3000")
    print("in the middle", flush=True)
    sys.stdin.read()
"""
    with start(profile, script) as process:
        assert process.stdout is not None and process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        with vault.write() as tx:
            assert tx.settings.get("n") == "0" and tx.history.recent() == []
            tx.settings.set("n", "1")
    assert state(profile, "n") == (1, 0)


def test_two_writing_processes_lose_no_step_and_a_reader_is_never_turned_away(profile: Profile, vault: Vault) -> None:
    script = """
vault = opened()
print("ready", flush=True)
sys.stdin.readline()
for _ in range(50): count_up(vault, 'n')
"""
    writers = [start(profile, script) for _ in range(2)]
    for writer in writers:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    seen = [0]
    while any(writer.poll() is None for writer in writers):
        with vault.read() as tx:
            seen.append(int(tx.settings.get("n") or 0))
            assert len(tx.history.recent(limit=1_000)) == seen[-1]
    for writer in writers:
        assert writer.communicate()[1] == "" and writer.returncode == 0
    assert seen == sorted(seen)
    assert state(profile, "n") == (100, 100)


def test_no_room_is_said_and_changes_nothing(profile: Profile, vault: Vault) -> None:
    vault.close()
    script = """
from vauchi_tui.errors import ProfileError
vault = opened()
count_up(vault, 'n')
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    while True: last = count_up(vault, 'n')
except ProfileError as error:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(last, count_up(vault, 'n'), error.title, "|", error.hint)
"""
    with start(profile, script) as process:
        told, errors = process.communicate()
    assert errors == ""
    last, following, words = told.split(" ", 2)
    assert int(following) == int(last) + 1
    assert "nothing was changed" in words and words.strip()[-1] != "|"
    assert state(profile, "n") == (int(following), int(following))


@pytest.mark.parametrize("moment", range(6))
def test_creation_killed_at_every_step_leaves_nothing_or_all(
    moment: int, profile: Profile, rng: Callable[[int], bytes]
) -> None:
    script = f"""
calls = 0
def rng(size):
    global calls
    calls += 1
    if calls == {moment}: die()
    return os.urandom(size)
def fill(tx):
    tx.settings.set("name", "first")
    if {moment} == 0: die()
create_profile(profile, Protection.FILE, None, rng, fill)
die()
"""
    with start(profile, script) as process:
        assert process.communicate()[1] == ""
        assert process.returncode == -signal.SIGKILL
    if not profile.exists():
        vault, _ = create_profile(profile, Protection.FILE, None, rng, lambda tx: tx.settings.set("name", "second"))
        vault.close()
    with Vault.open(profile, unlock(profile)) as vault, vault.read() as tx:
        assert tx.settings.get("name") == ("first" if moment == 5 else "second")
    assert {path.name for path in profile.data.iterdir()} <= {
        "vault.db",
        "vault.db-wal",
        "vault.db-shm",
        "keyslots.json",
    }
