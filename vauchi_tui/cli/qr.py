"""A code drawn on the terminal that stdout is."""

import os
import sys

from vauchi_tui.cli import output
from vauchi_tui.optics.qr_draw import QrPlan, plan, render, terminal_lines


def draw(text: str) -> None:
    """Draw a code where stdout is a terminal with room for it; a terminal without gets told why."""
    if not sys.stdout.isatty():
        return
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    best = plan(text, columns, rows - 1, utf8=utf8)  # the cursor stands below
    if isinstance(best, QrPlan):
        for line in terminal_lines(render(text, best)):
            output.line(line)
    else:
        output.line(f"{best.words} {best.hint}")
