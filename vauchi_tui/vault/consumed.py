"""Hashes of messages that have been consumed, so that one that comes again is not taken for a new one."""

from vauchi_tui.vault.rows import Connection, one


class ConsumedTable:
    """`tx.consumed`: SHA-256 of a message → when it was consumed (unix seconds)."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def has(self, digest: bytes) -> bool:
        return one(self._connection, "SELECT 1 FROM consumed WHERE hash = ?", digest) is not None

    def add(self, digest: bytes, unix: int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO consumed (hash, at) VALUES (?, ?)", (digest, unix))

    def sweep(self, before: int) -> int:
        """Forget what was consumed before that time; returns how many."""
        return self._connection.execute("DELETE FROM consumed WHERE at < ?", (before,)).rowcount
