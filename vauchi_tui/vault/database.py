"""The vault: one encrypted database, open in this process, read and changed in transactions."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import ProfileError
from vauchi_tui.vault import schema
from vauchi_tui.vault.connection import (
    Code,
    DatabaseError,
    connect,
    explained,
    files_explained,
    result_code,
)
from vauchi_tui.vault.files import create_private, sync_directory
from vauchi_tui.vault.migrations import migrate, user_version
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.rows import Connection, damaged, one
from vauchi_tui.vault.tx import Tx


class Vault:
    """One connection. Threads may hand it on; transactions of several threads wait for each other.

    Readers never wait for writers of other processes (write-ahead log); writers wait up to ten seconds for each other.
    Every method raises ProfileError where the file is damaged, replaced or cannot be written.
    """

    def __init__(self, connection: Connection, path: Path, inode: tuple[int, int]) -> None:
        """Use `create` or `open`."""
        self._connection = connection
        self._path = path
        self._inode = inode
        self._commits = 0
        self._lock = threading.Lock()
        self._holder: int | None = None

    @classmethod
    def create(cls, profile: Profile, data_key: bytes, rng: Rng, fill: Callable[[Tx], None] | None = None) -> Self:
        """Make the database of a profile that has none, and open it.

        `fill` writes the first content; the database appears with that content or, whenever the process dies, not at
        all. Raises ProfileError where there is one already. Callers use `creation.create_profile`, which locks.
        """
        if profile.exists():
            raise ProfileError(
                f"The profile “{profile.name}” exists already.", "Choose another with --profile NAME, or use this one."
            )
        draft = profile.database.with_suffix(".new")
        with files_explained(profile.database), explained(profile.database):
            for leftover in ("", "-journal", "-wal", "-shm"):
                draft.with_name(draft.name + leftover).unlink(missing_ok=True)
            create_private(draft)
            connection = connect(draft, data_key)
            try:
                _make(connection, rng, fill)
            finally:
                connection.close()
            draft.rename(profile.database)
            sync_directory(profile.data)
        return cls.open(profile, data_key)

    @classmethod
    def open(cls, profile: Profile, data_key: bytes) -> Self:
        """Open the database. Raises ProfileError: missing, readable by others, damaged, newer than the program."""
        if not profile.exists():
            raise ProfileError(f"There is no profile “{profile.name}”.", "Make one with: vauchi init NAME")
        profile.check_permissions()
        path = profile.database
        with files_explained(path), explained(path):
            while True:
                status = path.stat()
                connection = connect(path, data_key)
                try:
                    version = user_version(connection)
                    _check_version(version, path)
                except BaseException:
                    connection.close()
                    raise
                if version == schema.VERSION:
                    break
                connection.close()
                migrate(path, data_key)
        return cls(connection, path, (status.st_dev, status.st_ino))

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that sees one state throughout and changes nothing."""
        with self._exclusive(), self._transaction("BEGIN"):
            self._connection.execute("PRAGMA query_only = ON")
            try:
                yield Tx(self._connection)
            except DatabaseError as error:
                if result_code(error) == Code.READONLY:
                    raise RuntimeError("a read transaction cannot write") from error
                raise
            finally:
                self._connection.execute("PRAGMA query_only = OFF")

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A transaction on the newest state: all of it is on disk when the block is left, or, on an error, none."""
        with self._exclusive():
            before = self._connection.total_changes
            with self._transaction("BEGIN IMMEDIATE"):
                self._check_not_replaced()
                yield Tx(self._connection)
            self._commits += self._connection.total_changes != before

    def data_version(self) -> int:
        """A number that grows whenever a change has been committed, by this connection or any other process."""
        with self._exclusive(), explained(self._path):
            self._check_not_replaced()
            row = one(self._connection, "PRAGMA data_version")
            return self._commits + (row[0] if row else 0)

    def close(self) -> None:
        """Close the connection; closing twice does no harm."""
        with self._exclusive():
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if self._holder == threading.get_ident():
            raise RuntimeError("a transaction inside a transaction")
        with self._lock:
            self._holder = threading.get_ident()
            try:
                yield
            finally:
                self._holder = None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with explained(self._path):
            self._connection.execute(begin)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(DatabaseError):  # what ended the transaction may have rolled it back already
                    self._connection.execute("ROLLBACK")
                raise

    def _check_not_replaced(self) -> None:
        try:
            status = self._path.stat()
        except OSError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != self._inode:
            raise ProfileError(
                "The profile was replaced or removed by another vauchi process.", "Close this one and start again."
            )


def _make(connection: Connection, rng: Rng, fill: Callable[[Tx], None] | None) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement in schema.STATEMENTS:
        connection.execute(statement)
    connection.execute("INSERT INTO local_secret (one, secret) VALUES (1, ?)", (rng(32),))
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")
    if fill is not None:
        fill(Tx(connection))
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")


def _check_version(version: int, path: Path) -> None:
    if version > schema.VERSION:
        raise ProfileError(
            f"The profile was made by a newer vauchi (format {version}; this one knows {schema.VERSION}).",
            "Update vauchi, or choose another with --profile.",
        )
    if version < 1:
        raise damaged(str(path))
