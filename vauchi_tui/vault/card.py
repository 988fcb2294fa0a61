"""One's own card."""

from collections.abc import Iterable

from vauchi_tui.model.registers import Change, Registers
from vauchi_tui.vault.owed import OwedTable
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
        """Apply the changes, which own devices are owed from now on, and return the card as it is now."""
        old = self.registers()
        new = old.apply(changes)
        self._store(new)
        OwedTable(self._connection).mark(("card", path) for path in new.changed_since(old))
        return new

    def merge(self, registers: Registers) -> bool:
        """Take over what another own device has written; False where nothing of it is newer."""
        old = self.registers()
        new = old.merged(registers)
        if new != old:
            self._store(new)
        return new != old

    def _store(self, registers: Registers) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO card (one, registers) VALUES (1, ?)", (registers_to_bytes(registers),)
        )
