"""Exchange codes that were answered, remembered until they have expired for everybody."""

from vauchi_tui.vault.rows import Connection, one


class CodesTable:
    """`tx.codes`: H(T) of a code → until when it is remembered (unix seconds)."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def used(self, token_hash: bytes) -> bool:
        return one(self._connection, "SELECT 1 FROM used_codes WHERE token_hash = ?", token_hash) is not None

    def remember(self, token_hash: bytes, until: int) -> None:
        self._connection.execute(
            "INSERT INTO used_codes (token_hash, until) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
            (token_hash, until),
        )

    def sweep(self, now: int) -> int:
        """Forget those whose time is over; returns how many."""
        return self._connection.execute("DELETE FROM used_codes WHERE until < ?", (now,)).rowcount
