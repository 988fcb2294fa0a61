"""Coming back after weeks: 10,000 messages of 100 people wait at the relay (goal: applied, in order, in 30 s)."""

import asyncio
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from bench._crowd import Peer, crowd
from bench._relay import relay
from bench.exchange import _vauchi
from vauchi_tui.actions import profile
from vauchi_tui.actions.profile import Protection
from vauchi_tui.sync.relay_client import RelayConnection

PEOPLE, EACH = 100, 100


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, relay(Path(folder)) as url:
        place = profile.find(f"{folder}/me/", {})
        with profile.create(place, "me", relay=url, protection=Protection.FILE) as ctx:
            peers = list(crowd(ctx, PEOPLE))
            asyncio.run(_write(url, peers, int(ctx.clock())))
        start = time.perf_counter()
        subprocess.run([*_vauchi(Path(folder), "me", "sync", "--once")], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with profile.open_profile(place, None) as ctx, ctx.vault.read() as tx:
            cards = [contact.card for contact in tx.contacts.all()]
        wrong = sum(card.fields[0].value != f"555-{EACH:04d}" if card.fields else True for card in cards)
    count = PEOPLE * EACH
    print(
        f"catch-up: {count:,} messages of {PEOPLE} people in {seconds:.1f} s ({count / seconds:,.0f} a second; ", end=""
    )
    print(f"goal ≤ 30 s), {used.ru_maxrss >> 10} MiB at most, {wrong} of {len(cards)} cards not as last said")


async def _write(url: str, peers: list[Peer], now: int) -> None:
    connection = await RelayConnection.open(url)
    for _ in range(EACH):
        async with asyncio.TaskGroup() as group:
            for peer in peers:
                group.create_task(connection.send(os.urandom(16), *peer.blob(now)))
    await connection.close()


if __name__ == "__main__":
    main()
