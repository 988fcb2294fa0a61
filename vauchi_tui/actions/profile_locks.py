"""The ways in which a profile opens, in a fixed order, for the settings screen."""

from vauchi_tui.vault import keyslots
from vauchi_tui.vault.profile import Profile


def locks(profile: Profile) -> tuple[str, ...]:
    """Of `passphrase`, `keyring` and `file`, those whose slot exists."""
    return tuple(str(one) for one in keyslots.Protection if one in keyslots.protections(profile))
