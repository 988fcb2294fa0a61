"""The command line in a process that dies, as by kill -9, at a chosen step of its work.

`python crashing.py STEP ARGUMENT...`. A number means the n-th step of all: each vault transaction, each message to the
relay and each acknowledgement has one before and one after it, and each printed line one after it. `print:NAME` means
the moment after the event of that name was printed. Who never comes to the step ends as usual.
"""

import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vauchi_tui.cli import output
from vauchi_tui.cli.main import main
from vauchi_tui.sync.relay_client import RelayConnection
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.tx import Tx


class Steps:
    """Counts, and dies when the time has come."""

    def __init__(self, fatal: str) -> None:
        self._fatal = fatal
        self._numbers = itertools.count(1)

    def passed(self, name: str = "") -> None:
        if self._fatal in (str(next(self._numbers)), name):
            os.kill(os.getpid(), signal.SIGKILL)

    def around_transactions(self) -> None:
        original = Vault.write

        @contextmanager
        def write(vault: Vault) -> Iterator[Tx]:
            with original(vault) as tx:
                yield tx
                self.passed()
            self.passed()

        setattr(Vault, "write", write)  # noqa: B010  (a method may not be assigned)

    def around_frames(self, name: str) -> None:
        original: Callable[..., Awaitable[None]] = getattr(RelayConnection, name)

        async def write(connection: RelayConnection, *arguments: Any) -> None:
            self.passed()
            await original(connection, *arguments)
            self.passed()

        setattr(RelayConnection, name, write)

    def after_lines(self) -> None:
        original = output.show_json

        def show(value: Any) -> None:
            original(value)
            self.passed(f"print:{value.get('event')}" if isinstance(value, dict) else "")

        setattr(output, "show_json", show)  # noqa: B010


if __name__ == "__main__":
    steps = Steps(sys.argv[1])
    steps.around_transactions()
    steps.around_frames("send")
    steps.around_frames("acknowledge")
    steps.after_lines()
    sys.exit(main(sys.argv[2:]))
