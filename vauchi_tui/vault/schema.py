"""The tables of the vault, version 2. Every column is typed (STRICT) and what has a length is checked for it."""

VERSION = 2

_TABLES = """
CREATE TABLE me (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    identity BLOB NOT NULL CHECK (length(identity) = 32),
    identity_seed BLOB CHECK (length(identity_seed) = 32),
    signing_seed BLOB NOT NULL CHECK (length(signing_seed) = 32),
    static_private BLOB NOT NULL CHECK (length(static_private) = 32),
    device_id BLOB NOT NULL CHECK (length(device_id) = 16),
    device_list BLOB NOT NULL
) STRICT;
CREATE TABLE clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last TEXT NOT NULL
) STRICT;
CREATE TABLE card (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    registers BLOB NOT NULL
) STRICT;
CREATE TABLE rules (
    field_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    allowed INTEGER CHECK (allowed IN (0, 1)),
    hlc TEXT NOT NULL,
    PRIMARY KEY (field_id, audience)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE contacts (
    identity BLOB PRIMARY KEY CHECK (length(identity) = 32),
    name TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 32),
    registers BLOB NOT NULL,
    card BLOB NOT NULL,
    method TEXT NOT NULL,
    distance_m REAL,
    met_at INTEGER NOT NULL,
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    added_at INTEGER NOT NULL,
    note TEXT NOT NULL,
    blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
    updated_at INTEGER
) STRICT;
CREATE INDEX contacts_by_name ON contacts (sort_key, identity);
CREATE INDEX contacts_by_fingerprint ON contacts (fingerprint);
CREATE TABLE trusts (
    identity BLOB NOT NULL CHECK (length(identity) = 32),
    method TEXT NOT NULL,
    distance_m REAL,
    met_at INTEGER NOT NULL,
    PRIMARY KEY (identity, met_at, method)
) STRICT;
CREATE TABLE contact_keys (
    id INTEGER PRIMARY KEY,
    identity BLOB NOT NULL CHECK (length(identity) = 32),
    key BLOB NOT NULL CHECK (length(key) = 32),
    UNIQUE (identity, key)
) STRICT;
CREATE TABLE device_lists (
    identity BLOB PRIMARY KEY CHECK (length(identity) = 32),
    raw BLOB NOT NULL
) STRICT;
CREATE TABLE peer_devices (
    device_id BLOB PRIMARY KEY CHECK (length(device_id) = 16),
    identity BLOB NOT NULL CHECK (length(identity) = 32),
    static BLOB CHECK (length(static) = 32)
) STRICT;
CREATE INDEX peer_devices_by_identity ON peer_devices (identity);
CREATE INDEX peer_devices_by_static ON peer_devices (static);
CREATE TABLE sent_views (
    identity BLOB PRIMARY KEY CHECK (length(identity) = 32),
    registers BLOB NOT NULL
) STRICT;
CREATE TABLE tombstones (
    identity BLOB PRIMARY KEY CHECK (length(identity) = 32)
) STRICT;
CREATE TABLE links (
    peer_id BLOB PRIMARY KEY CHECK (length(peer_id) = 16),
    identity BLOB NOT NULL CHECK (length(identity) = 32),
    state BLOB NOT NULL
) STRICT;
CREATE INDEX links_by_identity ON links (identity);
CREATE TABLE drains (
    peer_id BLOB PRIMARY KEY CHECK (length(peer_id) = 16),
    day INTEGER NOT NULL
) STRICT;
CREATE TABLE forgotten_sessions (
    sid BLOB PRIMARY KEY CHECK (length(sid) = 8),
    at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mid BLOB NOT NULL CHECK (length(mid) = 16),
    identity BLOB CHECK (length(identity) = 32),
    peer_id BLOB CHECK (length(peer_id) = 16),
    sid BLOB CHECK (length(sid) = 8),
    seq INTEGER,
    kind TEXT NOT NULL,
    content BLOB NOT NULL,
    slot_token BLOB,
    slot_direction BLOB,
    relay TEXT,
    created_at INTEGER NOT NULL,
    stored_at INTEGER,
    expires_at INTEGER,
    refusal TEXT,
    CHECK ((slot_token IS NULL) = (slot_direction IS NULL))
) STRICT;
CREATE INDEX outbox_waiting ON outbox (id) WHERE stored_at IS NULL;
CREATE INDEX outbox_by_session ON outbox (sid, seq);
CREATE INDEX outbox_by_contact ON outbox (identity);
CREATE TABLE heard (
    device_id BLOB PRIMARY KEY CHECK (length(device_id) = 16),
    at INTEGER,
    ack_due_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE fanout (
    identity BLOB PRIMARY KEY CHECK (length(identity) = 32),
    due_ms INTEGER,
    last_sent_ms INTEGER
) STRICT;
CREATE TABLE consumed (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE used_codes (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    identity BLOB CHECK (length(identity) = 32),
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_contact ON history (identity, id);
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE local_secret (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    secret BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT;
"""

STATEMENTS = tuple(statement.strip() for statement in _TABLES.split(";\n") if statement.strip())
