"""What own devices say to each other in a session: records, the list of devices, acks. Nothing else.

What contacts say (`messages`) is refused here, and the reverse: a contact's session can never change own state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import INTEGER_MAX, b64, canonical_json, check_object, strict_json, unb64
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.messages import Ack
from vauchi_tui.protocol.records import Record, record_from_json
from vauchi_tui.protocol.update import UPDATE_BYTES

BATCH_BYTES: Final = 48 * 1024
"""Records of one message; a single larger one goes alone."""


@dataclass(frozen=True, slots=True)
class OwnUpdate:
    """Records that changed. `left`: how many are still to come, for whoever shows progress."""

    records: tuple[Record, ...]
    left: int = 0

    def encode(self) -> bytes:
        records = [record.to_json() for record in self.records]
        return canonical_json({"type": "own_update", "left": self.left, "records": records})


@dataclass(frozen=True, slots=True)
class OwnList:
    """The list of own devices from now on. A device that is not on it any more wipes itself."""

    devices: DeviceList

    def encode(self) -> bytes:
        return canonical_json({"type": "own_list", "list": b64(self.devices.raw)})


OwnMessage = OwnUpdate | OwnList | Ack


def decode_own_message(data: bytes) -> OwnMessage:
    """One message of an own device after decryption. Raises Malformed on everything that it may not say."""
    value = strict_json(data, UPDATE_BYTES)
    kind = value.get("type") if isinstance(value, dict) else None
    message: OwnMessage
    if kind == "own_update":
        check_object(value, type=str, left=int, records=list)
        if value["left"] < 0:
            raise Malformed("A message of your other device counts from below zero.")
        message = OwnUpdate(tuple(record_from_json(raw) for raw in value["records"]), value["left"])
    elif kind == "own_list":
        check_object(value, type=str, list=str)
        message = OwnList(DeviceList.decode(unb64(value["list"])))
    elif kind == "ack":
        check_object(value, type=str, upto=int)
        if not 0 <= value["upto"] <= INTEGER_MAX:
            raise Malformed("An acknowledgement counts from below zero.")
        message = Ack(value["upto"])
    else:
        raise Malformed("A message is of a kind that your other device may not send.")
    if message.encode() != data:
        raise Malformed("A message is not written in the one allowed form.")
    return message


def first_batch(records: Iterable[Record | None]) -> int:
    """How many of the records, from the first, go into one message. None takes no room."""
    count = size = 0
    for record in records:
        size += len(canonical_json(record.to_json())) + 1 if record is not None else 0
        if count and size > BATCH_BYTES:
            break
        count += 1
    return count
