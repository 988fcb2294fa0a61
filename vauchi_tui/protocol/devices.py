"""Devices of a person and the signed list of them (protocol page, section 1).

The identity key signs the list, every device certifies its own static key, and cards are signed by devices: so a
stolen linked device cannot sign for ever.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from vauchi_tui.crypto.primitives import DhKeyPair, SigningKey, dh, sha256, verify
from vauchi_tui.errors import Malformed
from vauchi_tui.model import limits
from vauchi_tui.protocol.decode import b64, canonical_json, check_object, strict_object, unb64

LIST_BYTES = 4_096
ID_LENGTH = 16
_SIGNATURE = 64
_LIST_CONTEXT = b"vauchi/devices/1"
_DEVICE_CONTEXT = b"vauchi/device/1"


class Outdated(Malformed):
    """A device list with a lower version than the one that is known."""


class Contradiction(Malformed):
    """Two different device lists under one version: worth a warning, for only the identity key can sign them."""


@dataclass(frozen=True, slots=True)
class Device:
    """One entry of a list: `id` = first 16 bytes of H(D), D (Ed25519), S (X25519), and D's signature on S."""

    id: bytes
    signing_public: bytes
    static_public: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class DeviceList:
    """A person's devices, signed by the identity key. `raw` is the JSON and the signature, as it travels."""

    identity: bytes
    version: int
    devices: tuple[Device, ...]
    raw: bytes

    @staticmethod
    def decode(raw: bytes) -> "DeviceList":
        """Read and verify a list: its form, every signature, every key. Raises Malformed."""
        return _decode(raw)

    def find(self, device_id: bytes) -> Device | None:
        """The device of that id, if it is listed."""
        return next((device for device in self.devices if device.id == device_id), None)

    def with_static(self, static_public: bytes) -> Device | None:
        """The device of that static key, if it is listed."""
        return next((device for device in self.devices if device.static_public == static_public), None)


@lru_cache(maxsize=1_024)  # every message of a contact needs his list, whose signatures are most of the work
def _decode(raw: bytes) -> DeviceList:
    if not _SIGNATURE < len(raw) <= LIST_BYTES:
        raise Malformed("A device list has a size that is not allowed.")
    encoded, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    value = strict_object(encoded, LIST_BYTES, identity=str, version=int, devices=list)
    identity = unb64(value["identity"], 32)
    if not 1 <= len(value["devices"]) <= limits.DEVICES:
        raise Malformed(f"A device list has no device or more than {limits.DEVICES}.")
    if value["version"] < 1 or canonical_json(value) != encoded:
        raise Malformed("A device list is not written in the one allowed form.")
    verify(identity, _LIST_CONTEXT + encoded, signature)
    devices = tuple(_read_device(entry, identity) for entry in value["devices"])
    if len({device.id for device in devices}) + len({device.static_public for device in devices}) != 2 * len(devices):
        raise Malformed("A device list names a device twice.")
    return DeviceList(identity, value["version"], devices, raw)


def device_id(signing_public: bytes) -> bytes:
    """The id (16 bytes) that follows from a device's signing key."""
    return sha256(signing_public)[:ID_LENGTH]


def certify_device(signing: SigningKey, static_public: bytes, identity: bytes) -> Device:
    """The entry by which a device vouches for its static key under an identity."""
    signature = signing.sign(certificate(identity, static_public))
    return Device(device_id(signing.public), signing.public, static_public, signature)


def certificate(identity: bytes, static_public: bytes) -> bytes:
    """What a device signs to certify its static key under an identity."""
    return _DEVICE_CONTEXT + identity + static_public


def issue(identity_key: SigningKey, version: int, devices: tuple[Device, ...]) -> DeviceList:
    """A new list, signed. `version` = max(last + 1, unix seconds)."""
    value = {
        "identity": b64(identity_key.public),
        "version": version,
        "devices": [
            {"id": b64(d.id), "D": b64(d.signing_public), "S": b64(d.static_public), "sig": b64(d.signature)}
            for d in devices
        ],
    }
    encoded = canonical_json(value)
    return DeviceList.decode(encoded + identity_key.sign(_LIST_CONTEXT + encoded))


def supersedes(old: DeviceList | None, new: DeviceList) -> bool:
    """Whether `new` takes the place of `old` (of the same identity, None if none is known); False if it is the same.

    Raises Outdated on a lower version, Contradiction on other bytes under the same version.
    """
    if old is None or new.version > old.version:
        return True
    if new.version < old.version:
        raise Outdated(
            "The other person's list of devices is older than the one you have.",
            "They may be using a device that was revoked; ask them to use another one.",
        )
    if new.raw != old.raw:
        raise Contradiction(
            "Two different lists of the other person's devices carry the same number.",
            "Somebody else may hold their identity key; ask them before you go on.",
        )
    return False


def _read_device(entry: Any, identity: bytes) -> Device:
    if not isinstance(entry, dict):
        raise Malformed("A device list has an entry that is no device.")
    check_object(entry, id=str, D=str, S=str, sig=str)
    device = Device(
        unb64(entry["id"], ID_LENGTH), unb64(entry["D"], 32), unb64(entry["S"], 32), unb64(entry["sig"], 64)
    )
    if device.id != device_id(device.signing_public):
        raise Malformed("A device list has an id that does not belong to its key.")
    verify(device.signing_public, certificate(identity, device.static_public), device.signature)
    check_point(device.static_public)
    return device


def check_point(public: bytes) -> None:
    """Raise Undecryptable for an X25519 key of low order, with which every agreement gives the same secret."""
    dh(_PROBE, public)


_PROBE = sha256(b"vauchi/low-order-probe")


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """The keys of this device and the identity (public key) that it belongs to."""

    identity: bytes
    signing: SigningKey = field(repr=False)
    static: DhKeyPair = field(repr=False)

    @property
    def id(self) -> bytes:
        return device_id(self.signing.public)


@dataclass(frozen=True, slots=True)
class OwnPerson:
    """What an exchange needs to know of oneself. `name` is on the card, `relay` normalised or None."""

    device: OwnDevice
    devices: DeviceList
    name: str
    relay: str | None
