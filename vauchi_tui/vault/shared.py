"""Texts by key that own devices share: the last writer wins."""

from dataclasses import dataclass

from vauchi_tui.model.clock import ZERO, Hlc
from vauchi_tui.vault.owed import OwedTable
from vauchi_tui.vault.rows import Connection, one, stored


@dataclass(frozen=True, slots=True)
class Shared:
    """One text (None: taken away) and the clock with which it was written."""

    value: str | None = None
    hlc: Hlc = ZERO


class SharedTable:
    """`tx.shared`: what belongs to the person and to no table of its own. It never leaves the own devices.

    Keys say what they are about: `note:`, `standing:` and an identity key in hex, `device-name:` and a device id.
    """

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> Shared:
        """The text as it stands; with the clock ZERO where nothing was ever written."""
        row = one(self._connection, "SELECT value, hlc FROM shared WHERE key = ?", key)
        with stored("what your devices share"):
            return Shared(row[0], Hlc.parse(row[1])) if row else Shared()

    def set(self, key: str, value: str | None, hlc: Hlc) -> None:
        """Write a text on this device; `hlc` is a fresh tick."""
        if self.merge(key, value, hlc):
            OwedTable(self._connection).mark([("shared", key)])

    def merge(self, key: str, value: str | None, hlc: Hlc) -> bool:
        """Take over what another own device wrote; False where what is here is as new."""
        # The text of a clock sorts as the clock does.
        return (
            self._connection.execute(
                "INSERT INTO shared (key, value, hlc) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
                "value = excluded.value, hlc = excluded.hlc WHERE excluded.hlc > shared.hlc",
                (key, value, str(hlc)),
            ).rowcount
            > 0
        )

    def names(self, start: str = "") -> list[str]:
        """All keys ever written that begin so."""
        rows = self._connection.execute(
            "SELECT key FROM shared WHERE substr(key, 1, ?) = ? ORDER BY key", (len(start), start)
        )
        return [row[0] for row in rows]
