"""Several hundred messages wait for somebody whose process is killed again and again while it reads them."""

import asyncio
import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest
from cli_people import person
from cli_process import Person
from fault_people import died, opened
from relay_process import RelayProcess

from bench._crowd import Peer, crowd
from vauchi_tui.sync.relay_client import RelayConnection

PEOPLE, EACH = 12, 40
SEED = 20261123


async def write(url: str, peers: list[Peer], now: int) -> None:
    connection = await RelayConnection.open(url)
    for _ in range(EACH):
        for peer in peers:
            await connection.send(os.urandom(16), *peer.blob(now))
    await connection.close()


def applied(who: Person) -> dict[str, int]:
    """Of how many messages each person's card has the effect; one in between that is lacking fails."""
    counts = {}
    with opened(who) as ctx, ctx.vault.read() as tx:
        for contact in tx.contacts.all():
            (link,) = tx.links.of(contact.identity)
            counts[contact.name] = link.version_in
            values = [field.value for field in contact.card.fields]
            assert values == ([f"555-{link.version_in:04d}"] if link.version_in else []), contact.name
            assert not link.waiting and not link.wants_snapshot
    return counts


@pytest.mark.parametrize("mode", ["--once", "--watch"])
def test_a_catch_up_that_is_killed_goes_on_where_it_was(tmp_path: Path, mode: str) -> None:
    chance, total = random.Random(f"{SEED}{mode}"), PEOPLE * EACH
    with RelayProcess(tmp_path / "relay") as relay:
        me = person(tmp_path, "Me", relay.url)
        with opened(me) as ctx:
            peers = list(crowd(ctx, PEOPLE))
            asyncio.run(write(relay.url, peers, ctx.now()))
        done = [0]
        for _ in range(4):
            with me.start("sync", mode) as reading:
                for _ in range(chance.randint(1, 90)):
                    reading.wait_for("received")
                reading.send(signal.SIGKILL)
                assert died(reading)
            read = sum(event["event"] == "received" for event in reading.events)
            done.append(sum(applied(me).values()))
            assert done[-2] + read <= done[-1] < total, "what was told is kept, and it died in the middle"

        with me.start("sync", "--once") as reading:
            assert reading.end() == (0, "")
        events = Counter(event["event"] for event in reading.events)
        assert events["received"] == total - done[-1], "none of those that had been read is read again"
        assert applied(me) == {peer.name: EACH for peer in peers}
        with opened(me) as ctx, ctx.vault.read() as tx:
            lines = Counter(row.text for row in tx.history.recent(limit=2 * total))
        for peer in peers:
            assert lines[f"{peer.name} updated contact info: phone"] == EACH - 1
        assert sum(lines.values()) == total, "and one line each for having met"
