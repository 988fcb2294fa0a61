import argparse
import ipaddress
from pathlib import Path

import pytest
from relay_certificate import make_certificate

from vauchi_tui.errors import VauchiError
from vauchi_tui.relay.listen import CannotServe, Listen, is_private, lan_address
from vauchi_tui.relay.options import RelayOptions, add_arguments, options_from


@pytest.mark.parametrize(
    ("text", "host", "port", "shown"),
    [
        ("127.0.0.1:9000", "127.0.0.1", 9000, "127.0.0.1:9000"),
        ("relay.local", "relay.local", 8787, "relay.local:8787"),
        (":9000", "127.0.0.1", 9000, "127.0.0.1:9000"),
        ("[::1]:9000", "::1", 9000, "[::1]:9000"),
        ("[::1]", "::1", 8787, "[::1]:8787"),
        ("::1", "::1", 8787, "[::1]:8787"),
        ("10.0.0.1:0", "10.0.0.1", 0, "10.0.0.1:0"),
    ],
)
def test_addresses_to_listen_at(text: str, host: str, port: int, shown: str) -> None:
    listen = Listen.parse(text)
    assert (listen.host, listen.port, str(listen)) == (host, port, shown)
    assert listen.url(tls=False) == f"ws://{shown}"
    assert listen.url(tls=True) == f"wss://{shown}"


@pytest.mark.parametrize("text", ["host:", "host:http", "host:65536", "host:-1", "a b:1", "ws://host:1", "host/path"])
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(CannotServe) as caught:
        Listen.parse(text)
    assert caught.value.hint


PRIVATE = [
    *("127.0.0.1", "::1", "10.1.2.3", "192.168.1.5", "172.16.0.1"),
    *("fe80::1%eth0", "fd00::1", "100.64.0.1", "169.254.1.1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_no_tls(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1", "0.0.0.0", "::", "172.32.0.1", "100.128.0.1"])
def test_public_addresses_and_all_interfaces_are_refused_without_tls(address: str, tmp_path: Path) -> None:
    listen = Listen(address, 8787)
    with pytest.raises(CannotServe) as caught:
        RelayOptions(tmp_path / "m", listen).tls()
    assert "TLS" in caught.value.title
    assert "--behind-proxy" in caught.value.hint
    assert RelayOptions(tmp_path / "m", listen, behind_proxy=True).tls() is None


def test_a_name_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="no address"):
        RelayOptions(tmp_path / "m", Listen("nowhere.invalid", 1)).tls()


def test_tls_needs_two_files_that_belong_together(tmp_path: Path) -> None:
    listen = Listen("8.8.8.8", 443)
    cert, key = make_certificate(tmp_path)
    assert RelayOptions(tmp_path / "m", listen, cert, key).tls() is not None
    (tmp_path / "empty").write_text("")
    for wrong in ((cert, None), (None, key), (cert, tmp_path / "missing"), (tmp_path / "empty", key)):
        with pytest.raises(VauchiError) as caught:
            RelayOptions(tmp_path / "m", listen, *wrong).tls()
        assert caught.value.hint


def test_options_from_the_command_line(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = options_from(
        parser.parse_args(["--listen", "10.0.0.1:1", "--store", str(tmp_path / "m"), "--behind-proxy"])
    )
    assert options == RelayOptions(tmp_path / "m", Listen("10.0.0.1", 1), behind_proxy=True)
    defaults = options_from(parser.parse_args([]))
    assert str(defaults.listen) == "127.0.0.1:8787"
    assert defaults.store.name == "mailboxes.sqlite3"


def test_the_address_on_the_local_network_is_private_and_can_be_listened_at() -> None:
    address = lan_address()
    assert address is None or (is_private(address) and not ipaddress.ip_address(address).is_loopback)
