"""What contacts' devices say to each other in a session: updates, acks, requests for a snapshot, lists of devices.

Nothing else; what own devices say to each other (`own_messages`) is refused here.
"""

from dataclasses import dataclass

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import b64, canonical_json, check_object, strict_json, unb64
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.update import UPDATE_BYTES, Update, UpdateType


@dataclass(frozen=True, slots=True)
class Ack:
    """Every numbered message of this session up to `upto` was consumed or superseded by a snapshot."""

    upto: int

    def encode(self) -> bytes:
        return canonical_json({"type": "ack", "upto": self.upto})


@dataclass(frozen=True, slots=True)
class Resync:
    """The sender of this lacks something that will not come again: he asks for a snapshot."""

    def encode(self) -> bytes:
        return canonical_json({"type": "resync"})


@dataclass(frozen=True, slots=True)
class NewDevices:
    """The sender's devices from now on, signed by the identity key."""

    devices: DeviceList

    def encode(self) -> bytes:
        return canonical_json({"type": "devices", "list": b64(self.devices.raw)})


Message = Update | Ack | Resync | NewDevices


def decode_message(data: bytes) -> Message:
    """One message after decryption, without its number. Raises Malformed on everything contacts may not say."""
    value = strict_json(data, UPDATE_BYTES)
    kind = value.get("type") if isinstance(value, dict) else None
    if kind in tuple(UpdateType):
        return Update.decode(data)
    if kind == "ack":
        check_object(value, type=str, upto=int)
        if value["upto"] < 0:
            raise Malformed("An acknowledgement counts from below zero.")
        message: Ack | Resync | NewDevices = Ack(value["upto"])
    elif kind == "resync":
        check_object(value, type=str)
        message = Resync()
    elif kind == "devices":
        check_object(value, type=str, list=str)
        message = NewDevices(DeviceList.decode(unb64(value["list"])))
    else:
        raise Malformed("A message is of a kind that this version does not know.")
    if message.encode() != data:
        raise Malformed("A message is not written in the one allowed form.")
    return message
