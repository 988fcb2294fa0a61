"""The side that scans the code: Noise's responder, and the one who shows the proof."""

from dataclasses import replace
from typing import Final

from vauchi_tui.crypto.kem import decapsulate, generate_kem
from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import Rng, Undecryptable, constant_time_equal, generate_dh
from vauchi_tui.errors import ExchangeRefused, Malformed
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
from vauchi_tui.protocol.exchange.sound import SoundTask
from vauchi_tui.protocol.proof import PROOFS, SOUND_ABILITY, AnyProof, Binding, Measured, SoundProof, method_of

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
        sound: bool = False,
        check_list: CheckList = accept_any_list,
    ) -> None:
        """`now` in unix seconds. `used`, `own_code`: see code.check_code. `sound`: this device can speak and hear.

        Raises ExchangeRefused.
        """
        check_code(code, now, used=used, own=own_code)
        super().__init__(own, rng, check_list, monotonic + ANSWER_SECONDS)
        self.code = code
        self._ratchet = generate_dh(rng)
        self._kem = generate_kem(rng)
        self._has_sound = sound
        self._proof: AnyProof | None = None
        self._agreed: Established | None = None  # M2 was right; by sound, the person must still confirm
        self.unchecked_report: bytes | None = None
        """The report of an M2 that came before the proximity machine was done; it may decide by it."""
        self._held = b""  # that M2, to be read once it has
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
        ability = SOUND_ABILITY if sound else b""
        payload = ScannerPayload(own.devices, own.relay, ability, self._ratchet.public, self._kem.public)
        message = noise.write_message(payload.encode(own.device.signing, head, code.payload))
        self._noise: HandshakeState | None = noise
        self._early = Early.after_m1(noise)
        self._send(bytes([Kind.M1]) + message)

    def _take(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        content = bytes([kind]) + body
        if content == self._last_read:
            return True
        if self._noise is None or self._early is None:  # finished
            return False
        if kind is Kind.N and self._proof is None:
            return self._read_nonce(body, content, self._noise, self._early, monotonic)
        if kind is Kind.M2 and self._proof is not None and self._agreed is None:
            return self._read_m2(body, content, self._noise, self._proof, monotonic)
        return False

    def prove_near(self, measured: Measured, monotonic: float) -> bool:
        self.tick(monotonic)
        if not isinstance(self._proof, SoundProof) or self._proof.measured is not None or self.finished:
            return False
        self._proof = replace(self._proof, measured=measured)
        self.deadline = monotonic + ANSWER_SECONDS + GRACE_SECONDS
        self._events.append(self._proof.nearby(measured))
        if self._held:
            self.receive_data(self._held, monotonic)
        return True

    def confirm(self, monotonic: float) -> bool:
        self.tick(monotonic)
        if self._agreed is None or self.finished:
            return False
        self._complete(self._agreed)
        return True

    def _read_nonce(self, body: bytes, content: bytes, noise: HandshakeState, early: Early, monotonic: float) -> bool:
        plaintext = early.open(Kind.N, Role.SHOWER, body)
        nonce, wanted = plaintext[:NONCE_LENGTH], plaintext[NONCE_LENGTH:]
        if len(wanted) != 1 or not constant_time_equal(commit(nonce), self.code.audio_seed):
            raise Malformed("The nonce is not the one that the code commits to.")
        method = method_of(wanted[0])
        if method is None or (method is SoundProof.method and not self._has_sound):
            self._fail(Reason.UNSUPPORTED)
            return True
        self._proof = PROOFS[method](Binding(noise.ck, noise.h, nonce))
        if isinstance(self._proof, SoundProof):
            self.sound = SoundTask(self._proof.secret, noise.h, self.code.audio_seed)
        self._last_read = content
        self._unanswered = []
        self.deadline = monotonic + ANSWER_SECONDS + GRACE_SECONDS
        self._events.append(self._proof.exhibit)
        return True

    def _read_m2(
        self, message: bytes, content: bytes, before: HandshakeState, proof: AnyProof, monotonic: float
    ) -> bool:
        noise = before.copy()
        plaintext = noise.read_message(message)
        payload, device = ShowerPayload.decode(plaintext, noise.rs or b"", before.h)
        measured = proof.measured if isinstance(proof, SoundProof) else None
        if payload.proof != proof.wire:
            raise Malformed("Another proof was made than was asked for.")
        if isinstance(proof, SoundProof) and measured is None:
            self.unchecked_report, self._held = payload.report, content
            return False
        if payload.report != (measured.report if measured else b""):
            raise Malformed("The proof is not the one that was made.")
        root, contact_key = session_secrets(noise, decapsulate(self._kem, payload.kem_ciphertext))
        refusal = self._refusal(payload.devices, device.static_public)
        if refusal is not None:
            self._fail_with(refusal)
            return True
        self._last_read = content
        self._agreed = Established(
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
            method=proof.method,
            token_hash=self.code.token_hash,
            expiry=self.code.expiry,
            distance_m=measured.distance_m if measured else None,
        )
        if measured and isinstance(proof, SoundProof):
            self.deadline = monotonic + ANSWER_SECONDS
            self._events.append(proof.confirm(measured, payload.name))
        else:
            self._complete(self._agreed)
        return True

    def _complete(self, agreed: Established) -> None:
        self.result = agreed
        self._events.append(Completed())
        self.sound = None
        self._forget()

    def _forget(self) -> None:
        self._noise = self._early = self._proof = self._agreed = None
