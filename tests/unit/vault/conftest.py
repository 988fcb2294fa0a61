"""A profile in a temporary directory, a vault in it, and keys drawn from a seed."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vauchi_tui.crypto.primitives import SigningKey, dh_from_private
from vauchi_tui.protocol.devices import DeviceList, certify_device, issue
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import Profile, resolve

DATA_KEY = bytes(range(32))


@pytest.fixture
def rng() -> Callable[[int], bytes]:
    return random.Random(7).randbytes


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    profile = resolve(str(tmp_path / "alice"), {})
    profile.make()
    return profile


@pytest.fixture
def vault(profile: Profile, rng: Callable[[int], bytes]) -> Iterator[Vault]:
    with Vault.create(profile, DATA_KEY, rng) as vault:
        yield vault


@pytest.fixture
def new_device_list(rng: Callable[[int], bytes]) -> Callable[..., DeviceList]:
    """A signed list of one device, of a new identity unless one is given."""

    def make(identity: SigningKey | None = None, version: int = 1) -> DeviceList:
        identity = identity or SigningKey(rng(32))
        device = certify_device(SigningKey(rng(32)), dh_from_private(rng(32)).public, identity.public)
        return issue(identity, version, (device,))

    return make
