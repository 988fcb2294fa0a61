"""A real terminal for the end-to-end tests: a program in tmux, its keys, its screen as text and as a picture."""

import contextlib
import os
import re
import select
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from PIL import Image
from terminal_picture import terminal_picture


class Terminal:
    """One tmux server of its own with one window, in which one command runs."""

    def __init__(self, folder: Path, name: str, columns: int, rows: int) -> None:
        self.name = name
        self._socket = folder / f"{name}.tmux"
        self._output = folder / f"{name}.output"
        self._command = ["tmux", "-u", "-S", str(self._socket)]
        self._size = (columns, rows)
        os.mkfifo(self._output)
        # Read and write, so that opening never waits and the end of one writer is not the end of the file.
        self._events = os.open(self._output, os.O_RDWR | os.O_NONBLOCK)

    def start(self, command: list[str], environment: Mapping[str, str]) -> Self:
        columns, rows = self._size
        # A shell that stays shows what the program left behind when it has gone.
        line = f"{shlex.join(command)}; printf '\\nexit %s\\n' $?; exec cat"
        (self._socket.parent / f"{self.name}.conf").write_text(
            "set -g default-terminal tmux-256color\nset -g status off\nset -sg escape-time 10\nset -g exit-empty on\n"
        )
        config = str(self._socket.parent / f"{self.name}.conf")
        arguments = ["-f", config, "new-session", "-d", "-x", str(columns), "-y", str(rows), "-s", "main"]
        for key, value in environment.items():
            arguments += ["-e", f"{key}={value}"]
        self._tmux(*arguments, "exec cat")
        self._tmux("pipe-pane", "-t", "main", f"exec cat > {shlex.quote(str(self._output))}")
        self._tmux("respawn-pane", "-k", "-t", "main", line)
        return self

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names (`Enter`, `Escape`, `C-p`)."""
        self._tmux("send-keys", "-t", "main", *keys)

    def type(self, text: str) -> None:
        """Type a text, character by character."""
        self._tmux("send-keys", "-l", "-t", "main", text)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", "main")

    def wait_for(self, pattern: str, seconds: float = 20.0) -> re.Match[str]:
        """The first match on the screen, as soon as it stands there; fails with the screen as it is."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen()
            match = re.search(pattern, screen, re.MULTILINE)
            if match:
                return match
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{self.name} does not show {pattern!r} within {seconds:g} s:\n{screen}")
            self._next_output(left)

    def wait_until_gone(self, pattern: str, seconds: float = 20.0) -> str:
        """The screen, as soon as the pattern stands nowhere on it."""
        deadline = time.monotonic() + seconds
        while re.search(pattern, screen := self.screen(), re.MULTILINE):
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{self.name} still shows {pattern!r} after {seconds:g} s:\n{screen}")
            self._next_output(left)
        return screen

    def picture(self) -> Image.Image:
        """The screen as pixels, as a camera in front of it would see it."""
        return terminal_picture(self._command, "main")

    def close(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._tmux("kill-server")
        os.close(self._events)

    def _next_output(self, seconds: float) -> None:
        # Output reaches the pipe before tmux has drawn it, hence the look once more shortly after.
        if select.select([self._events], [], [], min(seconds, 0.25))[0]:
            os.read(self._events, 1 << 16)

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._command, *arguments], check=True, capture_output=True, text=True, timeout=20
        ).stdout


@contextlib.contextmanager
def terminal(
    folder: Path, name: str, command: list[str], environment: Mapping[str, str], columns: int = 80, rows: int = 24
) -> Iterator[Terminal]:
    """A terminal with the command running in it, gone at the end."""
    window = Terminal(folder, name, columns, rows)
    try:
        yield window.start(command, environment)
    finally:
        window.close()
