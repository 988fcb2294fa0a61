"""Labels and who is in them."""

from collections.abc import Iterable, Mapping

from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.labels import Label, Labels, Membership
from vauchi_tui.vault.owed import OwedTable
from vauchi_tui.vault.rows import Connection, one, stored

_INSIDE = "FROM memberships AS m JOIN labels AS l ON l.id = m.label_id WHERE m.member = 1 AND l.living = 1"


class LabelsTable:
    """`tx.labels`: one row per label, deleted ones too, and one per label and contact; the greatest clock wins."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self) -> Labels:
        labels = self._connection.execute("SELECT id, name, named, living, decided FROM labels")
        members = self._connection.execute("SELECT label_id, identity, member, hlc FROM memberships")
        with stored("a label"):
            return Labels(
                [
                    Label(label_id, name, Hlc.parse(named), bool(living), Hlc.parse(decided))
                    for label_id, name, named, living, decided in labels
                ],
                [
                    Membership(label_id, identity, bool(member), Hlc.parse(hlc))
                    for label_id, identity, member, hlc in members
                ],
            )

    def label(self, label_id: str) -> Label | None:
        """One label, deleted or not."""
        row = one(self._connection, "SELECT name, named, living, decided FROM labels WHERE id = ?", label_id)
        with stored("a label"):
            return Label(label_id, row[0], Hlc.parse(row[1]), bool(row[2]), Hlc.parse(row[3])) if row else None

    def membership(self, label_id: str, identity: bytes) -> Membership | None:
        row = one(
            self._connection,
            "SELECT member, hlc FROM memberships WHERE label_id = ? AND identity = ?",
            label_id,
            identity,
        )
        with stored("a label"):
            return Membership(label_id, identity, bool(row[0]), Hlc.parse(row[1])) if row else None

    def of(self, identity: bytes) -> tuple[str, ...]:
        """Ids of the labels that one contact is in, as `Labels.of`."""
        rows = self._connection.execute(f"SELECT m.label_id {_INSIDE} AND m.identity = ? ORDER BY 1", (identity,))
        return tuple(row[0] for row in rows)

    def by_contact(self) -> Mapping[bytes, tuple[str, ...]]:
        """Identity key → ids of his labels, for everybody who is in one."""
        out: dict[bytes, tuple[str, ...]] = {}
        for identity, label_id in self._connection.execute(f"SELECT m.identity, m.label_id {_INSIDE} ORDER BY 2"):
            out[identity] = (*out.get(identity, ()), label_id)
        return out

    def put(self, labels: Iterable[Label] = (), memberships: Iterable[Membership] = ()) -> None:
        """Store records made here, which own devices are owed from now on."""
        labels, memberships = list(labels), list(memberships)
        self.merge(labels, memberships)
        owed = OwedTable(self._connection)
        owed.mark(("label", label.id) for label in labels)
        owed.mark(("member", each.label_id, each.identity.hex()) for each in memberships)

    def merge(self, labels: Iterable[Label] = (), memberships: Iterable[Membership] = ()) -> None:
        """Take over records; a register with a smaller clock than what is stored changes nothing."""
        # The text of a clock sorts as the clock does. SQLite computes all new values from the old row.
        self._connection.executemany(
            "INSERT INTO labels (id, name, named, living, decided) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "name = iif(excluded.named > labels.named, excluded.name, labels.name), "
            "named = max(excluded.named, labels.named), "
            "living = iif(excluded.decided > labels.decided, excluded.living, labels.living), "
            "decided = max(excluded.decided, labels.decided)",
            [(label.id, label.name, str(label.named), int(label.living), str(label.decided)) for label in labels],
        )
        self._connection.executemany(
            "INSERT INTO memberships (label_id, identity, member, hlc) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET member = excluded.member, hlc = excluded.hlc "
            "WHERE excluded.hlc > memberships.hlc",
            [(one.label_id, one.identity, int(one.member), str(one.hlc)) for one in memberships],
        )
