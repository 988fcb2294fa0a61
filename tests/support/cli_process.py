"""The command line in real processes: run to the end, or driven event by event through pipes."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

VAUCHI = [sys.executable, "-m", "vauchi_tui"]


class Person:
    """A profile in a directory, and what its owner does on the command line.

    `inside`: what the commands are run by, such as `ip netns exec NAME`.
    """

    def __init__(self, directory: Path, inside: Sequence[str] = ()) -> None:
        self.directory = directory
        self.inside = inside

    def run(self, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(self._command(arguments), input=input, capture_output=True, text=True, timeout=90)

    def ok(self, *arguments: str) -> str:
        """What a command prints that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """The value that a command prints with --json."""
        return json.loads(self.ok(*arguments, "--json"))

    def start(self, *arguments: str) -> "Running":
        """Start a command that prints events."""
        return Running([*self._command(arguments), "--json"])

    def values(self) -> dict[str, dict[str, str]]:
        """Contact → label → value, as this person has it."""
        return {
            contact["name"]: {field["label"]: field["value"] for field in contact["fields"]}
            for contact in self.json("contacts")
        }

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [*self.inside, *VAUCHI, "--profile", f"{self.directory}/", *arguments]


class Running:
    """A process that prints one event a line. Gone, if need be by force, at the end of the `with` block."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.events: list[dict[str, Any]] = []
        self._errors: list[str] = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_for(self, event: str, seconds: float = 40.0, **values: Any) -> dict[str, Any]:
        """The next event of that name with those values, as soon as it is printed."""
        while (found := self.next_event(seconds)) is not None:
            if found.items() >= {"event": event, **values}.items():
                return found
        raise AssertionError(f"ended before {event}: {self.events} {''.join(self._errors)}")

    def next_event(self, seconds: float = 40.0) -> dict[str, Any] | None:
        """The next event of any name; None once the process has ended and all was read."""
        line = self._lines.get(timeout=seconds)
        if line is None:
            self._lines.put(None)
            return None
        self.events.append(json.loads(line))
        return self.events[-1]

    def write(self, line: str) -> None:
        """Answer on stdin."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def close_input(self) -> None:
        """End its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def send(self, number: signal.Signals) -> None:
        os.kill(self._process.pid, number)

    def end(self, seconds: float = 40.0) -> tuple[int, str]:
        """Exit code and stderr, once it has ended by itself."""
        code = self._process.wait(seconds)
        for thread in self._threads:
            thread.join()
        while self.next_event() is not None:
            pass
        return code, "".join(self._errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)


def meet(shower: Person, scanner: Person, *grants: str, back: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Let two people exchange cards with six digits; the two `complete` events. `grants` are the shower's.

    `back`: what the scanner grants.
    """
    options = [word for grant in grants for word in ("--grant", grant)]
    with shower.start("exchange", "show", *options) as showing:
        code = showing.wait_for("code")
        answer = ["--grant", back] if back else []
        with scanner.start("exchange", "scan", code["text"], *answer) as scanning:
            digits = scanning.wait_for("digits")["digits"]
            showing.wait_for("enter_digits")
            showing.write(digits)
            done = showing.wait_for("complete"), scanning.wait_for("complete")
            assert scanning.end() == (0, "")
        assert showing.end() == (0, "")
    return done


def link(first: Person, directory: Path, name: str) -> Person:
    """Let `first` link a device that has no profile yet; it is made there."""
    device = Person(directory)
    with first.start("devices", "link") as showing:
        code = showing.wait_for("code")
        assert code["expires"] and code["text"]
        with device.start("devices", "join", code["text"], "--name", name, "--no-passphrase") as joining:
            digits = joining.wait_for("digits")["digits"]
            assert showing.wait_for("scanned")["device"] == name
            showing.wait_for("enter_digits", tries_left=3)
            showing.write(digits)
            done, other = showing.wait_for("complete"), joining.wait_for("complete")
            assert done["device"] == name
            assert other["fingerprint"] == first.json("card")["fingerprint"]
            code_of, errors = joining.end()
            assert code_of == 0 and errors.count("note:") <= 1, errors
        assert showing.end() == (0, "")
    return device
