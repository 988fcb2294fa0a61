"""Addresses of relays as typed, stored and carried in a code."""

import pytest

from vauchi_tui.errors import InvalidValue
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.registers import RELAY, Change, Op
from vauchi_tui.protocol.relay_address import LENGTH, code_suffix, from_suffix, is_private, normalise


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("relay.example.org", "wss://relay.example.org"),
        ("  Relay.Example.ORG/ ", "wss://relay.example.org"),
        ("relay.example.org.", "wss://relay.example.org"),
        ("relay.example.org:443", "wss://relay.example.org"),
        ("WSS://relay.example.org:0443", "wss://relay.example.org"),
        ("relay.example.org:8443", "wss://relay.example.org:8443"),
        ("wss://relay.example.org/box/", "wss://relay.example.org/box"),
        ("bücher.example", "wss://xn--bcher-kva.example"),
        ("203.0.114.7", "wss://203.0.114.7"),
        ("[2a00::1]:99", "wss://[2a00::1]:99"),
        ("localhost", "ws://localhost:8787"),
        ("localhost:443", "wss://localhost"),
        ("printer.local", "ws://printer.local:8787"),
        ("192.168.1.5", "ws://192.168.1.5:8787"),
        ("192.168.1.5:9000", "ws://192.168.1.5:9000"),
        ("ws://10.0.0.1", "ws://10.0.0.1:8787"),
        ("wss://10.0.0.1", "wss://10.0.0.1"),
        ("ws://10.0.0.1:443", "ws://10.0.0.1:443"),
        ("[::1]", "ws://[::1]:8787"),
        ("[FD00:0::1]:80", "ws://[fd00::1]:80"),
    ],
)
def test_normalise(typed: str, stored: str) -> None:
    assert normalise(typed) == stored
    assert normalise(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ":8787",
        "http://relay.example.org",
        "user@relay.example.org",
        "wss://user:password@relay.example.org",
        "relay.example.org:0",
        "relay.example.org:65536",
        "relay.example.org:",
        "relay.example.org:x",
        "relay.example.org?x=1",
        "relay.example.org#x",
        "relay example",
        "-relay.example.org",
        "relay..example.org",
        "relay_box.example.org",
        "1.2.3",
        "256.1.1.1",
        "0.0.0.0:8787",
        "224.0.0.1",
        "[::]",
        "[fe80::1%eth0]",
        "[1.2.3.4]",
        "::1",
        "a" * 64 + ".org",
        ".".join(["a" * 60] * 5),
        "relay.example.org/\x00",
        "wss://relay.example.org/ü",
    ],
)
def test_what_is_no_address_is_refused_with_a_remedy(typed: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        normalise(typed)
    assert caught.value.hint


@pytest.mark.parametrize("typed", ["ws://relay.example.org", "ws://203.0.114.7:8787", "ws://[2a00::1]"])
def test_plain_to_a_public_host_is_refused(typed: str) -> None:
    with pytest.raises(InvalidValue, match="TLS") as caught:
        normalise(typed)
    assert "wss://" in caught.value.hint


@pytest.mark.parametrize(
    "host", ["localhost", "a.localhost", "x.local", "127.0.0.1", "10.1.2.3", "[::1]", "169.254.1.1"]
)
def test_private_hosts(host: str) -> None:
    assert is_private(host)


@pytest.mark.parametrize("host", ["example.org", "local", "mylocal", "localhost.example.org", "8.8.8.8", "[2a00::1]"])
def test_public_hosts(host: str) -> None:
    assert not is_private(host)


@pytest.mark.parametrize(
    ("url", "suffix"),
    [
        ("wss://relay.example.org", "RELAY.EXAMPLE.ORG"),
        ("wss://relay.example.org:8443", "RELAY.EXAMPLE.ORG:8443"),
        ("ws://192.168.1.5:8787", "192.168.1.5:8787"),
        ("ws://192.168.1.5:443", None),
        ("wss://192.168.1.5:8443", None),
        ("wss://[2a00::1]", None),
        ("wss://example.org/box", None),
    ],
)
def test_code_suffix_is_there_only_if_it_leads_back(url: str, suffix: str | None) -> None:
    assert code_suffix(url) == suffix
    if suffix is not None:
        assert from_suffix(suffix) == url


@pytest.mark.parametrize("suffix", ["", "A B", "HOST/PATH", "HOST:", "HOST:123456", "[::1]", "WSS://HOST", "1.2.3"])
def test_bad_suffix_is_refused(suffix: str) -> None:
    with pytest.raises(InvalidValue):
        from_suffix(suffix)


def test_the_longest_address_can_be_told_to_contacts() -> None:
    url = normalise("relay.example.org/" + "x" * (LENGTH - len("wss://relay.example.org/")))
    assert len(url) == LENGTH
    change = Change(Op.UPDATE, RELAY, Hlc(1, 0, bytes(16)), url)
    assert Change.from_json(change.to_json()) == change
