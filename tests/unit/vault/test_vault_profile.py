"""Where profiles live, and who may read them."""

import os
import subprocess
from pathlib import Path

import pytest

from vauchi_tui.errors import ProfileError
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import Profile, resolve

KEY = bytes(range(32))


def test_a_path_is_a_directory_with_data_and_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    profile = resolve("./alice", {})
    assert (profile.name, profile.data, profile.config) == ("alice", tmp_path / "alice/data", tmp_path / "alice/config")
    assert resolve(None, {"VAUCHI_PROFILE": str(tmp_path / "bob")}).data == tmp_path / "bob/data"


def test_a_name_is_below_the_platform_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "etc"))
    assert resolve("work", {"VAUCHI_PROFILE": "other"}).name == "work"
    assert resolve(None, {"VAUCHI_PROFILE": "other"}).name == "other"
    profile = resolve(None, {})
    assert profile.name == "default"
    if "share" in str(profile.data):  # macOS keeps both below ~/Library
        assert profile.data == tmp_path / "share/vauchi/default"
        assert profile.config == tmp_path / "etc/vauchi/default"


@pytest.mark.parametrize("name", ["..", ".hidden", "a b", "ü", "-x", "x" * 65, "a\n"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(ProfileError, match="not a name"):
        resolve(name, {})


def test_made_directories_are_private(tmp_path: Path) -> None:
    profile = resolve(str(tmp_path / "new" / "alice"), {})
    assert not profile.exists()
    profile.make()
    for directory in (profile.data, profile.config, profile.data.parent):
        assert directory.stat().st_mode & 0o777 == 0o700
    profile.make()


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProfileError, match="cannot be made"):
        resolve(str(tmp_path / "file" / "alice"), {}).make()


@pytest.mark.parametrize("part", ["data", "config", "data/vault.db", "data/vault.db-wal", "data/vault.db-shm"])
@pytest.mark.parametrize("mode", [0o040, 0o004, 0o020])
def test_readable_by_others_is_refused_with_the_command_that_mends_it(
    part: str, mode: int, profile: Profile, vault: Vault
) -> None:
    with vault.write() as tx:
        tx.settings.set("a", "b")
    path = profile.data.parent / part
    path.chmod(path.stat().st_mode | mode)
    with pytest.raises(ProfileError, match="Others can read") as caught:
        Vault.open(profile, KEY)
    command = caught.value.hint.removeprefix("Run: ")
    assert command.startswith("chmod ") and str(path) in command
    subprocess.run(command, shell=True, check=True)
    Vault.open(profile, KEY).close()


def test_the_command_quotes_the_path(tmp_path: Path) -> None:
    profile = resolve(str(tmp_path / "it's mine"), {})
    profile.make()
    profile.data.chmod(0o755)
    with pytest.raises(ProfileError) as caught:
        profile.check_permissions()
    subprocess.run(caught.value.hint.removeprefix("Run: "), shell=True, check=True)
    profile.check_permissions()


def test_files_that_vanish_meanwhile_are_no_fault(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = profile.data / "vault.db-wal"
    monkeypatch.setattr(Path, "iterdir", lambda self: iter([listed]))
    profile.check_permissions()


def test_a_path_that_cannot_be_is_an_error_in_words(tmp_path: Path) -> None:
    profile = resolve(str(tmp_path / ("x" * 300)), {})
    for use in (profile.exists, profile.check_permissions, lambda: Vault.open(profile, KEY)):
        with pytest.raises(ProfileError, match="cannot be looked at") as caught:
            use()
        assert caught.value.hint
    with pytest.raises(ProfileError, match="cannot be made"):
        profile.make()


def test_the_profile_of_another_user_is_an_error_in_words(
    profile: Profile, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(ProfileError, match="another user") as caught:
        Vault.open(profile, KEY)
    assert f"chown {me + 1} " in caught.value.hint
