"""Removing a profile from this machine."""

from vauchi_tui.errors import NotFound, VauchiError
from vauchi_tui.vault import wiping
from vauchi_tui.vault.profile import Profile


def wipe(profile: Profile) -> None:
    """Remove everything of the profile here. It need not open: a passphrase that is forgotten is no obstacle.

    Contacts and other own devices are not told. Raises NotFound where there is none, ProfileError where a file cannot
    be removed.
    """
    if not profile.exists():
        raise NotFound(f"There is no profile “{profile.name}”.", "Choose another with --profile.")
    wiping.remove(profile)


def forget(profile: Profile, why: VauchiError) -> None:
    """Remove what a vault that was wiped leaves behind; does nothing where `why` is anything but a ProfileRevoked."""
    if isinstance(why, wiping.ProfileRevoked):
        wiping.remove(profile)
