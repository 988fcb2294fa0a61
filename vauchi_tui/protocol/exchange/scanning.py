"""The side that scans the code: Noise's responder, and the one who shows the proof."""

from typing import Final

from vauchi_tui.crypto.kem import decapsulate, generate_kem
from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import Rng, Undecryptable, constant_time_equal, generate_dh
from vauchi_tui.errors import ExchangeRefused, Malformed
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.code import ExchangeCode, check_code
from vauchi_tui.protocol.devices import OwnPerson
from vauchi_tui.protocol.events import Completed, Reason
from vauchi_tui.protocol.exchange.contents import (
    NONCE_LENGTH,
    Early,
    Kind,
    commit,
    prologue,
    session_secrets,
)
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.exchange.machine import ANSWER_SECONDS, CheckList, Machine, accept_any_list
from vauchi_tui.protocol.exchange.payloads import HEAD_LENGTH, ScannerPayload, ShowerPayload
from vauchi_tui.protocol.proof import PROOFS, Binding, method_of

GRACE_SECONDS: Final = 30.0
"""The shower may complete in the last of its seconds; M2 still has to arrive."""


class Scanning(Machine):
    """Bob's side. Its first content, M1, is ready to be sent at once."""

    role = Role.SCANNER

    def __init__(
        self,
        own: OwnPerson,
        code: ExchangeCode,
        *,
        now: float,
        monotonic: float,
        rng: Rng,
        used: bool = False,
        own_code: bool = False,
        check_list: CheckList = accept_any_list,
    ) -> None:
        """`now` in unix seconds. `used`, `own_code`: see code.check_code. Raises ExchangeRefused."""
        check_code(code, now, used=used, own=own_code)
        super().__init__(own, rng, check_list, monotonic + ANSWER_SECONDS)
        self.code = code
        self._ratchet = generate_dh(rng)
        self._kem = generate_kem(rng)
        self._method: Method | None = None
        self._last_read = b""
        noise = HandshakeState(
            "XX", initiator=False, prologue=prologue(code.payload), s=own.device.static, rng=rng, e=generate_dh(rng)
        )
        try:
            noise.read_message(code.ephemeral)
            # The signature inside covers the first bytes of the message, which do not depend on the payload. What the
            # copy seals under the same key and nonce never leaves this line.
            head = noise.copy().write_message(b"")[:HEAD_LENGTH]
        except Undecryptable as error:
            raise ExchangeRefused("The code is damaged: its key cannot be used.", "Ask for a new code.") from error
        payload = ScannerPayload(own.devices, own.relay, b"", self._ratchet.public, self._kem.public)
        message = noise.write_message(payload.encode(own.device.signing, head, code.payload))
        self._noise: HandshakeState | None = noise
        self._early = Early.after_m1(noise)
        self._send(bytes([Kind.M1]) + message)

    def _read(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        content = bytes([kind]) + body
        if content == self._last_read:
            return True
        if self._noise is None or self._early is None:  # finished
            return False
        if kind is Kind.N and self._method is None:
            return self._read_nonce(body, content, self._noise, self._early, monotonic)
        if kind is Kind.M2 and self._method is not None:
            return self._read_m2(body, content, self._noise, self._method)
        return False

    def _read_nonce(self, body: bytes, content: bytes, noise: HandshakeState, early: Early, monotonic: float) -> bool:
        plaintext = early.open(Kind.N, Role.SHOWER, body)
        nonce, wanted = plaintext[:NONCE_LENGTH], plaintext[NONCE_LENGTH:]
        if len(wanted) != 1 or not constant_time_equal(commit(nonce), self.code.audio_seed):
            raise Malformed("The nonce is not the one that the code commits to.")
        method = method_of(wanted[0])
        if method is None:
            self._fail(Reason.UNSUPPORTED)
            return True
        self._method = method
        self._last_read = content
        self._unanswered = []
        self.deadline = monotonic + ANSWER_SECONDS + GRACE_SECONDS
        self._events.append(PROOFS[method](Binding(noise.ck, noise.h, nonce)).exhibit)
        return True

    def _read_m2(self, message: bytes, content: bytes, before: HandshakeState, method: Method) -> bool:
        noise = before.copy()
        plaintext = noise.read_message(message)
        payload, device = ShowerPayload.decode(plaintext, noise.rs or b"", before.h)
        if payload.proof != PROOFS[method].wire or payload.report:
            raise Malformed("Another proof was made than was asked for.")
        root, contact_key = session_secrets(noise, decapsulate(self._kem, payload.kem_ciphertext))
        refusal = self._refusal(payload.devices, device.static_public)
        if refusal is not None:
            self._fail_with(refusal)
            return True
        self.result = Established(
            role=self.role,
            peer_identity=payload.devices.identity,
            peer_devices=payload.devices,
            peer_device=device,
            peer_relay=payload.relay,
            peer_name=payload.name,
            session_root=root,
            transcript=noise.h,
            contact_key=contact_key,
            own_ratchet=self._ratchet,
            peer_ratchet=None,
            method=method,
            token_hash=self.code.token_hash,
            expiry=self.code.expiry,
        )
        self._last_read = content
        self._events.append(Completed())
        self._forget()
        return True

    def _forget(self) -> None:
        self._noise = self._early = None
