"""What waits to be sent, and what is stored at a relay but not yet acknowledged by the recipient."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vauchi_tui.vault.rows import Connection, Row, one, stored

_COLUMNS = (
    "id, stored_at, kind, mid, content, created_at, identity, peer_id, sid, seq, "
    "slot_token, slot_direction, relay, expires_at, refusal"
)


class Kind(StrEnum):
    """What a row carries."""

    UPDATE = "update"
    SNAPSHOT = "snapshot"
    ACK = "ack"
    RESYNC = "resync"
    SLOT = "slot"
    DEVICES = "devices"
    HANDSHAKE = "handshake"
    HELLO = "hello"
    OWN = "own"


CONTENT = (Kind.UPDATE, Kind.SNAPSHOT)
"""What carries a part of the card."""

ONCE = (Kind.HANDSHAKE, Kind.HELLO)
"""What is over once a relay has it: nobody acknowledges it, and whoever made it makes it again in time."""
_NOT_AWAITED = "('ack', 'handshake', 'hello')"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A row to be added. `inner` is wrapped for the day's mailbox when it leaves, not before.

    `mid`: 16 random bytes. Either `peer_id` (the mailbox of that device) or `slot` says where to: token and direction
    of an exchange slot, or contact key and recipient of a hello mailbox. `sid` and `seq`: the session and its number,
    for what the recipient acknowledges. `relay`: where it goes regardless of the contact's. Times are unix seconds.
    """

    kind: Kind
    mid: bytes
    inner: bytes
    created_at: int
    identity: bytes | None = None
    peer_id: bytes | None = None
    sid: bytes | None = None
    seq: int | None = None
    slot: tuple[bytes, bytes] | None = field(default=None, repr=False)
    relay: str | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow(NewRow):
    """A row of the outbox; `stored_at` is when the relay confirmed it, None while it waits.

    `refusal`: why the relay did not take it when it was last tried, in words; None where it was not refused.
    """

    id: int
    stored_at: int | None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class PendingCount:
    """What is under way to one contact, and since when (unix seconds)."""

    waiting: int
    stored: int
    oldest: int


@dataclass(frozen=True, slots=True)
class DevicePending:
    """What is under way to one device: `oldest` as above; `refusal`: why a relay did not take one of the waiting."""

    waiting: int
    stored: int
    oldest: int
    refusal: str | None


class OutboxTable:
    """`tx.outbox`: rows leave in the order in which they came."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: NewRow) -> int:
        """Append a row and return its id."""
        token, direction = row.slot or (None, None)
        cursor = self._connection.execute(
            "INSERT INTO outbox (kind, mid, content, created_at, identity, peer_id, sid, seq, slot_token, "
            "slot_direction, relay, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(str(row.kind), row.mid, row.inner, row.created_at, row.identity, row.peer_id, row.sid, row.seq),
                *(token, direction, row.relay, row.expires_at),
            ),
        )
        return cursor.lastrowid or 0

    def waiting(self) -> list[OutboxRow]:
        """What no relay has confirmed yet, in order."""
        return self._select("WHERE stored_at IS NULL ORDER BY id")

    def for_contact(self, identity: bytes, kind: Kind | None = None) -> list[OutboxRow]:
        """Everything that is under way to one contact, in order, or what of it is of one kind."""
        if kind is not None:
            return self._select("WHERE identity = ? AND kind = ? ORDER BY id", identity, str(kind))
        return self._select("WHERE identity = ? ORDER BY id", identity)

    def count(self, identity: bytes, peer_id: bytes, kind: Kind) -> int:
        """How many rows of a kind are under way to one device of that person."""
        row = one(
            self._connection,
            "SELECT count(*) FROM outbox WHERE identity = ? AND peer_id = ? AND kind = ?",
            identity,
            peer_id,
            str(kind),
        )
        return row[0] if row else 0

    def get(self, row_id: int) -> OutboxRow | None:
        """One row by id."""
        rows = self._select("WHERE id = ?", row_id)
        return rows[0] if rows else None

    def stored(self, row_id: int, at: int) -> None:
        """The relay has confirmed the row."""
        self._connection.execute("UPDATE outbox SET stored_at = ?, refusal = NULL WHERE id = ?", (at, row_id))

    def refused(self, row_id: int, words: str) -> None:
        """The relay did not take the row, and why; it waits on."""
        self._connection.execute("UPDATE outbox SET refusal = ? WHERE id = ?", (words, row_id))

    def acknowledge(self, sid: bytes, upto: int) -> int:
        """The recipient has everything of that session up to number `upto`: free it. Returns how many rows."""
        return self._connection.execute("DELETE FROM outbox WHERE sid = ? AND seq <= ?", (sid, upto)).rowcount

    def resend_outside(self, first: int, last: int) -> int:
        """Of what needs an acknowledgement, what was stored before `first` or after `last` (unix s) waits again.

        Stored in the future means: by a clock that was wrong, and maybe where nobody reads. Returns how many rows.
        """
        return self._connection.execute(
            "UPDATE outbox SET stored_at = NULL WHERE (stored_at < ? OR stored_at > ?) "
            f"AND kind != 'slot' AND kind NOT IN {_NOT_AWAITED}",
            (first, last),
        ).rowcount

    def resend(self, identity: bytes | None = None) -> int:
        """What has not been acknowledged waits again, also what was refused: of one contact or of all; how many."""
        return self._connection.execute(
            "UPDATE outbox SET stored_at = NULL, refusal = NULL WHERE (stored_at IS NOT NULL OR refusal IS NOT NULL) "
            f"AND (?1 IS NULL OR identity = ?1) AND kind != 'slot' AND kind NOT IN {_NOT_AWAITED}",
            (identity,),
        ).rowcount

    def delete(self, row_id: int) -> None:
        self._connection.execute("DELETE FROM outbox WHERE id = ?", (row_id,))

    def drop_session(self, sid: bytes) -> int:
        """Drop every row of a session that is over. Returns how many."""
        return self._connection.execute("DELETE FROM outbox WHERE sid = ?", (sid,)).rowcount

    def pending(self) -> Mapping[bytes, PendingCount]:
        """By contact, what has not been acknowledged; what nobody acknowledges is not counted."""
        rows = self._connection.execute(
            "SELECT identity, count(*) - count(stored_at), count(stored_at), min(created_at) FROM outbox "
            f"WHERE identity IS NOT NULL AND kind NOT IN {_NOT_AWAITED} GROUP BY identity"
        )
        return {row[0]: PendingCount(row[1], row[2], row[3]) for row in rows}

    def pending_by_device(self) -> Mapping[bytes, Mapping[bytes | None, DevicePending]]:
        """As `pending`, by contact and device; None stands for the end of an exchange, which any device reads."""
        rows = self._connection.execute(
            "SELECT identity, peer_id, count(*) - count(stored_at), count(stored_at), min(created_at), "
            "max(iif(stored_at IS NULL, refusal, NULL)) FROM outbox "
            f"WHERE identity IS NOT NULL AND kind NOT IN {_NOT_AWAITED} GROUP BY identity, peer_id"
        )
        found: dict[bytes, dict[bytes | None, DevicePending]] = {}
        for identity, peer_id, *counts in rows:
            found.setdefault(identity, {})[peer_id] = DevicePending(*counts)
        return found

    def is_empty(self) -> bool:
        """Is nothing waiting for a relay?"""
        return one(self._connection, "SELECT 1 FROM outbox WHERE stored_at IS NULL LIMIT 1") is None

    def _select(self, where: str, *parameters: object) -> list[OutboxRow]:
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM outbox {where}", parameters)
        return [_row(row) for row in rows]


def _row(row: Row) -> OutboxRow:
    with stored("a message in the outbox"):
        return OutboxRow(
            id=row[0],
            stored_at=row[1],
            kind=Kind(row[2]),
            mid=row[3],
            inner=row[4],
            created_at=row[5],
            identity=row[6],
            peer_id=row[7],
            sid=row[8],
            seq=row[9],
            slot=None if row[10] is None else (row[10], row[11]),
            relay=row[12],
            expires_at=row[13],
            refusal=row[14],
        )
