"""A word on the desktop, by the program that the system has for it. Never a value of a card."""

import asyncio
import html
import os
import shutil
import sys
from collections.abc import Mapping

_SCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)


def command(title: str, text: str, environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The command that shows a notification here; None where there is no desktop or no program for it."""
    if sys.platform == "darwin" and (script := shutil.which("osascript")):
        lines = [word for line in _SCRIPT for word in ("-e", line)]
        return [script, *lines, title, text]
    send = shutil.which("notify-send", path=environ.get("PATH"))
    if send is None or not environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return None
    return [send, "--app-name=vauchi", "--", html.escape(title), html.escape(text)]  # the text may be read as markup


async def show(title: str, text: str) -> bool:
    """Show a notification. False where that cannot be done; it is never an error."""
    arguments = command(title, text)
    if arguments is None:
        return False
    quiet = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(*arguments, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError:
        return False
    return await process.wait() == 0
