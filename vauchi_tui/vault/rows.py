"""What the aggregates share: the connection as they see it, and rows that pass the strict decoder."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from vauchi_tui.errors import Malformed, ProfileError
from vauchi_tui.model.registers import Registers
from vauchi_tui.protocol.decode import canonical_json, strict_json

DOCUMENT_BYTES = 4 * 1024 * 1024
"""Upper bound of one stored JSON value: a full card with the removes of a life."""

Row = tuple[Any, ...]


class Cursor(Protocol):
    """The part of a DB-API cursor that the aggregates use."""

    @property
    def rowcount(self) -> int: ...
    @property
    def lastrowid(self) -> int | None: ...
    def fetchone(self) -> Row | None: ...
    def fetchall(self) -> list[Row]: ...
    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """The part of a DB-API connection that the aggregates use."""

    @property
    def total_changes(self) -> int: ...
    def execute(self, sql: str, parameters: Iterable[Any] = ..., /) -> Cursor: ...
    def executemany(self, sql: str, parameters: Iterable[Iterable[Any]], /) -> Cursor: ...
    def close(self) -> None: ...


def damaged(what: str) -> ProfileError:
    """The error for a row, or a file, that cannot be what this program wrote."""
    return ProfileError(
        f"The profile is damaged: {what} cannot be read.",
        "Put a copy of the profile's directory back, or move it away and run `vauchi init` to start anew.",
    )


@contextmanager
def stored(what: str) -> Iterator[None]:
    """Turn whatever a decoder finds wrong with a row into the ProfileError for `what`."""
    try:
        yield
    except (Malformed, ValueError, TypeError, KeyError, IndexError) as error:
        raise damaged(what) from error


def registers_to_bytes(registers: Registers) -> bytes:
    return canonical_json(registers.to_json())


def registers_from_bytes(data: bytes, what: str) -> Registers:
    """Read what `registers_to_bytes` wrote; ProfileError naming `what` on any other bytes."""
    with stored(what):
        return Registers.from_json(strict_json(data, DOCUMENT_BYTES))


def one(connection: Connection, sql: str, *parameters: Any) -> Row | None:
    """The first row of a query, None where there is none."""
    return connection.execute(sql, parameters).fetchone()
