"""Finding a profile and opening it: all that a person waits for before he sees his card."""

import os
import time
from collections.abc import Callable, Mapping

from vauchi_tui.actions.context import Context
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.vault import keyslots
from vauchi_tui.vault import profile as places
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.keyslots import PassphraseNeeded
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.wiping import REVOKED, ProfileRevoked, remove

__all__ = ["PassphraseNeeded", "ProfileRevoked", "check_not_revoked", "find", "open_profile"]


def find(name_or_directory: str | None, environ: Mapping[str, str] = os.environ) -> Profile:
    """The profile of that name or directory, else of VAUCHI_PROFILE, else `default`. It need not exist yet."""
    return places.resolve(name_or_directory, environ)


def open_profile(
    profile: Profile,
    passphrase: str | None = None,
    *,
    clock: Callable[[], float] = time.time,
    rng: Rng = os.urandom,
) -> Context:
    """Open a profile by its keyring or key file, else by the passphrase.

    Raises PassphraseNeeded where only a passphrase opens and none is given, WrongPassphrase, and ProfileError where
    the profile is missing, readable by others, damaged or newer than the program; ProfileRevoked, once, where this
    device was revoked: then the profile is gone.
    """
    data_key = keyslots.unlock(profile, passphrase)
    vault = Vault.open(profile, data_key)
    context = Context(profile, vault, data_key, clock, rng)
    try:
        check_not_revoked(context)
    except ProfileRevoked:
        vault.close()
        remove(profile)
        raise
    return context


def check_not_revoked(ctx: Context) -> None:
    """Raise ProfileRevoked where another device of the person has revoked this one: the vault is empty."""
    with ctx.vault.read() as tx:
        if tx.settings.get(REVOKED) is not None:
            raise ProfileRevoked
