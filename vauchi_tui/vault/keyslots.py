"""Key slots: the ways to get at the random key of the database.

The data key is stored once per slot, sealed under a key that comes from a passphrase (Argon2id), lies in the system
keyring, or, where the person wanted no passphrase and there is no keyring, in a file 0600 in the configuration
directory: then whoever can read the person's files can read the profile.
"""

import time
from contextlib import suppress

from vauchi_tui.crypto.password import DEFAULT, SALT_SIZE, KdfParameters, derive_key
from vauchi_tui.crypto.primitives import KEY_SIZE, Rng, Undecryptable, aead_open, aead_seal
from vauchi_tui.errors import InvalidValue, ProfileError, VauchiError, WrongPassphrase
from vauchi_tui.vault import keyring_store
from vauchi_tui.vault.connection import files_explained
from vauchi_tui.vault.files import write_private
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.rows import damaged
from vauchi_tui.vault.slotfile import Protection as Protection
from vauchi_tui.vault.slotfile import Slot, read_slots, write_slots

WRONG_COSTS_S = 1.0
"""Seconds that a wrong passphrase takes at least, on machines where the derivation takes less."""
_CONTEXT = b"vauchi/keyslot/1"
_NAME_SIZE = 16


class PassphraseNeeded(VauchiError):
    """Only a passphrase opens the profile, and none was given."""


def without_passphrase() -> Protection:
    """What protects a profile without a passphrase on this machine: the keyring if a real one is here, else a file."""
    return Protection.FILE if keyring_store.real_keyring() is None else Protection.KEYRING


def protections(profile: Profile) -> set[Protection]:
    """The kinds of slot a profile has."""
    with files_explained(profile.keyslots):
        return set(read_slots(profile))


def create_slots(
    profile: Profile,
    protection: Protection,
    passphrase: str | None,
    rng: Rng,
    parameters: KdfParameters = DEFAULT,
) -> bytes:
    """Draw a data key for a profile that has no database yet, and store it in its first slot; returns the key.

    `passphrase` is for PASSPHRASE only. `parameters`: the cost of the passphrase's derivation.
    """
    if profile.exists():
        raise ProfileError(
            f"The profile “{profile.name}” exists already.", "Choose another with --profile NAME, or use this one."
        )
    discard_slots(profile)  # of a creation that was interrupted
    data_key = rng(KEY_SIZE)
    with files_explained(profile.keyslots):
        write_slots(profile, {protection: _seal(profile, data_key, protection, passphrase, rng, parameters)})
    return data_key


def unlock(profile: Profile, passphrase: str | None = None) -> bytes:
    """The data key. A passphrase that is given is checked if the profile has one; otherwise the other slots are tried.

    Raises WrongPassphrase (after about a second of work), PassphraseNeeded, or ProfileError where the profile is
    missing, readable by others, damaged, or its keyring cannot be reached.
    """
    if not profile.exists():
        raise ProfileError(f"There is no profile “{profile.name}”.", "Make one with: vauchi init NAME")
    profile.check_permissions()
    with files_explained(profile.keyslots):
        slots = read_slots(profile)
        by_passphrase = slots.get(Protection.PASSPHRASE)
        if by_passphrase is not None and passphrase is not None:
            return _open_with_passphrase(by_passphrase, passphrase)
        failure: ProfileError | None = None
        for protection in (Protection.FILE, Protection.KEYRING):
            if protection in slots:
                try:
                    return _open_without_passphrase(profile, slots[protection])
                except ProfileError as error:
                    failure = error
    if by_passphrase is not None:
        raise PassphraseNeeded(
            f"The profile “{profile.name}” needs its passphrase.",
            "Type it when asked, or give it with --passphrase-fd N.",
        ) from failure
    raise failure or damaged(str(profile.keyslots))


def add_slot(
    profile: Profile,
    data_key: bytes,
    protection: Protection,
    passphrase: str | None,
    rng: Rng,
    parameters: KdfParameters = DEFAULT,
) -> None:
    """Add a slot, or replace that of the same kind: so a passphrase is set and changed."""
    with files_explained(profile.keyslots):
        slots = read_slots(profile)
        old = slots.get(protection)
        slots[protection] = _seal(profile, data_key, protection, passphrase, rng, parameters)
        write_slots(profile, slots)
    if old is not None and old.name:
        keyring_store.delete(old.name)


def remove_slot(profile: Profile, protection: Protection) -> None:
    """Remove a slot. The last one is refused, for then nothing would open the profile."""
    with files_explained(profile.keyslots):
        slots = read_slots(profile)
        slot = slots.pop(protection, None)
        if slot is None:
            return
        if not slots:
            raise ProfileError(
                "That is the only way to open the profile.", "Set a passphrase, or use the keyring, before removing it."
            )
        write_slots(profile, slots)
        _discard(profile, slot)


def discard_slots(profile: Profile) -> None:
    """Forget all slots of a profile that was not finished.

    What a keyring does not give up stays there, useless: its key opens nothing any more.
    """
    with files_explained(profile.keyslots):
        if not profile.keyslots.exists():
            return
        with suppress(ProfileError):
            for slot in read_slots(profile).values():
                _discard(profile, slot)
        profile.keyslots.unlink()


def _discard(profile: Profile, slot: Slot) -> None:
    match slot.protection:
        case Protection.KEYRING:
            keyring_store.delete(slot.name)
        case Protection.FILE:
            profile.keyfile.unlink(missing_ok=True)
        case Protection.PASSPHRASE:
            return


def _seal(
    profile: Profile,
    data_key: bytes,
    protection: Protection,
    passphrase: str | None,
    rng: Rng,
    parameters: KdfParameters,
) -> Slot:
    context = _CONTEXT + protection.encode()
    if protection is Protection.PASSPHRASE:
        if not passphrase:
            raise InvalidValue("The passphrase is empty.", "Type one, or choose to go without (--no-passphrase).")
        salt = rng(SALT_SIZE)
        slot_key = derive_key(passphrase, salt, parameters)
        return Slot(protection, aead_seal(slot_key, data_key, context, rng), salt, parameters)
    slot_key = rng(KEY_SIZE)
    name = ""
    if protection is Protection.KEYRING:
        name = rng(_NAME_SIZE).hex()
        keyring_store.store(name, slot_key)
    else:
        write_private(profile.keyfile, slot_key)
    return Slot(protection, aead_seal(slot_key, data_key, context, rng), name=name)


def _open_with_passphrase(slot: Slot, passphrase: str) -> bytes:
    assert slot.kdf is not None
    started = time.monotonic()
    try:
        return _open(slot, derive_key(passphrase, slot.salt, slot.kdf))
    except Undecryptable as error:
        time.sleep(max(0.0, started + WRONG_COSTS_S - time.monotonic()))
        raise WrongPassphrase(
            "The passphrase is wrong.", "Check caps lock and the keyboard layout, then type it again."
        ) from error


def _open_without_passphrase(profile: Profile, slot: Slot) -> bytes:
    if slot.protection is Protection.KEYRING:
        slot_key = keyring_store.load(slot.name)
    else:
        try:
            slot_key = profile.keyfile.read_bytes()
        except FileNotFoundError as error:
            raise ProfileError(
                f"The key file of the profile is missing: {profile.keyfile}.", "Put a copy of it back, mode 600."
            ) from error
    try:
        if len(slot_key) != KEY_SIZE:
            raise Undecryptable
        return _open(slot, slot_key)
    except Undecryptable as error:
        where = profile.keyfile if slot.protection is Protection.FILE else "the key in the system keyring"
        raise ProfileError(
            f"The key does not fit the profile: {where}.", "Put a copy of the key and of keyslots.json back."
        ) from error


def _open(slot: Slot, slot_key: bytes) -> bytes:
    data_key = aead_open(slot_key, slot.sealed, _CONTEXT + slot.protection.encode())
    if len(data_key) != KEY_SIZE:
        raise Undecryptable
    return data_key
