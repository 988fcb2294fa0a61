"""Transactions, what they promise, and what a file that is not right leads to."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vauchi_tui.errors import ProfileError
from vauchi_tui.vault import connection, schema
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.tx import Tx

KEY = bytes(range(32))


def value(vault: Vault, key: str = "relay") -> str | None:
    with vault.read() as tx:
        return tx.settings.get(key)


def put(vault: Vault, text: str, key: str = "relay") -> None:
    with vault.write() as tx:
        tx.settings.set(key, text)


def test_what_was_written_is_there_in_the_next_process(profile: Profile, vault: Vault) -> None:
    put(vault, "wss://a.example")
    vault.close()
    with Vault.open(profile, KEY) as again:
        assert value(again) == "wss://a.example"


def test_a_failed_block_changes_nothing(vault: Vault) -> None:
    put(vault, "old")
    with pytest.raises(ZeroDivisionError), vault.write() as tx:
        tx.settings.set("relay", "new")
        print(1 / 0)
    assert value(vault) == "old"
    put(vault, "newer")
    assert value(vault) == "newer"


def test_errors_of_the_body_pass_unchanged(vault: Vault) -> None:
    with pytest.raises(TimeoutError), vault.write():
        raise TimeoutError


def test_a_reader_sees_one_state_and_does_not_wait_for_a_writer(profile: Profile, vault: Vault) -> None:
    put(vault, "before")
    with Vault.open(profile, KEY) as other, other.write() as writing:
        writing.settings.set("relay", "after")
        with vault.read() as tx:
            assert tx.settings.get("relay") == "before"
    assert value(vault) == "after"


def test_a_long_read_does_not_stop_a_writer_and_keeps_its_state(profile: Profile, vault: Vault) -> None:
    put(vault, "before")
    with Vault.open(profile, KEY) as other, vault.read() as tx:
        assert tx.settings.get("relay") == "before"
        put(other, "after")
        assert tx.settings.get("relay") == "before"
    assert value(vault) == "after"


def test_a_read_transaction_cannot_write(vault: Vault) -> None:
    with pytest.raises(RuntimeError, match="cannot write"), vault.read() as tx:
        tx.settings.set("relay", "x")
    put(vault, "and writing works afterwards")


def test_transactions_do_not_nest(vault: Vault) -> None:
    with pytest.raises(RuntimeError, match="inside"), vault.read(), vault.write():
        pass


def test_threads_wait_for_each_other(vault: Vault) -> None:
    entered, done = threading.Event(), []

    def other() -> None:
        entered.set()
        put(vault, "second")
        done.append(True)

    thread = threading.Thread(target=other)
    with vault.write() as tx:
        thread.start()
        entered.wait()
        tx.settings.set("relay", "first")
        assert not done
    thread.join()
    assert value(vault) == "second"


def test_data_version_grows_with_every_commit_of_anybody_and_only_then(profile: Profile, vault: Vault) -> None:
    with Vault.open(profile, KEY) as other:
        seen = [vault.data_version()]
        put(vault, "mine")
        seen.append(vault.data_version())
        put(other, "theirs")
        seen.append(vault.data_version())
        put(vault, "mine again")
        seen.append(vault.data_version())
        assert seen == sorted(set(seen))
        value(vault)
        with vault.write() as tx:
            tx.settings.get("relay")
        with pytest.raises(ZeroDivisionError), other.write() as tx:
            tx.settings.set("relay", "never")
            print(1 / 0)
        assert vault.data_version() == seen[-1]


def test_a_writer_that_waits_too_long_says_so(profile: Profile, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    with Vault.open(profile, KEY) as impatient, vault.write():
        with pytest.raises(ProfileError, match="busy") as caught:
            put(impatient, "x")
        assert "Try again" in caught.value.hint


def test_files_are_0600_whatever_the_umask(profile: Profile, rng: Callable[[int], bytes]) -> None:
    old = os.umask(0)
    try:
        with Vault.create(profile, KEY, rng) as vault:
            put(vault, "x")
            modes = {path.name: path.stat().st_mode & 0o777 for path in profile.data.iterdir()}
    finally:
        os.umask(old)
    assert modes == {"vault.db": 0o600, "vault.db-wal": 0o600, "vault.db-shm": 0o600}


def test_nothing_readable_is_on_disk(profile: Profile, vault: Vault) -> None:
    put(vault, "canary-wss://secret.example")
    on_disk = b"".join(path.read_bytes() for path in profile.data.iterdir())
    vault.close()
    on_disk += profile.database.read_bytes()
    assert b"canary" not in on_disk and b"SQLite" not in on_disk and b"CREATE" not in on_disk


def test_pragmas(vault: Vault) -> None:
    def pragma(name: str) -> object:
        row = vault._connection.execute(f"PRAGMA {name}").fetchone()
        return row[0] if row else None

    assert [pragma(name) for name in ("journal_mode", "synchronous", "secure_delete", "temp_store")] == ["wal", 2, 1, 2]
    assert pragma("user_version") == schema.VERSION
    assert pragma("cipher_version") is not None


def test_creation_refuses_to_overwrite(profile: Profile, vault: Vault, rng: Callable[[int], bytes]) -> None:
    put(vault, "kept")
    with pytest.raises(ProfileError, match="exists already"):
        Vault.create(profile, KEY, rng)
    assert value(vault) == "kept"


def test_an_interrupted_creation_leaves_no_profile(profile: Profile, rng: Callable[[int], bytes]) -> None:
    def fill(tx: Tx) -> None:
        tx.settings.set("relay", "x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Vault.create(profile, KEY, rng, fill)
    assert not profile.exists()
    with Vault.create(profile, KEY, rng, lambda tx: tx.settings.set("relay", "first content")) as vault:
        assert value(vault) == "first content"
    assert [path.name for path in profile.data.iterdir()] == ["vault.db"]


def test_no_profile(profile: Profile) -> None:
    with pytest.raises(ProfileError, match="no profile") as caught:
        Vault.open(profile, KEY)
    assert "vauchi init" in caught.value.hint


def test_a_wrong_key_is_an_error_in_words_and_prints_nothing(
    profile: Profile, vault: Vault, capfd: pytest.CaptureFixture[str]
) -> None:
    vault.close()
    with pytest.raises(ProfileError, match="damaged"):
        Vault.open(profile, bytes(32))
    assert capfd.readouterr() == ("", "")


def damage_truncated(path: Path) -> None:
    os.truncate(path, 4096 * 3 + 5)


def damage_emptied(path: Path) -> None:
    os.truncate(path, 0)


def damage_first_page(path: Path) -> None:
    _flip(path, 200)


def damage_salt(path: Path) -> None:
    _flip(path, 3)


def damage_other_file(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(4080))


def damage_every_later_page(path: Path) -> None:
    for page in range(1, path.stat().st_size // 4096):
        _flip(path, page * 4096 + 99)


def _flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [damage_truncated, damage_emptied, damage_first_page, damage_salt, damage_other_file, damage_every_later_page],
)
def test_a_damaged_database_is_an_error_in_words(
    damage: Callable[[Path], None], profile: Profile, vault: Vault, capfd: pytest.CaptureFixture[str]
) -> None:
    put(vault, "x" * 20_000)
    vault.close()
    damage(profile.database)
    with pytest.raises(ProfileError, match="damaged") as caught, Vault.open(profile, KEY) as again:
        value(again)
    assert "vauchi init" in caught.value.hint
    assert capfd.readouterr() == ("", "")


def test_a_newer_format_is_refused_politely(profile: Profile, vault: Vault) -> None:
    vault._connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    vault.close()
    with pytest.raises(ProfileError, match="newer vauchi") as caught:
        Vault.open(profile, KEY)
    assert "Update vauchi" in caught.value.hint


def test_a_replaced_database_is_noticed_before_writing(profile: Profile, vault: Vault) -> None:
    profile.database.rename(profile.data / "aside")
    for use in (lambda: put(vault, "lost"), lambda: vault.data_version()):
        with pytest.raises(ProfileError, match="replaced or removed"):
            use()
    (profile.data / "aside").rename(profile.database)
    put(vault, "kept")
    assert value(vault) == "kept"


def test_the_local_secret_is_drawn_once(profile: Profile, vault: Vault) -> None:
    with vault.read() as tx:
        secret = tx.settings.local_secret()
    vault.close()
    with Vault.open(profile, KEY) as again, again.read() as tx:
        assert tx.settings.local_secret() == secret and len(secret) == 32
