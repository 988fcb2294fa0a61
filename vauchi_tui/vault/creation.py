"""Making a profile: all of it or nothing, by one process."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vauchi_tui.crypto.password import DEFAULT, KdfParameters
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import ProfileError
from vauchi_tui.vault.connection import files_explained
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.keyslots import Protection, create_slots, discard_slots
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.tx import Tx


def create_profile(
    profile: Profile,
    protection: Protection,
    passphrase: str | None,
    rng: Rng,
    fill: Callable[[Tx], None],
    parameters: KdfParameters = DEFAULT,
) -> tuple[Vault, bytes]:
    """Make directories, key slot and database, and open it; the vault and the data key, for further connections.

    `fill` writes the first content (identity, name).

    Raises ProfileError where there is a profile already. If it fails, or the process dies, there is none afterwards.
    """
    profile.make()
    with _alone(profile):
        data_key = create_slots(profile, protection, passphrase, rng, parameters)
        try:
            return Vault.create(profile, data_key, rng, fill), data_key
        except BaseException:
            if not profile.exists():
                discard_slots(profile)
            raise


@contextmanager
def _alone(profile: Profile) -> Iterator[None]:
    with files_explained(profile.data):
        directory = os.open(profile.data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ProfileError(
                f"The profile “{profile.name}” is being made by another vauchi process.",
                "Wait for it, then start again.",
            ) from error
        yield
    finally:
        os.close(directory)
