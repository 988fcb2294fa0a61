"""Keeping what C libraries write to descriptor 2 away from the terminal: ALSA, JACK and PulseAudio complain there."""

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_STDERR: Final = 2
_lock = threading.Lock()
_users = 0
_kept = -1


@contextmanager
def quiet() -> Iterator[None]:
    """While one or more threads are in here, descriptor 2 leads nowhere. Python's `sys.stderr` goes on as before."""
    global _users
    with _lock:
        if not _users:
            _silence()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _restore()


def _silence() -> None:
    global _kept
    if _writes_there(sys.stderr):
        sys.stderr.flush()
        own = os.fdopen(os.dup(_STDERR), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
        sys.stderr = own  # for good: another thread may be about to write
    try:
        _kept = os.dup(_STDERR)
    except OSError:  # closed already
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)


def _restore() -> None:
    global _kept
    if _kept >= 0:
        os.dup2(_kept, _STDERR)
        os.close(_kept)
        _kept = -1


def _writes_there(stream: object) -> bool:
    try:
        return isinstance(stream, io.TextIOBase) and stream.fileno() == _STDERR
    except (OSError, ValueError):  # not a file, or closed
        return False
