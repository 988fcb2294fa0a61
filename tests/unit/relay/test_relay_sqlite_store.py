"""What only the SQLite store promises: one owner, private files, group commit, and stopping for good at an error."""

import asyncio
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.sqlite_store import GROUP_MAX, SqliteStore
from vauchi_tui.relay.store import StoreFailed, Verdict

A = b"A" * 32
DAY = 20_000


class Watched:
    """A connection to SQLite whose statements can be counted and made to fail."""

    def __init__(self, db: sqlite3.Connection, fail_at: str = "") -> None:
        self._db = db
        self._fail_at = fail_at
        self.commits = 0

    def execute(self, statement: str, *values: Any) -> Any:
        if self._fail_at and statement.startswith(self._fail_at):
            raise sqlite3.OperationalError("disk I/O error")
        self.commits += statement == "COMMIT"
        return self._db.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def watch(store: SqliteStore, fail_at: str = "") -> Watched:
    watched = Watched(store._writer, fail_at)
    store._writer = watched
    return watched


async def test_what_waits_together_is_committed_together(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "m.sqlite3", Limits(mailbox_messages=5000))
    watched = watch(store)
    count = 4 * GROUP_MAX
    await asyncio.gather(*(store.put(n.to_bytes(16, "big"), A, b"x", DAY) for n in range(count)))
    assert count // GROUP_MAX <= watched.commits <= count // 8
    await store.close()


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT INTO message", "COMMIT"])
async def test_after_an_error_nothing_is_promised_any_more(tmp_path: Path, statement: str) -> None:
    store = await SqliteStore.open(tmp_path / "m.sqlite3", Limits())
    assert await store.put(bytes(16), A, b"before", DAY) is Verdict.ACCEPTED
    watch(store, statement)
    wakeups = store.wakeups()
    assert list(await anext(wakeups)) == [A]
    lost = [store.put(n.to_bytes(16, "big"), A, b"x", DAY) for n in range(1, 20)]
    with pytest.raises(StoreFailed) as caught:
        await anext(wakeups)
    assert "disk I/O error" in caught.value.title
    assert caught.value.hint
    for put in [*lost, store.put(b"later" + bytes(11), A, b"x", DAY)]:
        with pytest.raises(StoreFailed):
            await put
    with pytest.raises(StoreFailed):
        await store.read(A, 0, 8)
    await store.close()

    again = await SqliteStore.open(tmp_path / "m.sqlite3", Limits())
    assert [message.blob for message in (await again.read(A, 0, 8)).messages] == [b"before"]
    await again.close()


async def test_two_relays_never_share_a_store(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite3"
    store = await SqliteStore.open(path, Limits())
    with pytest.raises(StoreFailed, match="Another relay"):
        await SqliteStore.open(path, Limits())
    await store.close()
    await (await SqliteStore.open(path, Limits())).close()


async def test_the_files_are_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "m.sqlite3"
    store = await SqliteStore.open(path, Limits())
    await store.ready()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes) >= {"m.sqlite3", "m.sqlite3-wal"}
    assert set(modes.values()) == {0o600}
    await store.close()


@pytest.mark.parametrize("contents", [b"not a database, but long enough to be looked at" * 30, None])
async def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, contents: bytes | None) -> None:
    path = tmp_path / "m.sqlite3"
    if contents is None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE theirs (x)")
        other.close()
    else:
        path.write_bytes(contents)
    before = path.read_bytes()
    for _ in range(2):  # the second time shows that the first gave the lock back
        with pytest.raises(StoreFailed, match="cannot be opened"):
            await SqliteStore.open(path, Limits())
    assert path.read_bytes() == before


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="cannot be written"):
        await SqliteStore.open(tmp_path / "file" / "m.sqlite3", Limits())


async def test_the_tables_hold_nothing_but_what_the_page_says(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite3"
    store = await SqliteStore.open(path, Limits())
    await store.put(bytes(16), A, b"x", DAY)
    await store.close()
    with sqlite3.connect(path) as db:
        columns = {
            table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        assert db.execute("SELECT expiry FROM message").fetchone() == (DAY,)
    db.close()
    assert columns == {
        "box": ["addr", "last_seq", "messages", "bytes", "expiry"],
        "message": ["id", "addr", "seq", "mid", "expiry", "blob"],
    }


async def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "m.sqlite3", Limits())
    settings = {name: store._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert settings == {"journal_mode": "wal", "synchronous": 2}
    await store.close()
