"""The mailbox tables in SQLite and the statements on them. Runs in the store's threads; transactions are the caller's.

Stored are address, sequence number, mid, expiry day and blob: no identity, no network address, no finer time.
"""

import sqlite3
from collections.abc import Collection
from typing import Final

from vauchi_tui.protocol.frames import SEQ_MAX
from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.store import PAGE_BYTES, Page, Stored, Verdict

APPLICATION_ID: Final = 0x56415543  # "VAUC"
VERSION: Final = 1
SWEEP_ROWS: Final = 500  # in one transaction, so that a sweep never holds up the mail for long
_ADDRESSES_PER_QUERY: Final = 1_000

_SCHEMA: Final = """
CREATE TABLE box (
    addr BLOB PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    expiry INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX box_expiry ON box (expiry);
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    addr BLOB NOT NULL,
    seq INTEGER NOT NULL,
    mid BLOB NOT NULL,
    expiry INTEGER NOT NULL,
    blob BLOB NOT NULL,
    UNIQUE (addr, seq),
    UNIQUE (addr, mid)
) STRICT;
CREATE INDEX message_expiry ON message (expiry);
"""


def is_new(db: sqlite3.Connection) -> bool:
    """Whether the file is still empty. Raises sqlite3.DatabaseError on that of another program or version."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (application, version, tables) == (0, 0, 0):
        return True
    if (application, version) != (APPLICATION_ID, VERSION):
        raise sqlite3.DatabaseError("the file is no relay store of this version")
    return False


def create(db: sqlite3.Connection) -> None:
    """Make the tables in an empty file."""
    db.executescript(
        f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
    )


def put(db: sqlite3.Connection, limits: Limits, mid: bytes, address: bytes, blob: bytes, expiry: int) -> Verdict:
    """Add one message at the end of its mailbox, unless it is there or the mailbox is full."""
    box = db.execute("SELECT last_seq, messages, bytes FROM box WHERE addr = ?", (address,)).fetchone()
    if box is None:
        # A mailbox that was swept and is used again must not repeat a number that a connected reader has passed.
        last_seq, messages, size = expiry << 32, 0, 0
    else:
        last_seq, messages, size = box
        if db.execute("SELECT 1 FROM message WHERE addr = ? AND mid = ?", (address, mid)).fetchone():
            return Verdict.DUPLICATE
        if messages >= limits.mailbox_messages or size + len(blob) > limits.mailbox_bytes:
            return Verdict.QUOTA
    db.execute(
        "INSERT INTO message (addr, seq, mid, expiry, blob) VALUES (?, ?, ?, ?, ?)",
        (address, last_seq + 1, mid, expiry, blob),
    )
    db.execute(
        "INSERT INTO box (addr, last_seq, messages, bytes, expiry) VALUES (?1, ?2, 1, ?3, ?4) ON CONFLICT (addr)"
        " DO UPDATE SET last_seq = ?2, messages = messages + 1, bytes = bytes + ?3, expiry = max(expiry, ?4)",
        (address, last_seq + 1, len(blob), expiry),
    )
    return Verdict.ACCEPTED


def ack(db: sqlite3.Connection, address: bytes, upto: int) -> None:
    """Delete a mailbox's messages up to and including `upto`."""
    which = (address, min(upto, SEQ_MAX))
    count, size = db.execute(
        "SELECT count(*), sum(length(blob)) FROM message WHERE addr = ? AND seq <= ?", which
    ).fetchone()
    if count:
        db.execute("DELETE FROM message WHERE addr = ? AND seq <= ?", which)
        db.execute("UPDATE box SET messages = messages - ?, bytes = bytes - ? WHERE addr = ?", (count, size, address))


def sweep(db: sqlite3.Connection, today: int) -> int:
    """Remove up to SWEEP_ROWS messages that expired before `today`, and when there are none left, old empty boxes."""
    rows = db.execute(
        "SELECT id, addr, length(blob) FROM message WHERE expiry < ? LIMIT ?", (today, SWEEP_ROWS)
    ).fetchall()
    db.executemany("DELETE FROM message WHERE id = ?", [(row[0],) for row in rows])
    db.executemany(
        "UPDATE box SET messages = messages - 1, bytes = bytes - ? WHERE addr = ?", [(row[2], row[1]) for row in rows]
    )
    if len(rows) < SWEEP_ROWS:
        db.execute("DELETE FROM box WHERE expiry < ? AND messages = 0", (today,))
    return len(rows)


def read(db: sqlite3.Connection, address: bytes, after: int, limit: int) -> Page:
    """The next messages of a mailbox, at most `limit` and, beyond the first, at most PAGE_BYTES of blobs."""
    messages: list[Stored] = []
    size = 0
    rows = db.execute(
        "SELECT seq, blob FROM message WHERE addr = ? AND seq > ? ORDER BY seq LIMIT ?", (address, after, limit)
    )
    for seq, blob in rows:
        size += len(blob)
        if messages and size > PAGE_BYTES:
            rows.close()
            return Page(messages, more=True)
        messages.append(Stored(seq, blob))
    return Page(messages, more=len(messages) == limit)


def waiting(db: sqlite3.Connection, addresses: Collection[bytes]) -> dict[bytes, int]:
    """The last sequence number of each of these mailboxes that holds messages."""
    found: dict[bytes, int] = {}
    remaining = list(addresses)
    while remaining:
        some, remaining = remaining[:_ADDRESSES_PER_QUERY], remaining[_ADDRESSES_PER_QUERY:]
        marks = ",".join("?" * len(some))
        found.update(db.execute(f"SELECT addr, last_seq FROM box WHERE messages > 0 AND addr IN ({marks})", some))
    return found
