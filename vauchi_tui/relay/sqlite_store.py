"""The mailbox store in one SQLite file: what a small box needs, and the default.

One thread owns the only writing connection and commits in groups: everything that waits, at most 512 operations, no
timer. So a single message costs one fsync and a crowd shares one. Any error while writing fails the store for good:
after a failed fsync nobody knows what is on disk (fsyncgate, 2018), so it is never tried again.
"""

import asyncio
import fcntl
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, Self, TypeVar

from vauchi_tui.relay import sqlite_tables as tables
from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.store import Page, StoreFailed, Verdict

GROUP_MAX: Final = 512
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Operation:
    run: Callable[[sqlite3.Connection], Any]
    done: asyncio.Future[Any]
    address: bytes | None = None  # woken when the result is ACCEPTED


class SqliteStore:
    """A `Store`. Make one with `open`; close it before the event loop ends."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._lock = _lock(path)
        try:
            self._writer = _connect(path)
            self._reader = _connect(path)
            self._reader.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            os.close(self._lock)
            raise StoreFailed(
                f"The relay's store {path} cannot be opened: {error}.", "Name another file with --store, or restore it."
            ) from error
        self._failure: StoreFailed | None = None
        self._operations: SimpleQueue[_Operation | None] = SimpleQueue()
        self._woken: set[bytes] = set()
        self._news = asyncio.Event()
        self._readers = ThreadPoolExecutor(1, "relay-reader")
        self._thread = threading.Thread(target=self._write, name="relay-writer", daemon=True)
        self._thread.start()

    @classmethod
    async def open(cls, path: Path, limits: Limits) -> Self:
        """Open or create the file, 0600. Raises StoreFailed when it is in use, damaged or another program's."""
        return cls(path, limits)

    def put(self, mid: bytes, address: bytes, blob: bytes, expiry: int) -> asyncio.Future[Verdict]:
        run = partial(tables.put, limits=self._limits, mid=mid, address=address, blob=blob, expiry=expiry)
        return self._submit(run, address)

    def ack(self, address: bytes, upto: int) -> asyncio.Future[None]:
        return self._submit(partial(tables.ack, address=address, upto=upto))

    async def read(self, address: bytes, after: int, limit: int) -> Page:
        return await self._query(partial(tables.read, self._reader, address, after, limit))

    async def waiting(self, addresses: Collection[bytes]) -> Mapping[bytes, int]:
        return await self._query(partial(tables.waiting, self._reader, addresses))

    async def wakeups(self) -> AsyncIterator[Collection[bytes]]:
        while True:
            await self._news.wait()
            self._news.clear()
            if self._woken:
                woken, self._woken = self._woken, set()
                yield woken
            if self._failure is not None:
                raise self._failure

    async def sweep(self, today: int) -> int:
        total = 0
        while True:
            removed: int = await self._submit(partial(tables.sweep, today=today))
            total += removed
            if removed < tables.SWEEP_ROWS:
                return total

    async def ready(self) -> None:
        await self._submit(lambda db: db.execute(f"PRAGMA user_version = {tables.VERSION}").close())

    async def close(self) -> None:
        self._operations.put(None)
        await self._loop.run_in_executor(self._readers, self._thread.join)
        self._readers.shutdown()
        self._reader.close()
        self._writer.close()
        os.close(self._lock)

    def _submit(self, run: Callable[..., Any], address: bytes | None = None) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = self._loop.create_future()
        if self._failure is not None:
            _fail(done, self._failure)
        else:
            self._operations.put(_Operation(run, done, address))
        return done

    async def _query(self, run: Callable[[], T]) -> T:
        if self._failure is not None:
            raise self._failure
        try:
            return await self._loop.run_in_executor(self._readers, run)
        except sqlite3.Error as error:
            self._failed(_failure(error))
            raise _failure(error) from error

    def _write(self) -> None:
        """The writer thread: take what waits, commit it, tell the loop; stop at the first error or at close."""
        while group := self._next_group():
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                results = [operation.run(self._writer) for operation in group]
                self._writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._loop.call_soon_threadsafe(self._failed, _failure(error), group)
                return
            self._loop.call_soon_threadsafe(self._committed, group, results)

    def _next_group(self) -> list[_Operation]:
        """Everything that waits, in order, at most GROUP_MAX; empty at close."""
        group: list[_Operation] = []
        waiting = self._operations.get()
        try:
            while waiting is not None:
                group.append(waiting)
                if len(group) == GROUP_MAX:
                    return group
                waiting = self._operations.get_nowait()
        except Empty:
            return group
        if group:
            self._operations.put(None)  # commit these first, then stop
        return group

    def _committed(self, group: list[_Operation], results: list[Any]) -> None:
        for operation, result in zip(group, results, strict=True):
            if not operation.done.done():
                operation.done.set_result(result)
            if result is Verdict.ACCEPTED and operation.address is not None:
                self._woken.add(operation.address)
        if self._woken:
            self._news.set()

    def _failed(self, failure: StoreFailed, group: Collection[_Operation] = ()) -> None:
        self._failure = self._failure or failure
        for operation in group:
            _fail(operation.done, failure)
        try:
            while True:
                waiting = self._operations.get_nowait()
                if waiting is not None:
                    _fail(waiting.done, failure)
        except Empty:
            self._operations.put(None)
        self._news.set()


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=32)
    new = tables.is_new(db)  # before anything is written to it
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = FAST")
    db.execute("PRAGMA journal_size_limit = 16777216")
    if new:
        tables.create(db)
    return db


def _lock(path: Path) -> int:
    """Hold the store for this process. The lock has a file of its own: closing the database's would drop SQLite's."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its other files the same mode
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreFailed(
            f"The relay's store {path} cannot be written: {error.strerror}.", "Name another file with --store."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise StoreFailed(
            f"Another relay is using the store {path}.", "Stop it, or name another file with --store."
        ) from error
    return lock


def _failure(error: sqlite3.Error) -> StoreFailed:
    return StoreFailed(
        f"The relay's store failed: {error}.",
        "Nothing that was acknowledged is lost. Check the disk, then start the relay again.",
    )


def _fail(done: asyncio.Future[Any], failure: StoreFailed) -> None:
    if not done.done():
        done.set_exception(failure)
        done.exception()  # an acknowledgement has nobody who asks
