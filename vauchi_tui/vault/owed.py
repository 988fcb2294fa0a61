"""Which own device lacks which record."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vauchi_tui.vault.rows import Connection, one, stored

if TYPE_CHECKING:
    from vauchi_tui.protocol.keys import Key


class OwedTable:
    """`tx.owed`: every other own device is owed what changes here. The value is looked up when it is sealed.

    Where this is the only device nothing is noted.
    """

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def wanted(self) -> bool:
        """Is there another own device?"""
        return one(self._connection, "SELECT 1 FROM own_devices") is not None

    def mark(self, keys: "Iterable[Key]") -> None:
        """These records have changed on this device."""
        if not self.wanted():
            return
        self._connection.executemany(
            "INSERT OR IGNORE INTO owed (device_id, key) SELECT device_id, ? FROM own_devices ORDER BY device_id",
            [(_text(key),) for key in keys],
        )

    def mark_for(self, device_id: bytes, keys: "Iterable[Key]") -> None:
        """One device lacks these records, or may."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO owed (device_id, key) VALUES (?, ?)", [(device_id, _text(key)) for key in keys]
        )

    def next(self, device_id: bytes, limit: int) -> "list[Key]":
        """What that device lacks, longest owed first."""
        rows = self._connection.execute(
            "SELECT key FROM owed WHERE device_id = ? ORDER BY n LIMIT ?", (device_id, limit)
        )
        with stored("what your other devices are owed"):
            return [tuple(json.loads(row[0])) for row in rows]

    def done(self, device_id: bytes, keys: "Iterable[Key]") -> None:
        """These are in the outbox, from which nothing is lost."""
        self._connection.executemany(
            "DELETE FROM owed WHERE device_id = ? AND key = ?", [(device_id, _text(key)) for key in keys]
        )

    def count(self, device_id: bytes) -> int:
        row = one(self._connection, "SELECT count(*) FROM owed WHERE device_id = ?", device_id)
        return row[0] if row else 0

    def devices(self) -> list[bytes]:
        """The devices that lack something."""
        return [row[0] for row in self._connection.execute("SELECT DISTINCT device_id FROM owed ORDER BY device_id")]

    def forget(self, device_id: bytes) -> None:
        """The device is not one's own any more."""
        self._connection.execute("DELETE FROM owed WHERE device_id = ?", (device_id,))


def _text(key: "Key") -> str:
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))
