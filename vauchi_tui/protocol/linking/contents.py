"""What the two devices put into the pipe while they link: kind(1) || body.

M1 = Noise message 2: D(32) || n(1) || name(n) || R_B(32) || ek_B(1184) || signature(64)
N  = nonce(32) || proof(1), sealed under X1("early") as in an exchange
M2 = Noise message 3: IK(32) || n(2) || device list(n) || n(2) || relay(n) || KEM ciphertext(1088) || signature(64)
M4 = signature(64), the new device's over its static key, sealed under X2("link")
M5 = the list with the new device, sealed likewise
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Self

from vauchi_tui.crypto.kem import CIPHERTEXT_SIZE, PUBLIC_SIZE
from vauchi_tui.crypto.noise import HandshakeState, export
from vauchi_tui.crypto.primitives import SIGNATURE_SIZE, Rng, SigningKey, aead_open, aead_seal, sha256, verify
from vauchi_tui.errors import InvalidValue, Malformed
from vauchi_tui.model.fields import clean_label
from vauchi_tui.protocol.decode import Reader
from vauchi_tui.protocol.devices import LIST_BYTES, Device, DeviceList, check_point
from vauchi_tui.protocol.exchange.contents import CONTENT_BYTES
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.relay_address import LENGTH, normalise

_NAME_BYTES: Final = 255


class Kind(IntEnum):
    """The first byte of a content. Up to the abort they are those of an exchange."""

    M1 = 1
    N = 2
    M2 = 4
    ABORT = 5
    M4 = 6
    M5 = 7


def split(content: bytes) -> tuple[Kind, bytes]:
    """Kind and body. Raises Malformed by size and on unknown kinds."""
    if not 1 <= len(content) <= CONTENT_BYTES:
        raise Malformed("A message of the linking has a size that is not allowed.")
    try:
        return Kind(content[0]), content[1:]
    except ValueError as error:
        raise Malformed("A message of the linking is of an unknown kind.") from error


def prologue(payload: bytes) -> bytes:
    """Noise's prologue for a code's 109 bytes: no key of a linking is ever one of an exchange."""
    return b"vauchi-link/1\0" + payload


@dataclass(frozen=True, slots=True)
class Late:
    """Seals what follows M2: under X2("link"), bound to kind, direction and h2."""

    key: bytes = field(repr=False)
    h: bytes

    @classmethod
    def after_m2(cls, noise: HandshakeState) -> Self:
        return cls(export(noise.ck, noise.h, b"link"), noise.h)

    def seal(self, kind: Kind, sender: Role, body: bytes, rng: Rng) -> bytes:
        """The whole content."""
        return bytes([kind]) + aead_seal(self.key, body, bytes([kind]) + sender.value + self.h, rng)

    def open(self, kind: Kind, sender: Role, body: bytes) -> bytes:
        """The plaintext of a content's body. Raises Undecryptable."""
        return aead_open(self.key, body, bytes([kind]) + sender.value + self.h)


@dataclass(frozen=True, slots=True)
class NewDevice:
    """M1: who wants to be linked. `name`: what its person calls it, shown at the primary and nowhere else."""

    signing_public: bytes
    name: str
    ratchet: bytes
    kem: bytes

    def encode(self, signing: SigningKey, head: bytes, code: bytes) -> bytes:
        """Signed by the new device. `head`: the first HEAD_LENGTH bytes of the message that carries it; `code`: 109."""
        body = self.signing_public + _sized(self.name.encode(), 1) + self.ratchet + self.kem
        return body + signing.sign(_new_context(head, code) + body)

    @classmethod
    def decode(cls, data: bytes, head: bytes, code: bytes) -> Self:
        """Raises Malformed."""
        reader, body, signature = _open(data)
        signing, name = reader.take(32), _text(reader.sized(1, _NAME_BYTES), clean_label)
        new = cls(signing, name, reader.take(32), reader.take(PUBLIC_SIZE))
        reader.end()
        verify(signing, _new_context(head, code) + body, signature)
        check_point(new.ratchet)
        return new


@dataclass(frozen=True, slots=True)
class Offer:
    """M2: whose device it will be."""

    devices: DeviceList
    relay: str | None
    kem_ciphertext: bytes

    def encode(self, signing: SigningKey, h1: bytes) -> bytes:
        """Signed by the primary over the transcript so far."""
        body = self.devices.identity + _sized(self.devices.raw, 2) + _sized((self.relay or "").encode(), 2)
        body += self.kem_ciphertext
        return body + signing.sign(_offer_context(h1) + body)

    @classmethod
    def decode(cls, data: bytes, static: bytes, h1: bytes) -> tuple[Self, Device]:
        """The offer and the device that made it, whose static key is Noise's. Raises Malformed."""
        reader, body, signature = _open(data)
        identity, devices = reader.take(32), DeviceList.decode(reader.sized(2, LIST_BYTES))
        relay = _text(reader.sized(2, LENGTH), normalise) or None
        offer = cls(devices, relay, reader.take(CIPHERTEXT_SIZE))
        reader.end()
        device = devices.with_static(static)
        if devices.identity != identity or device is None:
            raise Malformed("A device that is not in its owner's list offers to link another.")
        verify(device.signing_public, _offer_context(h1) + body, signature)
        return offer, device


def _new_context(head: bytes, code: bytes) -> bytes:
    return b"vauchi/link/B" + sha256(head) + code


def _offer_context(h1: bytes) -> bytes:
    return b"vauchi/link/A" + h1


def _sized(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def _open(data: bytes) -> tuple[Reader, bytes, bytes]:
    """A reader of what is signed, the signed bytes, and the signature at the end."""
    if len(data) < SIGNATURE_SIZE:
        raise Malformed("A message of the linking is too short.")
    body = data[:-SIGNATURE_SIZE]
    return Reader(body), body, data[-SIGNATURE_SIZE:]


def _text(data: bytes, clean: Callable[[str], str]) -> str:
    """UTF-8 that `clean` would leave as it is, or nothing."""
    try:
        text = data.decode("utf-8", "strict")
        if text and clean(text) != text:
            raise Malformed("A message of the linking has a text in a form that is not allowed.")
    except (UnicodeDecodeError, InvalidValue) as error:
        raise Malformed("A message of the linking has a text that is not allowed.") from error
    return text
