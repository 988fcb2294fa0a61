"""Running a relay: on its own as a service, or inside the app for the people in the same network."""

import ipaddress
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from vauchi_tui.vault.profile import Profile

if TYPE_CHECKING:
    from vauchi_tui.relay.main import EmbeddedRelay

PORT = 8787


def embedded(profile: Profile, host: str = "0.0.0.0", port: int = PORT) -> "EmbeddedRelay":
    """A relay inside this process, with its mailboxes beside the vault: `await .start()`, `await .stop()`."""
    from vauchi_tui.relay.main import EmbeddedRelay

    return EmbeddedRelay(Path(profile.relay_store), host, port)


def local_address() -> str | None:
    """This machine's address in its network, as others there reach it; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the kernel picks the address that it would use
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if ipaddress.ip_address(address).is_unspecified else address


def reach(profile_address: str | None) -> str:
    """In words: who can reach a relay that runs here."""
    if profile_address is None:
        return "This machine has no network: only programs on it can reach a relay here."
    if ipaddress.ip_address(profile_address).is_private:
        return f"People in the same network reach it as ws://{profile_address}:{PORT} while the app runs."
    return f"Anybody on the Internet may reach it as {profile_address}:{PORT}; use a relay with TLS instead."
