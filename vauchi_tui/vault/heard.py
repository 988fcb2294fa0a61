"""When each device of a contact was last heard, and when it is told that its messages have arrived."""

from vauchi_tui.vault.rows import Connection, one


class HeardTable:
    """`tx.heard`: by the device's id."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, device_id: bytes, at: int) -> None:
        """Something new has come from the device, a message or an acknowledgement (unix s)."""
        self._connection.execute(
            "INSERT INTO heard (device_id, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at",
            (device_id, at),
        )

    def at(self, device_id: bytes) -> int | None:
        """When that was last, None where it never was."""
        row = one(self._connection, "SELECT at FROM heard WHERE device_id = ?", device_id)
        return row[0] if row else None

    def all(self) -> dict[bytes, dict[bytes, int | None]]:
        """By person, each device that there is a link with, and when it was last heard."""
        rows = self._connection.execute(
            "SELECT identity, peer_id, at FROM links LEFT JOIN heard ON device_id = peer_id ORDER BY identity, peer_id"
        )
        found: dict[bytes, dict[bytes, int | None]] = {}
        for identity, device_id, at in rows:
            found.setdefault(identity, {})[device_id] = at
        return found

    def ack_due(self, device_id: bytes) -> int | None:
        """From when on (unix ms) an acknowledgement that was put off may leave, None where none was."""
        row = one(self._connection, "SELECT ack_due_ms FROM heard WHERE device_id = ?", device_id)
        return row[0] if row else None

    def put_off(self, device_id: bytes, due_ms: int | None) -> None:
        """Put an acknowledgement off; None: nothing is put off any more."""
        self._connection.execute(
            "INSERT INTO heard (device_id, ack_due_ms) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET ack_due_ms = excluded.ack_due_ms",
            (device_id, due_ms),
        )
