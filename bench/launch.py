"""Launch: from Enter to a screen that shows the card, against an empty Textual app on the same terminal.

Both programs are started in turn, so that a machine whose speed drifts favours neither. Both find their bytecode
compiled, as after any installation, whatever the environment says. Goal: at most 1.35 times.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench._terminal import seconds_until

ROUNDS = 15
NAME = "Alice Example"
EMPTY = """
from textual.app import App, ComposeResult
from textual.widgets import Static
class Empty(App):
    def compose(self) -> ComposeResult:
        yield Static("nothing at all")
Empty().run()
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}  # filled by the round not counted
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        vauchi = [sys.executable, "-m", "vauchi_tui", "--profile", f"{folder}/profile/"]
        subprocess.run([*vauchi, "init", NAME, "--no-passphrase"], check=True, capture_output=True)
        subprocess.run([*vauchi, "card", "set", "Mobile", "+1-555-1234"], check=True, capture_output=True)
        (Path(folder) / "empty.py").write_text(EMPTY)
        empty = [sys.executable, f"{folder}/empty.py"]
        ours, theirs = [], []
        for _ in range(ROUNDS + 1):
            theirs.append(seconds_until(empty, environment, "nothing at all"))
            ours.append(seconds_until(vauchi, environment, "555-1234"))
        ratios = [a / b for a, b in zip(ours[1:], theirs[1:], strict=True)]
        print(f"empty Textual app: {statistics.median(theirs[1:]) * 1e3:.0f} ms (median of {ROUNDS})")
        print(f"vauchi, card shown: {statistics.median(ours[1:]) * 1e3:.0f} ms")
        print(f"ratio: {statistics.median(ratios):.2f} (median of pairs; goal ≤ 1.35)")
