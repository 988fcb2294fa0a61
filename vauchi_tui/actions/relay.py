"""Running a relay inside the app, for the people in the same network."""

from typing import TYPE_CHECKING

from vauchi_tui.relay.listen import DEFAULT_PORT, lan_address
from vauchi_tui.vault.profile import Profile

if TYPE_CHECKING:
    from vauchi_tui.relay.embedded import EmbeddedRelay

PORT = DEFAULT_PORT


def embedded(profile: Profile, host: str | None = None, port: int = PORT) -> "EmbeddedRelay":
    """A relay inside this process, with its mailboxes beside the vault: `await .start()` gives its URL, `.stop()` ends.

    Without `host` it listens at this machine's address in its network, or only on this machine where there is none.
    `start` raises CannotServe where the port is taken.
    """
    from vauchi_tui.relay.embedded import EmbeddedRelay

    return EmbeddedRelay(profile.relay_store, host or local_address() or "127.0.0.1", port)


def local_address() -> str | None:
    """This machine's address in its private network, as others there reach it; None where there is none."""
    return lan_address()


def reach(address: str | None) -> str:
    """In words: who can reach a relay that runs here, `address` being what `local_address` gave."""
    if address is None:
        return "This machine is in no private network: only programs on it can reach a relay here."
    return f"People in the same network reach it as {address}:{PORT} while the app runs."
