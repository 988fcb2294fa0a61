"""One's own card."""

from collections.abc import Iterable

from vauchi_tui.model.registers import Change, Registers
from vauchi_tui.vault.rows import Connection, one, registers_from_bytes, registers_to_bytes


class CardTable:
    """`tx.card`: the registers of one's own card, empty before the first change."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def registers(self) -> Registers:
        row = one(self._connection, "SELECT registers FROM card")
        return registers_from_bytes(row[0], "your card") if row else Registers()

    def apply(self, changes: Iterable[Change]) -> Registers:
        """Apply the changes and return the card as it is now."""
        new = self.registers().apply(changes)
        self._connection.execute(
            "INSERT OR REPLACE INTO card (one, registers) VALUES (1, ?)", (registers_to_bytes(new),)
        )
        return new
