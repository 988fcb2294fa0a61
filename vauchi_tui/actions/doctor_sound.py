"""Whether sound is there, without playing anything; and with what a sound check is made."""

from functools import partial

from vauchi_tui.actions.sound import Choices, choices, open_pair
from vauchi_tui.proximity.patience import PATIENCE_S, answered
from vauchi_tui.vault.profile import Profile


def sound(profile: Profile, passphrase: str | None) -> str:
    """What is there, in words. Raises SoundUnavailable. Takes a tenth of a second, or three where nothing answers."""
    pair = answered(partial(open_pair, chosen(profile, passphrase) or Choices()), PATIENCE_S)
    return (
        f"hears with “{pair.input.name}” and speaks with “{pair.output.name}” at {pair.rate:,} Hz; "
        "try 18–20 kHz with: vauchi doctor --sound"
    )


def chosen(profile: Profile, passphrase: str | None) -> Choices | None:
    """The settings of the profile, those of a new one where there is none; None where it is locked."""
    from vauchi_tui.actions.profile import PassphraseNeeded, open_profile

    if not profile.exists():
        return Choices()
    try:
        with open_profile(profile, passphrase) as context:
            return choices(context)
    except PassphraseNeeded:
        return None
