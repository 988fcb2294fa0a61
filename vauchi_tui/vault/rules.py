"""The visibility rules."""

from collections.abc import Iterable

from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.visibility import Rule, Rules
from vauchi_tui.vault.owed import OwedTable
from vauchi_tui.vault.rows import Connection, one, stored


class RulesTable:
    """`tx.rules`: one row per field and audience; the greatest clock wins."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self) -> Rules:
        rows = self._connection.execute("SELECT field_id, audience, allowed, hlc FROM rules")
        with stored("a visibility rule"):
            return Rules(
                Rule(field_id, audience, None if allowed is None else bool(allowed), Hlc.parse(hlc))
                for field_id, audience, allowed, hlc in rows
            )

    def get(self, field_id: str, audience: str) -> Rule | None:
        row = one(
            self._connection,
            "SELECT allowed, hlc FROM rules WHERE field_id = ? AND audience = ?",
            field_id,
            audience,
        )
        with stored("a visibility rule"):
            allowed = None if row is None or row[0] is None else bool(row[0])
            return None if row is None else Rule(field_id, audience, allowed, Hlc.parse(row[1]))

    def add(self, rules: Iterable[Rule]) -> None:
        """Add rules made here, which own devices are owed from now on."""
        rules = list(rules)
        self.merge(rules)
        OwedTable(self._connection).mark(("rule", rule.field_id, rule.audience) for rule in rules)

    def merge(self, rules: Iterable[Rule]) -> None:
        """Take over rules; one with a smaller clock than what is stored changes nothing."""
        # The text of a clock sorts as the clock does.
        self._connection.executemany(
            "INSERT INTO rules (field_id, audience, allowed, hlc) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET allowed = excluded.allowed, hlc = excluded.hlc WHERE excluded.hlc > rules.hlc",
            [
                (rule.field_id, rule.audience, None if rule.allowed is None else int(rule.allowed), str(rule.hlc))
                for rule in rules
            ],
        )
