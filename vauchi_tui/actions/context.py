"""What every action works on: an open profile, a clock and a source of randomness."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import Profile


@dataclass(frozen=True, slots=True)
class Context:
    """An open profile.

    `vault` is one connection and belongs to one thread; `clock` gives unix seconds. Whoever works in another thread or
    beside (the sync worker) opens a connection of his own with `open_vault`.
    """

    profile: Profile
    vault: Vault
    data_key: bytes = field(repr=False)
    clock: Callable[[], float]
    rng: Rng

    def now(self) -> int:
        """Unix seconds."""
        return int(self.clock())

    def now_ms(self) -> int:
        """Unix milliseconds."""
        return int(self.clock() * 1000)

    def open_vault(self) -> Vault:
        """A second connection to the same vault."""
        return Vault.open(self.profile, self.data_key)

    def close(self) -> None:
        self.vault.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
