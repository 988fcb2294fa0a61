"""The people whose cards one holds."""

from typing import TYPE_CHECKING

from vauchi_tui.errors import Ambiguous, NotFound
from vauchi_tui.model.contact import Contact, Method, Trust
from vauchi_tui.model.registers import Registers
from vauchi_tui.vault.labels import LabelsTable
from vauchi_tui.vault.lazy import StoredRegisters, card_to_bytes
from vauchi_tui.vault.owed import OwedTable
from vauchi_tui.vault.rows import Connection, Row, one, registers_from_bytes, registers_to_bytes, stored

if TYPE_CHECKING:
    from vauchi_tui.protocol.devices import DeviceList

FINGERPRINT_PREFIX = 4
CANDIDATES_SHOWN = 8
_LAST = "\U0010ffff"  # sorts after whatever may follow a prefix
_COLUMNS = "identity, registers, card, method, distance_m, met_at, confirmed, added_at, note, blocked, updated_at"


class ContactsTable:
    """`tx.contacts`: contacts by identity key (32 bytes), and what belongs to each."""

    __slots__ = ("_connection", "_labels")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._labels = LabelsTable(connection)

    def get(self, identity: bytes) -> Contact | None:
        row = one(self._connection, f"SELECT {_COLUMNS} FROM contacts WHERE identity = ?", identity)
        if row is None:
            return None
        return _contact(row, registers_from_bytes(row[1], "a contact's card"), self._labels.of(identity))

    def all(self) -> list[Contact]:
        """Every contact, by name, case folded. A card is decoded, and raises if damaged, when it is first used."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM contacts ORDER BY sort_key, identity")
        labels = self._labels.by_contact()
        return [_contact(row, StoredRegisters(row[1], row[2]), labels.get(row[0], ())) for row in rows]

    def reached(self) -> list[bytes]:
        """The identity keys of all who may be sent something: the blocked ones are not."""
        return [row[0] for row in self._connection.execute("SELECT identity FROM contacts WHERE blocked = 0")]

    def identities(self) -> list[bytes]:
        """The identity keys of all contacts."""
        return [row[0] for row in self._connection.execute("SELECT identity FROM contacts ORDER BY identity")]

    def count(self) -> int:
        row = one(self._connection, "SELECT count(*) FROM contacts")
        return row[0] if row else 0

    def resolve(self, text: str) -> Contact:
        """The contact a person means: by name (case ignored), else by the start of a name or of a fingerprint.

        Raises NotFound, or Ambiguous with the candidates in the hint. Of a fingerprint at least four characters.
        """
        key = text.strip().casefold()
        start = "".join(text.split()).upper()
        found = self._candidates("sort_key = ?", key)
        if not found and key:
            found = self._candidates("sort_key >= ? AND sort_key < ?", key, key + _LAST)
            if len(start) >= FINGERPRINT_PREFIX:
                found += self._candidates("fingerprint >= ? AND fingerprint < ?", start, start + _LAST)
            found = list(dict.fromkeys(found))
        if not found:
            raise NotFound(f"There is no contact “{text.strip()}”.", "`vauchi contacts` lists them.")
        if len(found) > 1:
            names = [f"{name} ({fingerprint[:4]} {fingerprint[4:8]})" for _, name, fingerprint in found]
            more = len(names) - CANDIDATES_SHOWN
            listed = ", ".join(names[:CANDIDATES_SHOWN]) + (f" and {more} more" if more > 0 else "")
            raise Ambiguous(f"“{text.strip()}” fits several contacts.", f"Which one: {listed}?")
        contact = self.get(found[0][0])
        assert contact is not None
        return contact

    def _candidates(self, where: str, *parameters: object) -> list[Row]:
        sql = f"SELECT identity, name, fingerprint FROM contacts WHERE {where} ORDER BY sort_key, identity"
        return self._connection.execute(sql, parameters).fetchall()

    def put(self, contact: Contact) -> None:
        """Store a contact, new or changed, but for his labels. His proof is kept in the history; a tombstone goes."""
        trust = contact.trust
        self._connection.execute(
            "INSERT OR REPLACE INTO contacts (identity, name, sort_key, fingerprint, registers, card, method, "
            "distance_m, met_at, confirmed, added_at, note, blocked, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                contact.identity,
                contact.name,
                contact.name.casefold(),
                contact.fingerprint.replace(" ", ""),
                registers_to_bytes(contact.registers),
                card_to_bytes(contact.card),
                str(trust.method),
                trust.distance_m,
                trust.at,
                int(contact.confirmed),
                contact.added_at,
                contact.note,
                int(contact.blocked),
                contact.updated_at,
            ),
        )
        self.add_trust(contact.identity, trust)
        back = self._connection.execute("DELETE FROM tombstones WHERE identity = ?", (contact.identity,)).rowcount
        if back:  # a device that was linked meanwhile does not know what he had been sent
            OwedTable(self._connection).mark([("view", contact.identity.hex())])

    def remove(self, identity: bytes) -> None:
        """Forget a contact but for a tombstone, and what the last removes need: his devices, and what he was sent.

        If he comes back he still has those removes, and what he is sent then must be newer.
        """
        for table in ("contacts", "trusts", "contact_keys", "fanout", "takeovers", "announcements"):
            self._connection.execute(f"DELETE FROM {table} WHERE identity = ?", (identity,))
        self._connection.execute("INSERT OR IGNORE INTO tombstones (identity) VALUES (?)", (identity,))

    def tombstone(self, identity: bytes) -> bool:
        """Was this contact removed, and has not come back?"""
        return one(self._connection, "SELECT 1 FROM tombstones WHERE identity = ?", identity) is not None

    def devices(self, identity: bytes) -> "DeviceList | None":
        """The newest list of his devices."""
        from vauchi_tui.protocol.devices import DeviceList

        row = one(self._connection, "SELECT raw FROM device_lists WHERE identity = ?", identity)
        if row is None:
            return None
        with stored("a contact's device list"):
            return DeviceList.decode(row[0])

    def set_devices(self, identity: bytes, raw: bytes) -> None:
        """Replace the list of his devices; the caller has checked that it supersedes the stored one."""
        from vauchi_tui.protocol.devices import DeviceList

        devices = DeviceList.decode(raw)
        if devices.identity != identity:
            raise ValueError("the list of devices belongs to another identity")
        self._connection.execute("INSERT OR REPLACE INTO device_lists (identity, raw) VALUES (?, ?)", (identity, raw))
        self._connection.execute("DELETE FROM peer_devices WHERE identity = ?", (identity,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO peer_devices (device_id, identity, static) VALUES (?, ?, ?)",
            [(device.id, identity, device.static_public) for device in devices.devices],
        )

    def device_owner(self, device_id: bytes) -> bytes | None:
        """The identity whose list names this device id (which follows from its signing key), None where unknown."""
        row = one(self._connection, "SELECT identity FROM peer_devices WHERE device_id = ?", device_id)
        return row[0] if row else None

    def static_owners(self, static_public: bytes) -> frozenset[bytes]:
        """The identities whose lists name this static key."""
        rows = self._connection.execute("SELECT identity FROM peer_devices WHERE static = ?", (static_public,))
        return frozenset(row[0] for row in rows)

    def keys(self, identity: bytes) -> list[bytes]:
        """The contact keys K_c, one per exchange with him, oldest first."""
        rows = self._connection.execute("SELECT key FROM contact_keys WHERE identity = ? ORDER BY id", (identity,))
        return [row[0] for row in rows]

    def all_keys(self) -> list[tuple[bytes, bytes]]:
        """(identity, contact key) of everybody who is not blocked."""
        return self._connection.execute(
            "SELECT k.identity, k.key FROM contact_keys AS k JOIN contacts AS c ON c.identity = k.identity "
            "WHERE c.blocked = 0 ORDER BY k.id"
        ).fetchall()

    def key_count(self) -> tuple[int, int]:
        """Another value whenever a contact key came or went, cheap enough to be asked after every commit."""
        row = one(self._connection, "SELECT count(*), coalesce(max(id), 0) FROM contact_keys")
        return (row[0], row[1]) if row else (0, 0)

    def add_key(self, identity: bytes, key: bytes) -> None:
        self._connection.execute("INSERT OR IGNORE INTO contact_keys (identity, key) VALUES (?, ?)", (identity, key))

    def trusts(self, identity: bytes) -> list[Trust]:
        """Every proof of this contact's keys, oldest first."""
        rows = self._connection.execute(
            "SELECT method, distance_m, met_at FROM trusts WHERE identity = ? ORDER BY met_at, rowid", (identity,)
        )
        with stored("a contact's proof"):
            return [Trust(Method(method), distance, at) for method, distance, at in rows]

    def add_trust(self, identity: bytes, trust: Trust) -> None:
        """Keep a proof in the history of proofs; the same one is kept once."""
        self._connection.execute(
            "INSERT OR IGNORE INTO trusts (identity, method, distance_m, met_at) VALUES (?, ?, ?, ?)",
            (identity, str(trust.method), trust.distance_m, trust.at),
        )

    def drop_trust(self, identity: bytes, trust: Trust) -> None:
        """Forget a proof: nothing came of it."""
        self._connection.execute(
            "DELETE FROM trusts WHERE identity = ? AND method = ? AND met_at = ?",
            (identity, str(trust.method), trust.at),
        )

    def view(self, identity: bytes) -> Registers:
        """What he has been sent of one's own card so far; empty before the first message."""
        row = one(self._connection, "SELECT registers FROM sent_views WHERE identity = ?", identity)
        return registers_from_bytes(row[0], "what a contact has been sent") if row else Registers()

    def set_view(self, identity: bytes, registers: Registers) -> None:
        """He has been sent this, of which own devices are to know."""
        owed = OwedTable(self._connection)
        if owed.wanted():
            changed = registers.changed_since(self.view(identity))
            owed.mark([("view", identity.hex(), *changed)] if changed else [])
        self._store_view(identity, registers)

    def merge_view(self, identity: bytes, registers: Registers) -> None:
        """Another own device has sent him this."""
        self._store_view(identity, self.view(identity).merged(registers))

    def _store_view(self, identity: bytes, registers: Registers) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO sent_views (identity, registers) VALUES (?, ?)",
            (identity, registers_to_bytes(registers)),
        )


def _contact(row: Row, registers: Registers, labels: tuple[str, ...]) -> Contact:
    identity, _, _, method, distance, met_at, confirmed, added_at, note, blocked, updated_at = row
    with stored("a contact"):
        return Contact(
            identity=identity,
            registers=registers,
            trust=Trust(Method(method), distance, met_at),
            confirmed=bool(confirmed),
            added_at=added_at,
            note=note,
            blocked=bool(blocked),
            labels=labels,
            updated_at=updated_at,
        )
