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
from vauchi_tui.protocol.events import Completed, NoSound, Reason, Scanned, SecondAnswer
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
from vauchi_tui.protocol.proof import (
    PROOFS,
    Answer,
    Binding,
    Confirmed,
    Measured,
    Proof,
    Seen,
    SoundProof,
    Typed,
    Verdict,
    Wanted,
    can_sound,
)

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
        wanted: Wanted,
        now: float,
        monotonic: float,
        rng: Rng,
        relay: str | None = None,
        sound: bool = False,
        check_list: CheckList = accept_any_list,
    ) -> None:
        """`now` in unix seconds; `relay`: normalised address that the code names, None if it names none.

        `sound`: this device can speak and hear. Raises ValueError where sound is wanted without that.
        """
        if wanted is Wanted.SOUND and not sound:
            raise ValueError("sound is wanted of a device that has none")
        super().__init__(own, rng, check_list, monotonic + LIFETIME)
        ephemeral = generate_dh(rng)
        self._nonce = rng(NONCE_LENGTH)
        self.code = ExchangeCode(ephemeral.public, rng(TOKEN_LENGTH), commit(self._nonce), int(now) + LIFETIME, relay)
        noise = HandshakeState(
            "XX", initiator=True, prologue=prologue(self.code.payload), s=own.device.static, rng=rng, e=ephemeral
        )
        noise.write_message(b"")
        self._fresh: HandshakeState | None = noise  # every candidate M1 is read on a copy of this
        self._wanted = wanted
        self._has_sound = sound
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

    def accept_without_sound(self, monotonic: float) -> bool:
        """After `NoSound`: go on with the digits. False: nobody asked."""
        self.tick(monotonic)
        if self._answer is None or self._proof is not None or self._early is None:
            return False
        self._ask(Method.CODE, self._answer, self._early, monotonic)
        return True

    def prove_near(self, measured: Measured, monotonic: float) -> bool:
        self.tick(monotonic)
        asked = self._judge(measured)
        if asked:
            self.deadline = monotonic + ANSWER_SECONDS  # for the person to compare name and digits
        return asked

    def confirm(self, monotonic: float) -> bool:
        self.tick(monotonic)
        return self._judge(Confirmed())

    def _take(self, kind: Kind, body: bytes, monotonic: float) -> bool:
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
        self._events.append(Scanned())
        method = self._method(answer.payload)
        if method is None and self._wanted is Wanted.SOUND:
            self._fail(Reason.NO_SOUND)
            return
        self._answer = answer
        self.deadline = monotonic + ANSWER_SECONDS
        if method is None:
            self._events.append(NoSound())
        else:
            self._ask(method, answer, self._early, monotonic)

    def _method(self, peer: ScannerPayload) -> Method | None:
        """How it is to be proven; None where only the other device stands in the way of sound."""
        match self._wanted:
            case Wanted.CODE:
                return Method.CODE
            case Wanted.SCAN:
                return Method.SCAN
        if not self._has_sound:
            return Method.CODE
        return Method.SOUND if can_sound(peer.sound) else None

    def _ask(self, method: Method, answer: _AcceptedAnswer, early: Early, monotonic: float) -> None:
        """Reveal the nonce and begin the proof."""
        self._proof = PROOFS[method](Binding(answer.noise.ck, answer.noise.h, self._nonce))
        self.deadline = monotonic + ANSWER_SECONDS
        if isinstance(self._proof, SoundProof):
            secret, seed = self._proof.secret, self.code.audio_seed
            self.sound = SoundTask(secret, answer.noise.h, seed, answer.device.signing_public)
        self._send(early.seal(Kind.N, self.role, self._nonce + bytes([self._proof.wire]), self._rng))
        self._events.append(self._proof.question)

    def _warn(self) -> None:
        # Once: the warning is about the code, and a flood of answers must not become a flood of warnings.
        if not self._warned:
            self._warned = True
            self._events.append(SecondAnswer())

    def _judge(self, answer: Answer) -> bool:
        if self._proof is None or self._answer is None or self.finished:
            return False
        proof, verdict, events = self._proof.judge(answer)
        self._proof = proof
        self._events += events
        if verdict is Verdict.FAILED:
            self._fail(Reason.PROOF_FAILED)
        if verdict is Verdict.PROVEN:
            self._complete(self._answer, proof)
        return verdict in (Verdict.MORE, Verdict.PROVEN)

    def _complete(self, answer: _AcceptedAnswer, proof: Proof) -> None:
        own, noise, peer = self._own, answer.noise, answer.payload
        measured = proof.measured if isinstance(proof, SoundProof) else None
        report = measured.report if measured else b""
        payload = ShowerPayload(own.devices, own.relay, own.name, answer.kem_ciphertext, proof.wire, report)
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
            distance_m=measured.distance_m if measured else None,
        )
        self._send(bytes([Kind.M2]) + message)
        self._events.append(Completed())
        self._answer = self._proof = self.sound = None
        if measured is None:
            self._early = None
        # else the other person, who sees name and digits only now, may still say no
        self._nonce = b""

    def _deadline_passed(self) -> None:
        self._fail(Reason.TIMED_OUT if self._taken_by else Reason.EXPIRED)
        self._fresh = None

    def _forget(self) -> None:
        self._fresh = self._answer = self._proof = None
        self._nonce = b""
