"""Lists of devices that come in a session: never an older one, never another of the same number, never a stranger's."""

import pytest
from link_pairs import End, name, pair, phone

from vauchi_tui.crypto.primitives import SigningKey, generate_dh
from vauchi_tui.errors import ExchangeRefused, Malformed
from vauchi_tui.protocol.decode import b64, canonical_json
from vauchi_tui.protocol.devices import Contradiction, DeviceList, OwnDevice
from vauchi_tui.protocol.messages import NewDevices, decode_message
from vauchi_tui.protocol.receive import receive
from vauchi_tui.protocol.update import UpdateType


def another(end: End) -> OwnDevice:
    return OwnDevice(end.own.identity, SigningKey(end.rng(32)), generate_dh(end.rng))


def greeted() -> tuple[End, End]:
    alice, bob = pair()
    bob.take(alice.seal(alice.update(UpdateType.SNAPSHOT, name(alice, "Alice"))), alice.devices)
    return alice, bob


def test_a_newer_list_takes_the_place_of_the_known_one_and_is_acknowledged() -> None:
    alice, bob = greeted()
    new = alice.new_list(2, another(alice))
    outcome = bob.take(alice.seal(NewDevices(new).encode()), alice.devices)
    assert outcome.devices == new and outcome.refused is None and not outcome.applied
    assert bob.link.owes_ack and bob.link.session is not None and bob.link.session.received == 2


def test_the_known_list_and_an_older_one_change_nothing_and_are_no_fault() -> None:
    alice, bob = greeted()
    newer = alice.new_list(5, another(alice))
    for content in (NewDevices(newer), NewDevices(alice.devices)):
        outcome = bob.take(alice.seal(content.encode()), newer)
        assert outcome.devices is None and outcome.refused is None
    assert bob.link.session is not None and bob.link.session.received == 3


def test_another_list_of_the_same_number_is_refused_with_a_warning() -> None:
    alice, bob = greeted()
    outcome = bob.take(alice.seal(NewDevices(alice.new_list(1, another(alice))).encode()), alice.devices)
    assert outcome.devices is None and isinstance(outcome.refused, Contradiction)


def test_somebody_elses_list_is_refused() -> None:
    alice, bob = greeted()
    stranger, _ = pair(9)
    outcome = bob.take(alice.seal(NewDevices(stranger.new_list(7)).encode()), alice.devices)
    assert outcome.devices is None and outcome.refused is not None


def test_a_list_that_contradicts_what_is_known_of_others_is_refused() -> None:
    alice, bob = greeted()

    def refuse(_: DeviceList) -> None:
        raise ExchangeRefused("A device of it is somebody else’s.")

    inner = alice.seal(NewDevices(alice.new_list(2, another(alice))).encode())
    outcome = receive(bob.link, bob.card, alice.devices, bob.own.identity, inner, bob.rng, refuse)
    assert outcome.devices is None and isinstance(outcome.refused, ExchangeRefused)


def test_an_update_that_waited_for_the_list_is_applied_with_it() -> None:
    alice, bob = greeted()
    waiting = bob.take(
        alice.seal(alice.update(UpdateType.CHANGES, phone(alice, "1234567"), list_version=2)), alice.devices
    )
    assert not waiting.applied and len(bob.link.waiting) == 1
    outcome = bob.take(alice.seal(NewDevices(alice.new_list(2, another(alice))).encode()), alice.devices)
    assert outcome.applied and bob.link.waiting == ()


def test_an_update_under_a_list_without_its_device_is_refused() -> None:
    alice, bob = greeted()
    gone = alice.new_list(2, another(alice), without_own=True)
    outcome = bob.take(alice.seal(alice.update(UpdateType.CHANGES, phone(alice, "1234567"), list_version=2)), gone)
    assert outcome.refused is not None and not outcome.applied


@pytest.mark.parametrize("kind", ["own_update", "own_list"])
def test_what_own_devices_say_is_refused_from_a_contact(kind: str) -> None:
    alice, bob = greeted()
    content = canonical_json({"type": kind, "list": b64(alice.devices.raw)})
    with pytest.raises(Malformed):
        decode_message(content)
    assert bob.take(alice.seal(content), alice.devices).refused is not None


def test_only_the_one_form_of_a_list_is_read() -> None:
    alice, _ = pair()
    good = NewDevices(alice.devices).encode()
    assert decode_message(good) == NewDevices(alice.devices)
    for wrong in (good + b" ", good.replace(b'"list"', b'"lisd"'), good.replace(b'"list":"', b'"list":"A')):
        with pytest.raises(Malformed):
            decode_message(wrong)
