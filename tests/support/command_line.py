"""Runs the command line inside the test's process."""

import json
from pathlib import Path
from typing import Any

import pytest

from vauchi_tui.cli.main import main


class Cli:
    """Runs `vauchi --profile HERE …` and keeps what the last run printed."""

    def __init__(self, profile: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.profile = profile
        self._capture = capture
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        """The exit code."""
        code = main(["--profile", str(self.profile), *arguments])
        self.out, self.err = self._capture.readouterr()
        return code

    def json(self, *arguments: str) -> Any:
        """The value that a command prints with --json."""
        assert self(*arguments, "--json") == 0, self.err
        return json.loads(self.out)

    def refused(self, *arguments: str) -> str:
        """What a command says that must fail: exit code 1, nothing on stdout, error and hint on stderr."""
        assert self(*arguments) == 1, self.out
        assert self.out == ""
        assert self.err.startswith("error: ") and "\nhint: " in self.err and "Traceback" not in self.err
        return self.err
