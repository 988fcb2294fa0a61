"""Lines from stdin, read one by one: inside an event loop without a thread that could not be ended, or before it."""

import asyncio
import os
import sys
import termios

from vauchi_tui.errors import VauchiError

_LINE_BYTES = 8192


def first_line() -> str:
    """The first line, empty at the end of the input. Waits for it; what stands behind it is left to `Lines`."""
    if sys.stdin is None:
        return ""
    line = bytearray()
    while len(line) < _LINE_BYTES and (byte := os.read(sys.stdin.fileno(), 1)) not in (b"", b"\n"):
        line += byte
    return line.decode(errors="replace")


class Lines:
    """Reads stdin line by line, when asked and never ahead of what is needed for a line."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    async def next(self) -> str:
        """The next line without its end. Raises VauchiError at the end of the input."""
        while b"\n" not in self._buffer:
            data = await self._read()
            if not data and not self._buffer:
                raise VauchiError("The input ended before it was answered.", "Keep stdin open and write a line.")
            self._buffer += data or b"\n"
            if len(self._buffer) > _LINE_BYTES:
                raise VauchiError("A line of the input is too long.", "Write one answer per line.")
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer[:] = rest
        return line.decode(errors="replace").strip()

    def forget_typed(self) -> None:
        """Drop what was typed at a terminal before a question that nobody may answer unread. Pipes lose nothing."""
        if sys.stdin is not None and sys.stdin.isatty():
            self._buffer.clear()
            termios.tcflush(sys.stdin, termios.TCIFLUSH)

    async def _read(self) -> bytes:
        if sys.stdin is None:  # closed before the start
            return b""
        loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()
        readable: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(stdin, _wake, readable)
        except PermissionError:  # a plain file is always readable and cannot be waited for
            return os.read(stdin, _LINE_BYTES)
        try:
            await readable
        finally:
            loop.remove_reader(stdin)
        return os.read(stdin, _LINE_BYTES)


def _wake(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)
