"""The other devices of the person: when each came, and when it was last heard."""

from dataclasses import dataclass

from vauchi_tui.vault.rows import Connection


@dataclass(frozen=True, slots=True)
class OtherDevice:
    """Another own device. Times are unix seconds; `last_seen` is None before its first message."""

    id: bytes
    added_at: int
    last_seen: int | None


class DevicesTable:
    """`tx.devices`: all own devices but this one, as this one knows them. The signed list is `tx.me.devices()`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def others(self) -> list[OtherDevice]:
        rows = self._connection.execute("SELECT device_id, added_at, last_seen FROM own_devices ORDER BY device_id")
        return [OtherDevice(*row) for row in rows]

    def add(self, device_id: bytes, at: int) -> None:
        """A device has come; one that is there stays as it is."""
        self._connection.execute(
            "INSERT OR IGNORE INTO own_devices (device_id, added_at) VALUES (?, ?)", (device_id, at)
        )

    def remove(self, device_id: bytes) -> None:
        self._connection.execute("DELETE FROM own_devices WHERE device_id = ?", (device_id,))

    def seen(self, device_id: bytes, at: int) -> None:
        """A message of that device has been read."""
        self._connection.execute("UPDATE own_devices SET last_seen = ? WHERE device_id = ?", (at, device_id))
