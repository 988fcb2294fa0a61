"""A contact: another person's identity, card as far as we may see it, and how we came to trust it."""

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from vauchi_tui.model.registers import Card, Registers


class Method(StrEnum):
    """How the other person's keys were proven (protocol page, section 3). Kept and shown for ever."""

    SOUND = "sound"
    CODE = "code"
    SCAN = "scan"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Trust:
    """One proof: the method, the distance in metres where sound measured it, and when (unix seconds)."""

    method: Method
    distance_m: float | None
    at: int

    def words(self) -> str:
        """`nearby 0.6 m`, `confirmed by code` … without the date."""
        if self.method is Method.SOUND:
            return "nearby" if self.distance_m is None else f"nearby {metres(self.distance_m)}"
        return {Method.CODE: "confirmed by code", Method.SCAN: "confirmed by scan"}.get(self.method, "imported")


def metres(distance_m: float) -> str:
    """A measured distance, `0.6 m`. Devices that touch may measure a little below nothing."""
    return f"{max(0.0, distance_m):.1f} m"


def fingerprint(identity: bytes) -> str:
    """First 20 bytes of SHA-256 of the identity key in base32, eight groups of four."""
    text = base64.b32encode(hashlib.sha256(identity).digest()[:20]).decode()
    return " ".join(text[i : i + 4] for i in range(0, 32, 4))


@dataclass(frozen=True, slots=True)
class Contact:
    """What is stored of another person.

    `identity` is the Ed25519 identity key (32 bytes) and the contact's id. `registers` is the card as received.
    `confirmed` turns true with the first message after the exchange. A `blocked` one gets nothing and sends nothing.
    `labels`: ids of the labels that he is in, as read; `model.labels` changes that.
    """

    identity: bytes
    registers: Registers
    trust: Trust
    confirmed: bool
    added_at: int
    note: str = ""
    blocked: bool = False
    labels: tuple[str, ...] = ()
    updated_at: int | None = None

    @property
    def card(self) -> Card:
        return self.registers.card()

    @property
    def name(self) -> str:
        """The name on his card; before it has arrived, the start of the fingerprint."""
        return self.card.display_name or self.fingerprint[:9]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.identity)
