"""Linking another device of one's own: the first device shows a code, the new one answers it.

    run = linking.link(ctx)                       # on the first device
    run = linking.join(profile, code, "laptop")   # on the new one, which has no profile yet
    async for event in run.events(): ...

Events (`link_events.Event`): on the first device CodeShown, then what happens; last is Linked, Joined or Failed. There
the sync worker must run beside (`sync.running`), in this process or another; the new device brings its own.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from vauchi_tui.actions import devices as own_devices
from vauchi_tui.actions import exchange_ways, sync
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_carrier import Parcel
from vauchi_tui.actions.exchange_messages import MessagesByLan
from vauchi_tui.actions.exchange_ways import NOBODY_HERE, Ways, ways
from vauchi_tui.actions.link_events import Arriving, CodeShown, DeviceAnswered, Event, Failed, Joined, Linked
from vauchi_tui.actions.pipe_run import POLL, RESEND, PipeRun
from vauchi_tui.actions.profile import refuse_existing
from vauchi_tui.crypto.password import DEFAULT, KdfParameters
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model.contact import fingerprint
from vauchi_tui.model.fields import clean_label
from vauchi_tui.model.registers import DISPLAY_NAME
from vauchi_tui.protocol import events as machine_events
from vauchi_tui.protocol import linking, relay_address
from vauchi_tui.protocol.code import parse_link_code
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.linking import Joining, Offering
from vauchi_tui.protocol.mailbox import SHOWER_TO_SCANNER
from vauchi_tui.sync import link_up
from vauchi_tui.sync.events import OwnUpdated, SyncEvent
from vauchi_tui.sync.introduce import LastWord
from vauchi_tui.sync.lan_discovery import Discovery
from vauchi_tui.vault.creation import create_profile
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.slotfile import Protection
from vauchi_tui.vault.tx import Tx

SILENCE_SECONDS = 120.0
"""How long either side waits for a first word of the other, or the new one for the next."""
SEE_OFF_SECONDS = 30.0
SETTLE_SECONDS = 10.0
_GIVE_RELAY = "Give the relay of your first device, or join the network that it is in."


def link(ctx: Context, *, discovery: Discovery | None = None) -> "LinkRun":
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
) -> "JoinRun":
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


class LinkRun(PipeRun[Offering, Event]):
    """The first device's side, up to the new device's first word."""

    LAST: ClassVar[tuple[type, ...]] = (Linked, Failed)

    def __init__(self, ctx: Context, machine: Offering, ways: Ways, opening: Iterable[Event]) -> None:
        super().__init__(machine, machine.code, ways, opening, ctx.rng)
        self._ctx = ctx
        self._identity = b""

    async def enter_digits(self, text: str) -> bool:
        """The six digits of the new device's screen, after EnterDigits. True if they are right.

        Raises InvalidValue, without counting it as a try, where the text is not six digits.
        """
        self._machine.tick(time.monotonic())
        try:
            return self._machine.enter_digits(text)
        finally:
            self._pipe.news.set()

    def _step(self) -> None:
        self._post(self._machine.data_to_send())
        if self._machine.result is not None and not self._machine.completed:
            self._admit(self._machine.result)
        for event in self._machine.events_received():
            match event:
                case machine_events.Failed():
                    self._tell_failed(event)
                case machine_events.Scanned():
                    self._tell(DeviceAnswered(self._machine.name))
                case (
                    machine_events.EnterDigits()
                    | machine_events.WrongDigits()
                    | machine_events.SecondAnswer()
                    | machine_events.Completed()
                ):
                    self._tell(event)

    def _admit(self, linked: linking.Linked) -> None:
        """Put the device on the list, and keep M5 in the outbox: the worker sends it too if this process cannot."""
        code, relay = self._code, self._ways.relay

        def seal(devices: DeviceList) -> LastWord:
            return LastWord(self._machine.admit(devices), (code.token, SHOWER_TO_SCANNER), relay)

        with self._ctx.vault.write() as tx:
            linked = replace(linked, name=own_devices.free_name(tx, linked.name))
            link_up.admit(tx, linked, seal, self._ctx.now(), self._ctx.rng)
            tx.history.add(self._ctx.now(), None, "devices", f"You linked your device “{linked.name}”.")
            self._identity = tx.me.identity()
            rows = [row for row in tx.outbox.for_contact(self._identity) if row.kind is Kind.SLOT]
        self._machine.data_to_send()  # the rows carry it
        for row in rows:
            self._pipe.post(Parcel(row.inner, row.mid, row.id))

    async def _conclude(self) -> None:
        assert self._machine.result is not None
        device = self._machine.result.device
        messages = MessagesByLan(self._ctx, self._pipe, self._identity, device.id)
        now = time.monotonic()
        deadline, resend_at = now + SILENCE_SECONDS, now + RESEND
        while not self._giving_up and (now := time.monotonic()) < deadline:
            messages.turn(now)
            self._pipe.arrived()  # what may still come in the slot is its certificate once more
            known = own_devices.find(self._ctx, device.id)
            if known.last_seen is not None:
                self._pipe.finish()
                self._tell(Linked(known.name, known.id))
                await self._see_off(messages)
                return
            if now >= resend_at:
                resend_at = now + RESEND
                self._resend()
            await self._pause(POLL)
        self._tell(
            Failed(
                "unconfirmed",
                "The new device has not answered yet.",
                "It is on the list of your devices: it completes when both sync. Revoke it if it is lost.",
            )
        )

    async def _see_off(self, messages: MessagesByLan) -> None:
        """In the local network: until the new device has everything, or the person has seen enough."""
        deadline = time.monotonic() + SEE_OFF_SECONDS
        while not self._giving_up and (now := time.monotonic()) < deadline and messages.turn(now):
            await self._pause(POLL)

    def _note_sent(self, parcel: Parcel) -> None:
        if parcel.row is not None:
            with self._ctx.vault.write() as tx:
                tx.outbox.stored(parcel.row, self._ctx.now())


class JoinRun(PipeRun[Joining, Event]):
    """The new device's side, up to everything having arrived. Syncs the profile that it makes while it runs."""

    LAST: ClassVar[tuple[type, ...]] = (Joined, Failed)

    def __init__(self, machine: Joining, ways: Ways, make: Callable[[linking.Joined], Context], rng: Rng) -> None:
        """`make` creates the profile; it runs in a thread."""
        super().__init__(machine, machine.code, ways, (), rng)
        self.context: Context | None = None
        """The new profile, open, from Completed on. Whoever runs this closes it, when the run is over."""
        self._make = make
        self._heard_at = 0.0
        self._left: int | None = None

    def _step(self) -> None:
        self._post(self._machine.data_to_send())
        for event in self._machine.events_received():
            match event:
                case machine_events.Failed():
                    self._tell_failed(event)
                case machine_events.Digits():
                    self._tell(event)

    async def _conclude(self) -> None:
        joined = self._machine.result
        assert joined is not None
        ctx = self.context = await asyncio.to_thread(self._make, joined)
        self._tell(machine_events.Completed())
        messages = MessagesByLan(ctx, self._pipe, joined.own.identity, joined.primary.id, self._synced)
        self._pipe.finish()
        async with sync.running(ctx, self._synced):
            self._heard_at = time.monotonic()
            while not self._giving_up and (now := time.monotonic()) < self._heard_at + SILENCE_SECONDS:
                messages.turn(now)
                if self._left == 0:
                    self._tell(await self._settle(ctx, messages, joined.primary.id))
                    return
                await self._pause(POLL)
        self._tell(
            Failed(
                "unconfirmed",
                "Not everything of yours has arrived yet.",
                "This device is linked; the rest comes when both sync.",
            )
        )

    async def _settle(self, ctx: Context, messages: MessagesByLan, primary: bytes) -> Joined:
        """Let the acknowledgements leave; then this device can be switched off."""
        deadline = time.monotonic() + SETTLE_SECONDS
        with ctx.vault.read() as tx:
            identity, name = tx.me.identity(), tx.card.registers().text(DISPLAY_NAME)
        while (now := time.monotonic()) < deadline:
            owing = messages.turn(now)
            with ctx.vault.read() as tx:
                rows = tx.outbox.for_contact(identity)
                waiting = any(row.stored_at is None for row in rows if row.peer_id == primary)
            if not waiting and not owing:
                break
            await self._pause(POLL)
        return Joined(name, fingerprint(identity))

    def _synced(self, event: SyncEvent) -> None:
        if isinstance(event, OwnUpdated):
            self._heard_at, self._left = time.monotonic(), event.left
            self._tell(Arriving(event.left))
            self._pipe.news.set()
