"""A profile that is removed leaves nothing behind, whatever state it was in."""

from pathlib import Path

import pytest

from vauchi_tui.actions import profile as profiles
from vauchi_tui.actions.opening import ProfileRevoked, open_profile
from vauchi_tui.actions.profile import Protection
from vauchi_tui.errors import ProfileError
from vauchi_tui.sync import revoke
from vauchi_tui.vault import wiping
from vauchi_tui.vault.profile import Profile


@pytest.fixture
def place(tmp_path: Path) -> Profile:
    made = Profile("test", tmp_path / "data", tmp_path / "config")
    profiles.create(made, "Alice", protection=Protection.FILE).close()
    return made


def files(place: Profile) -> list[str]:
    return sorted(path.name for folder in (place.data, place.config) for path in folder.iterdir())


def test_everything_is_gone_but_what_the_person_has_configured(place: Profile) -> None:
    keymap = place.config / "keymap.toml"
    keymap.write_text("")
    place.relay_store.touch(0o600)
    with open_profile(place) as ctx, ctx.vault.write() as tx:
        tx.settings.set("theme", "dark")
        assert (place.data / "vault.db-wal").exists()
        wiping.remove(place)  # while another process has it open
    assert files(place) == ["keymap.toml"] and not place.exists()
    wiping.remove(place)
    profiles.create(place, "Alice", protection=Protection.FILE).close()


def test_damaged_key_slots_are_no_obstacle(place: Profile) -> None:
    place.keyslots.write_bytes(b"{")
    wiping.remove(place)
    assert files(place) == []


def test_a_profile_that_never_was_is_no_error(tmp_path: Path) -> None:
    wiping.remove(Profile("none", tmp_path / "data", tmp_path / "config"))
    assert not list(tmp_path.iterdir())


def test_a_revoked_profile_is_removed_by_whoever_opens_it_and_said_once(place: Profile) -> None:
    with open_profile(place) as ctx, ctx.vault.write() as tx:
        revoke.wipe(tx, ctx.now())
    with pytest.raises(ProfileRevoked, match="This device was revoked"):
        open_profile(place)
    assert files(place) == []
    with pytest.raises(ProfileError, match="There is no profile"):
        open_profile(place)
