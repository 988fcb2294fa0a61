"""A relay in a process of its own for the benchmarks."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def relay(folder: Path) -> Iterator[str]:
    """Its address, while it runs."""
    command = [sys.executable, "-m", "vauchi_tui.relay", "--listen", "127.0.0.1:0", "--store", str(folder / "relay.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        word, _, url = process.stdout.readline().strip().rpartition(" ")
        if word != "listening on":
            raise RuntimeError("the relay did not start")
        try:
            yield url
        finally:
            process.terminate()
