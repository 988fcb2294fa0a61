"""Which contacts know of one's devices, and when they were last told outside a session."""

from dataclasses import dataclass

from vauchi_tui.vault.rows import Connection, one


@dataclass(frozen=True, slots=True)
class Announced:
    """`version` of the list that was left in his hello mailbox last, and when (unix s); `known`: he has this one."""

    version: int = 0
    at: int = 0
    known: int = 0


class AnnouncementsTable:
    """`tx.announcements`: by identity key of the contact."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, identity: bytes) -> Announced:
        row = one(self._connection, "SELECT version, at, known FROM announcements WHERE identity = ?", identity)
        return Announced(*row) if row else Announced()

    def announced(self, identity: bytes, version: int, at: int) -> None:
        """A list was left in his hello mailbox."""
        self._connection.execute(
            "INSERT INTO announcements (identity, version, at, known) VALUES (?, ?, ?, 0) "
            "ON CONFLICT DO UPDATE SET version = excluded.version, at = excluded.at",
            (identity, version, at),
        )

    def known(self, identity: bytes, version: int) -> None:
        """One of his devices has acknowledged this list, or was there when it was the newest."""
        self._connection.execute(
            "INSERT INTO announcements (identity, version, at, known) VALUES (?, 0, 0, ?) "
            "ON CONFLICT DO UPDATE SET known = max(announcements.known, excluded.known)",
            (identity, version),
        )

    def forget(self, identity: bytes) -> None:
        self._connection.execute("DELETE FROM announcements WHERE identity = ?", (identity,))
