"""Linking another device of one's own: the first device shows a code, the new one answers it.

    run = linking.link(ctx)                       # on the first device
    run = linking.join(profile, code, "laptop")   # on the new one, which has no profile yet
    async for event in run.events(): ...

Events (`link_events.Event`): on the first device CodeShown, then what happens; last is Linked, Joined or Failed. There
the sync worker must run beside (`sync.running`), in this process or another; the new device brings its own.
"""

import os
import time
from collections.abc import Callable

from vauchi_tui.actions import devices as own_devices
from vauchi_tui.actions import exchange_ways
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_ways import NOBODY_HERE, ways
from vauchi_tui.actions.link_events import CodeShown
from vauchi_tui.actions.link_runs import JoinRun, LinkRun
from vauchi_tui.actions.profile import refuse_existing
from vauchi_tui.crypto.password import DEFAULT, KdfParameters
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model.fields import clean_label
from vauchi_tui.protocol import linking, relay_address
from vauchi_tui.protocol.code import parse_link_code
from vauchi_tui.protocol.linking import Joining, Offering
from vauchi_tui.sync import link_up
from vauchi_tui.sync.lan_discovery import Discovery
from vauchi_tui.vault.creation import create_profile
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.slotfile import Protection
from vauchi_tui.vault.tx import Tx

_GIVE_RELAY = "Give the relay of your first device, or join the network that it is in."


def link(ctx: Context, *, discovery: Discovery | None = None) -> LinkRun:
    """Show a code for another device of one's own. `discovery`: as for `exchange.show`.

    Raises InvalidValue where this is not the first device, LimitExceeded where there are too many already, and
    ExchangeRefused where the new device could answer nowhere.
    """
    with ctx.vault.write() as tx:
        link_up.check_room(tx)
        ticker = tx.clock.ticker(ctx.now_ms())
        own_devices.introduce_oneself(tx, ticker)
        tx.clock.save(ticker)
        own, secret = tx.me.person(), tx.settings.local_secret()
    found = discovery or exchange_ways.discovery(ctx, own.relay)
    machine = Offering(own, now=ctx.clock(), monotonic=time.monotonic(), rng=ctx.rng, relay=own.relay)
    code = machine.code
    reached = ways(code, own.relay, found, showing=True, decoy_secret=secret, now=ctx.now(), rng=ctx.rng)
    apart = own.relay is not None and "/" not in code.text()
    shown = CodeShown(code.text(), code.text(with_relay=False), code.expiry, own.relay, apart)
    return LinkRun(ctx, machine, reached, [shown])


def join(
    profile: Profile,
    code_text: str,
    name: str | None = None,
    *,
    relay: str | None = None,
    protection: Protection = Protection.PASSPHRASE,
    passphrase: str | None = None,
    clock: Callable[[], float] = time.time,
    rng: Rng = os.urandom,
    parameters: KdfParameters = DEFAULT,
    discovery: Discovery | None = None,
) -> JoinRun:
    """Make this machine a device of whoever shows the code. The profile is made once the first device has agreed.

    `name`: how it will be called, by default as the computer is; `relay`: for a code that names none; the rest as for
    `profile.create` and `exchange.scan`. Raises ProfileError where there is a profile, ExchangeRefused for a code that
    may not be answered, InvalidValue for a name that cannot be used.
    """
    refuse_existing(profile)
    code = parse_link_code(code_text)
    machine = Joining(
        code,
        clean_label(name) if name is not None else own_devices.default_name(),
        now=clock(),
        monotonic=time.monotonic(),
        rng=rng,
    )
    where = relay_address.normalise(relay) if relay else code.relay
    found = discovery or exchange_ways.discovery(None, where, _GIVE_RELAY)
    words = NOBODY_HERE if where is None else ""
    reached = ways(code, where, found, showing=False, decoy_secret=rng(32), now=clock(), rng=rng, without_lan=words)

    def make(joined: linking.Joined) -> Context:
        def fill(tx: Tx) -> None:
            link_up.settle_in(tx, joined, int(clock()), rng)

        vault, data_key = create_profile(profile, protection, passphrase, rng, fill, parameters)
        return Context(profile, vault, data_key, clock, rng)

    return JoinRun(machine, reached, make, rng)
