"""Linking a device: what an honest pair ends with, and what nobody else gets."""

import copy
from dataclasses import replace
from typing import Any

import pytest
from exchange_people import ALICE, NOW, START, mutations, person, seeded, state, wrong_digits

from vauchi_tui.crypto.primitives import dh_from_private, generate_dh, generate_signing_key
from vauchi_tui.errors import ExchangeRefused, InvalidValue
from vauchi_tui.model import limits
from vauchi_tui.protocol.code import LINK_MAGIC, PAYLOAD_LENGTH, parse_code, parse_link_code
from vauchi_tui.protocol.devices import DeviceList, OwnPerson, certify_device, issue
from vauchi_tui.protocol.events import (
    Completed,
    Digits,
    EnterDigits,
    Failed,
    Reason,
    Scanned,
    SecondAnswer,
    WrongDigits,
)
from vauchi_tui.protocol.linking import Joining, Linked, Offering
from vauchi_tui.protocol.linking.contents import Kind
from vauchi_tui.protocol.linking.machine import ANSWER_SECONDS, LinkMachine
from vauchi_tui.protocol.session import Inner

KEY = generate_signing_key(seeded("Alice"))  # `person` draws the identity first


def offering(own: OwnPerson = ALICE, seed: int = 1) -> Offering:
    return Offering(own, now=NOW, monotonic=START, rng=seeded(seed), relay=own.relay)


def joining(offer: Offering, seed: int = 2, name: str = "laptop") -> Joining:
    return Joining(parse_link_code(offer.code.text()), name, now=NOW, monotonic=START, rng=seeded(seed))


def hand_over(sender: LinkMachine, receiver: LinkMachine, monotonic: float = START) -> list[bytes]:
    contents = sender.data_to_send()
    for content in contents:
        assert receiver.receive_data(content, monotonic)
    return contents


def up_to_digits(own: OwnPerson = ALICE) -> tuple[Offering, Joining, str]:
    offer = offering(own)
    join = joining(offer)
    hand_over(join, offer)
    hand_over(offer, join)
    (shown,) = join.events_received()
    assert isinstance(shown, Digits)
    assert [type(event) for event in offer.events_received()] == [Scanned, EnterDigits]
    return offer, join, shown.digits


def up_to_certificate() -> tuple[Offering, Joining, Linked]:
    offer, join, digits = up_to_digits()
    assert offer.enter_digits(digits)
    hand_over(offer, join)
    hand_over(join, offer)
    assert offer.result is not None and not offer.finished
    return offer, join, offer.result


def list_with(linked: Linked, version: int = 2) -> DeviceList:
    return issue(KEY, version, (*ALICE.devices.devices, linked.device))


def linked() -> tuple[Offering, Joining]:
    offer, join, result = up_to_certificate()
    offer.admit(list_with(result))
    hand_over(offer, join)
    return offer, join


def test_an_honest_pair_ends_with_one_list_and_one_session() -> None:
    offer, join = linked()
    assert offer.finished and join.finished and offer.result and join.result
    assert (offer.name, offer.result.name) == ("laptop", "laptop")
    assert offer.events_received() == join.events_received() == [Completed()]
    new = join.result.devices
    assert new.version == 2 and new.identity == ALICE.devices.identity
    listed = new.find(join.result.own.id)
    assert listed == offer.result.device and join.result.relay == ALICE.relay
    assert join.result.primary == ALICE.devices.devices[0]
    primary, laptop = offer.result.link(ALICE.device, 5, seeded(3)), join.result.link(5)
    assert primary.pair_secret == laptop.pair_secret and primary.mailbox_out(3) == laptop.mailbox_in(3)
    assert primary.session and laptop.session and not laptop.session.can_send
    _, _, raw = primary.session.seal(b"all my state", primary.ad_out, seeded(4))
    opened, numbered = laptop.session.open(Inner.decode(raw).body, laptop.ad_in, seeded(5))
    assert numbered.content == b"all my state" and opened.can_send
    assert laptop.session.bind_in == primary.session.bind_out != laptop.session.bind_out


def test_the_code_is_a_linking_code_and_no_other() -> None:
    offer = offering()
    text = offer.code.text()
    assert len(offer.code.payload) == PAYLOAD_LENGTH and offer.code.payload[:4] == LINK_MAGIC
    assert parse_link_code(text.lower()) == offer.code
    with pytest.raises(ExchangeRefused, match="linking a device"):
        parse_code(text)
    with pytest.raises(ExchangeRefused, match="exchanging cards"):
        parse_link_code(replace(offer.code, magic=b"WBEX").text())
    with pytest.raises(ExchangeRefused, match="expired"):
        Joining(offer.code, "laptop", now=NOW + 400, monotonic=START, rng=seeded(2))


def test_the_identity_and_the_list_leave_only_after_the_digits() -> None:
    offer, join, digits = up_to_digits()
    assert offer.data_to_send() == [] and join.result is None
    assert not offer.enter_digits(wrong_digits(digits))
    assert offer.events_received() == [WrongDigits(2)] and offer.data_to_send() == []
    with pytest.raises(InvalidValue):
        offer.enter_digits("12345")
    assert offer.enter_digits(digits)
    assert [content[0] for content in offer.data_to_send()] == [Kind.M2]
    assert not offer.enter_digits(digits)


def test_three_wrong_sets_of_digits_end_it_on_both_sides() -> None:
    offer, join, digits = up_to_digits()
    for _ in range(3):
        assert not offer.enter_digits(wrong_digits(digits))
    assert offer.finished and not offer.enter_digits(digits)
    hand_over(offer, join)
    (failed,) = join.events_received()
    assert isinstance(failed, Failed) and failed.reason is Reason.PROOF_FAILED and join.finished


def test_no_digits_fit_two_different_devices() -> None:
    """Whoever photographed the code and answers first shows digits that are not on the real device's screen."""
    offer = offering()
    thief, laptop = joining(offer, seed=8), joining(offer)
    hand_over(thief, offer)
    assert not offer.receive_data(laptop.data_to_send()[0], START)
    events = offer.events_received()
    assert SecondAnswer() in events
    nonce = offer.data_to_send()
    assert not laptop.receive_data(nonce[0], START) and thief.receive_data(nonce[0], START)
    assert laptop.events_received() == []
    laptop.tick(START + ANSWER_SECONDS)
    (failed,) = laptop.events_received()
    assert isinstance(failed, Failed) and failed.reason is Reason.TIMED_OUT


def test_the_new_device_takes_no_list_but_the_one_after_the_offer_that_names_it() -> None:
    offer, join, result = up_to_certificate()
    stranger = person("Mallory")
    key = generate_signing_key(seeded("Mallory"))
    other = certify_device(generate_signing_key(seeded(9)), generate_dh(seeded(10)).public, KEY.public)
    foreign = certify_device(
        join._signing, join._static.public, key.public
    )  # the same keys, certified under another identity
    for wrong in (
        ALICE.devices,
        list_with(result, 1),
        issue(KEY, 2, (*ALICE.devices.devices, other)),
        issue(KEY, 2, (result.device,)),
        issue(key, 2, (*stranger.devices.devices, foreign)),
    ):
        twin = copy.deepcopy(offer)
        before = state_of(join)
        assert not join.receive_data(twin.admit(wrong), START)
        assert state_of(join) == before
    assert join.receive_data(offer.admit(list_with(result)), START)


def test_a_certificate_of_other_keys_is_refused() -> None:
    offer, join, digits = up_to_digits()
    assert offer.enter_digits(digits)
    join._signing = generate_signing_key(seeded(11))
    hand_over(offer, join)
    before = state_of(offer)
    assert not offer.receive_data(join.data_to_send()[0], START)
    assert state_of(offer) == before and offer.result is None


@pytest.mark.parametrize("step", ["M1", "N", "M2", "M4", "M5"])
def test_every_changed_byte_is_refused_and_changes_nothing(step: str) -> None:
    offer, join = offering(), None
    join = joining(offer)
    sender: LinkMachine = join
    receiver: LinkMachine = offer
    if step != "M1":
        hand_over(join, offer)
        sender, receiver = offer, join
    if step in ("M2", "M4", "M5"):
        hand_over(offer, join)
        (shown,) = join.events_received()
        assert isinstance(shown, Digits) and offer.enter_digits(shown.digits)
    if step in ("M4", "M5"):
        hand_over(offer, join)
        sender, receiver = join, offer
    if step == "M5":
        hand_over(join, offer)
        assert offer.result is not None
        offer.admit(list_with(offer.result))
        sender, receiver = offer, join
    (content,) = sender.data_to_send()
    before = state_of(receiver)
    for wrong in mutations(content, 5):
        assert not receiver.receive_data(wrong, START), step
    assert state_of(receiver) == before
    assert receiver.receive_data(content, START)


def test_everything_may_come_twice_and_is_answered_again() -> None:
    offer = offering()
    join = joining(offer)
    m1 = hand_over(join, offer)
    (n,) = offer.data_to_send()
    assert offer.receive_data(m1[0], START) and offer.data_to_send() == [n]
    assert join.receive_data(n, START) and join.receive_data(n, START)
    (shown,) = join.events_received()
    assert isinstance(shown, Digits) and offer.enter_digits(shown.digits)
    (m2,) = hand_over(offer, join)
    assert offer.receive_data(m1[0], START) and offer.data_to_send() == [] and offer.resend() == [m2]
    (m4,) = hand_over(join, offer)
    assert join.receive_data(m2, START) and join.resend() == [m4]
    assert offer.receive_data(m4, START) and offer.result is not None
    m5 = offer.admit(list_with(offer.result))
    assert offer.data_to_send() == [m5] and offer.receive_data(m4, START) and offer.data_to_send() == [m5]
    assert join.receive_data(m5, START) and join.receive_data(m5, START) and join.resend() == []


def test_cancelling_on_either_side_ends_both() -> None:
    for index in (0, 1):
        machines = up_to_digits()[:2]
        machines[index].abort()
        hand_over(machines[index], machines[1 - index])
        (failed,) = [event for event in machines[1 - index].events_received() if isinstance(event, Failed)]
        assert failed.reason is Reason.REFUSED and all(machine.finished for machine in machines)


def test_a_code_that_nobody_answers_expires_and_one_half_way_times_out() -> None:
    offer = offering()
    offer.tick(START + 300)
    assert [event.reason for event in offer.events_received() if isinstance(event, Failed)] == [Reason.EXPIRED]
    offer, join, _ = up_to_digits()
    for machine in (offer, join):
        machine.tick(START + 2 * ANSWER_SECONDS)
        assert [event.reason for event in machine.events_received() if isinstance(event, Failed)] == [Reason.TIMED_OUT]


def test_a_full_list_and_a_device_that_is_on_it_are_refused() -> None:
    more = tuple(
        certify_device(generate_signing_key(seeded(f"d{i}")), generate_dh(seeded(f"s{i}")).public, KEY.public)
        for i in range(limits.DEVICES - 1)
    )
    full = replace(ALICE, devices=issue(KEY, 2, (*ALICE.devices.devices, *more)))
    known_signing, known_static = generate_signing_key(seeded("d0")), dh_from_private(seeded("s0")(32))
    listed = replace(ALICE, devices=issue(KEY, 2, (*ALICE.devices.devices, more[0])))
    for own, keys in ((full, None), (listed, (known_signing, known_static))):
        offer = offering(own)
        join = joining(offer)
        if keys is not None:
            join = impersonating(offer, *keys)
        hand_over(join, offer)
        (failed,) = [event for event in offer.events_received() if isinstance(event, Failed)]
        assert failed.reason is Reason.DEVICE_LIST
        hand_over(offer, join)
        assert join.finished and join.result is None


def impersonating(offer: Offering, signing: Any, static: Any) -> Joining:
    """A joining device with keys that are on the list already."""
    keys = signing.seed + static.private
    rest = seeded(2)

    def rng(count: int, given: list[bytes] = [keys[:32], keys[32:]]) -> bytes:  # noqa: B006
        return given.pop(0) if given else rest(count)

    return Joining(offer.code, "laptop", now=NOW, monotonic=START, rng=rng)


def test_nothing_of_a_linking_opens_in_an_exchange() -> None:
    offer, join, _ = up_to_digits()
    assert offer._early is not None and join._early is not None
    assert state(offer._early) == state(join._early)
    with pytest.raises(ValueError):
        offer.admit(ALICE.devices)


def state_of(machine: LinkMachine) -> Any:
    return {key: state(part) for key, part in vars(machine).items() if not callable(part)}
