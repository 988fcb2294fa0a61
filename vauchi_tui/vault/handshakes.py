"""How far this device is with those it wants a session with."""

from vauchi_tui.protocol.kk import Handshake
from vauchi_tui.vault.rows import Connection, Row, one, stored


class HandshakesTable:
    """`tx.handshakes`: one per device, contacts' and own, with which a session was ever begun without an exchange."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, peer_device_id: bytes) -> Handshake | None:
        row = one(self._connection, "SELECT state FROM handshakes WHERE peer_id = ?", peer_device_id)
        return _handshake(row) if row else None

    def put(self, peer_device_id: bytes, identity: bytes, state: Handshake) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO handshakes (peer_id, identity, state) VALUES (?, ?, ?)",
            (peer_device_id, identity, state.to_bytes()),
        )

    def delete(self, peer_device_id: bytes) -> None:
        self._connection.execute("DELETE FROM handshakes WHERE peer_id = ?", (peer_device_id,))

    def all(self) -> list[tuple[bytes, Handshake]]:
        """By device id."""
        rows = self._connection.execute("SELECT state, peer_id FROM handshakes ORDER BY peer_id")
        return [(row[1], _handshake(row)) for row in rows]

    def peers(self) -> frozenset[bytes]:
        """The device ids, without reading the states."""
        return frozenset(row[0] for row in self._connection.execute("SELECT peer_id FROM handshakes"))


def _handshake(row: Row) -> Handshake:
    with stored("a handshake"):
        return Handshake.from_bytes(row[0])
