"""Names of what own devices share: keys of records, and of the texts that are shared as they are."""

import re
from typing import Final

UNSENT: Final = "unsent:"

_UNSENT = re.compile(rf"{UNSENT}([0-9a-f]{{32}}):([0-9a-f]{{64}})")

Key = tuple[str, ...]
"""A record's kind, then what tells records of that kind apart."""


def standing_key(identity: bytes) -> str:
    """Under which it is shared whether a contact is here, blocked or removed."""
    return f"standing:{identity.hex()}"


def note_key(identity: bytes) -> str:
    """Under which the note about a contact is shared."""
    return f"note:{identity.hex()}"


def device_name_key(device_id: bytes) -> str:
    """Under which the name of an own device is shared."""
    return f"device-name:{device_id.hex()}"


def device_added_key(device_id: bytes) -> str:
    """Under which it is shared since when an own device is there (unix s)."""
    return f"device-added:{device_id.hex()}"


def unsent_key(device_id: bytes, identity: bytes) -> str:
    """Under which an own device says that it has something for a contact that he has not acknowledged."""
    return f"{UNSENT}{device_id.hex()}:{identity.hex()}"


def read_unsent_key(key: str) -> tuple[bytes, bytes] | None:
    """The device id and the identity in an `unsent_key`; None for a text that is none."""
    match = _UNSENT.fullmatch(key)
    return (bytes.fromhex(match[1]), bytes.fromhex(match[2])) if match else None
