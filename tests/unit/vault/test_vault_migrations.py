"""Copy, migrate, check, rename: with steps of a version to come."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from vauchi_tui.errors import ProfileError
from vauchi_tui.vault import connection, migrations, schema
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.rows import Connection

KEY = bytes(range(32))
NOW = schema.VERSION


@pytest.fixture(autouse=True)
def a_version_to_come(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A vault of this version with a setting in it; afterwards the program is two versions on."""
    with vault.write() as tx:
        tx.settings.set("relay", "kept")
    vault.close()
    monkeypatch.setattr(schema, "VERSION", NOW + 2)
    monkeypatch.setattr(migrations, "STEPS", {NOW: first, NOW + 1: second})
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    yield


def first(database: Connection) -> None:
    database.execute("CREATE TABLE colours (name TEXT PRIMARY KEY) STRICT")


def second(database: Connection) -> None:
    database.execute("INSERT INTO colours SELECT value FROM settings")


def colours(vault: Vault) -> list[tuple[object, ...]]:
    return vault._connection.execute("SELECT name FROM colours").fetchall()


def test_steps_run_in_order_and_nothing_is_left_behind(profile: Profile) -> None:
    with Vault.open(profile, KEY) as vault:
        assert colours(vault) == [("kept",)]
        assert vault._connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
        with vault.write() as tx:
            tx.settings.set("relay", "goes on")
    with Vault.open(profile, KEY) as vault:
        assert colours(vault) == [("kept",)]
    assert [path.name for path in profile.data.iterdir()] == ["vault.db"]
    assert profile.database.stat().st_mode & 0o777 == 0o600


def test_a_failing_step_leaves_the_old_vault(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(database: Connection) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(migrations, "STEPS", {NOW: first, NOW + 1: fails})
    with pytest.raises(ZeroDivisionError):
        Vault.open(profile, KEY)
    monkeypatch.setattr(schema, "VERSION", NOW)
    with Vault.open(profile, KEY) as vault, vault.read() as tx:
        assert tx.settings.get("relay") == "kept"
    monkeypatch.undo()


def test_a_missing_step_is_an_error_in_words(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "STEPS", {NOW: first})
    with pytest.raises(ProfileError, match="damaged"):
        Vault.open(profile, KEY)


def test_a_vault_that_is_open_elsewhere_is_not_migrated(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "VERSION", NOW)
    with Vault.open(profile, KEY) as old:
        with old.read() as tx:
            assert tx.settings.get("relay") == "kept"
        monkeypatch.setattr(schema, "VERSION", NOW + 2)
        with pytest.raises(ProfileError, match="another vauchi process") as caught:
            Vault.open(profile, KEY)
        assert "Close the other" in caught.value.hint
        with old.write() as tx:
            tx.settings.set("relay", "still works")
    with Vault.open(profile, KEY) as vault:
        assert colours(vault) == [("still works",)]


KILLED = """
import os, signal, sys
from vauchi_tui.vault import migrations, schema
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import resolve
def step(database):
    database.execute("CREATE TABLE colours (name TEXT PRIMARY KEY) STRICT")
    database.execute("UPDATE settings SET value = 'half done'")
    os.kill(os.getpid(), signal.SIGKILL)
now = schema.VERSION
schema.VERSION, migrations.STEPS = now + 1, {now: step}
Vault.open(resolve(sys.argv[1], {}), bytes(range(32)))
"""


def test_kill_in_the_middle_and_start_again(profile: Profile) -> None:
    process = subprocess.run([sys.executable, "-c", KILLED, str(profile.data.parent)], check=False)
    assert process.returncode == -signal.SIGKILL
    assert any("migrating" in path.name for path in profile.data.iterdir())
    with Vault.open(profile, KEY) as vault:
        assert colours(vault) == [("kept",)]
    assert [path.name for path in profile.data.iterdir()] == ["vault.db"]
