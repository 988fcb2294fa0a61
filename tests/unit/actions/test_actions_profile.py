"""Making and opening a profile, and every way in which that is refused."""

import stat
from pathlib import Path

import pytest

from vauchi_tui.actions import card, profile, settings
from vauchi_tui.actions.profile import PassphraseNeeded, Protection
from vauchi_tui.crypto.password import KdfParameters
from vauchi_tui.errors import InvalidValue, ProfileError, WrongPassphrase
from vauchi_tui.vault.profile import Profile

CHEAP = KdfParameters(1, 8 * 1024 * 1024)


@pytest.fixture
def place(tmp_path: Path) -> Profile:
    return profile.find(f"{tmp_path}/alice", {})


def test_what_was_made_can_be_opened_again_with_its_passphrase(place: Profile) -> None:
    with profile.create(place, " Alice ", relay="127.0.0.1:9000", passphrase="open sesame", parameters=CHEAP) as made:
        own = card.show(made)
    assert (own.display_name, own.relay) == ("Alice", "ws://127.0.0.1:9000")
    with profile.open_profile(place, "open sesame") as opened:
        assert card.show(opened) == own
        with opened.vault.read() as tx:
            assert tx.card.registers().text("/relay") == "ws://127.0.0.1:9000"
            assert tx.me.identity_key() is not None


def test_without_a_passphrase_it_opens_by_itself(place: Profile) -> None:
    profile.create(place, "Alice", protection=Protection.FILE).close()
    assert stat.S_IMODE(place.keyfile.stat().st_mode) == 0o600
    with profile.open_profile(place) as opened:
        assert card.show(opened).display_name == "Alice"


def test_a_profile_is_never_overwritten(place: Profile) -> None:
    profile.create(place, "Alice", protection=Protection.FILE).close()
    before = place.database.read_bytes()
    with pytest.raises(ProfileError, match="exists already"):
        profile.create(place, "Mallory", protection=Protection.FILE)
    assert place.database.read_bytes() == before


@pytest.mark.parametrize(("name", "relay"), [("", None), ("x" * 101, None), ("Alice", "ws://relay.example.org")])
def test_what_cannot_be_used_is_refused_before_anything_is_made(place: Profile, name: str, relay: str | None) -> None:
    with pytest.raises(InvalidValue):
        profile.create(place, name, relay=relay, protection=Protection.FILE)
    assert not place.data.exists()


def test_a_missing_profile_says_how_to_make_one(place: Profile) -> None:
    with pytest.raises(ProfileError) as caught:
        profile.open_profile(place)
    assert "vauchi init" in caught.value.hint


def test_a_wrong_or_missing_passphrase_is_told_apart(place: Profile) -> None:
    profile.create(place, "Alice", passphrase="open sesame", parameters=CHEAP).close()
    with pytest.raises(WrongPassphrase):
        profile.open_profile(place, "open barley")
    with pytest.raises(PassphraseNeeded):
        profile.open_profile(place)


def test_a_profile_that_others_can_read_is_refused_with_the_command_that_mends_it(place: Profile) -> None:
    profile.create(place, "Alice", protection=Protection.FILE).close()
    place.data.chmod(0o755)
    with pytest.raises(ProfileError) as caught:
        profile.open_profile(place)
    assert f"chmod 700 {place.data}" in caught.value.hint
    place.data.chmod(0o700)
    place.database.chmod(0o644)
    with pytest.raises(ProfileError) as caught:
        profile.open_profile(place)
    assert f"chmod 600 {place.database}" in caught.value.hint


def test_moving_to_another_relay_keeps_the_old_one_to_read(place: Profile) -> None:
    with profile.create(place, "Alice", relay="relay.example.org", protection=Protection.FILE) as made:
        assert settings.set_relay(made, "other.example.org") == "wss://other.example.org"
        assert settings.get(made, "relay").value == "wss://other.example.org"
        with made.vault.read() as tx:
            assert tx.card.registers().text("/relay") == "wss://other.example.org"
            assert "wss://relay.example.org" in (tx.settings.get("old_relays") or "")
        with pytest.raises(InvalidValue):
            settings.set_value(made, "relay", "ws://public.example.org")
        assert settings.get(made, "relay").value == "wss://other.example.org"
