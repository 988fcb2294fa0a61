"""The end of a profile: its key is gone first, then everything else."""

from vauchi_tui.errors import ProfileError
from vauchi_tui.vault.connection import files_explained
from vauchi_tui.vault.files import sync_directory
from vauchi_tui.vault.keyslots import discard_slots
from vauchi_tui.vault.profile import Profile

REVOKED = "revoked_at"
"""The setting that the vault of a revoked device is left with, and nothing else: when it was (unix s)."""


class ProfileRevoked(ProfileError):
    """This device was revoked: there is nothing left of the person here."""

    def __init__(self) -> None:
        super().__init__(
            "This device was revoked, so everything on it has been wiped.",
            "Start anew with `vauchi init NAME`, or link it again with `vauchi devices join CODE`.",
        )


def remove(profile: Profile) -> None:
    """Remove all of a profile, whether or not it can be opened; what the person has configured stays.

    Whenever the process dies it can be called again. Raises ProfileError where a file cannot be removed.
    """
    discard_slots(profile)  # without a key slot the database is noise
    if not profile.data.is_dir():
        return
    with files_explained(profile.data):
        profile.keyfile.unlink(missing_ok=True)  # also where the slots could not be read any more
        for pattern in ("keyslots.*", "relay.*", "vault.*", profile.role_lock.name):
            for path in profile.data.glob(pattern):
                if path != profile.database:
                    path.unlink(missing_ok=True)
        profile.database.unlink(missing_ok=True)  # last: with it the profile is gone
        sync_directory(profile.data)
