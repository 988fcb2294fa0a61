"""The file that holds the key slots: JSON, read strictly."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vauchi_tui.crypto.password import SALT_SIZE, KdfParameters
from vauchi_tui.errors import Malformed, ProfileError
from vauchi_tui.protocol.decode import b64, canonical_json, check_object, strict_object, unb64
from vauchi_tui.vault.files import write_private
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.rows import damaged, stored

_VERSION = 1
_FILE_BYTES = 16 * 1024
_SEALED_SIZE = 24 + 32 + 16


class Protection(StrEnum):
    """What opens a slot."""

    PASSPHRASE = "passphrase"
    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Slot:
    """The data key sealed under one slot's key.

    `salt` and `kdf` belong to a passphrase; `name` is where the keyring keeps its key.
    """

    protection: Protection
    sealed: bytes = field(repr=False)
    salt: bytes = b""
    kdf: KdfParameters | None = None
    name: str = ""


def write_slots(profile: Profile, slots: dict[Protection, Slot]) -> None:
    """Replace the file in one step."""
    content = {"version": _VERSION, "slots": [_to_json(slots[protection]) for protection in sorted(slots)]}
    write_private(profile.keyslots, canonical_json(content))


def read_slots(profile: Profile) -> dict[Protection, Slot]:
    """The slots of a profile. Raises ProfileError: missing, damaged, made by a newer version."""
    try:
        with profile.keyslots.open("rb") as file:
            data = file.read(_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise damaged(str(profile.keyslots)) from error
    with stored(str(profile.keyslots)):
        content = strict_object(data, _FILE_BYTES, version=int, slots=list)
        if content["version"] <= _VERSION:
            slots = [_from_json(raw) for raw in content["slots"]]
            if content["version"] != _VERSION or not slots or len({slot.protection for slot in slots}) != len(slots):
                raise Malformed("no slot, or one twice")
            return {slot.protection: slot for slot in slots}
    raise ProfileError("The profile was made by a newer vauchi.", "Update vauchi, or choose another with --profile.")


def _to_json(slot: Slot) -> dict[str, Any]:
    out: dict[str, Any] = {"protection": str(slot.protection), "sealed": b64(slot.sealed)}
    if slot.kdf is not None:
        out |= {"salt": b64(slot.salt), "opslimit": slot.kdf.opslimit, "memlimit": slot.kdf.memlimit}
    if slot.name:
        out["name"] = slot.name
    return out


def _from_json(raw: Any) -> Slot:
    if not isinstance(raw, dict):
        raise Malformed("a slot is an object")
    protection = Protection(str(raw.get("protection")))
    sealed = unb64(raw.get("sealed"), _SEALED_SIZE)
    match protection:
        case Protection.PASSPHRASE:
            check_object(raw, protection=str, sealed=str, salt=str, opslimit=int, memlimit=int)
            kdf = KdfParameters(raw["opslimit"], raw["memlimit"])
            return Slot(protection, sealed, unb64(raw["salt"], SALT_SIZE), kdf)
        case Protection.KEYRING:
            check_object(raw, protection=str, sealed=str, name=str)
            return Slot(protection, sealed, name=raw["name"])
        case Protection.FILE:
            check_object(raw, protection=str, sealed=str)
            return Slot(protection, sealed)
