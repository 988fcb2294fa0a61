"""The newest value of this device's hybrid clock."""

from vauchi_tui.model.clock import ZERO, Hlc, Ticker
from vauchi_tui.vault.rows import Connection, damaged, one, stored


class ClockTable:
    """`tx.clock`: take a ticker, use it, save it in the same transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ticker(self, now_ms: int) -> Ticker:
        """A ticker that goes on from the newest clock. `now_ms`: the wall clock in milliseconds."""
        me = one(self._connection, "SELECT device_id FROM me")
        if me is None:
            raise damaged("this device's identity")
        row = one(self._connection, "SELECT last FROM clock")
        with stored("the clock"):
            return Ticker(Hlc.parse(row[0]) if row else ZERO, now_ms, me[0])

    def save(self, ticker: Ticker) -> None:
        """Store the newest clock the ticker has issued or merged."""
        self._connection.execute("INSERT OR REPLACE INTO clock (one, last) VALUES (1, ?)", (str(ticker.last),))
