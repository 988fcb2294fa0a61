"""What another own device has changed and should send to contacts: sent from here if it does not do so in time."""

from vauchi_tui.vault.rows import Connection


class TakeoversTable:
    """`tx.takeovers`: contacts by identity key, and when this device looks whether they lack something (unix ms)."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, identity: bytes, due_ms: int) -> None:
        """Where one is noted already, the earlier time stays."""
        self._connection.execute(
            "INSERT INTO takeovers (identity, due_ms) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET due_ms = min(takeovers.due_ms, excluded.due_ms)",
            (identity, due_ms),
        )

    def cap(self, latest_ms: int) -> None:
        """Nothing is noted for later than that: where it is, the clock was wrong."""
        self._connection.execute("UPDATE takeovers SET due_ms = ?1 WHERE due_ms > ?1", (latest_ms,))

    def take_due(self, now_ms: int) -> list[bytes]:
        """Whose time has come; they are noted no more."""
        rows = self._connection.execute("SELECT identity FROM takeovers WHERE due_ms <= ? ORDER BY identity", (now_ms,))
        due = [row[0] for row in rows]
        self._connection.execute("DELETE FROM takeovers WHERE due_ms <= ?", (now_ms,))
        return due
