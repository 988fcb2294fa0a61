"""Two processes that prove by sound in a room of PulseAudio, and the pipe between them."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pulse_room import WAIT, Room, hurry

SCRIPT = Path(__file__).with_name("pulse_process.py")
ATTEMPTS = 60.0  # s; far more than three of them take


class Prover:
    """A process with one side of the proof, its speaker and microphone in that air. `events` is what it has told."""

    def __init__(self, room: Room, side: str, seed: int, air: str) -> None:
        self.events: list[dict[str, Any]] = []
        self._messages: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._errors: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), side, str(seed)],
            env=room.at(air),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        hurry(self._process.pid)
        self._told = threading.Condition()
        self._over = False
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]

    def start(self, other: "Prover") -> None:
        """Listen to it, and carry its messages to the other one."""
        self._threads.append(threading.Thread(target=self._carry, args=(other,)))
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._process.kill()
        self._process.wait(WAIT)
        for thread in self._threads:
            thread.join(WAIT)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            with suppress(BrokenPipeError):  # what could not be delivered
                stream.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def near(self) -> dict[str, Any] | None:
        return next(iter(self.all("Near")), None)

    @property
    def refusals(self) -> list[str]:
        return [event["refusal"] for event in self.all("AttemptFailed")]

    def wait_for(self, kind: str, count: int = 1) -> None:
        """Until it has told that so many times."""
        with self._told:
            self._told.wait_for(lambda: self._over or len(self.all(kind)) >= count, ATTEMPTS)
            assert len(self.all(kind)) >= count, (self.events, self._errors)

    def wait(self, seconds: float = ATTEMPTS) -> None:
        """Until it has ended by itself, without a word on stderr."""
        with self._told:
            assert self._told.wait_for(lambda: self._over, seconds), self.events
        assert self._process.wait(WAIT) == 0, self._errors
        for thread in self._threads[:2]:
            thread.join(WAIT)
        assert self._errors == []

    def hear(self, message: str) -> None:
        """A message arrives over the pipe."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it was done already
            self._process.stdin.write(json.dumps({"message": message}) + "\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "message" in said:
                self._messages.put(said["message"])
                continue
            with self._told:
                self.events.append(said)
                self._told.notify_all()
        self._messages.put(None)
        with self._told:
            self._over = True
            self._told.notify_all()

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    def _carry(self, other: "Prover") -> None:
        for message in iter(self._messages.get, None):
            other.hear(message)


@contextmanager
def proving(room: Room, seed: int, shower_air: str, scanner_air: str | None = None) -> Iterator[tuple[Prover, Prover]]:
    """Shower and scanner of one exchange."""
    both = Prover(room, "shower", seed, shower_air), Prover(room, "scanner", seed, scanner_air or shower_air)
    for one, other in (both, both[::-1]):
        one.start(other)
    try:
        yield both
    finally:
        for prover in both:
            prover.close()


def prove(room: Room, seed: int, shower_air: str, scanner_air: str | None = None) -> tuple[Prover, Prover]:
    """The same to its end."""
    with proving(room, seed, shower_air, scanner_air) as both:
        for prover in both:
            prover.wait()
        return both
