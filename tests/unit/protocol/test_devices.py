"""The signed list of a person's devices."""

import json
from typing import Any

import pytest
from exchange_people import mutations, seeded

from vauchi_tui.crypto.primitives import generate_dh, generate_signing_key, sha256
from vauchi_tui.errors import Malformed
from vauchi_tui.protocol.decode import b64, canonical_json
from vauchi_tui.protocol.devices import (
    Contradiction,
    Device,
    DeviceList,
    Outdated,
    OwnDevice,
    certify_device,
    device_id,
    issue,
    supersedes,
)

RNG = seeded("devices")
IDENTITY = generate_signing_key(RNG)
SIGNING = [generate_signing_key(RNG) for _ in range(11)]
STATIC = [generate_dh(RNG) for _ in range(11)]
DEVICES = tuple(
    certify_device(signing, static.public, IDENTITY.public) for signing, static in zip(SIGNING, STATIC, strict=True)
)
LOW_ORDER = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")


def signed(value: Any) -> bytes:
    encoded = canonical_json(value)
    return encoded + IDENTITY.sign(b"vauchi/devices/1" + encoded)


def body(raw: bytes) -> Any:
    return json.loads(raw[:-64])


def test_a_list_reads_back_as_it_was_issued() -> None:
    issued = issue(IDENTITY, 7, DEVICES[:2])
    again = DeviceList.decode(issued.raw)
    assert again == issued
    assert (again.identity, again.version, again.devices) == (IDENTITY.public, 7, DEVICES[:2])


def test_ids_follow_from_the_signing_key() -> None:
    assert DEVICES[0].id == sha256(SIGNING[0].public)[:16] == device_id(SIGNING[0].public)
    assert OwnDevice(IDENTITY.public, SIGNING[0], STATIC[0]).id == DEVICES[0].id


def test_secrets_are_in_no_repr() -> None:
    own = OwnDevice(IDENTITY.public, SIGNING[0], STATIC[0])
    assert repr(SIGNING[0].seed) not in repr(own) and repr(STATIC[0].private) not in repr(own)


def test_devices_are_found_by_id_and_static_key() -> None:
    devices = issue(IDENTITY, 1, DEVICES[:3])
    assert devices.find(DEVICES[2].id) == DEVICES[2] and devices.find(DEVICES[3].id) is None
    assert devices.with_static(STATIC[1].public) == DEVICES[1] and devices.with_static(STATIC[4].public) is None


def test_ten_devices_fit_and_eleven_do_not() -> None:
    assert len(issue(IDENTITY, 1, DEVICES[:10]).devices) == 10
    with pytest.raises(Malformed):
        issue(IDENTITY, 1, DEVICES)
    with pytest.raises(Malformed):
        issue(IDENTITY, 1, ())


def test_every_changed_byte_is_refused() -> None:
    raw = issue(IDENTITY, 7, DEVICES[:2]).raw
    for changed in mutations(raw, 1):
        with pytest.raises(Malformed):
            DeviceList.decode(changed)


def test_every_truncation_is_refused() -> None:
    raw = issue(IDENTITY, 7, DEVICES[:1]).raw
    for length in range(len(raw)):
        with pytest.raises(Malformed):
            DeviceList.decode(raw[:length])
    with pytest.raises(Malformed):
        DeviceList.decode(raw + b"\0")
    with pytest.raises(Malformed, match="size"):
        DeviceList.decode(bytes(5_000))


def test_a_list_signed_by_another_identity_is_refused() -> None:
    raw = issue(IDENTITY, 7, DEVICES[:1]).raw
    other = generate_signing_key(RNG)
    with pytest.raises(Malformed):
        DeviceList.decode(raw[:-64] + other.sign(b"vauchi/devices/1" + raw[:-64]))
    with pytest.raises(Malformed):  # the identity's own signature, but for another purpose
        DeviceList.decode(raw[:-64] + IDENTITY.sign(raw[:-64]))


def test_a_device_that_did_not_agree_is_refused() -> None:
    """Misbinding: an identity may not list somebody else's device."""
    other = generate_signing_key(RNG)
    theirs = certify_device(SIGNING[0], STATIC[0].public, other.public)
    with pytest.raises(Malformed):
        issue(IDENTITY, 1, (theirs,))
    exchanged = Device(DEVICES[0].id, DEVICES[0].signing_public, STATIC[1].public, DEVICES[0].signature)
    with pytest.raises(Malformed):
        issue(IDENTITY, 1, (exchanged,))


def test_an_id_that_is_not_the_keys_is_refused() -> None:
    wrong = Device(bytes(16), DEVICES[0].signing_public, DEVICES[0].static_public, DEVICES[0].signature)
    with pytest.raises(Malformed, match="id"):
        issue(IDENTITY, 1, (wrong,))


@pytest.mark.parametrize("static", [bytes(32), b"\1" + bytes(31), LOW_ORDER])
def test_a_static_key_of_low_order_is_refused(static: bytes) -> None:
    with pytest.raises(Malformed):
        issue(IDENTITY, 1, (certify_device(SIGNING[0], static, IDENTITY.public),))


def test_the_same_device_or_static_key_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="twice"):
        issue(IDENTITY, 1, (DEVICES[0], DEVICES[0]))
    shared = certify_device(SIGNING[1], STATIC[0].public, IDENTITY.public)
    with pytest.raises(Malformed, match="twice"):
        issue(IDENTITY, 1, (DEVICES[0], shared))


@pytest.mark.parametrize("version", [0, -1, 2**53 + 1])
def test_a_version_out_of_range_is_refused(version: int) -> None:
    with pytest.raises(Malformed):
        issue(IDENTITY, version, DEVICES[:1])


def test_well_signed_lists_of_a_wrong_form_are_refused() -> None:
    good = body(issue(IDENTITY, 7, DEVICES[:1]).raw)
    DeviceList.decode(signed(good))
    wrong: list[Any] = [
        [good],
        good | {"extra": 1},
        {key: good[key] for key in ("identity", "version")},
        good | {"version": "7"},
        good | {"version": True},
        good | {"devices": {}},
        good | {"devices": ["x"]},
        good | {"devices": [good["devices"][0] | {"name": "laptop"}]},
        good | {"devices": [good["devices"][0] | {"S": b64(bytes(31))}]},
        good | {"identity": b64(bytes(31))},
    ]
    for value in wrong:
        with pytest.raises(Malformed):
            DeviceList.decode(signed(value))
    spaced = json.dumps(good, sort_keys=True).encode()
    with pytest.raises(Malformed, match="form"):
        DeviceList.decode(spaced + IDENTITY.sign(b"vauchi/devices/1" + spaced))


def test_only_a_higher_version_supersedes() -> None:
    old, new = issue(IDENTITY, 7, DEVICES[:1]), issue(IDENTITY, 8, DEVICES[:2])
    assert supersedes(None, old) and supersedes(old, new)
    assert not supersedes(old, DeviceList.decode(old.raw))
    with pytest.raises(Outdated) as outdated:
        supersedes(new, old)
    with pytest.raises(Contradiction) as contradiction:
        supersedes(old, issue(IDENTITY, 7, DEVICES[:2]))
    assert outdated.value.hint and contradiction.value.hint
