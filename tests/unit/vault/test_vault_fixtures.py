"""Vaults that earlier versions wrote (tests/fixtures): every one opens, and shows what was in it."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from vault_contents import contents

from vauchi_tui.crypto.primitives import sha256
from vauchi_tui.errors import WrongPassphrase
from vauchi_tui.model.clock import ZERO
from vauchi_tui.protocol.keys import note_key, standing_key
from vauchi_tui.vault import keyslots, schema
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.keyslots import unlock
from vauchi_tui.vault.profile import Profile, resolve
from vauchi_tui.vault.shared import Shared

FIXTURES = Path(__file__).parents[2] / "fixtures"
VERSIONS = sorted(path.name for path in FIXTURES.glob("vault-v*"))


@pytest.fixture(params=VERSIONS)
def old(request: pytest.FixtureRequest, profile: Profile) -> dict[str, Any]:
    """The fixture's files, copied to where a profile has them, and what they hold."""
    source = FIXTURES / request.param
    for name in ("vault.db", "keyslots.json"):
        shutil.copyfile(source / name, profile.data / name)
        (profile.data / name).chmod(0o600)
    expected: dict[str, Any] = json.loads((source / "expected.json").read_text(encoding="utf-8"))
    return expected


def test_there_is_one_of_every_version_before_this_one() -> None:
    assert {f"vault-v{version}" for version in range(1, schema.VERSION + 1)} <= set(VERSIONS)


def test_it_gets_the_tables_of_a_new_one(old: dict[str, Any], profile: Profile, tmp_path: Path) -> None:
    fresh = resolve(f"{tmp_path}/fresh", {})
    fresh.make()
    with (
        Vault.open(profile, unlock(profile, old["passphrase"])) as migrated,
        Vault.create(fresh, bytes(32), random.Random(1).randbytes) as new,
    ):
        assert shape(migrated) == shape(new)


def shape(vault: Vault) -> dict[str, Any]:
    """Every table with its columns, their types and defaults, its indexes and whether it is strict."""
    ask = vault._connection.execute
    tables = {row[1]: row[2:] for row in ask("PRAGMA table_list").fetchall() if not row[1].startswith("sqlite_")}
    return {
        name: (kind, ask(f"PRAGMA table_info({name})").fetchall(), sorted(_indexes(vault, name)))
        for name, kind in tables.items()
    }


def _indexes(vault: Vault, table: str) -> Iterator[tuple[Any, ...]]:
    for _, name, unique, origin, partial in vault._connection.execute(f"PRAGMA index_list({table})").fetchall():
        columns = vault._connection.execute(f"PRAGMA index_info({name})").fetchall()
        yield name if origin == "c" else origin, unique, partial, tuple(column[2] for column in columns)


def test_it_opens_and_shows_what_was_in_it(
    old: dict[str, Any], profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyslots, "WRONG_COSTS_S", 0.0)
    with pytest.raises(WrongPassphrase):
        unlock(profile, "young and strong")
    with Vault.open(profile, unlock(profile, old["passphrase"])) as vault, vault.read() as tx:
        assert contents(tx) == old["contents"]
        assert tx.contacts.tombstone(bytes.fromhex(old["dave"]))
        assert tx.links.is_forgotten(b"old sid.")
        assert tx.consumed.has(sha256(b"consumed")) and tx.codes.used(sha256(b"code"))


def test_its_sessions_still_decrypt(old: dict[str, Any], profile: Profile) -> None:
    message = old["message"]
    with Vault.open(profile, unlock(profile, old["passphrase"])) as vault, vault.read() as tx:
        link = tx.links.get(bytes.fromhex(message["peer"]))
    assert link is not None and link.session is not None
    after, numbered = link.session.open(bytes.fromhex(message["body"]), link.ad_in, random.Random(1).randbytes)
    assert numbered.content.decode() == message["content"]
    assert numbered.seq == message["seq"] > after.received


@pytest.mark.parametrize("old", ["vault-v1"], indirect=True)
def test_what_was_decided_before_there_were_own_devices_is_there_for_them(
    old: dict[str, Any], profile: Profile
) -> None:
    with Vault.open(profile, unlock(profile, old["passphrase"])) as vault, vault.read() as tx:
        assert tx.shared.get(standing_key(bytes.fromhex(old["dave"]))) == Shared("removed", ZERO)
        for contact in old["contents"]["contacts"]:
            identity = bytes.fromhex(contact["identity"])
            assert tx.shared.get(note_key(identity)).value == (contact["note"] or None)
            assert tx.shared.get(standing_key(identity)).value == ("blocked" if contact["blocked"] else None)
            assert tx.announcements.get(identity).known == tx.me.devices().version
            devices = tx.contacts.devices(identity)
            for device in devices.devices if devices else ():
                assert tx.contacts.static_owners(device.static_public) == {identity}
