"""Both sides of a linking under way: what each stores, and what it waits for."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from vauchi_tui.actions import devices as own_devices
from vauchi_tui.actions import sync
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_carrier import Parcel
from vauchi_tui.actions.exchange_messages import MessagesByLan
from vauchi_tui.actions.exchange_ways import Ways
from vauchi_tui.actions.link_events import Arriving, DeviceAnswered, Event, Failed, Joined, Linked
from vauchi_tui.actions.pipe_run import POLL, RESEND, PipeRun
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.model.contact import fingerprint
from vauchi_tui.model.registers import DISPLAY_NAME
from vauchi_tui.protocol import events as machine_events
from vauchi_tui.protocol import linking
from vauchi_tui.protocol.devices import DeviceList
from vauchi_tui.protocol.linking import Joining, Offering
from vauchi_tui.protocol.mailbox import SHOWER_TO_SCANNER
from vauchi_tui.sync import link_up
from vauchi_tui.sync.events import OwnUpdated, SyncEvent
from vauchi_tui.sync.introduce import LastWord
from vauchi_tui.vault.outbox import Kind

SILENCE_SECONDS = 120.0
"""How long either side waits for a first word of the other, or the new one for the next."""
STALL_SECONDS = 10.0
"""How long the handing over in the local network may stand still."""
SETTLE_SECONDS = 10.0


class LinkRun(PipeRun[Offering, Event]):
    """The first device's side, up to the new device's first word; in the local network up to its having everything."""

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
                self._drop_last_word()
                await self._hand_over(messages)
                self._tell(Linked(known.name, known.id))
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

    def _drop_last_word(self) -> None:
        """The new device has M5, by whatever way it came."""
        with self._ctx.vault.write() as tx:
            for row in tx.outbox.for_contact(self._identity):
                if row.kind is Kind.SLOT:
                    tx.outbox.delete(row.id)

    async def _hand_over(self, messages: MessagesByLan) -> None:
        """In the local network: until the new device has everything, as long as it goes on."""
        seen, deadline = -1, 0.0
        while not self._giving_up and messages.turn(now := time.monotonic()):
            if (version := self._ctx.vault.data_version()) != seen:
                seen, deadline = version, now + STALL_SECONDS
            elif now >= deadline:
                return
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
