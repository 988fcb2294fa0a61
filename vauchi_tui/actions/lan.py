"""Whether an exchange may look for the other device in the local network, and with what."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vauchi_tui.actions.context import Context

if TYPE_CHECKING:
    from vauchi_tui.sync.lan_discovery import Discovery

KEY = "lan"
VARIABLE = "VAUCHI_LAN"


def is_wanted(ctx: Context | None, environ: Mapping[str, str] = os.environ) -> bool:
    """The setting, unless `VAUCHI_LAN` says otherwise for this process: on or off. `ctx`: None without a profile."""
    setting = None
    if ctx is not None:
        with ctx.vault.read() as tx:
            setting = tx.settings.get(KEY)
    return (environ.get(VARIABLE) or setting or "on").casefold() != "off"


def discovery(ctx: Context | None) -> "Discovery":
    """What finds the other device. Raises LanUnavailable, in words, where that is not wanted or not possible here."""
    from vauchi_tui.sync.lan_discovery import LanUnavailable, zeroconf_here

    if not is_wanted(ctx):
        raise LanUnavailable(
            "The local network is switched off for exchanges.", "Switch it on with `vauchi settings lan on`."
        )
    return zeroconf_here()
