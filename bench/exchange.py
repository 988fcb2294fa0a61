"""An exchange of two local profiles over a real relay: from the typed digits to both cards (goal ≤ 1 s).

Four processes: the relay, both people's `vauchi exchange --json`, and this one, which reads the digits from the one
and types them into the other.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from bench._relay import relay

ROUNDS = 8


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, relay(Path(folder)) as url:
        seconds = [once(Path(folder) / str(number), url) for number in range(ROUNDS + 1)][1:]
    print(f"digits typed → both hold the other's card: median {statistics.median(seconds) * 1e3:.0f} ms, ", end="")
    print(f"worst {max(seconds) * 1e3:.0f} ms of {ROUNDS} (goal ≤ 1000)")


def once(folder: Path, url: str) -> float:
    for name in ("alice", "bob"):
        subprocess.run(_vauchi(folder, name, "init", name, "--no-passphrase", "--relay", url), check=True, **_QUIET)
        subprocess.run(_vauchi(folder, name, "card", "set", "Mobile", "+1-555-1234"), check=True, **_QUIET)
    with _start(folder, "alice", "exchange", "show", "--grant", "all") as showing:
        code = _event(showing.stdout, "code")["text"]
        with _start(folder, "bob", "exchange", "scan", code, "--grant", "all") as scanning:
            digits = _event(scanning.stdout, "digits")["digits"]
            _event(showing.stdout, "enter_digits")
            start = time.perf_counter()
            assert showing.stdin is not None
            showing.stdin.write(f"{digits}\n")
            showing.stdin.flush()
            _event(showing.stdout, "complete")
            _event(scanning.stdout, "complete")
            return time.perf_counter() - start


_QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _vauchi(folder: Path, name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "vauchi_tui", "--profile", f"{folder}/{name}/", *arguments]


def _start(folder: Path, name: str, *arguments: str) -> subprocess.Popen[str]:
    command = _vauchi(folder, name, *arguments, "--json")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "VAUCHI_LAN": "off"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def _event(lines: IO[str] | None, name: str) -> dict[str, Any]:
    """The next event of that name."""
    assert lines is not None
    for line in lines:
        event: dict[str, Any] = json.loads(line)
        if event["event"] == name:
            return event
        if event["event"] == "failed":
            raise RuntimeError(f"the exchange failed: {event}")
    raise RuntimeError(f"the program ended before {name}")
