"""The new device's side of a linking: answers the code, shows the digits, certifies its keys, gets the list."""

from dataclasses import dataclass, field

from vauchi_tui.crypto.kem import decapsulate, generate_kem
from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import (
    DhKeyPair,
    Rng,
    SigningKey,
    Undecryptable,
    constant_time_equal,
    generate_dh,
    generate_signing_key,
)
from vauchi_tui.errors import ExchangeRefused, Malformed
from vauchi_tui.protocol.code import ExchangeCode, check_code
from vauchi_tui.protocol.devices import Device, DeviceList, OwnDevice, certificate, device_id
from vauchi_tui.protocol.events import Completed, Reason
from vauchi_tui.protocol.exchange import contents as exchange
from vauchi_tui.protocol.exchange.contents import NONCE_LENGTH, Early, commit, session_secrets
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.exchange.payloads import HEAD_LENGTH
from vauchi_tui.protocol.exchange.scanning import GRACE_SECONDS
from vauchi_tui.protocol.linking.contents import Kind, Late, NewDevice, Offer, prologue
from vauchi_tui.protocol.linking.linked import Joined
from vauchi_tui.protocol.linking.machine import ANSWER_SECONDS, LinkMachine
from vauchi_tui.protocol.proof import Binding, CodeProof


@dataclass(frozen=True, slots=True)
class _Offered:
    """M2 has been read: whose device this will be, once a list says so."""

    late: Late
    offer: Offer
    primary: Device
    root: bytes = field(repr=False)


class Joining(LinkMachine):
    """Its first content, M1, is ready to be sent at once. Its keys are made here and belong to nobody yet."""

    role = Role.SCANNER

    def __init__(self, code: ExchangeCode, name: str, *, now: float, monotonic: float, rng: Rng) -> None:
        """`now` in unix seconds; `name`: a valid label for this device. Raises ExchangeRefused."""
        check_code(code, now)
        super().__init__(rng, monotonic + ANSWER_SECONDS)
        self.code = code
        self.result: Joined | None = None
        self._signing: SigningKey = generate_signing_key(rng)
        self._static: DhKeyPair = generate_dh(rng)
        self._ratchet = generate_dh(rng)
        self._kem = generate_kem(rng)
        self._asked = False
        self._last_read = b""
        self._offered: _Offered | None = None
        noise = HandshakeState(
            "XX", initiator=False, prologue=prologue(code.payload), s=self._static, rng=rng, e=generate_dh(rng)
        )
        try:
            noise.read_message(code.ephemeral)
            # see exchange.scanning: the signature inside covers the first bytes of the message
            head = noise.copy().write_message(b"")[:HEAD_LENGTH]
        except Undecryptable as error:
            raise ExchangeRefused("The code is damaged: its key cannot be used.", "Ask for a new code.") from error
        new = NewDevice(self._signing.public, name, self._ratchet.public, self._kem.public)
        message = noise.write_message(new.encode(self._signing, head, code.payload))
        self._noise: HandshakeState | None = noise
        self._early = Early.after_m1(noise)
        self._send(bytes([Kind.M1]) + message)

    @property
    def completed(self) -> bool:
        return self.result is not None

    def _read(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        content = bytes([kind]) + body
        if content == self._last_read:
            return True
        taken = False
        if kind is Kind.N and not self._asked and self._noise is not None and self._early is not None:
            taken = self._read_nonce(body, self._noise, self._early, monotonic)
        elif kind is Kind.M2 and self._asked and self._offered is None and self._noise is not None:
            taken = self._read_offer(body, self._noise, monotonic)
        elif kind is Kind.M5 and self._offered is not None and self.result is None:
            taken = self._read_list(body, self._offered)
        if taken:
            self._last_read = content
        return taken

    def _read_nonce(self, body: bytes, noise: HandshakeState, early: Early, monotonic: float) -> bool:
        plaintext = early.open(exchange.Kind.N, Role.SHOWER, body)
        nonce, wanted = plaintext[:NONCE_LENGTH], plaintext[NONCE_LENGTH:]
        if len(wanted) != 1 or not constant_time_equal(commit(nonce), self.code.audio_seed):
            raise Malformed("The nonce is not the one that the code commits to.")
        if wanted[0] != CodeProof.wire:
            self._fail(Reason.UNSUPPORTED)
            return True
        self._asked = True
        self._unanswered = []
        self.deadline = monotonic + ANSWER_SECONDS + GRACE_SECONDS
        self._events.append(CodeProof(Binding(noise.ck, noise.h, nonce)).exhibit)
        return True

    def _read_offer(self, message: bytes, before: HandshakeState, monotonic: float) -> bool:
        """M2: answer with a certificate of this device's keys under that identity."""
        noise = before.copy()
        offer, primary = Offer.decode(noise.read_message(message), noise.rs or b"", before.h)
        root, _ = session_secrets(noise, decapsulate(self._kem, offer.kem_ciphertext))
        self._offered = _Offered(Late.after_m2(noise), offer, primary, root)
        self._noise = self._early = None
        self.deadline = monotonic + ANSWER_SECONDS
        signature = self._signing.sign(certificate(offer.devices.identity, self._static.public))
        self._send(self._offered.late.seal(Kind.M4, self.role, signature, self._rng))
        return True

    def _read_list(self, body: bytes, offered: _Offered) -> bool:
        """M5: a newer list of that person, which names this device and still the primary."""
        devices = DeviceList.decode(offered.late.open(Kind.M5, Role.SHOWER, body))
        own = OwnDevice(devices.identity, self._signing, self._static)
        listed = devices.find(device_id(self._signing.public))
        if devices.identity != offered.offer.devices.identity or devices.version <= offered.offer.devices.version:
            raise Malformed("A list of devices is not the one after that of the offer.")
        if listed is None or listed.static_public != self._static.public or offered.primary not in devices.devices:
            raise Malformed("A list of devices lacks this device, or the one that linked it.")
        self.result = Joined(
            own,
            devices,
            offered.primary,
            offered.offer.relay,
            offered.root,
            offered.late.h,
            self._ratchet,
            self.code.token_hash,
            self.code.expiry,
        )
        self._unanswered = []
        self._events.append(Completed())
        return True

    def _forget(self) -> None:
        self._noise = self._early = self._offered = None
