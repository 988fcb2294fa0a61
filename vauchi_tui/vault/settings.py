"""Settings of the profile, and the secret that makes its decoy addresses."""

from vauchi_tui.vault.rows import Connection, damaged, one


class SettingsTable:
    """`tx.settings`: text by key."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> str | None:
        row = one(self._connection, "SELECT value FROM settings WHERE key = ?", key)
        return row[0] if row else None

    def set(self, key: str, value: str | None) -> None:
        """Store a value; None removes the key."""
        if value is None:
            self._connection.execute("DELETE FROM settings WHERE key = ?", (key,))
        else:
            self._connection.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))

    def all(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT key, value FROM settings ORDER BY key").fetchall())

    def local_secret(self) -> bytes:
        """32 random bytes of this vault, never sent anywhere: decoy tokens are derived from it."""
        row = one(self._connection, "SELECT secret FROM local_secret")
        if row is None:
            raise damaged("its local secret")
        return bytes(row[0])
