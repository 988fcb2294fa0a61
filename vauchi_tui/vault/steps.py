"""What turns a vault of one version into the next, as far as SQL and rows go; `migrations` does it safely.

A step that has been released never changes again: it knows the tables of its time, not those of today. What it needs
it imports itself, for a vault that is up to date waits for none of it.
"""

from vauchi_tui.vault.rows import Connection, stored

_LABELS_BYTES = 64 * 1024

_SECOND = """
CREATE TABLE labels (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    named TEXT NOT NULL,
    living INTEGER NOT NULL CHECK (living IN (0, 1)),
    decided TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE memberships (
    label_id TEXT NOT NULL,
    identity BLOB NOT NULL CHECK (length(identity) = 32),
    member INTEGER NOT NULL CHECK (member IN (0, 1)),
    hlc TEXT NOT NULL,
    PRIMARY KEY (label_id, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_contact ON memberships (identity);
CREATE TABLE own_devices (
    device_id BLOB PRIMARY KEY CHECK (length(device_id) = 16),
    added_at INTEGER NOT NULL,
    last_seen INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE owed (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id BLOB NOT NULL CHECK (length(device_id) = 16),
    key TEXT NOT NULL,
    UNIQUE (device_id, key)
) STRICT;
CREATE TABLE shared (
    key TEXT PRIMARY KEY,
    value TEXT,
    hlc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE handshakes (
    peer_id BLOB PRIMARY KEY CHECK (length(peer_id) = 16),
    identity BLOB NOT NULL CHECK (length(identity) = 32),
    state BLOB NOT NULL
) STRICT;
CREATE TABLE takeovers (
    identity BLOB PRIMARY KEY CHECK (length(identity) = 32),
    due_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE announcements (
    identity BLOB PRIMARY KEY CHECK (length(identity) = 32),
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    known INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE heard (
    device_id BLOB PRIMARY KEY CHECK (length(device_id) = 16),
    at INTEGER,
    ack_due_ms INTEGER
) STRICT, WITHOUT ROWID;
ALTER TABLE outbox ADD COLUMN refusal TEXT;
ALTER TABLE peer_devices ADD COLUMN static BLOB CHECK (length(static) = 32);
CREATE INDEX peer_devices_by_static ON peer_devices (static);
ALTER TABLE forgotten_sessions ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
"""


def second(connection: Connection) -> None:
    """From version 1 to 2: labels have tables of their own, where contacts had a column of names; own devices come."""
    for statement in _SECOND.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    _move_labels(connection)
    _find_statics(connection)
    _share_decisions(connection)
    _note_who_knows_the_list(connection)
    _note_who_was_heard(connection)


def _note_who_was_heard(connection: Connection) -> None:
    """A contact who is confirmed has been heard, at least when his card last changed."""
    connection.execute(
        "INSERT INTO heard (device_id, at) SELECT peer_id, coalesce(updated_at, met_at) "
        "FROM links JOIN contacts USING (identity) WHERE confirmed = 1"
    )


def _note_who_knows_the_list(connection: Connection) -> None:
    """Every contact has seen the list of own devices when they met: there has been one only."""
    from vauchi_tui.protocol.devices import DeviceList

    for (raw,) in connection.execute("SELECT device_list FROM me").fetchall():
        with stored("the list of your devices"):
            version = DeviceList.decode(raw).version
        connection.execute(
            "INSERT INTO announcements (identity, version, at, known) SELECT identity, 0, 0, ? FROM contacts",
            (version,),
        )


def _share_decisions(connection: Connection) -> None:
    """Notes, and who was blocked or removed, for own devices to come; older than whatever is decided from now on."""
    from vauchi_tui.model.clock import ZERO

    share = f"INSERT INTO shared (key, value, hlc) SELECT %s || lower(hex(identity)), %s, '{ZERO}' FROM %s"
    connection.execute(share % ("'note:'", "note", "contacts WHERE note != ''"))
    connection.execute(share % ("'standing:'", "'blocked'", "contacts WHERE blocked = 1"))
    connection.execute(share % ("'standing:'", "'removed'", "tombstones"))


def _find_statics(connection: Connection) -> None:
    """The static keys of known devices, which stood in their lists alone."""
    from vauchi_tui.protocol.devices import DeviceList

    for (raw,) in connection.execute("SELECT raw FROM device_lists").fetchall():
        with stored("a contact's device list"):
            for device in DeviceList.decode(raw).devices:
                connection.execute(
                    "UPDATE peer_devices SET static = ? WHERE device_id = ?", (device.static_public, device.id)
                )


def _move_labels(connection: Connection) -> None:
    """The names that stood with contacts become labels, older than whatever is decided from now on."""
    from vauchi_tui.crypto.primitives import sha256
    from vauchi_tui.model.clock import ZERO
    from vauchi_tui.model.labels import Label
    from vauchi_tui.protocol.decode import strict_json

    rows = connection.execute("SELECT identity, labels FROM contacts WHERE labels != '[]'").fetchall()
    for identity, names in rows:
        with stored("a contact's labels"):
            for name in strict_json(names.encode(), _LABELS_BYTES):
                label_id = sha256(name.casefold().encode()).hex()[:8]
                label = Label.from_json([label_id, name, str(ZERO), True, str(ZERO)])
                connection.execute(
                    "INSERT OR IGNORE INTO labels (id, name, named, living, decided) VALUES (?, ?, ?, 1, ?)",
                    (label.id, label.name, str(label.named), str(label.decided)),
                )
                connection.execute(
                    "INSERT OR IGNORE INTO memberships (label_id, identity, member, hlc) VALUES (?, ?, 1, ?)",
                    (label.id, identity, str(ZERO)),
                )
    connection.execute("ALTER TABLE contacts DROP COLUMN labels")
