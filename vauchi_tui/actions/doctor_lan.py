"""Whether devices in the same network can be found from here: one is announced, and has to be found."""

import asyncio
import secrets

from vauchi_tui.sync.lan_discovery import LanUnavailable, own_addresses, zeroconf_here

_PATIENCE_S = 3.0
_PORT = 9  # "discard": nobody is to connect


def local_network() -> str:
    """What works, in words. Raises LanUnavailable. Takes half a second; runs an event loop of its own."""
    asyncio.run(_find_oneself())
    return f"devices in the same network are found, from {', '.join(own_addresses())}"


async def _find_oneself() -> None:
    name = secrets.token_hex(16)
    announcing, finding = zeroconf_here(), zeroconf_here()
    try:
        await announcing.announce(name, _PORT)
        async with asyncio.timeout(_PATIENCE_S):
            await finding.find(name)
    except TimeoutError as error:
        raise LanUnavailable(
            "Nothing that is announced in this network can be found.",
            "Let multicast (UDP port 5353) through the firewall, or meet people over a relay.",
        ) from error
    finally:
        await asyncio.gather(announcing.close(), finding.close())
