"""People, seeded randomness and whole exchanges for tests: no relay, no clock but the one the test moves."""

import copy
import random
from typing import Any

from vauchi_tui.crypto.noise import HandshakeState
from vauchi_tui.crypto.primitives import Rng, generate_dh, generate_signing_key
from vauchi_tui.protocol.devices import OwnDevice, OwnPerson, certify_device, issue
from vauchi_tui.protocol.events import Digits, Event, ShowScan
from vauchi_tui.protocol.exchange import Scanning, Showing
from vauchi_tui.protocol.exchange.machine import Machine
from vauchi_tui.protocol.proof import Wanted

NOW = 1_790_000_000.0
START = 50.0  # monotonic


def seeded(seed: int | str) -> Rng:
    """Randomness that repeats."""
    return random.Random(seed).randbytes


def person(name: str, *, version: int = 1, relay: str | None = "wss://relay.example.org", seed: str = "") -> OwnPerson:
    """A person with one device; the same name and seed give the same keys."""
    rng = seeded(name + seed)
    identity, signing, static = generate_signing_key(rng), generate_signing_key(rng), generate_dh(rng)
    devices = issue(identity, version, (certify_device(signing, static.public, identity.public),))
    return OwnPerson(OwnDevice(identity.public, signing, static), devices, name, relay)


ALICE, BOB, MALLORY = person("Alice"), person("Bob", relay=None), person("Mallory")


def showing(own: OwnPerson = ALICE, *, wanted: Wanted = Wanted.CODE, seed: int = 1, **options: Any) -> Showing:
    return Showing(own, wanted=wanted, now=NOW, monotonic=START, rng=seeded(seed), **options)


def scanning(shower: Showing, own: OwnPerson = BOB, *, seed: int = 2, **options: Any) -> Scanning:
    return Scanning(own, shower.code, now=NOW, monotonic=START, rng=seeded(seed), **options)


def hand_over(sender: Machine, receiver: Machine, monotonic: float = START) -> list[bytes]:
    """Everything that the sender has to say, all of it taken."""
    contents = sender.data_to_send()
    for content in contents:
        assert receiver.receive_data(content, monotonic)
    return contents


def up_to_proof(wanted: Wanted = Wanted.CODE, **options: Any) -> tuple[Showing, Scanning, Digits | ShowScan]:
    """Alice and Bob with M1 and N exchanged, and what Bob's screen shows."""
    alice = showing(wanted=wanted, **options)
    bob = scanning(alice)
    hand_over(bob, alice)
    hand_over(alice, bob)
    (exhibit,) = bob.events_received()
    assert isinstance(exhibit, Digits | ShowScan)
    return alice, bob, exhibit


def prove(alice: Showing, exhibit: Event) -> None:
    """What an honest Alice does with what Bob's screen shows."""
    if isinstance(exhibit, Digits):
        assert alice.enter_digits(exhibit.digits)
    elif isinstance(exhibit, ShowScan):
        assert alice.scanned_back(exhibit.payload)


def completed(wanted: Wanted = Wanted.CODE) -> tuple[Showing, Scanning]:
    alice, bob, exhibit = up_to_proof(wanted)
    prove(alice, exhibit)
    hand_over(alice, bob)
    return alice, bob


def wrong_digits(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06d}"


def state(value: Any) -> Any:
    """Everything a machine remembers, comparable: two states are equal iff the machine has not changed."""
    if isinstance(value, Machine | HandshakeState):
        return {key: state(part) for key, part in vars(value).items() if not callable(part) or isinstance(part, type)}
    if isinstance(value, list | tuple):
        return [state(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return (type(value).__name__, [state(getattr(value, name)) for name in value.__dataclass_fields__])
    return value


def twin(machine: Machine) -> Any:
    """A copy to try something on."""
    return copy.deepcopy(machine)


def mutations(data: bytes, seed: int) -> list[bytes]:
    """For every position one copy of `data` in which that byte is another."""
    rng = random.Random(seed)
    return [data[:i] + bytes([data[i] ^ rng.randrange(1, 256)]) + data[i + 1 :] for i in range(len(data))]
