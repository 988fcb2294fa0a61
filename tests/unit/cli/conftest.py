"""The command line on a profile of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import Cli


@pytest.fixture
def nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """A profile that does not exist yet."""
    return Cli(tmp_path / "alice", capsys)


@pytest.fixture
def cli(nobody: Cli) -> Cli:
    """Alice's profile, without a passphrase."""
    assert nobody("init", "Alice", "--no-passphrase") == 0
    return nobody


@pytest.fixture
def pipe() -> Iterator[Callable[[str], str]]:
    """Puts a text into a pipe and gives the number of the end to read from."""
    opened = []

    def give(text: str) -> str:
        reading, writing = os.pipe()
        opened.append(reading)
        os.write(writing, text.encode())
        os.close(writing)
        return str(reading)

    yield give
    for reading in opened:
        os.close(reading)
