"""Where a relay listens, and whether it may do so without TLS."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Self

from vauchi_tui.errors import VauchiError

DEFAULT_PORT = 8787


class CannotServe(VauchiError):
    """The relay cannot start as it was asked to."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A host name or address and a port; port 0 lets the system choose."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`HOST:PORT`, `HOST`, `[IPv6]:PORT` or `:PORT` (loopback). Raises CannotServe on anything else."""
        host, colon, port = text.rpartition(":")
        if not colon or (text.count(":") > 1 and "]" not in host):
            host, port = text, str(DEFAULT_PORT)
        host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
        if not port.isascii() or not port.isdigit() or int(port) > 65535 or any(c in "/[] \t" for c in host):
            raise CannotServe(f"“{text}” is no address to listen at.", "Use HOST:PORT, for example 127.0.0.1:8787.")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, *, tls: bool) -> str:
        """The address that clients use."""
        return f"{'wss' if tls else 'ws'}://{self}"

    def require_private(self) -> None:
        """Raise CannotServe unless every address of the host is loopback, link-local or of a private network.

        Without TLS everybody on the way could see which mailboxes a device reads, and empty them.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise CannotServe(f"There is no address of the name “{self.host}”.", "Check --listen.") from error
        for *_, address in found:
            if not is_private(str(address[0])):
                raise CannotServe(
                    f"{self.host} can be reached from outside, and the relay has no TLS.",
                    "Give --tls-cert and --tls-key, a private address, or --behind-proxy and a proxy that does TLS.",
                )


def is_private(address: str) -> bool:
    """Whether an IP address is loopback, link-local or of a private network (RFC 1918, 4193, 6598)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.is_unspecified:  # all interfaces, whichever there are
        return False
    shared = ip.version == 4 and ip in ipaddress.ip_network("100.64.0.0/10")
    return ip.is_loopback or ip.is_link_local or ip.is_private or shared


def lan_address() -> str | None:
    """This machine's address on the local network, where it has a private one; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: only the route is looked up
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return address if is_private(address) and not ipaddress.ip_address(address).is_loopback else None
