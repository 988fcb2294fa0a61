"""The sync role: one process per profile talks to the relay, the others leave rows in the outbox."""

import fcntl
import os
from contextlib import suppress

from vauchi_tui.vault.connection import files_explained
from vauchi_tui.vault.profile import Profile

_PID_LENGTH = 20


class SyncRole:
    """A lock on `sync.lock` with the holder's process id in it. The system frees it however the process ends."""

    def __init__(self, profile: Profile) -> None:
        self._path = profile.role_lock
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Does this object hold the role?"""
        return self._descriptor is not None

    def try_acquire(self) -> bool:
        """Take the role if nobody has it. True also where this object has it already."""
        if self._descriptor is not None:
            return True
        with files_explained(self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            except BlockingIOError:
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the role back; without it, nothing happens."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        with suppress(OSError):  # the lock goes with the descriptor, a full disk or not
            os.ftruncate(descriptor, 0)
        os.close(descriptor)

    def holder(self) -> int | None:
        """The process id of whoever has the role, None if nobody has."""
        if self._descriptor is not None:
            return os.getpid()
        with files_explained(self._path):
            try:
                descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            try:
                # Tried only to see whether the process that wrote its id is still there; it is given back at once.
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = os.pread(descriptor, _PID_LENGTH, 0)
                return int(text) if text.isdigit() else None
            finally:
                os.close(descriptor)
        return None
