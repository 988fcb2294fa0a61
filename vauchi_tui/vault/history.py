"""What happened, in words, newest first."""

from dataclasses import dataclass

from vauchi_tui.vault.rows import Connection


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line: when (unix seconds), whom it concerns (None: oneself), what kind, and the words for the person."""

    id: int
    at: int
    identity: bytes | None
    kind: str
    text: str


class HistoryTable:
    """`tx.history`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, at: int, identity: bytes | None, kind: str, text: str) -> None:
        self._connection.execute(
            "INSERT INTO history (at, identity, kind, text) VALUES (?, ?, ?, ?)", (at, identity, kind, text)
        )

    def recent(self, identity: bytes | None = None, limit: int = 100) -> list[HistoryRow]:
        """The newest lines first: of one contact, or of all where `identity` is None."""
        where, parameters = ("", ()) if identity is None else ("WHERE identity = ? ", (identity,))
        rows = self._connection.execute(
            f"SELECT id, at, identity, kind, text FROM history {where}ORDER BY id DESC LIMIT ?", (*parameters, limit)
        )
        return [HistoryRow(*row) for row in rows]
