"""The ways in which a profile opens, for the screens that ask for them and show them."""

from vauchi_tui.vault import keyslots
from vauchi_tui.vault.keyslots import PassphraseNeeded, Protection
from vauchi_tui.vault.profile import Profile

__all__ = ["PassphraseNeeded", "Protection", "locks"]


def locks(profile: Profile) -> tuple[str, ...]:
    """Of `passphrase`, `keyring` and `file`, those whose slot exists, in that order."""
    there = keyslots.protections(profile)
    return tuple(str(one) for one in Protection if one in there)
