"""The relay as a process: restart, crash under load, orderly end, and what it leaves in files and logs."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from relay_process import RelayProcess
from relay_wire import Wire
from websockets.exceptions import ConnectionClosed

from vauchi_tui.protocol.frames import (
    Acknowledge,
    Drain,
    End,
    Error,
    ErrorCode,
    Message,
    Ok,
    Send,
    Subscribe,
    address_of,
)

TOKEN = bytes(range(32))
ADDRESS = address_of(TOKEN)
_SENDS = 500  # of each writer in a round: enough to be in full flow when the relay is killed


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as process:
        yield process


async def drained(url: str, tokens: list[bytes]) -> dict[bytes, list[Message]]:
    """Everything that the mailboxes hold, acknowledged a window at a time."""
    got: dict[bytes, list[Message]] = {address_of(token): [] for token in tokens}
    async with Wire(url) as wire:
        await wire.send(Subscribe(tuple(tokens)))
        open_ends = set(got)
        while open_ends:
            match await wire.receive():
                case Message(address, seq) as message:
                    got[address].append(message)
                    if len(got[address]) % 8 == 0:
                        await wire.send(Acknowledge(address, seq))
                case End(address):
                    open_ends.remove(address)
                case other:
                    raise AssertionError(other)
        await wire.send(*(Acknowledge(address, messages[-1].seq) for address, messages in got.items() if messages))
        await wire.send(Send(bytes(16), bytes(32), b"committed after the acknowledgements"))
        assert await wire.receive() == Ok(bytes(16))
    return got


async def test_a_restart_loses_nothing_and_repeats_nothing_acknowledged(relay: RelayProcess) -> None:
    async with Wire(relay.url) as wire:
        await wire.put(TOKEN, b"1", b"2", b"3")
        await wire.send(Subscribe((TOKEN,)))
        one, two, three = await wire.messages(3)
        assert await wire.receive() == End(ADDRESS)
        await wire.send(Acknowledge(ADDRESS, one.seq))
        await wire.put(bytes(32), b"committed after the acknowledgement")
    assert relay.terminate() == 0
    relay.start()
    async with Wire(relay.url) as wire:
        await wire.put(TOKEN, b"4")
    got = (await drained(relay.url, [TOKEN]))[ADDRESS]
    assert got[:2] == [two, three]
    assert (got[2].blob, got[2].seq > three.seq, len(got)) == (b"4", True, 3)
    assert (await drained(relay.url, [TOKEN]))[ADDRESS] == []


class Writer:
    """Sends numbered messages to several mailboxes as fast as it may, and remembers which were acknowledged."""

    def __init__(self, number: int, tokens: list[bytes]) -> None:
        self._number = number
        self._tokens = tokens
        self.acknowledged: dict[bytes, bytes] = {}  # mid → address

    async def run(self, url: str, enough: asyncio.Event, count: int) -> None:
        sent: dict[bytes, bytes] = {}
        try:
            async with Wire(url) as wire:

                async def write() -> None:
                    for n in range(_SENDS):
                        mid = self._number.to_bytes(4, "big") + n.to_bytes(12, "big")
                        sent[mid] = address_of(self._tokens[n % len(self._tokens)])
                        await wire.send(Send(mid, sent[mid], mid))
                        await asyncio.sleep(0)  # so that all writers write at once

                writing = asyncio.create_task(write())
                try:
                    while True:
                        match await wire.receive():
                            case Ok(mid):
                                self.acknowledged[mid] = sent[mid]
                                if len(self.acknowledged) == count:
                                    enough.set()
                            case other:
                                raise AssertionError(other)
                finally:
                    writing.cancel()
                    await asyncio.gather(writing, return_exceptions=True)
        except ConnectionClosed:
            pass


async def crash(relay: RelayProcess, rounds: int, seed: int) -> int:
    """Kill the relay under load, again and again; fail if anything acknowledged is missing, doubled or out of order."""
    rng = random.Random(seed)
    total = 0
    for _ in range(rounds):
        tokens = [rng.randbytes(32) for _ in range(5)]
        writers = [Writer(number, tokens) for number in range(3)]
        enough = asyncio.Event()
        running = asyncio.gather(*(writer.run(relay.url, enough, rng.randrange(1, _SENDS - 50)) for writer in writers))
        await enough.wait()
        relay.kill()
        await running
        relay.start()
        got = await drained(relay.url, tokens)
        for address, messages in got.items():
            mids = [message.blob for message in messages]
            assert len(set(mids)) == len(mids), "nothing twice"
            for number, writer in enumerate(writers):
                mine = [mid for mid in mids if mid.startswith(number.to_bytes(4, "big"))]
                assert mine == sorted(mine), "in order"
                promised = {mid for mid, where in writer.acknowledged.items() if where == address}
                assert promised <= set(mine), "nothing lost"
                total += len(promised)
        assert all(messages == [] for messages in (await drained(relay.url, tokens)).values())
    return total


async def test_kill_9_under_load_loses_nothing_acknowledged(relay: RelayProcess) -> None:
    assert await crash(relay, rounds=4, seed=1) > 400


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_kill_9_a_hundred_times_loses_nothing_acknowledged(relay: RelayProcess) -> None:
    assert await crash(relay, rounds=100, seed=2) > 10_000


async def test_sigterm_answers_what_was_sent_says_when_to_come_back_and_closes(relay: RelayProcess) -> None:
    async with Wire(relay.url) as wire, Wire(relay.url) as idle:
        mids = [n.to_bytes(16, "big") for n in range(1, 51)]
        await wire.send(*(Send(mid, ADDRESS, mid) for mid in mids))
        assert await wire.receive() == Ok(mids[0])
        ending = asyncio.create_task(asyncio.to_thread(relay.terminate))
        frames = []
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                frames.append(await wire.receive())
        assert caught.value.rcvd is not None and caught.value.rcvd.code == 1012
        drains = [frame for frame in frames if isinstance(frame, Drain)]
        assert len(drains) == 1 and drains[0].seconds > 0
        promised = [frame.mid for frame in frames if isinstance(frame, Ok)]
        refused = [frame for frame in frames if isinstance(frame, Error)]
        assert all(frame.code is ErrorCode.BUSY for frame in refused)
        assert isinstance(await idle.receive(), Drain)
        with pytest.raises(ConnectionClosed):
            await idle.receive()
        assert await ending == 0
    relay.start()
    stored = [message.blob for message in (await drained(relay.url, [TOKEN]))[ADDRESS]]
    assert stored == mids[: len(stored)]
    assert set(promised) < set(stored)


def test_files_and_logs_name_neither_clients_nor_messages(relay: RelayProcess) -> None:
    async def use() -> None:
        async with Wire(relay.url) as wire:
            await wire.put(TOKEN, b"x")
            await wire.send(Subscribe((TOKEN,)))
            await wire.messages(1)
            await wire.socket.send(b"\x63")
            await wire.receive()

    asyncio.run(use())
    url = relay.url
    relay.terminate()
    assert relay.log.read_text() == f"listening on {url}\n"
    for file in relay.directory.iterdir():
        if file != relay.log:
            contents = file.read_bytes()
            assert b"127.0.0.1" not in contents
            assert bytes([127, 0, 0, 1]) not in contents
            assert TOKEN not in contents, "what opens the mailbox is not kept"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--listen", "8.8.8.8:1"], "TLS"),
        (["--listen", "nonsense:port"], "no address"),
        (["--store", "/proc/nowhere/m"], "cannot be written"),
    ],
)
def test_a_relay_that_cannot_start_says_why(options: list[str], words: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vauchi_tui.relay", "--listen", "127.0.0.1:0", "--store", str(tmp_path / "m")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: ") and words in error
    assert hint.startswith("hint: ") and len(hint) > 10


def test_a_port_in_use_is_said(relay: RelayProcess, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vauchi_tui.relay", "--store", str(tmp_path / "m"), "--listen"]
    done = subprocess.run(
        [*command, relay.url.removeprefix("ws://")], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "cannot listen" in done.stderr
