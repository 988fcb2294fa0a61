"""A real relay in a process of its own, on a free loopback port unless told otherwise, for tests that need one."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self


class RelayProcess:
    """`with RelayProcess(directory) as relay:` – ready when entered. It may be killed and started again in between.

    Started again it listens on the same port and has the same mailboxes. `log` is everything it printed. `inside`: what
    it is run by, such as `ip netns exec NAME`, and then `listen` where.
    """

    def __init__(self, directory: Path, listen: str = "127.0.0.1:0", inside: Sequence[str] = ()) -> None:
        self.directory = directory
        self.store = directory / "mailboxes.sqlite3"
        self.log = directory / "relay.log"
        self.url = ""
        self._listen = listen
        self._inside = inside
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it accepts connections."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            arguments = ["--listen", self._listen, "--store", str(self.store)]
            self._process = subprocess.Popen(
                [*self._inside, sys.executable, "-m", "vauchi_tui.relay", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            log.write(line)
        word, _, url = line.decode().strip().rpartition(" ")
        if word != "listening on":
            self.kill()
            raise AssertionError(f"the relay did not start: {line!r} {self.log.read_text()}")
        self.url = url
        self._listen = url.removeprefix("ws://")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def terminate(self, timeout: float = 30) -> int:
        """SIGTERM; returns the exit code after it has drained."""
        assert self._process is not None
        self._process.terminate()
        return self._finish(timeout)

    def kill(self) -> int:
        """SIGKILL, as a crash would."""
        assert self._process is not None
        self._process.kill()
        return self._finish(10)

    def _finish(self, timeout: float) -> int:
        assert self._process is not None and self._process.stdout is not None
        code = self._process.wait(timeout)
        with self.log.open("ab") as log:
            log.write(self._process.stdout.read())
        self._process.stdout.close()
        self._process = None
        return code

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()
