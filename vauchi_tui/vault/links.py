"""What connects this device with each device of a contact: sessions, versions, when its mailbox was last drained."""

from vauchi_tui.protocol.link import Link
from vauchi_tui.vault.rows import Connection, Row, one, stored


class LinksTable:
    """`tx.links`: links by the peer's device id (16 bytes). Session ids (8 bytes) that are over are remembered."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, peer_device_id: bytes) -> Link | None:
        row = one(self._connection, "SELECT state FROM links WHERE peer_id = ?", peer_device_id)
        return _link(row) if row else None

    def all(self) -> list[Link]:
        return [_link(row) for row in self._connection.execute("SELECT state FROM links ORDER BY peer_id")]

    def peers(self) -> frozenset[bytes]:
        """The device ids of all links, without reading the links."""
        return frozenset(row[0] for row in self._connection.execute("SELECT peer_id FROM links"))

    def of(self, identity: bytes) -> list[Link]:
        """The links with each device of one contact."""
        rows = self._connection.execute("SELECT state FROM links WHERE identity = ? ORDER BY peer_id", (identity,))
        return [_link(row) for row in rows]

    def put(self, link: Link) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO links (peer_id, identity, state) VALUES (?, ?, ?)",
            (link.peer_id, link.peer_identity, link.to_bytes()),
        )

    def delete(self, peer_device_id: bytes) -> None:
        self._connection.execute("DELETE FROM links WHERE peer_id = ?", (peer_device_id,))
        self._connection.execute("DELETE FROM drains WHERE peer_id = ?", (peer_device_id,))
        self._connection.execute("DELETE FROM heard WHERE device_id = ?", (peer_device_id,))

    def last_drain(self, peer_device_id: bytes) -> int | None:
        """The day (since the epoch, UTC) of the last complete drain of the peer's mailbox."""
        row = one(self._connection, "SELECT day FROM drains WHERE peer_id = ?", peer_device_id)
        return row[0] if row else None

    def set_last_drain(self, peer_device_id: bytes, day: int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO drains (peer_id, day) VALUES (?, ?)", (peer_device_id, day))

    def forget(self, sid: bytes, at: int = 0) -> None:
        """Remember that this session is over since then (unix s): what still comes in it is ignored."""
        self._connection.execute("INSERT OR IGNORE INTO forgotten_sessions (sid, at) VALUES (?, ?)", (sid, at))

    def is_forgotten(self, sid: bytes) -> bool:
        return self.forgotten_at(sid) is not None

    def forgotten_at(self, sid: bytes) -> int | None:
        """Since when that session has been over (unix s), None if it is not."""
        row = one(self._connection, "SELECT at FROM forgotten_sessions WHERE sid = ?", sid)
        return row[0] if row else None


def _link(row: Row) -> Link:
    with stored("a session"):
        return Link.from_bytes(row[0])
