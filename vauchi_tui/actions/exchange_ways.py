"""How the two sides of a code reach each other: over a relay, in the local network, or both."""

from dataclasses import dataclass

from vauchi_tui.actions import lan
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_channel import Channel, RelayChannel
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import ExchangeRefused
from vauchi_tui.protocol.code import ExchangeCode
from vauchi_tui.protocol.mailbox import day_of
from vauchi_tui.sync.lan_discovery import Discovery, LanUnavailable

CHOOSE_RELAY = "Choose a relay with `vauchi settings relay ADDRESS`, or in the app under Settings."
NOBODY_HERE = "Nobody answers in this network yet. Join the one that the other device is in, or give a relay."


@dataclass(frozen=True, slots=True)
class Ways:
    """How the other side is reached: by `channel` at `relay`, in the local network, or by both.

    `without_lan`: what the person is told when the local network is not enough; empty for nothing.
    """

    channel: Channel | None = None
    relay: str | None = None
    discovery: Discovery | None = None
    without_lan: str = ""


def ways(
    code: ExchangeCode,
    relay: str | None,
    found: Discovery | None,
    *,
    showing: bool,
    decoy_secret: bytes,
    now: float,
    rng: Rng,
    without_lan: str = "",
) -> Ways:
    """The ways that there are. `decoy_secret`: 32 bytes that hide the code's slot at the relay; `now` in unix s."""
    if relay is None:
        return Ways(discovery=found, without_lan=without_lan)
    channel = RelayChannel(relay, code.token, showing=showing, day=day_of(now), decoy_secret=decoy_secret, rng=rng)
    return Ways(channel, relay, found, without_lan)


def discovery(ctx: Context | None, relay: str | None, hint: str = CHOOSE_RELAY) -> Discovery | None:
    """For the local network, None where it cannot be used and there is a relay. Raises ExchangeRefused without one.

    `ctx`: None where there is no profile yet. `hint`: what helps where there is neither.
    """
    try:
        return lan.discovery(ctx)
    except LanUnavailable as error:
        if relay is not None:
            return None
        raise ExchangeRefused(
            f"You have no relay yet, over which the other side could answer. {error.title}", hint
        ) from error
