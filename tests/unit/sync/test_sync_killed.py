"""Sync processes that are killed with SIGKILL at any moment: nothing is lost, nothing comes twice."""

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path

from relay_process import RelayProcess
from sync_people import Clock, Person, meet
from test_sync_worker import Told, WallClock, forget_coalescing, worker

from vauchi_tui.sync.events import Failed

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from vauchi_tui.sync.worker import SyncWorker
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import Profile
name, data, config, key = json.load(sys.stdin)
profile = Profile(name, Path(data), Path(config))
def tell(event):
    print(event, flush=True)
asyncio.run(SyncWorker(lambda: Vault.open(profile, bytes.fromhex(key)), profile, on_event=tell).run())
"""


def start(person: Person) -> "subprocess.Popen[bytes]":
    """A sync process, started up to its first event."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    profile = person.profile
    process.stdin.write(json.dumps([profile.name, str(profile.data), str(profile.config), person.key.hex()]).encode())
    process.stdin.close()
    assert process.stdout.readline()
    return process


async def test_killed_at_any_moment_they_lose_and_double_nothing(tmp_path: Path) -> None:
    clock: Clock = WallClock()
    chance = random.Random(11)
    with RelayProcess(tmp_path / "relay") as relay:
        alice, bob = (Person(name, tmp_path, clock, relay=relay.url) for name in ("Alice", "Bob"))
        alice.set("phone", "555 11 11")
        meet(alice, bob, grants=["phone"])
        for step in range(6):
            processes = [start(person) for person in (alice, bob)]
            for edit in range(3):
                await asyncio.sleep(chance.uniform(0, 0.06))  # the moments have to differ, there is no event to await
                forget_coalescing(alice, bob)
                alice.set("phone", f"555 {step}{edit} 00")
            await asyncio.sleep(chance.uniform(0, 0.15))
            for process in processes:
                process.kill()
                process.wait()
                assert process.stdout is not None
                process.stdout.close()
        told = Told()
        for _ in range(3):
            for person in (alice, bob):
                assert (await worker(person, told).once()).complete
    assert bob.sees(alice) == {"phone": "555 52 00"}
    assert alice.pending() == bob.pending() == 0
    assert alice.contact(bob).confirmed and bob.contact(alice).confirmed
    assert not [event for event in told if isinstance(event, Failed)]
    with bob.vault.read() as tx:
        lines = [row.text for row in tx.history.recent(alice.identity, 1_000)]
    assert lines.count("You exchanged cards with Alice, confirmed by code.") == 1
    assert len(lines) <= 1 + 18, "an edit was told twice"
