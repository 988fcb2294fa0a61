"""Whatever comes from outside, the readers of an exchange raise their one class of error and nothing else."""

from dataclasses import replace

import pytest
from exchange_people import ALICE, BOB, START, scanning, seeded, showing, state
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vauchi_tui.errors import ExchangeRefused, InvalidValue, Malformed
from vauchi_tui.protocol.code import ExchangeCode, parse_code, parse_scan_back, to_text
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.exchange.payloads import ScannerPayload, ShowerPayload
from vauchi_tui.protocol.relay_address import code_suffix, from_suffix, normalise

UNHURRIED = settings(deadline=None)  # a busy machine is no failure
KEY = st.binary(min_size=32, max_size=32)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOST = st.lists(LABEL, min_size=2, max_size=4).map(".".join) | st.ip_addresses().map(
    lambda ip: f"[{ip}]" if ip.version == 6 else str(ip)
)
CODES = st.builds(ExchangeCode, KEY, KEY, KEY, st.integers(0, 2**53))


@UNHURRIED
@given(CODES)
def test_codes_survive_their_text(code: ExchangeCode) -> None:
    assert parse_code(code.text()) == code
    assert parse_code(code.text().lower().replace("A", " A ")) == code


@UNHURRIED
@given(CODES, HOST, st.none() | st.integers(1, 65_535))
def test_codes_survive_with_every_relay_that_fits(code: ExchangeCode, host: str, port: int | None) -> None:
    try:
        relay = normalise(host if port is None else f"{host}:{port}")
    except InvalidValue:
        return
    assert normalise(relay) == relay
    with_relay = replace(code, relay=relay)
    expected = with_relay if code_suffix(relay) else code
    assert parse_code(with_relay.text()) == expected


@UNHURRIED
@given(st.text() | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567/=.: ").map("K5BEKWA".__add__))
@example("K5BEKWABQ" + "ſ" * 166)
def test_any_text_is_a_code_or_refused(text: str) -> None:
    for parse in (parse_code, parse_scan_back):
        try:
            parse(text)
        except ExchangeRefused as error:
            assert error.title and error.hint


@UNHURRIED
@given(st.text(max_size=40) | HOST)
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        url = normalise(text)
    except InvalidValue as error:
        assert error.title and error.hint
        return
    assert normalise(url) == url
    suffix = code_suffix(url)
    assert suffix is None or (from_suffix(suffix) == url and suffix == suffix.upper())


@UNHURRIED
@given(st.text(max_size=40))
def test_any_suffix_is_an_address_or_refused(text: str) -> None:
    try:
        url = from_suffix(text)
    except InvalidValue:
        return
    assert normalise(url) == url


@UNHURRIED
@given(st.binary(max_size=6_000))
def test_any_bytes_as_device_list_or_payload_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        DeviceList.decode(data)
    with pytest.raises(Malformed):
        ScannerPayload.decode(data, bytes(32), bytes(80), bytes(109))
    with pytest.raises(Malformed):
        ShowerPayload.decode(data, bytes(32), bytes(32))


RELAYS = st.sampled_from([None, "wss://relay.example.org", "ws://192.168.1.5:8787", "wss://[2a00::1]:99/box"])


@UNHURRIED
@given(st.binary(max_size=64), RELAYS, st.integers(0, 400), st.integers(1, 255))
def test_payloads_read_back_and_every_change_is_refused(sound: bytes, relay: str | None, place: int, flip: int) -> None:
    rng = seeded(1)
    payload = ScannerPayload(BOB.devices, relay, sound, BOB.device.static.public, rng(1184))
    head, code = rng(80), rng(109)
    data = payload.encode(BOB.device.signing, head, code)
    assert ScannerPayload.decode(data, BOB.device.static.public, head, code) == (payload, BOB.devices.devices[0])
    changed = bytearray(data)
    changed[place * 7 % len(data)] ^= flip
    with pytest.raises(Malformed):
        ScannerPayload.decode(bytes(changed), BOB.device.static.public, head, code)


@UNHURRIED
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_introductions_read_back_and_every_change_is_refused(place: int, flip: int) -> None:
    rng = seeded(2)
    payload = ShowerPayload(ALICE.devices, ALICE.relay, "Alice", rng(1088), 1, b"")
    h1 = rng(32)
    data = payload.encode(ALICE.device.signing, h1)
    assert ShowerPayload.decode(data, ALICE.device.static.public, h1) == (payload, ALICE.devices.devices[0])
    changed = bytearray(data)
    changed[place % len(data)] ^= flip
    with pytest.raises(Malformed):
        ShowerPayload.decode(bytes(changed), ALICE.device.static.public, h1)


@UNHURRIED
@given(st.binary(max_size=3_000), st.integers(0, 6))
def test_any_content_changes_nothing(body: bytes, kind: int) -> None:
    alice = showing()
    for machine in (alice, scanning(alice)):
        before = state(machine)
        assert not machine.receive_data(bytes([kind]) + body, START)
        assert not machine.receive_data(body, START)
        assert state(machine) == before


@UNHURRIED
@given(KEY, KEY)
def test_text_of_bytes_is_injective(a: bytes, b: bytes) -> None:
    assert (to_text(a) == to_text(b)) == (a == b)
