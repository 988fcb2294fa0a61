"""Signed changes of a card: `card_update` and `snapshot` (protocol page, section 4).

A `card_update` carries what is new since the version before it, a `snapshot` everything that the recipient may see.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from vauchi_tui.crypto.primitives import verify
from vauchi_tui.errors import Malformed
from vauchi_tui.model.clock import LATEST_MS
from vauchi_tui.model.registers import Change
from vauchi_tui.protocol.decode import b64, canonical_json, check_object, strict_json, unb64
from vauchi_tui.protocol.devices import Device, OwnDevice

UPDATE_BYTES = 64 * 1024 - 256  # what the largest bucket leaves after wrapping, ratchet header and number
_CHANGES_MAX = 2_000
_CONTEXT = b"vauchi/update/1"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_KEYS: dict[str, type] = {
    "type": str,
    "from": str,
    "to": str,
    "device": str,
    "version": int,
    "list_version": int,
    "timestamp": str,
    "changes": list,
    "signature": str,
}


class UpdateType(StrEnum):
    """`type` of an update."""

    CHANGES = "card_update"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Update:
    """One update as decoded, its signature not yet verified.

    `sender`, `recipient`: identity keys; `device`: id of the signing device, whose list has `list_version`;
    `version` counts per sending and recipient device; `timestamp` is unix seconds; `signed` is what the signature
    covers.
    """

    type: UpdateType
    sender: bytes
    recipient: bytes
    device: bytes
    version: int
    list_version: int
    timestamp: int
    changes: tuple[Change, ...]
    signed: bytes
    signature: bytes

    def verify(self, device: Device, bind: bytes = b"") -> None:
        """Raise Undecryptable unless `device` signed this. `bind`: what a first snapshot's signature also covers."""
        verify(device.signing_public, _CONTEXT + self.signed + bind, self.signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read an update in its one allowed encoding. Raises Malformed."""
        value = strict_json(data, UPDATE_BYTES)
        if not isinstance(value, dict):
            raise Malformed("An update is not an object.")
        check_object(value, **_KEYS)
        if canonical_json(value) != data:
            raise Malformed("An update is not written in the one allowed form.")
        signature = unb64(value.pop("signature"), 64)
        if value["type"] not in tuple(UpdateType) or len(value["changes"]) > _CHANGES_MAX:
            raise Malformed("An update is of a kind or a size that is not known.")
        if value["version"] < 1 or value["list_version"] < 1:
            raise Malformed("An update counts from below one.")
        return cls(
            type=UpdateType(value["type"]),
            sender=unb64(value["from"], 32),
            recipient=unb64(value["to"], 32),
            device=unb64(value["device"], 16),
            version=value["version"],
            list_version=value["list_version"],
            timestamp=read_time(value["timestamp"]),
            changes=tuple(Change.from_json(change) for change in value["changes"]),
            signed=canonical_json(value),
            signature=signature,
        )


def sign_update(
    kind: UpdateType,
    own: OwnDevice,
    recipient: bytes,
    *,
    version: int,
    list_version: int,
    timestamp: int,
    changes: Iterable[Change],
    bind: bytes = b"",
) -> bytes:
    """An update, signed, as it goes into a session. `timestamp`: unix seconds; `bind` as in `Update.verify`."""
    value: dict[str, Any] = {
        "type": str(kind),
        "from": b64(own.identity),
        "to": b64(recipient),
        "device": b64(own.id),
        "version": version,
        "list_version": list_version,
        "timestamp": format_time(timestamp),
        "changes": [change.to_json() for change in changes],
    }
    value["signature"] = b64(own.signing.sign(_CONTEXT + canonical_json(value) + bind))
    return canonical_json(value)


def format_time(unix: int) -> str:
    """`2026-01-21T12:00:00Z`."""
    return datetime.fromtimestamp(unix, UTC).strftime(_TIME)


def read_time(text: str) -> int:
    """Unix seconds of what `format_time` wrote. Raises Malformed, also from year 2200 on."""
    try:
        unix = int(datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise Malformed("An update carries a time that cannot be read.") from error
    if not 0 <= unix < LATEST_MS // 1000 or format_time(unix) != text:
        raise Malformed("An update carries a time that cannot be right.")
    return unix
