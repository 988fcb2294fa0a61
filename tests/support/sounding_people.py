"""Alice and Bob about to prove by sound that they are in one room, all of it seeded."""

import random

from vauchi_tui.crypto.primitives import SigningKey, generate_signing_key, verify
from vauchi_tui.proximity.keys import Binding
from vauchi_tui.proximity.scanner import ScannerSounding
from vauchi_tui.proximity.shower import ShowerSounding


class Exchange:
    """One exchange after N: what both devices know, and Bob's signing key."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed).randbytes
        self.binding = Binding(self.rng(32), self.rng(32), self.rng(32))
        self.key: SigningKey = generate_signing_key(self.rng)

    def shower(self, rate: int = 48_000, binding: Binding | None = None) -> ShowerSounding:
        return ShowerSounding(
            binding or self.binding, rate, self.rng, 0.0, verify=lambda text, by: verify(self.key.public, text, by)
        )

    def scanner(
        self, rate: int = 48_000, binding: Binding | None = None, key: SigningKey | None = None
    ) -> ScannerSounding:
        return ScannerSounding(binding or self.binding, rate, self.rng, 0.0, sign=(key or self.key).sign, name="Bob")
