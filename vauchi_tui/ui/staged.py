"""Changes of visibility that are drawn but not saved. Pure; the screen draws it and saves it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vauchi_tui.actions.visibility import LabelRow, Matrix, Row, Toggle
from vauchi_tui.model.labels import SIGN
from vauchi_tui.model.visibility import EVERYONE, contact_audience, label_audience
from vauchi_tui.ui.widgets.matrix import MatrixCell, MatrixView
from vauchi_tui.ui.words import count, plain

Key = tuple[str, str]  # field id, audience
Changes = dict[Key, bool | None]


@dataclass(slots=True)
class Staged:
    """`changes` maps a cell to what it will be. Line 0 is everyone, labels follow, then contacts."""

    matrix: Matrix = field(default_factory=lambda: Matrix((), frozenset(), ()))
    changes: Changes = field(default_factory=dict)
    _before: list[Changes] = field(default_factory=list)
    _audiences: list[str] = field(default_factory=list)
    _rows: dict[str, Row] = field(default_factory=dict)
    _labels: dict[str, LabelRow] = field(default_factory=dict)

    def rebase(self, matrix: Matrix) -> None:
        """Another state is stored; changes of cells that are gone or already so are dropped."""
        self.matrix = matrix
        self._rows = {contact_audience(row.identity): row for row in matrix.rows}
        self._labels = {label_audience(label.id): label for label in matrix.labels}
        self._audiences = [EVERYONE, *self._labels, *self._rows]
        known, fields = set(self._audiences), {item.id for item in matrix.fields}
        self.changes = {
            key: value
            for key, value in self.changes.items()
            if key[0] in fields and key[1] in known and self._stored(key) != value
        }
        self._before.clear()

    def clear(self) -> None:
        self.changes = {}
        self._before.clear()

    def back(self) -> bool:
        """Take the last step back; False where there is none."""
        if not self._before:
            return False
        self.changes = self._before.pop()
        return True

    def toggles(self) -> tuple[Toggle, ...]:
        """What has to be saved."""
        return tuple(Toggle(field_id, audience, value) for (field_id, audience), value in self.changes.items())

    # Lines

    def contact_at(self, line: int) -> Row | None:
        """The contact of a line, None for everyone and for labels."""
        return self._rows.get(self._audiences[line]) if line < len(self._audiences) else None

    def label_at(self, line: int) -> LabelRow | None:
        """The label of a line, None for everyone and for contacts."""
        return self._labels.get(self._audiences[line]) if line < len(self._audiences) else None

    def line_of(self, audience: str) -> int | None:
        return self._audiences.index(audience) if audience in self._audiences else None

    # Cells

    def _stored(self, key: Key) -> bool | None:
        field_id, audience = key
        if audience == EVERYONE:
            return field_id in self.matrix.everyone or None
        if audience in self._labels:
            return field_id in self._labels[audience].granted or None
        return self._rows[audience].own.get(field_id) if audience in self._rows else None

    def _rule(self, key: Key, changes: Changes | None = None) -> bool | None:
        changes = self.changes if changes is None else changes
        return changes[key] if key in changes else self._stored(key)

    def _givers(self, key: Key, changes: Changes | None = None) -> Iterator[str]:
        """The audiences beside his own by which a contact sees a field: everyone, and labels of his."""
        for audience in (EVERYONE, *map(label_audience, self._rows[key[1]].labels)):
            if self._rule((key[0], audience), changes):
                yield audience

    def _sees(self, key: Key, changes: Changes | None = None) -> bool:
        own = self._rule(key, changes)
        if own is None and key[1] in self._rows:
            return any(self._givers(key, changes))
        return bool(own)

    def _cell(self, key: Key) -> MatrixCell:
        row = self._rows.get(key[1])
        if row is not None and row.blocked:
            return MatrixCell(False)
        sees = self._sees(key)
        return MatrixCell(sees, sees and row is not None and self._rule(key) is None, key in self.changes)

    # Steps

    def toggle(self, scope: str, line: int, column: int) -> None:
        """Turn a `cell`, a whole `row` or a whole `column`: to seen, unless all of it is seen already.

        A column is that of the contacts. Hiding it hides the field from everyone and from the labels, too.
        """
        keys = [key for key in self._keys(scope, line, column) if not self._blocked(key)]
        shown = all(self._sees(key) for key in keys)
        changes = dict(self.changes)
        if scope == "column" and shown:
            self._hide_from_all(changes, self.matrix.fields[column].id)
        else:
            for key in keys:
                self._show(changes, key, not shown)
        self._step(changes)

    def only(self, scope: str, line: int, column: int) -> None:
        """Of a `row`, show only the field at the cursor; of a `column`, show it only to the line at the cursor."""
        here = self.matrix.fields[column].id, self._audiences[line]
        changes = dict(self.changes)
        if scope == "row":
            for key in self._keys("row", line, column):
                self._show(changes, key, key == here)
        else:
            self._hide_from_all(changes, here[0])
            self._show(changes, here, True)
        if not self._blocked(here):
            self._step(changes)

    def reset(self, scope: str, line: int, column: int) -> None:
        """Take back the own rules of a `cell`, a whole `row` or, for its contacts, a whole `column`."""
        changes = dict(self.changes)
        for key in self._keys(scope, line, column):
            self._put(changes, key, None)
        self._step(changes)

    def _step(self, changes: Changes) -> None:
        if changes != self.changes:
            self._before.append(self.changes)
            self.changes = changes

    def _keys(self, scope: str, line: int, column: int) -> list[Key]:
        fields = [item.id for item in self.matrix.fields]
        if scope == "row":
            return [(field_id, self._audiences[line]) for field_id in fields]
        if scope == "column":
            return [(fields[column], audience) for audience in self._rows or self._audiences]
        return [(fields[column], self._audiences[line])]

    def _blocked(self, key: Key) -> bool:
        return key[1] in self._rows and self._rows[key[1]].blocked

    def _hide_from_all(self, changes: Changes, field_id: str) -> None:
        """No grant is left. Who was denied the field by a rule of his own still is."""
        for audience in self._audiences:
            if self._rule((field_id, audience), changes):
                self._put(changes, (field_id, audience), None)

    def _show(self, changes: Changes, key: Key, target: bool) -> None:
        if self._sees(key, changes) == target:
            return
        wanted: bool | None = target
        if key[1] not in self._rows:
            wanted = target or None
        elif any(self._givers(key, changes)) == target:
            wanted = None  # the others give what is wanted: he needs no rule of his own
        self._put(changes, key, wanted)

    def _put(self, changes: Changes, key: Key, wanted: bool | None) -> None:
        changes.pop(key, None)
        if self._stored(key) != wanted:
            changes[key] = wanted

    # For the screen

    def drawn(self) -> MatrixView:
        """The matrix as it will be after saving."""
        labels = (f"{SIGN}{label.title}" for label in self.matrix.labels)
        names = (f"{row.name} ✗" if row.blocked else row.name for row in self.matrix.rows)
        return MatrixView(tuple(item.label for item in self.matrix.fields), (EVERYONE, *labels, *names), self._line)

    def _line(self, line: int) -> tuple[MatrixCell, ...]:
        return tuple(self._cell((item.id, self._audiences[line])) for item in self.matrix.fields)

    def words(self, line: int, column: int) -> str:
        """The cell in words."""
        item = self.matrix.fields[column]
        field_name, key = plain(item.label), (item.id, self._audiences[line])
        sees = self._sees(key)
        if line == 0:
            if sees:
                return f"Everyone sees {field_name}, people you meet later too."
            return f"Only those marked below see {field_name}."
        if (label := self.label_at(line)) is not None:
            inside = sum(label.id in row.labels for row in self.matrix.rows)
            if sees:
                return f"{SIGN}{plain(label.title)} shows {field_name} to its {count(inside, 'member')}."
            return f"{SIGN}{plain(label.title)} does not show {field_name}. m changes its {count(inside, 'member')}."
        row = self._rows[key[1]]
        if row.blocked:
            return f"{plain(row.name)} is blocked and sees nothing."
        why = self._why(key) if self._cell(key).shared else ""
        return f"{plain(row.name)} {'sees' if sees else 'does not see'} {field_name}{why}."

    def _why(self, key: Key) -> str:
        givers = list(self._givers(key))
        if EVERYONE in givers:
            return " as everyone does"
        return f" as one of {' and '.join(SIGN + plain(self._labels[one].title) for one in givers)}"

    def seen_by(self, identity: bytes) -> frozenset[str]:
        """Ids of the fields that a contact will see after saving."""
        audience = contact_audience(identity)
        return frozenset(item.id for item in self.matrix.fields if self._cell((item.id, audience)).sees)
