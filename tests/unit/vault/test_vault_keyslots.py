"""Passphrase, keyring and key file: what opens a profile, and what is said where nothing does."""

import json
import time
from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from vauchi_tui.crypto.password import DEFAULT, KdfParameters
from vauchi_tui.errors import InvalidValue, ProfileError, WrongPassphrase
from vauchi_tui.vault import keyring_store, keyslots
from vauchi_tui.vault.creation import create_profile
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.keyslots import (
    PassphraseNeeded,
    Protection,
    add_slot,
    create_slots,
    protections,
    remove_slot,
    unlock,
    without_passphrase,
)
from vauchi_tui.vault.profile import Profile

Rng = Callable[[int], bytes]
CHEAP = KdfParameters(1, 8 * 1024)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong passphrase answers at once, but for the test that is about it."""
    monkeypatch.setattr(keyslots, "WRONG_COSTS_S", 0.0)


class MemoryKeyring(KeyringBackend):
    """A keyring as the platforms have it, in memory."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.content: dict[tuple[str, str], str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise KeyringLocked("the collection is locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.content.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.content[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if (service, username) not in self.content:
            raise PasswordDeleteError("no such password")
        del self.content[service, username]


@pytest.fixture
def system_keyring() -> Iterator[MemoryKeyring]:
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


def make(profile: Profile, protection: Protection, passphrase: str | None, rng: Rng) -> bytes:
    """The data key of a profile that has been made with that protection."""
    data_key = create_slots(profile, protection, passphrase, rng, CHEAP)
    Vault.create(profile, data_key, rng).close()
    return data_key


def test_a_passphrase_opens(profile: Profile, rng: Rng) -> None:
    data_key = make(profile, Protection.PASSPHRASE, "open sesame", rng)
    assert unlock(profile, "open sesame") == data_key
    assert protections(profile) == {Protection.PASSPHRASE}
    with pytest.raises(WrongPassphrase, match="wrong") as caught:
        unlock(profile, "Open sesame")
    assert caught.value.hint
    with pytest.raises(PassphraseNeeded) as needed:
        unlock(profile)
    assert "--passphrase-fd" in needed.value.hint


def test_a_wrong_passphrase_costs_a_second(profile: Profile, rng: Rng, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyslots, "WRONG_COSTS_S", 1.0)
    data_key = create_slots(profile, Protection.PASSPHRASE, "right", rng)
    Vault.create(profile, data_key, rng).close()
    slot = json.loads(profile.keyslots.read_bytes())["slots"][0]
    assert (slot["opslimit"], slot["memlimit"]) == (DEFAULT.opslimit, DEFAULT.memlimit) == (3, 256 << 20)
    before = time.monotonic()
    with pytest.raises(WrongPassphrase):
        unlock(profile, "wrong")
    assert time.monotonic() - before >= 1


def test_an_empty_passphrase_is_refused(profile: Profile, rng: Rng) -> None:
    for nothing in ("", None):
        with pytest.raises(InvalidValue, match="empty"):
            create_slots(profile, Protection.PASSPHRASE, nothing, rng, CHEAP)


def test_the_keyring_opens_without_a_question(profile: Profile, rng: Rng, system_keyring: MemoryKeyring) -> None:
    assert without_passphrase() is Protection.KEYRING
    data_key = make(profile, Protection.KEYRING, None, rng)
    assert unlock(profile) == data_key
    assert unlock(profile, "a passphrase it does not have") == data_key
    assert len(system_keyring.content) == 1 and not profile.keyfile.exists()
    assert not any(data_key.hex() in text for text in system_keyring.content.values())


def test_a_locked_keyring_is_said_and_a_passphrase_helps(
    profile: Profile, rng: Rng, system_keyring: MemoryKeyring
) -> None:
    data_key = make(profile, Protection.KEYRING, None, rng)
    system_keyring.locked = True
    with pytest.raises(ProfileError, match="locked") as caught:
        unlock(profile)
    assert "Unlock the keyring" in caught.value.hint
    add_slot(profile, data_key, Protection.PASSPHRASE, "words", rng, CHEAP)
    with pytest.raises(PassphraseNeeded):
        unlock(profile)
    assert unlock(profile, "words") == data_key


def test_a_keyring_that_lost_or_changed_the_key(profile: Profile, rng: Rng, system_keyring: MemoryKeyring) -> None:
    make(profile, Protection.KEYRING, None, rng)
    (name,) = system_keyring.content
    for text in ("A" * 43, "not a key", "Ü"):
        system_keyring.content[name] = text
        with pytest.raises(ProfileError):
            unlock(profile)
    system_keyring.content.clear()
    with pytest.raises(ProfileError, match="does not hold the key"):
        unlock(profile)


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_a_file_opens(profile: Profile, rng: Rng) -> None:
    assert without_passphrase() is Protection.FILE
    data_key = make(profile, Protection.FILE, None, rng)
    assert unlock(profile) == data_key
    assert profile.keyfile.stat().st_mode & 0o777 == 0o600
    assert data_key not in profile.keyfile.read_bytes()
    profile.keyfile.chmod(0o644)
    with pytest.raises(ProfileError, match="Others can read") as caught:
        unlock(profile)
    assert caught.value.hint == f"Run: chmod 600 {profile.keyfile}"


@pytest.mark.usefixtures("no_keyring")
def test_no_keyring_is_said(profile: Profile, rng: Rng) -> None:
    with pytest.raises(ProfileError, match="no system keyring"):
        create_slots(profile, Protection.KEYRING, None, rng)


def test_backends_that_keep_nothing_do_not_count() -> None:
    before = keyring.get_keyring()
    try:
        for backend in (null.Keyring(), fail.Keyring()):
            keyring.set_keyring(backend)
            assert keyring_store.real_keyring() is None
    finally:
        keyring.set_keyring(before)


def test_of_a_chain_the_first_real_backend_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    real = MemoryKeyring()
    monkeypatch.setattr(ChainerBackend, "backends", [null.Keyring(), real])
    monkeypatch.setattr(keyring, "get_keyring", ChainerBackend)
    assert keyring_store.real_keyring() is real


def test_a_configuration_that_names_no_module_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> KeyringBackend:
        raise ModuleNotFoundError("no_such_backend")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert without_passphrase() is Protection.FILE


@pytest.mark.usefixtures("no_keyring")
def test_a_missing_or_foreign_key_file(profile: Profile, rng: Rng) -> None:
    make(profile, Protection.FILE, None, rng)
    profile.keyfile.write_bytes(bytes(32))
    with pytest.raises(ProfileError, match="does not fit"):
        unlock(profile)
    profile.keyfile.write_bytes(b"short")
    with pytest.raises(ProfileError, match="does not fit"):
        unlock(profile)
    profile.keyfile.unlink()
    with pytest.raises(ProfileError, match="missing") as caught:
        unlock(profile)
    assert caught.value.hint


@pytest.mark.usefixtures("no_keyring")
def test_from_file_to_passphrase_to_another_and_back(profile: Profile, rng: Rng) -> None:
    data_key = make(profile, Protection.FILE, None, rng)
    add_slot(profile, data_key, Protection.PASSPHRASE, "first", rng, CHEAP)
    remove_slot(profile, Protection.FILE)
    assert not profile.keyfile.exists()
    assert protections(profile) == {Protection.PASSPHRASE}
    add_slot(profile, data_key, Protection.PASSPHRASE, "second", rng, CHEAP)
    with pytest.raises(WrongPassphrase):
        unlock(profile, "first")
    assert unlock(profile, "second") == data_key
    with pytest.raises(ProfileError, match="only way"):
        remove_slot(profile, Protection.PASSPHRASE)
    assert unlock(profile, "second") == data_key
    add_slot(profile, data_key, Protection.FILE, None, rng)
    remove_slot(profile, Protection.PASSPHRASE)
    assert unlock(profile) == data_key


def test_removing_the_keyring_slot_empties_the_keyring(
    profile: Profile, rng: Rng, system_keyring: MemoryKeyring
) -> None:
    data_key = make(profile, Protection.KEYRING, None, rng)
    add_slot(profile, data_key, Protection.KEYRING, None, rng)
    assert len(system_keyring.content) == 1
    add_slot(profile, data_key, Protection.PASSPHRASE, "x", rng, CHEAP)
    remove_slot(profile, Protection.KEYRING)
    assert system_keyring.content == {}


def test_slots_of_an_existing_profile_are_never_drawn_anew(profile: Profile, rng: Rng) -> None:
    data_key = make(profile, Protection.PASSPHRASE, "x", rng)
    with pytest.raises(ProfileError, match="exists already"):
        create_slots(profile, Protection.PASSPHRASE, "y", rng, CHEAP)
    assert unlock(profile, "x") == data_key


def test_no_profile(profile: Profile) -> None:
    with pytest.raises(ProfileError, match="no profile"):
        unlock(profile, "x")


GOOD = {
    "version": 1,
    "slots": [{"protection": "passphrase", "sealed": "A" * 96, "salt": "A" * 22, "opslimit": 1, "memlimit": 8192}],
}


def _with(**changes: object) -> bytes:
    return json.dumps({**GOOD, "slots": [{**GOOD["slots"][0], **changes}]}).encode()  # type: ignore[index]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"[]",
        b"{",
        b"{}",
        b"x" * 20_000,
        json.dumps({**GOOD, "slots": []}).encode(),
        json.dumps({**GOOD, "slots": [7]}).encode(),
        json.dumps({**GOOD, "slots": GOOD["slots"] * 2}).encode(),  # type: ignore[operator]
        json.dumps({**GOOD, "version": 0}).encode(),
        _with(protection="telepathy"),
        _with(protection=None),
        _with(sealed="A"),
        _with(salt="A"),
        _with(opslimit=11),
        _with(opslimit=True),
        _with(memlimit=2 << 30),
        _with(memlimit=-1),
        _with(extra=1),
    ],
)
def test_a_damaged_slot_file_is_an_error_in_words(content: bytes, profile: Profile, rng: Rng) -> None:
    make(profile, Protection.PASSPHRASE, "x", rng)
    profile.keyslots.write_bytes(content)
    with pytest.raises(ProfileError, match="damaged") as caught:
        unlock(profile, "x")
    assert caught.value.hint


def test_a_well_formed_slot_file_of_another_profile(profile: Profile, rng: Rng) -> None:
    make(profile, Protection.PASSPHRASE, "x", rng)
    profile.keyslots.write_bytes(json.dumps(GOOD).encode())
    with pytest.raises(WrongPassphrase):
        unlock(profile, "x")


def test_a_missing_slot_file_and_a_newer_one(profile: Profile, rng: Rng) -> None:
    make(profile, Protection.PASSPHRASE, "x", rng)
    profile.keyslots.write_bytes(json.dumps({**GOOD, "version": 2, "slots": [{"protection": "dna"}]}).encode())
    with pytest.raises(ProfileError, match="newer vauchi"):
        unlock(profile, "x")
    profile.keyslots.unlink()
    with pytest.raises(ProfileError, match="damaged"):
        unlock(profile, "x")


def test_a_profile_is_made_whole_or_not_at_all(profile: Profile, rng: Rng, system_keyring: MemoryKeyring) -> None:
    def failing(tx: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        create_profile(profile, Protection.KEYRING, None, rng, failing)
    assert not profile.exists() and not profile.keyslots.exists() and system_keyring.content == {}
    vault, data_key = create_profile(profile, Protection.KEYRING, None, rng, lambda tx: tx.settings.set("a", "b"))
    with vault, vault.read() as tx:
        assert tx.settings.all() == {"a": "b"}
    assert unlock(profile) == data_key
    Vault.open(profile, data_key).close()
    with pytest.raises(ProfileError, match="exists already"):
        create_profile(profile, Protection.FILE, None, rng, lambda tx: None)
    Vault.open(profile, unlock(profile)).close()


def test_two_creations_at_once_do_not_mix(profile: Profile, rng: Rng) -> None:
    def meanwhile(tx: object) -> None:
        with pytest.raises(ProfileError, match="being made"):
            create_profile(profile, Protection.PASSPHRASE, "other", rng, lambda tx: None, CHEAP)

    create_profile(profile, Protection.PASSPHRASE, "mine", rng, meanwhile, CHEAP)[0].close()
    Vault.open(profile, unlock(profile, "mine")).close()


def test_leftovers_of_a_killed_creation_are_no_obstacle(
    profile: Profile, rng: Rng, system_keyring: MemoryKeyring
) -> None:
    create_slots(profile, Protection.KEYRING, None, rng)
    system_keyring.locked = True
    create_profile(profile, Protection.PASSPHRASE, "x", rng, lambda tx: None, CHEAP)[0].close()
    assert protections(profile) == {Protection.PASSPHRASE}
