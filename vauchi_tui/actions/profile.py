"""Making a profile, finding it and opening it."""

import os
import time
from collections.abc import Callable

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.opening import PassphraseNeeded, find, open_profile
from vauchi_tui.crypto.password import DEFAULT, KdfParameters
from vauchi_tui.crypto.primitives import Rng, generate_dh, generate_signing_key
from vauchi_tui.errors import ProfileError
from vauchi_tui.model import edit
from vauchi_tui.model.clock import ZERO, Ticker
from vauchi_tui.model.registers import Registers
from vauchi_tui.protocol import devices, relay_address
from vauchi_tui.protocol.keys import device_added_key
from vauchi_tui.vault import keyslots
from vauchi_tui.vault.creation import create_profile
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.slotfile import Protection
from vauchi_tui.vault.tx import Tx

__all__ = ["PassphraseNeeded", "Protection", "create", "default_protection", "find", "open_profile", "refuse_existing"]


def refuse_existing(profile: Profile) -> None:
    """Raise ProfileError where the profile is there already, before anybody types a passphrase for it."""
    if profile.exists():
        raise ProfileError(f"The profile “{profile.name}” exists already.", "Choose another name with --profile.")


def create(
    profile: Profile,
    name: str,
    *,
    relay: str | None = None,
    protection: Protection = Protection.PASSPHRASE,
    passphrase: str | None = None,
    clock: Callable[[], float] = time.time,
    rng: Rng = os.urandom,
    parameters: KdfParameters = DEFAULT,
) -> Context:
    """Make a profile: keys, a card with only a name, an encrypted vault. Refuses to overwrite one.

    `relay` is an address as a person types it; `parameters` are what the passphrase costs. What the person typed is
    checked before the first byte is written.
    """
    refuse_existing(profile)
    now_ms = int(clock() * 1000)
    url = relay_address.normalise(relay) if relay else None
    edit.set_name(Registers(), name, Ticker(ZERO, now_ms, bytes(16)))
    identity, signing, static = generate_signing_key(rng), generate_signing_key(rng), generate_dh(rng)
    device = devices.certify_device(signing, static.public, identity.public)
    own_list = devices.issue(identity, now_ms // 1000, (device,))

    def fill(tx: Tx) -> None:
        tx.me.create(identity.seed, signing.seed, static.private, own_list.raw)
        ticker = tx.clock.ticker(now_ms)
        changes = edit.set_name(tx.card.registers(), name, ticker)
        if url is not None:
            changes += edit.set_relay(tx.card.registers(), url, ticker)
            tx.settings.set("relay", url)
        tx.card.apply(changes)
        tx.shared.set(device_added_key(device.id), str(now_ms // 1000), ticker.tick())
        tx.clock.save(ticker)

    vault, data_key = create_profile(profile, protection, passphrase, rng, fill, parameters)
    return Context(profile, vault, data_key, clock, rng)


def default_protection() -> Protection:
    """What `no passphrase` means on this machine: the keyring where a real one exists, else a key file."""
    return keyslots.without_passphrase()
