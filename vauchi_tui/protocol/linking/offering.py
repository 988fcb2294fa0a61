"""The primary's side of a linking: shows the code, has the digits typed, and puts the new device on the list."""

from dataclasses import dataclass, field

from vauchi_tui.crypto.kem import encapsulate
from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import Rng, generate_dh, verify
from vauchi_tui.errors import Malformed
from vauchi_tui.model import limits
from vauchi_tui.protocol.code import LIFETIME, LINK_MAGIC, ExchangeCode
from vauchi_tui.protocol.devices import Device, DeviceList, OwnPerson, certificate, check_point, device_id
from vauchi_tui.protocol.events import Completed, Reason, Scanned, SecondAnswer
from vauchi_tui.protocol.exchange import contents as exchange
from vauchi_tui.protocol.exchange.contents import NONCE_LENGTH, Early, commit, session_secrets
from vauchi_tui.protocol.exchange.established import Role
from vauchi_tui.protocol.exchange.payloads import HEAD_LENGTH
from vauchi_tui.protocol.exchange.showing import TOKEN_LENGTH
from vauchi_tui.protocol.linking.contents import Kind, Late, NewDevice, Offer, prologue
from vauchi_tui.protocol.linking.linked import Linked
from vauchi_tui.protocol.linking.machine import ANSWER_SECONDS, LinkMachine
from vauchi_tui.protocol.proof import Binding, CodeProof, Typed, Verdict


@dataclass(frozen=True, slots=True)
class _Answer:
    """An M1 that authenticated, and the handshake after it."""

    noise: HandshakeState
    new: NewDevice
    static: bytes


@dataclass(frozen=True, slots=True)
class _Offered:
    """M2 has left: what is kept until the new device has certified its keys."""

    late: Late
    root: bytes = field(repr=False)


class Offering(LinkMachine):
    """Show `code`, have the digits of the other screen typed; once there is a `result`, store it and `admit`."""

    role = Role.SHOWER

    def __init__(self, own: OwnPerson, *, now: float, monotonic: float, rng: Rng, relay: str | None = None) -> None:
        """`now` in unix seconds; `relay`: normalised address that the code names, None if it names none."""
        super().__init__(rng, monotonic + LIFETIME)
        self.result: Linked | None = None
        """Proven and certified. The caller issues the list that names it, stores both, and calls `admit`."""
        self._own = own
        self._nonce = rng(NONCE_LENGTH)
        ephemeral = generate_dh(rng)
        self.code = ExchangeCode(
            ephemeral.public, rng(TOKEN_LENGTH), commit(self._nonce), int(now) + LIFETIME, relay, LINK_MAGIC
        )
        noise = HandshakeState(
            "XX", initiator=True, prologue=prologue(self.code.payload), s=own.device.static, rng=rng, e=ephemeral
        )
        noise.write_message(b"")
        self._fresh: HandshakeState | None = noise  # every candidate M1 is read on a copy of this
        self._taken_by = b""
        self._certified_by = b""
        self._answer: _Answer | None = None
        self._proof: CodeProof | None = None
        self._offered: _Offered | None = None
        self._admitted = False
        self._warned = False

    @property
    def completed(self) -> bool:
        return self._admitted

    @property
    def name(self) -> str:
        """What the device that answered calls itself; empty before one has."""
        return self._answer.new.name if self._answer is not None else ""

    def enter_digits(self, text: str) -> bool:
        """Six digits that the person typed. True if they are right; then M2 leaves.

        Raises InvalidValue, without counting it as a try, where the text is not six digits.
        """
        if self._proof is None or self._answer is None or self._offered is not None or self._failed:
            return False
        proof, verdict, events = self._proof.judge(Typed(text))
        assert isinstance(proof, CodeProof)
        self._proof = proof
        self._events += events
        if verdict is Verdict.FAILED:
            self._fail(Reason.PROOF_FAILED)
        if verdict is Verdict.PROVEN:
            self._offer(self._answer)
        return verdict is Verdict.PROVEN

    def admit(self, devices: DeviceList) -> bytes:
        """The new list is stored: M5, which is sent and resent by the machine too. Only once there is a `result`."""
        if self.result is None or self._offered is None:
            raise ValueError("nobody has been proven yet")
        content = self._offered.late.seal(Kind.M5, self.role, devices.raw, self._rng)
        self._admitted = True
        self._send(content)
        self._events.append(Completed())
        return content

    def _read(self, kind: Kind, body: bytes, monotonic: float) -> bool:
        if kind is Kind.M1:
            return self._read_m1(body, monotonic)
        if kind is Kind.M4 and self._offered is not None:
            return self._read_certificate(body, self._offered, monotonic)
        return False

    def _read_m1(self, body: bytes, monotonic: float) -> bool:
        if self._taken_by and body == self._taken_by:
            if not self._outgoing and self._offered is None:
                self._outgoing.extend(self._unanswered)
            return True
        answer = self._read_candidate(body)
        if not self._taken_by:
            self._accept(body, answer, monotonic)
            return True
        if not self._warned:
            self._warned = True
            self._events.append(SecondAnswer())
        return False

    def _read_candidate(self, message: bytes) -> _Answer:
        """Read an M1 without touching the state. Raises Malformed."""
        if self._fresh is None:
            raise Malformed("The code is closed.")
        noise = self._fresh.copy()
        new = NewDevice.decode(noise.read_message(message), message[:HEAD_LENGTH], self.code.payload)
        static = noise.rs or b""
        check_point(static)
        return _Answer(noise, new, static)

    def _accept(self, message: bytes, answer: _Answer, monotonic: float) -> None:
        self._taken_by = message
        self._early = Early.after_m1(answer.noise)
        listed = self._own.devices
        if (
            listed.find(device_id(answer.new.signing_public)) is not None
            or listed.with_static(answer.static) is not None
            or len(listed.devices) >= limits.DEVICES
        ):
            self._fail(Reason.DEVICE_LIST)
            return
        self._answer = answer
        self._proof = CodeProof(Binding(answer.noise.ck, answer.noise.h, self._nonce))
        self.deadline = monotonic + ANSWER_SECONDS
        self._send(self._early.seal(exchange.Kind.N, self.role, self._nonce + bytes([self._proof.wire]), self._rng))
        self._events += [Scanned(), self._proof.question]

    def _offer(self, answer: _Answer) -> None:
        own, noise = self._own, answer.noise
        secret, ciphertext = encapsulate(answer.new.kem)
        message = noise.write_message(Offer(own.devices, own.relay, ciphertext).encode(own.device.signing, noise.h))
        root, _ = session_secrets(noise, secret)
        self._offered = _Offered(Late.after_m2(noise), root)
        self._send(bytes([Kind.M2]) + message)
        self._nonce = b""

    def _read_certificate(self, body: bytes, offered: _Offered, monotonic: float) -> bool:
        """M4: the new device vouches for its keys under this identity."""
        if self._certified_by and body == self._certified_by:
            if not self._outgoing:
                self._outgoing.extend(self._unanswered)
            return True
        if self.result is not None or self._answer is None:
            return False
        signature, new, static = offered.late.open(Kind.M4, Role.SCANNER, body), self._answer.new, self._answer.static
        verify(new.signing_public, certificate(self._own.device.identity, static), signature)
        device = Device(device_id(new.signing_public), new.signing_public, static, signature)
        self._certified_by, self._unanswered = body, []
        self._early = None  # from here on there is no way back
        self.deadline = monotonic + ANSWER_SECONDS
        self.result = Linked(
            device, new.name, offered.root, offered.late.h, new.ratchet, self.code.token_hash, self.code.expiry
        )
        return True

    def _deadline_passed(self) -> None:
        self._fail(Reason.TIMED_OUT if self._taken_by else Reason.EXPIRED)
        self._fresh = None

    def _forget(self) -> None:
        self._fresh = self._answer = self._proof = self._offered = None
        self._nonce = b""
