"""Whether an exchange may look for the other device in the local network, and with what."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vauchi_tui.actions.context import Context

if TYPE_CHECKING:
    from vauchi_tui.sync.lan_discovery import Discovery

KEY = "lan"
VARIABLE = "VAUCHI_LAN"


def is_wanted(ctx: Context, environ: Mapping[str, str] = os.environ) -> bool:
    """The setting, unless `VAUCHI_LAN` says otherwise for this process: on or off."""
    with ctx.vault.read() as tx:
        return (environ.get(VARIABLE) or tx.settings.get(KEY) or "on").casefold() != "off"


def discovery(ctx: Context) -> "Discovery":
    """What finds the other device. Raises LanUnavailable, in words, where that is not wanted or not possible here."""
    from vauchi_tui.sync.lan_discovery import LanUnavailable, zeroconf_here

    if not is_wanted(ctx):
        raise LanUnavailable(
            "The local network is switched off for exchanges.", "Switch it on with `vauchi settings lan on`."
        )
    return zeroconf_here()
