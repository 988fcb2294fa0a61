"""How two devices find each other in a local network: an interface, and zeroconf (multicast DNS) behind it."""

import asyncio
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vauchi_tui.errors import VauchiError
from vauchi_tui.protocol.lan import SERVICE_TYPE
from vauchi_tui.relay.listen import is_private

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

_ASK_MS = 3_000


class LanUnavailable(VauchiError):
    """Devices in the same network cannot be found from here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device in the local network listens: an IP address and a port."""

    host: str
    port: int


class Discovery(Protocol):
    """Used by one exchange, for one name."""

    async def announce(self, name: str, port: int) -> None:
        """Let others find this device under that name until `close`. Raises LanUnavailable."""

    async def find(self, name: str) -> Sequence[Place]:
        """Where the device of that name listens; waits until there is one. Raises LanUnavailable."""

    async def close(self) -> None:
        """Take back what was announced."""


class ZeroconfDiscovery:
    """Multicast DNS on this machine's private networks; neither its host name nor a person's name is told."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """`addresses`: this machine's, see `own_addresses`."""
        self._addresses = list(addresses)
        self._zeroconf: AsyncZeroconf | None = None

    async def announce(self, name: str, port: int) -> None:
        from zeroconf import Error, ServiceInfo

        info = ServiceInfo(
            SERVICE_TYPE,
            f"{name}.{SERVICE_TYPE}",
            port=port,
            addresses=[socket.inet_aton(address) for address in self._addresses],
            server=f"{name}.local.",
        )
        try:
            # Nobody else has this name, so it is not asked first whether somebody has.
            await (await self._open()).async_register_service(info, cooperating_responders=True)
        except (Error, OSError, RuntimeError) as error:
            raise _refused(error) from error

    async def find(self, name: str) -> Sequence[Place]:
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo

        try:
            multicast = await self._open()
            while True:
                info = AsyncServiceInfo(SERVICE_TYPE, f"{name}.{SERVICE_TYPE}")
                if await info.async_request(multicast.zeroconf, _ASK_MS) and info.port:
                    return [Place(host, info.port) for host in info.parsed_addresses()]
        except (Error, OSError, RuntimeError) as error:
            raise _refused(error) from error

    async def close(self) -> None:
        multicast, self._zeroconf = self._zeroconf, None
        if multicast is not None:
            await multicast.async_close()

    async def _open(self) -> "AsyncZeroconf":
        if self._zeroconf is None:
            await asyncio.to_thread(_load)
            from zeroconf.asyncio import AsyncZeroconf

            self._zeroconf = AsyncZeroconf(interfaces=self._addresses)
        return self._zeroconf


def zeroconf_here() -> ZeroconfDiscovery:
    """Raises LanUnavailable, in words, where the library is missing or this machine is in no private network."""
    addresses = own_addresses()
    if not addresses:
        raise LanUnavailable("This machine is in no private network.", "Join the network that the other person is in.")
    return ZeroconfDiscovery(addresses)


def own_addresses() -> list[str]:
    """This machine's private IPv4 addresses; only if there is none, that on which it reaches itself.

    Raises LanUnavailable where the library that knows them is missing.
    """
    try:
        import ifaddr

        _load()
    except ImportError as error:
        raise LanUnavailable(
            "Devices in the same network cannot be found: python-zeroconf is missing.",
            "Install it with “pip install zeroconf”, or use a relay.",
        ) from error
    try:
        found = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    except OSError as error:
        raise _refused(error) from error
    private = [address for address in dict.fromkeys(found) if is_private(address)]
    return [address for address in private if not address.startswith("127.")] or private[:1]


def _load() -> None:
    import zeroconf.asyncio

    log = logging.getLogger(zeroconf.__name__)
    log.propagate = False  # its warnings would be written across the screen
    if not log.handlers:
        log.addHandler(logging.NullHandler())


def _refused(error: Exception) -> LanUnavailable:
    words = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
    return LanUnavailable(
        f"The local network cannot be used: {words}.", "Check the network and the firewall (UDP port 5353)."
    )
