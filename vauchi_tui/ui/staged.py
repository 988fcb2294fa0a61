"""Changes of visibility that are drawn but not saved. Pure; the screen draws it and saves it."""

from dataclasses import dataclass, field

from vauchi_tui.actions.visibility import Matrix, Row, Toggle
from vauchi_tui.ui.widgets.matrix import MatrixCell, MatrixView
from vauchi_tui.ui.words import plain

Key = tuple[str, bytes | None]  # field id, contact or None for everyone
EVERYONE = "everyone"


@dataclass(slots=True)
class Staged:
    """`changes` maps a cell to what it will be; line 0 is everyone, contacts follow."""

    matrix: Matrix = field(default_factory=lambda: Matrix((), frozenset(), ()))
    changes: dict[Key, bool | None] = field(default_factory=dict)
    _before: list[dict[Key, bool | None]] = field(default_factory=list)
    _rows: dict[bytes, Row] = field(default_factory=dict)

    def rebase(self, matrix: Matrix) -> None:
        """Another state is stored; changes of cells that are gone or already so are dropped."""
        self.matrix = matrix
        self._rows = {row.identity: row for row in matrix.rows}
        people = {None, *self._rows}
        fields = {item.id for item in matrix.fields}
        self.changes = {
            key: value
            for key, value in self.changes.items()
            if key[0] in fields and key[1] in people and self._stored(key) != value
        }
        self._before.clear()

    def clear(self) -> None:
        self.changes = {}
        self._before.clear()

    def back(self) -> bool:
        """Take the last toggle back; False where there is none."""
        if not self._before:
            return False
        self.changes = self._before.pop()
        return True

    def toggles(self) -> tuple[Toggle, ...]:
        """What has to be saved."""
        return tuple(Toggle(field_id, identity, value) for (field_id, identity), value in self.changes.items())

    # Cells

    def _stored(self, key: Key) -> bool | None:
        field_id, identity = key
        if identity is None:
            return field_id in self.matrix.everyone or None
        return self._rows[identity].own.get(field_id) if identity in self._rows else None

    def _rule(self, key: Key) -> bool | None:
        return self.changes[key] if key in self.changes else self._stored(key)

    def _sees(self, key: Key) -> bool:
        own = self._rule(key)
        if own is None and key[1] is not None:
            return bool(self._rule((key[0], None))) or self._by_label(key)
        return bool(own)

    def _by_label(self, key: Key) -> bool:
        """Seen although neither he nor everyone was granted it: a label of his does it."""
        row = self._rows.get(key[1]) if key[1] is not None else None
        if row is None or row.own.get(key[0]) is not None or key[0] in self.matrix.everyone:
            return False
        return key[0] in row.visible

    def _cell(self, key: Key) -> MatrixCell:
        if key[1] is not None and self._blocked(key[1]):
            return MatrixCell(False)
        sees = self._sees(key)
        return MatrixCell(sees, sees and key[1] is not None and self._rule(key) is None, key in self.changes)

    def _blocked(self, identity: bytes) -> bool:
        return identity in self._rows and self._rows[identity].blocked

    def _keys(self, what: str, row: int, column: int) -> list[Key]:
        people = [None, *(line.identity for line in self.matrix.rows)]
        fields = [item.id for item in self.matrix.fields]
        if what == "row":
            return [(field_id, people[row]) for field_id in fields]
        if what == "column":
            return [(fields[column], identity) for identity in people[1:] or people]
        return [(fields[column], people[row])]

    def toggle(self, what: str, row: int, column: int) -> None:
        """Turn a `cell`, a whole `row` or a whole `column`: to seen, unless all of it is seen already."""
        keys = [key for key in self._keys(what, row, column) if key[1] is None or not self._blocked(key[1])]
        target = not all(self._sees(key) for key in keys)
        changes = dict(self.changes)
        for key in keys:
            if self._sees(key) != target:
                self._set(changes, key, target)
        self._before.append(self.changes)
        self.changes = changes

    def _set(self, changes: dict[Key, bool | None], key: Key, target: bool) -> None:
        changes.pop(key, None)
        # Without an own rule the cell follows everyone: where that gives what is wanted, no rule is needed.
        wanted: bool | None = target
        if key[1] is None:
            wanted = target or None
        elif not target and not self._rule((key[0], None)) and not self._by_label(key):
            wanted = None
        if self._stored(key) != wanted:
            changes[key] = wanted

    # For the screen

    def drawn(self) -> MatrixView:
        """The matrix as it will be after saving."""
        names = (EVERYONE, *(f"{row.name} ✗" if row.blocked else row.name for row in self.matrix.rows))
        return MatrixView(tuple(item.label for item in self.matrix.fields), names, self._line)

    def _line(self, row: int) -> tuple[MatrixCell, ...]:
        identity = self.matrix.rows[row - 1].identity if row else None
        return tuple(self._cell((item.id, identity)) for item in self.matrix.fields)

    def words(self, row: int, column: int) -> str:
        """The cell in words."""
        item = self.matrix.fields[column]
        label = plain(item.label)
        if row == 0:
            if self._sees((item.id, None)):
                return f"Everyone sees {label}, people you meet later too."
            return f"Only those marked below see {label}."
        line = self.matrix.rows[row - 1]
        if line.blocked:
            return f"{plain(line.name)} is blocked and sees nothing."
        cell = self._cell((item.id, line.identity))
        why = " as everyone does" if cell.shared else ""
        return f"{plain(line.name)} {'sees' if cell.sees else 'does not see'} {label}{why}."

    def seen_by(self, identity: bytes) -> frozenset[str]:
        """Ids of the fields that a contact will see after saving."""
        return frozenset(item.id for item in self.matrix.fields if self._cell((item.id, identity)).sees)
