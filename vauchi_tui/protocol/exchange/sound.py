"""What an exchange hands to the proximity machine, which stands above it (`vauchi_tui.proximity`)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SoundTask:
    """What ties the proof by sound to this very exchange.

    `secret` is X1("audio"), `seed` the code's audio seed. `peer_signing` is the key of M1 under which the scanner signs
    the challenge; the scanner itself has none to verify with.
    """

    secret: bytes = field(repr=False)
    h1: bytes
    seed: bytes
    peer_signing: bytes = b""
