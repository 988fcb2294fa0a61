"""Addresses of relays: as typed, as stored (`wss://host[:port]`, `ws://host:port`) and as a code carries them.

A private host needs no TLS; every other one does. A code carries `HOST[:PORT]` in capitals: TLS unless the port of a
private host says otherwise.
"""

import ipaddress
import re

from vauchi_tui.errors import InvalidValue

PLAIN_PORT = 8787
TLS_PORT = 443
LENGTH = 255
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://)?"
    r"(?P<host>\[[^\[\]/@]*\]|[^\[\]:/@?#\s]*)"
    r"(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<path>/[A-Za-z0-9._~/\-]*)?"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
_SUFFIX = re.compile(r"[A-Za-z0-9.\-]+(?::[0-9]{1,5})?")
_EXAMPLE = "Type it like relay.example.org or 192.168.1.5:8787."


def normalise(text: str) -> str:
    """The one stored form of an address as a person may type it, scheme and port optional. Idempotent.

    Without a scheme a private host gets `ws://` (port 8787 unless given), every other one `wss://`.
    Raises InvalidValue, with the remedy, on anything else and on `ws://` to a public host.
    """
    text = text.strip()
    match = _ADDRESS.fullmatch(text)
    if match is None or len(text) > LENGTH:
        raise InvalidValue("That is not the address of a relay.", _EXAMPLE)
    scheme = (match["scheme"] or "").lower()
    if scheme not in ("", "ws", "wss"):
        raise InvalidValue(f"A relay's address begins with wss://, not {scheme}://.", _EXAMPLE)
    host = _host(match["host"])
    port = _port(match["port"])
    path = (match["path"] or "").rstrip("/")
    private = is_private(host)
    if scheme == "ws" and not private:
        raise InvalidValue(
            "A relay on the internet needs TLS.", f"Use wss://{host}; ws:// is for private addresses only."
        )
    if scheme == "wss" or (not scheme and (not private or port == TLS_PORT)):
        return f"wss://{host}{'' if port in (None, TLS_PORT) else f':{port}'}{path}"
    return f"ws://{host}:{port or PLAIN_PORT}{path}"


def code_suffix(url: str) -> str | None:
    """What a code carries for this relay, in capitals; None where `from_suffix` would not give `url` back.

    `url` is normalised. Addresses with a path, IPv6 addresses and TLS at an odd port of a private host do not fit.
    """
    authority = url.removeprefix("wss://").removeprefix("ws://")
    for candidate in (authority, f"{authority}:{TLS_PORT}"):
        if _SUFFIX.fullmatch(candidate) and from_suffix(candidate) == url:
            return candidate.upper()
    return None


def from_suffix(text: str) -> str:
    """The normalised address behind a code's `HOST[:PORT]`. Raises InvalidValue."""
    if not _SUFFIX.fullmatch(text):
        raise InvalidValue("The code names a relay that cannot be read.", "Give the relay with --relay.")
    host, _, port = text.lower().partition(":")
    plain = port not in ("", str(TLS_PORT)) and is_private(_host(host))
    return normalise(f"{'ws' if plain else 'wss'}://{host}{port and f':{port}'}")


def is_private(host: str) -> bool:
    """Whether a normalised host is on this machine or its network by its very form; nothing is looked up."""
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_link_local


def _host(text: str) -> str:
    if text.startswith("["):
        return f"[{_ip(text[1:-1], 6)}]"
    try:
        host = text.encode("idna").decode().lower().rstrip(".")
    except UnicodeError as error:
        raise InvalidValue("That is not the name of a host.", _EXAMPLE) from error
    labels = host.split(".")
    if labels[-1].isdigit():
        return _ip(host, 4)
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        raise InvalidValue("That is not the name of a host.", _EXAMPLE)
    return host


def _ip(text: str, version: int) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise InvalidValue(f"“{text}” is not an IP address.", _EXAMPLE) from error
    if address.version != version or address.is_unspecified or address.is_multicast or "%" in text:
        raise InvalidValue(f"Nobody can reach a relay at “{text}”.", "Give the address that others use to reach it.")
    return str(address)


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not text or not 1 <= int(text) <= 65_535:
        raise InvalidValue("A port is a number from 1 to 65535.", _EXAMPLE)
    return int(text)
