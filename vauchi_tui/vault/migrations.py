"""Bringing a vault of an older version to this one: copy, migrate, check, rename (protocol page, section 6).

Until the rename the old file is as it was. Nobody else may have it open meanwhile; whoever comes later finds the new
one, and whoever had opened the old one notices before it writes (`Vault`).
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from vauchi_tui.errors import ProfileError
from vauchi_tui.vault import schema, steps
from vauchi_tui.vault.connection import Code, DatabaseError, connect, result_code
from vauchi_tui.vault.files import create_private, sync_directory
from vauchi_tui.vault.rows import Connection, damaged, one

Step = Callable[[Connection], None]
STEPS: Mapping[int, Step] = {1: steps.second}
"""From version → what turns it into the next one."""


def migrate(path: Path, data_key: bytes) -> None:
    """Bring the database to `schema.VERSION`. Raises ProfileError where another process has it open."""
    # Closing any descriptor of a file drops SQLite's locks on it (POSIX), so this one outlives the connection.
    with path.open("rb") as source:
        connection = connect(path, data_key)
        try:
            _take(connection)
            version = user_version(connection)
            if version >= schema.VERSION or not _is_current(path, source.fileno()):
                return  # another process was faster
            draft = path.with_suffix(".migrating")
            _copy(source.fileno(), draft)
            _run(draft, data_key, version)
            draft.rename(path)
            sync_directory(path.parent)
        finally:
            connection.close()


def user_version(connection: Connection) -> int:
    """The version of the schema in a database, 0 where it has none."""
    row = one(connection, "PRAGMA user_version")
    return row[0] if row else 0


def _take(connection: Connection) -> None:
    """Lock the database against everybody, its log merged into the file."""
    try:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()  # fails while anybody else has it open
        connection.execute("BEGIN EXCLUSIVE")
    except DatabaseError as error:
        if result_code(error) & 0xFF not in (Code.BUSY, Code.LOCKED):
            raise
        raise ProfileError(
            "The profile must be updated for this version, but another vauchi process has it open.",
            "Close the other one, then start again.",
        ) from error


def _is_current(path: Path, descriptor: int) -> bool:
    return os.path.samestat(path.stat(), os.fstat(descriptor))


def _copy(descriptor: int, draft: Path) -> None:
    for leftover in ("", "-journal", "-wal", "-shm"):
        draft.with_name(draft.name + leftover).unlink(missing_ok=True)
    create_private(draft)
    with draft.open("r+b") as target, open(descriptor, "rb", closefd=False) as source:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())


def _run(draft: Path, data_key: bytes, version: int) -> None:
    connection = connect(draft, data_key)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for start in range(version, schema.VERSION):
            if start not in STEPS:
                raise damaged(str(draft))
            STEPS[start](connection)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        connection.execute("COMMIT")
        faults = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        if faults or connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise damaged(str(draft))
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    finally:
        connection.close()
