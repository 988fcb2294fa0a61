"""The payloads of M1 and M2: written signed, read strictly (protocol page, section 2).

    person = IK(32) || n(2) || device list(n) || n(2) || relay(n, UTF-8, empty if none)
    M1     = person || n(1) || sound(n) || R_B(32) || ek_B(1184) || signature(64)
    M2     = person || n(2) || name(n, UTF-8) || KEM ciphertext(1088) || proof(1) || n(2) || report(n) || signature(64)

`sound` is empty where the scanner has none, `report` where the proof was another. Relay and name must have the form in
which this program would have stored them. Around M1 and M2: N = nonce(32) || proof(1), abort = reason(1), both sealed
by contents.Early.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from vauchi_tui.crypto.kem import CIPHERTEXT_SIZE, PUBLIC_SIZE
from vauchi_tui.crypto.primitives import SIGNATURE_SIZE, SigningKey, sha256, verify
from vauchi_tui.errors import InvalidValue, Malformed
from vauchi_tui.model.fields import clean_name
from vauchi_tui.protocol.decode import Reader
from vauchi_tui.protocol.devices import LIST_BYTES, Device, DeviceList, check_point
from vauchi_tui.protocol.relay_address import LENGTH, normalise

HEAD_LENGTH: Final = 80  # of Noise message 2: E_B (32) and sealed S_B (48)
_NAME_BYTES: Final = 400
_SOUND_BYTES: Final = 64
_REPORT_BYTES: Final = 1_024


@dataclass(frozen=True, slots=True)
class ScannerPayload:
    """M1. `sound` says what the scanner's sound can do; empty means that it has none."""

    devices: DeviceList
    relay: str | None
    sound: bytes
    ratchet: bytes
    kem: bytes

    def encode(self, signing: SigningKey, head: bytes, code: bytes) -> bytes:
        """Signed by the device. `head`: the first HEAD_LENGTH bytes of the message that will carry it; `code`: 109."""
        body = _person(self.devices, self.relay) + _sized(self.sound, 1) + self.ratchet + self.kem
        return body + signing.sign(_scanner_context(head, code) + body)

    @classmethod
    def decode(cls, data: bytes, static: bytes, head: bytes, code: bytes) -> tuple[Self, Device]:
        """The payload and the device that signed it, whose static key is Noise's. Raises Malformed."""
        reader, body, signature = _open(data)
        devices, relay = _read_person(reader)
        payload = cls(devices, relay, reader.sized(1, _SOUND_BYTES), reader.take(32), reader.take(PUBLIC_SIZE))
        reader.end()
        device = _signer(devices, static)
        verify(device.signing_public, _scanner_context(head, code) + body, signature)
        check_point(payload.ratchet)
        return payload, device


@dataclass(frozen=True, slots=True)
class ShowerPayload:
    """M2. `proof` is the number of the proof that succeeded, `report` what it measured (empty without sound)."""

    devices: DeviceList
    relay: str | None
    name: str
    kem_ciphertext: bytes
    proof: int
    report: bytes = b""

    def encode(self, signing: SigningKey, h1: bytes) -> bytes:
        """Signed by the device over the transcript so far."""
        body = _person(self.devices, self.relay) + _sized(self.name.encode(), 2) + self.kem_ciphertext
        body += bytes([self.proof]) + _sized(self.report, 2)
        return body + signing.sign(_shower_context(h1) + body)

    @classmethod
    def decode(cls, data: bytes, static: bytes, h1: bytes) -> tuple[Self, Device]:
        """The payload and the device that signed it, whose static key is Noise's. Raises Malformed."""
        reader, body, signature = _open(data)
        devices, relay = _read_person(reader)
        name = _text(reader.sized(2, _NAME_BYTES), clean_name)
        payload = cls(
            devices, relay, name, reader.take(CIPHERTEXT_SIZE), reader.uint(1), reader.sized(2, _REPORT_BYTES)
        )
        reader.end()
        device = _signer(devices, static)
        verify(device.signing_public, _shower_context(h1) + body, signature)
        return payload, device


def _scanner_context(head: bytes, code: bytes) -> bytes:
    return b"vauchi/exchange/B" + sha256(head) + code


def _shower_context(h1: bytes) -> bytes:
    return b"vauchi/exchange/A" + h1


def _sized(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def _person(devices: DeviceList, relay: str | None) -> bytes:
    return devices.identity + _sized(devices.raw, 2) + _sized((relay or "").encode(), 2)


def _open(data: bytes) -> tuple[Reader, bytes, bytes]:
    """A reader of what is signed, the signed bytes, and the signature at the end."""
    if len(data) < SIGNATURE_SIZE:
        raise Malformed("A message of the exchange is too short.")
    body = data[:-SIGNATURE_SIZE]
    return Reader(body), body, data[-SIGNATURE_SIZE:]


def _read_person(reader: Reader) -> tuple[DeviceList, str | None]:
    identity = reader.take(32)
    devices = DeviceList.decode(reader.sized(2, LIST_BYTES))
    if devices.identity != identity:
        raise Malformed("A list of devices belongs to another person than it came with.")
    return devices, _text(reader.sized(2, LENGTH), normalise, empty=True) or None


def _text(data: bytes, clean: Callable[[str], str], *, empty: bool = False) -> str:
    """UTF-8 that `clean` would leave as it is."""
    try:
        text = data.decode("utf-8", "strict")
        if (text or not empty) and clean(text) != text:
            raise Malformed("A message of the exchange has a text in a form that is not allowed.")
    except (UnicodeDecodeError, InvalidValue) as error:
        raise Malformed("A message of the exchange has a text that is not allowed.") from error
    return text


def _signer(devices: DeviceList, static: bytes) -> Device:
    device = devices.with_static(static)
    if device is None:
        raise Malformed("A device answered that is not in its owner's list.")
    return device
