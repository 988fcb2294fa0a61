"""Two devices that have not met, and what each does with what the other sends: no vaults, no relay."""

import random
from dataclasses import dataclass, field, replace

from vauchi_tui.crypto.primitives import Rng, SigningKey, Undecryptable, generate_dh, sha256
from vauchi_tui.model.contact import Method
from vauchi_tui.protocol import kk
from vauchi_tui.protocol.devices import Device, OwnDevice, certify_device, issue
from vauchi_tui.protocol.exchange.established import Established, Role
from vauchi_tui.protocol.kk import Handshake, Outcome, Pair
from vauchi_tui.protocol.link import Link
from vauchi_tui.protocol.mailbox import DAY_SECONDS
from vauchi_tui.protocol.session import Inner, Kind

NOW = 1_790_000_000


def device(identity: bytes, rng: Rng) -> tuple[OwnDevice, Device]:
    """A device's keys, and its entry for a list."""
    own = OwnDevice(identity, SigningKey(rng(32)), generate_dh(rng))
    return own, certify_device(own.signing, own.static.public, identity)


def pairs(seed: int = 7) -> tuple[Pair, Pair]:
    """The initiator's and the responder's view of one pair of devices of two people."""
    rng = random.Random(seed).randbytes
    (one, one_entry), (other, other_entry) = device(rng(32), rng), device(rng(32), rng)
    ends = Pair(one, other.identity, other_entry), Pair(other, one.identity, one_entry)
    return ends if ends[0].initiator else (ends[1], ends[0])


@dataclass
class KkDevice:
    """One device, with what it has sent and what it has been told; the rules are those of the sync."""

    pair: Pair
    rng: Rng
    now: int = NOW
    state: Handshake = field(default_factory=Handshake)
    sent: list[Inner] = field(default_factory=list)
    unacknowledged: dict[bytes, list[Inner]] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    forgotten: dict[bytes, int] = field(default_factory=dict)
    consumed: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.link = Link.awaiting(self.pair.own, self.pair.peer_identity, self.pair.peer, self.now)

    def restart(self) -> None:
        self.state, self.link = Handshake.from_bytes(self.state.to_bytes()), Link.from_bytes(self.link.to_bytes())

    def want(self) -> None:
        self._keep(kk.want(self.pair, self.state, self.now, self.link.newest, self.rng))

    def daily(self) -> None:
        """What the hourly upkeep does; what nobody has acknowledged is sent again."""
        self._keep(kk.daily(self.pair, self.state, self.now, self.link.newest, self.rng))
        self.sent += [inner for rows in self.unacknowledged.values() for inner in rows]

    def say(self, text: bytes) -> bool:
        """Say something in the session to speak in; False where there is none."""
        session = self.link.speaking
        if session is None or session.unanswered:
            return False
        session, _, raw = session.seal(text, self.link.ad_out, self.rng)
        self.link = self.link.with_session(session)
        self.unacknowledged.setdefault(session.sid, []).append(Inner.decode(raw))
        self.sent.append(Inner.decode(raw))
        return True

    def take(self, inner: Inner) -> None:
        """What comes out of the peer's mailbox."""
        if inner.kind is not Kind.RATCHET:
            try:
                self._keep(kk.receive(self.pair, self.state, inner, self.now, self.link.newest, self.rng))
            except Undecryptable:
                return
            return
        digest = sha256(bytes(inner))
        if digest in self.consumed:
            return
        if inner.sid in self.forgotten:
            if not 0 <= self.now - self.forgotten[inner.sid] < DAY_SECONDS:
                self.consumed.add(digest)
                self.want()
            return
        session = self.link.find(inner.sid)
        if session is None:
            self.want()
            return
        try:
            session, numbered = session.open(inner.body, self.link.ad_in, self.rng)
        except Undecryptable:
            self.want()
            return
        self.consumed.add(digest)
        self.link, over = self.link.heard_in(session)
        self._forget(over)
        self.heard.append(numbered.content)

    def meet(self, link: Link) -> None:
        """Store what an exchange in person has made."""
        known = {session.sid for session in self.link.sessions}
        self.link = self.link.met_again(link)
        self._forget(tuple(known - {session.sid for session in self.link.sessions}))
        self.state = self.state.dropped()

    def _keep(self, outcome: Outcome) -> None:
        self.state = outcome.state
        if outcome.reply is not None:
            self.sent.append(outcome.reply)
        if outcome.session is None:
            return
        known = {session.sid for session in self.link.sessions}
        self.link = self.link.agreed(outcome.session)
        self._forget(tuple(known - {session.sid for session in self.link.sessions}))
        if outcome.session.heard:
            self.unacknowledged.clear()  # the new session begins with everything
            self.say(b"snapshot")

    def _forget(self, sids: tuple[bytes, ...]) -> None:
        for sid in sids:
            self.forgotten[sid] = self.now
            self.unacknowledged.pop(sid, None)


def kk_devices(seed: int = 7) -> tuple[KkDevice, KkDevice]:
    """Initiator and responder."""
    first, second = pairs(seed)
    return KkDevice(first, random.Random(f"i{seed}").randbytes), KkDevice(second, random.Random(f"r{seed}").randbytes)


def exchange(shower: KkDevice, scanner: KkDevice, rng: Rng) -> tuple[Link, Link]:
    """The two ends of an exchange in person."""
    ratchet, root, transcript, contact_key = generate_dh(rng), rng(32), rng(32), rng(32)
    identity = SigningKey(rng(32))

    def end(role: Role, me: KkDevice) -> Link:
        made = Established(
            role=role,
            peer_identity=me.pair.peer_identity,
            # the link takes the device, not the list
            peer_devices=issue(identity, 1, (device(identity.public, rng)[1],)),
            peer_device=me.pair.peer,
            peer_relay=None,
            peer_name="",
            session_root=root,
            transcript=transcript,
            contact_key=contact_key,
            own_ratchet=ratchet if role is Role.SCANNER else None,
            peer_ratchet=ratchet.public if role is Role.SHOWER else None,
            method=Method.CODE,
            token_hash=sha256(b"token"),
            expiry=me.now + 300,
        )
        return Link.from_established(me.pair.own, made, me.now, rng)

    return end(Role.SHOWER, shower), end(Role.SCANNER, scanner)


def damaged(inner: Inner, position: int) -> Inner:
    """The message with one byte of its body changed."""
    body = bytearray(inner.body)
    body[position % len(body)] ^= 1 + position % 255
    return replace(inner, body=bytes(body))
