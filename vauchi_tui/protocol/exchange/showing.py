"""The side that shows the code: Noise's initiator, and the one who asks for the proof."""

from dataclasses import dataclass, field
from typing import Final

from vauchi_tui.crypto.kem import encapsulate
from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import Rng, generate_dh
from vauchi_tui.errors import Malformed
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol.code import LIFETIME, ExchangeCode
from vauchi_tui.protocol.devices import Device, OwnPerson
from vauchi_tui.protocol.events import Completed, Reason, Scanned, SecondAnswer
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
from vauchi_tui.protocol.proof import PROOFS, Answer, Binding, Proof, Seen, Typed, Verdict

TOKEN_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class _AcceptedAnswer:
    """An M1 that authenticated, the handshake after it, and the KEM secret that M2 will carry."""

    noise: HandshakeState
    payload: ScannerPayload
    device: Device
    kem_secret: bytes = field(repr=False)
    kem_ciphertext: bytes


class Showing(Machine):
    """Alice's side. Show `code`, feed what arrives, ask for what the events ask for."""

    role = Role.SHOWER

    def __init__(
        self,
        own: OwnPerson,
        *,
        proof: Method,
        now: float,
        monotonic: float,
        rng: Rng,
        relay: str | None = None,
        check_list: CheckList = accept_any_list,
    ) -> None:
        """`now` in unix seconds; `relay`: normalised address that the code names, None if it names none."""
        super().__init__(own, rng, check_list, monotonic + LIFETIME)
        ephemeral = generate_dh(rng)
        self._nonce = rng(NONCE_LENGTH)
        self.code = ExchangeCode(ephemeral.public, rng(TOKEN_LENGTH), commit(self._nonce), int(now) + LIFETIME, relay)
        noise = HandshakeState(
            "XX", initiator=True, prologue=prologue(self.code.payload), s=own.device.static, rng=rng, e=ephemeral
        )
        noise.write_message(b"")
        self._fresh: HandshakeState | None = noise  # every candidate M1 is read on a copy of this
        self._proof_type = PROOFS[proof]
        self._taken_by = b""  # the M1 that took the code
        self._answer: _AcceptedAnswer | None = None
        self._proof: Proof | None = None
        self._warned = False

    def enter_digits(self, text: str) -> bool:
        """Six digits that the person typed. True if they are right.

        Raises InvalidValue, without counting it as a try, where the text is not six digits.
        """
        return self._judge(Typed(text))

    def scanned_back(self, data: bytes) -> bool:
        """What the camera read from the other screen (see code.parse_scan_back). True if it is this exchange's."""
        return self._judge(Seen(data))

    def _read(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        if kind is not Kind.M1:
            return False
        if self._taken_by and body == self._taken_by:
            if not self._outgoing:
                self._outgoing.extend(self._unanswered)
            return True
        candidate = self._read_candidate(body)
        if self._taken_by:
            self._warn()
            return False
        self._accept(body, candidate, monotonic)
        return True

    def _read_candidate(self, message: bytes) -> _AcceptedAnswer:
        """Read an M1 without touching the state. Raises Malformed."""
        if self._fresh is None:
            raise Malformed("The code is closed.")
        noise = self._fresh.copy()
        plaintext = noise.read_message(message)
        static = noise.rs or b""
        payload, device = ScannerPayload.decode(plaintext, static, message[:HEAD_LENGTH], self.code.payload)
        secret, ciphertext = encapsulate(payload.kem)
        return _AcceptedAnswer(noise, payload, device, secret, ciphertext)

    def _accept(self, message: bytes, answer: _AcceptedAnswer, monotonic: float) -> None:
        self._taken_by = message
        self._early = Early.after_m1(answer.noise)
        refusal = self._refusal(answer.payload.devices, answer.device.static_public)
        if refusal is not None:
            self._fail_with(refusal)
            return
        self._answer = answer
        self._proof = self._proof_type(Binding(answer.noise.ck, answer.noise.h, self._nonce))
        self.deadline = monotonic + ANSWER_SECONDS
        self._send(self._early.seal(Kind.N, self.role, self._nonce + bytes([self._proof.wire]), self._rng))
        self._events += [Scanned(), self._proof.question]

    def _warn(self) -> None:
        # Once: the warning is about the code, and a flood of answers must not become a flood of warnings.
        if not self._warned:
            self._warned = True
            self._events.append(SecondAnswer())

    def _judge(self, answer: Answer) -> bool:
        if self._proof is None or self._answer is None or self.finished:
            return False
        self._proof, verdict, event = self._proof.judge(answer)
        if event is not None:
            self._events.append(event)
        if verdict is Verdict.FAILED:
            self._fail(Reason.PROOF_FAILED)
        if verdict is Verdict.PROVEN:
            self._complete(self._answer, self._proof)
        return verdict is Verdict.PROVEN

    def _complete(self, answer: _AcceptedAnswer, proof: Proof) -> None:
        own, noise, peer = self._own, answer.noise, answer.payload
        payload = ShowerPayload(own.devices, own.relay, own.name, answer.kem_ciphertext, proof.wire)
        message = noise.write_message(payload.encode(own.device.signing, noise.h))
        root, contact_key = session_secrets(noise, answer.kem_secret)
        self.result = Established(
            role=self.role,
            peer_identity=peer.devices.identity,
            peer_devices=peer.devices,
            peer_device=answer.device,
            peer_relay=peer.relay,
            peer_name="",
            session_root=root,
            transcript=noise.h,
            contact_key=contact_key,
            own_ratchet=None,
            peer_ratchet=peer.ratchet,
            method=proof.method,
            token_hash=self.code.token_hash,
            expiry=self.code.expiry,
        )
        self._send(bytes([Kind.M2]) + message)
        self._events.append(Completed())
        self._answer = self._proof = self._early = None
        self._nonce = b""

    def _deadline_passed(self) -> None:
        self._fail(Reason.TIMED_OUT if self._taken_by else Reason.EXPIRED)
        self._fresh = None

    def _forget(self) -> None:
        self._fresh = self._answer = self._proof = None
        self._nonce = b""
