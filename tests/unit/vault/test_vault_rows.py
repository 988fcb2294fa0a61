"""Rows that this program did not write: every one is an error in words, whatever reads it."""

from collections.abc import Callable

import pytest

from vauchi_tui.errors import ProfileError
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Contact, Method, Trust
from vauchi_tui.model.registers import DISPLAY_NAME, Change, Op, Registers
from vauchi_tui.model.visibility import EVERYONE, Rule
from vauchi_tui.vault.connection import DatabaseError
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.outbox import Kind, NewRow
from vauchi_tui.vault.tx import Tx

BOB = b"B" * 32
CLOCK = Hlc(1, 0, b"d" * 16)
ME = "INSERT INTO me VALUES (1, zeroblob(32), NULL, zeroblob(32), zeroblob(32), zeroblob(16), x'00')"


@pytest.fixture
def full(vault: Vault) -> Vault:
    """A vault with a row of every kind that has an inside."""
    registers = Registers().apply([Change(Op.UPDATE, DISPLAY_NAME, CLOCK, "Bob")])
    with vault.write() as tx:
        tx.card.apply([Change(Op.UPDATE, DISPLAY_NAME, CLOCK, "Alice")])
        tx.rules.add([Rule("f", EVERYONE, True, CLOCK)])
        tx.contacts.put(Contact(BOB, registers, Trust(Method.CODE, None, 1), True, 1))
        tx.contacts.set_view(BOB, registers)
        tx.outbox.add(NewRow(kind=Kind.UPDATE, mid=bytes(16), inner=b"", created_at=1, identity=BOB))
    return vault


READERS: list[tuple[str, Callable[[Tx], object]]] = [
    ("UPDATE card SET registers = x'00'", lambda tx: tx.card.registers()),
    ("UPDATE card SET registers = '[]'", lambda tx: tx.card.registers()),
    ('UPDATE card SET registers = \'{"/display_name":["x","y"]}\'', lambda tx: tx.card.registers()),
    ('UPDATE card SET registers = \'{"/elsewhere":["@","y"]}\'', lambda tx: tx.card.registers()),
    ('UPDATE card SET registers = \'{"/display_name":["@",[]]}\'', lambda tx: tx.card.registers()),
    ('UPDATE card SET registers = \'{"/display_name":["@",true]}\'', lambda tx: tx.card.registers()),
    ('UPDATE card SET registers = \'{"/display_name":["@",1.5]}\'', lambda tx: tx.card.registers()),
    ("UPDATE rules SET hlc = 'yesterday'", lambda tx: tx.rules.load()),
    ("UPDATE contacts SET registers = x'FF'", lambda tx: tx.contacts.get(BOB)),
    ("UPDATE contacts SET registers = x'FF'", lambda tx: len(tx.contacts.all()[0].registers)),
    ("UPDATE contacts SET card = x'FF'", lambda tx: tx.contacts.all()[0].name),
    ("UPDATE contacts SET card = '[1,[]]'", lambda tx: tx.contacts.all()[0].name),
    ("UPDATE contacts SET card = '[\"a\"]'", lambda tx: tx.contacts.all()[0].name),
    ('UPDATE contacts SET card = \'["a",[["id","nose","b","c"]]]\'', lambda tx: tx.contacts.all()[0].card),
    ('UPDATE contacts SET card = \'["a",[["id","text","b",7]]]\'', lambda tx: tx.contacts.all()[0].card),
    ("UPDATE contacts SET method = 'hearsay'", lambda tx: tx.contacts.all()),
    ("INSERT INTO labels VALUES ('a', 'b', 'today', 1, 'today')", lambda tx: tx.labels.load()),
    ("INSERT INTO memberships VALUES ('a', zeroblob(32), 1, 'today')", lambda tx: tx.labels.load()),
    ("UPDATE trusts SET method = 'hearsay'", lambda tx: tx.contacts.trusts(BOB)),
    ("UPDATE sent_views SET registers = x''", lambda tx: tx.contacts.view(BOB)),
    ("INSERT INTO device_lists VALUES (zeroblob(32), zeroblob(99))", lambda tx: tx.contacts.devices(bytes(32))),
    ("INSERT INTO links VALUES (zeroblob(16), zeroblob(32), x'FF')", lambda tx: tx.links.get(bytes(16))),
    ("INSERT INTO links VALUES (zeroblob(16), zeroblob(32), x'')", lambda tx: tx.links.all()),
    ("INSERT INTO links VALUES (zeroblob(16), zeroblob(32), x'01')", lambda tx: tx.links.of(bytes(32))),
    ("UPDATE outbox SET kind = 'pigeon'", lambda tx: tx.outbox.waiting()),
    ("UPDATE outbox SET kind = 'pigeon'", lambda tx: tx.outbox.for_contact(BOB)),
    ("DELETE FROM local_secret", lambda tx: tx.settings.local_secret()),
    ("DELETE FROM me", lambda tx: tx.me.person()),
    ("DELETE FROM me", lambda tx: tx.clock.ticker(1)),
    (ME, lambda tx: tx.me.devices()),
    (ME + "; INSERT INTO clock VALUES (1, 'noon')", lambda tx: tx.clock.ticker(1)),
]


@pytest.mark.parametrize(("damage", "read"), READERS, ids=lambda value: value[:60] if isinstance(value, str) else "")
def test_a_row_that_cannot_be_read(damage: str, read: Callable[[Tx], object], full: Vault) -> None:
    for statement in damage.replace("@", str(CLOCK)).split("; "):
        full._connection.execute(_as_blob(statement))
    with pytest.raises(ProfileError, match="damaged") as caught, full.read() as tx:
        read(tx)
    assert caught.value.hint


def _as_blob(statement: str) -> str:
    """JSON columns are BLOBs; text literals in the table above are cast for them."""
    column, equals, literal = statement.partition(" = '")
    return f"{column} = CAST('{literal} AS BLOB)" if equals and column.endswith(("registers", "card")) else statement


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contacts SET identity = zeroblob(31)",
        "UPDATE contacts SET confirmed = 2",
        "UPDATE contacts SET note = x'00'",
        "UPDATE contacts SET added_at = 'soon'",
        "UPDATE outbox SET mid = zeroblob(15)",
        "UPDATE outbox SET slot_token = x'00'",
        "UPDATE rules SET allowed = 7",
        "INSERT INTO me VALUES (2, zeroblob(32), NULL, zeroblob(32), zeroblob(32), zeroblob(16), x'00')",
        "INSERT INTO consumed VALUES (zeroblob(3), 1)",
    ],
)
def test_the_schema_refuses_values_of_a_wrong_kind(statement: str, full: Vault) -> None:
    with pytest.raises(DatabaseError):
        full._connection.execute(statement)
