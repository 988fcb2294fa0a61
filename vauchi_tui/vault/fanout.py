"""Which contacts are owed an update, and when it is due."""

from collections.abc import Iterable

from vauchi_tui.vault.rows import Connection, one


class FanoutTable:
    """`tx.fanout`: quick edits are coalesced, so a contact is marked and the message is made when due (unix ms)."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, identity: bytes, due_ms: int) -> None:
        """Owe this contact an update; where one is owed already, the earlier time stays."""
        self._connection.execute(
            "INSERT INTO fanout (identity, due_ms) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET due_ms = min(coalesce(due_ms, excluded.due_ms), excluded.due_ms)",
            (identity, due_ms),
        )

    def mark_all(self, identities: Iterable[bytes], now_ms: int, pause_ms: int) -> None:
        """Owe all of them an update, as `mark`: at once, or `pause_ms` after the last message to each.

        At once also where the clock was set back since that message.
        """
        paused = "max(excluded.due_ms, fanout.last_sent_ms + ?)"
        wait = f"iif(fanout.last_sent_ms <= excluded.due_ms, {paused}, excluded.due_ms)"
        self._connection.executemany(
            "INSERT INTO fanout (identity, due_ms) VALUES (?, ?) "
            f"ON CONFLICT DO UPDATE SET due_ms = min(coalesce(due_ms, {wait}), {wait})",
            [(identity, now_ms, pause_ms, pause_ms) for identity in identities],
        )

    def due(self, now_ms: int) -> list[bytes]:
        """Who is due at `now_ms`, longest due first."""
        rows = self._connection.execute(
            "SELECT identity FROM fanout WHERE due_ms <= ? ORDER BY due_ms, identity", (now_ms,)
        )
        return [row[0] for row in rows]

    def all(self) -> list[bytes]:
        """Everybody who is owed an update, due or not."""
        rows = self._connection.execute(
            "SELECT identity FROM fanout WHERE due_ms IS NOT NULL ORDER BY due_ms, identity"
        )
        return [row[0] for row in rows]

    def clear(self, identity: bytes) -> None:
        """Nothing is owed to this contact any more."""
        self._connection.execute("UPDATE fanout SET due_ms = NULL WHERE identity = ?", (identity,))

    def next_due(self) -> int | None:
        """When the next update is due, None where none is owed."""
        row = one(self._connection, "SELECT min(due_ms) FROM fanout")
        return row[0] if row else None

    def cap(self, latest_ms: int) -> None:
        """Nothing is due later than that: where it is, the clock was wrong."""
        self._connection.execute("UPDATE fanout SET due_ms = ?1 WHERE due_ms > ?1", (latest_ms,))

    def last_sent(self, identity: bytes) -> int | None:
        row = one(self._connection, "SELECT last_sent_ms FROM fanout WHERE identity = ?", identity)
        return row[0] if row else None

    def set_last_sent(self, identity: bytes, at_ms: int) -> None:
        self._connection.execute(
            "INSERT INTO fanout (identity, last_sent_ms) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET last_sent_ms = excluded.last_sent_ms",
            (identity, at_ms),
        )
