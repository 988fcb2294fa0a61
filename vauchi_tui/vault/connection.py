"""Opening SQLCipher: the pragmas of protocol page, section 6, and its errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

import sqlcipher3

from vauchi_tui.errors import ProfileError
from vauchi_tui.vault.rows import Connection, damaged

BUSY_TIMEOUT_S = 10.0
DatabaseError = sqlcipher3.Error


class Code(IntEnum):
    """SQLite's primary result codes that have a cause outside the program (https://sqlite.org/rescode.html)."""

    PERM = 3
    BUSY = 5
    LOCKED = 6
    READONLY = 8
    IOERR = 10
    CORRUPT = 11
    FULL = 13
    CANTOPEN = 14
    NOTADB = 26


def connect(path: Path, data_key: bytes) -> Connection:
    """Open a database file that is there, with a 32-byte key. Nothing is read yet: a wrong key shows at first use.

    The key is used raw (no KDF: it is random already). SQLite gives -wal and -shm the mode of the file itself.
    """
    if len(data_key) != 32:
        raise ValueError("a data key has 32 bytes")
    connection: Connection = sqlcipher3.connect(
        f"file:{_escaped(path)}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=BUSY_TIMEOUT_S,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # first: it would write over the screen
        connection.execute(f"PRAGMA key = \"x'{data_key.hex()}'\"")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA trusted_schema = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def result_code(error: Exception) -> int:
    """SQLite's extended result code of an error, 0 where there is none. The lowest byte is the primary code."""
    code = getattr(error, "sqlite_errorcode", None)
    return code if isinstance(code, int) else 0


def in_words(error: Exception, path: Path) -> ProfileError | None:
    """What a person can do about a database error; None where it is a bug of ours."""
    match result_code(error) & 0xFF:
        case Code.BUSY | Code.LOCKED:
            return ProfileError(
                "The profile is busy: another vauchi process is writing to it.",
                "Try again in a moment; if it stays so, close the other process.",
            )
        case Code.CORRUPT | Code.NOTADB:
            return damaged(str(path))
        case Code.FULL:
            return ProfileError("The disk is full; nothing was changed.", f"Make room on the disk that holds {path}.")
        case Code.PERM | Code.READONLY | Code.CANTOPEN:
            return ProfileError(
                f"The profile cannot be written or opened: {path}.",
                f"Check that {path.parent} is yours, writable, and not on a read-only disk.",
            )
        case Code.IOERR:
            return ProfileError(
                f"The disk gave an error at {path}; nothing was changed.", "Check the disk, then try again."
            )
    return None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn database errors into words; what is a bug of ours passes."""
    try:
        yield
    except DatabaseError as error:
        words = in_words(error, path)
        if words is None:
            raise
        raise words from error


@contextmanager
def files_explained(path: Path) -> Iterator[None]:
    """Turn errors of the file system into words."""
    try:
        yield
    except OSError as error:
        raise ProfileError(
            f"The profile's files cannot be used: {error.strerror or error}.", f"Check {error.filename or path}."
        ) from error


def _escaped(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
