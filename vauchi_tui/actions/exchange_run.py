"""One exchange under way: drives the machine, carries its contents over the pipe, stores the contact."""

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.exchange_carrier import Parcel
from vauchi_tui.actions.exchange_events import Complete, Event, Failed
from vauchi_tui.actions.exchange_messages import MessagesByLan
from vauchi_tui.actions.exchange_sound import SoundTalk
from vauchi_tui.actions.exchange_ways import Ways
from vauchi_tui.actions.pipe_run import POLL, RESEND, PipeRun
from vauchi_tui.actions.sound import Pair, level
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.contact import Contact
from vauchi_tui.protocol import events as machine_events
from vauchi_tui.protocol.code import REMEMBERED_AFTER_EXPIRY, parse_scan_back
from vauchi_tui.protocol.devices import OwnPerson
from vauchi_tui.protocol.exchange import Established, Scanning, Showing
from vauchi_tui.protocol.mailbox import SHOWER_TO_SCANNER
from vauchi_tui.proximity.live import OpenCard
from vauchi_tui.sync import introduce
from vauchi_tui.sync.introduce import LastWord
from vauchi_tui.vault.outbox import Kind

CONFIRM_SECONDS = 120.0
SEE_OFF_SECONDS = 3.0


class ExchangeRun(PipeRun[Showing | Scanning, Event]):
    """One exchange, from the first byte to the stored contact."""

    LAST: ClassVar[tuple[type, ...]] = (Complete, Failed)

    def __init__(
        self,
        ctx: Context,
        own: OwnPerson,
        machine: Showing | Scanning,
        ways: Ways,
        grants: Iterable[str],
        opening: Iterable[Event],
        read_image: Callable[[Path], str],
        sound: Pair | None,
        card: OpenCard,
    ) -> None:
        """`opening`: events to begin with. `read_image`: the text of a picture's code.

        `sound`, `card`: the devices for a proof by sound, and who opens them.
        """
        super().__init__(machine, machine.code, ways, opening, ctx.rng)
        self._ctx = ctx
        self._own = own
        self._grants = frozenset(grants)
        self._read_image = read_image
        self._sound = sound
        self._card = card
        self._talk: SoundTalk | None = None
        self._identity: bytes | None = None
        self._stored: Established | None = None
        self._before: Contact | None = None  # the other person, where he was a contact already
        self._remembered = isinstance(machine, Showing)

    async def enter_digits(self, text: str) -> bool:
        """The six digits of the other screen (showing side, after EnterDigits). True if they are right.

        Raises InvalidValue, without counting it as a try, where the text is not six digits.
        """
        if not isinstance(self._machine, Showing):
            raise VauchiError("The digits are typed where the code is shown.", "Show them to the other person.")
        self._machine.tick(time.monotonic())
        try:
            return self._machine.enter_digits(text)
        finally:
            self._pipe.news.set()

    async def scan_back(self, image: Path) -> bool:
        """A picture of the other screen (showing side, after ScanBack). True if it is this exchange's code.

        Raises VauchiError where the picture cannot be read or holds no such code.
        """
        if not isinstance(self._machine, Showing):
            raise VauchiError("The code back is read where the first code is shown.", "Let the other side read yours.")
        data = parse_scan_back(await asyncio.to_thread(self._read_image, image))
        self._machine.tick(time.monotonic())
        try:
            return self._machine.scanned_back(data)
        finally:
            self._pipe.news.set()

    async def accept_without_sound(self) -> bool:
        """The other device says that it has no sound (showing side, after NoSound): go on with the digits."""
        if not isinstance(self._machine, Showing):
            raise VauchiError("That is decided where the code is shown.", "Wait for the other person.")
        try:
            return self._machine.accept_without_sound(time.monotonic())
        finally:
            self._pipe.news.set()

    async def confirm(self) -> bool:
        """Name and digits are right (after Confirm). False: nobody asked, or the time is over."""
        try:
            return self._machine.confirm(time.monotonic())
        finally:
            self._pipe.news.set()

    async def settle(self, seconds: float = 10.0) -> bool:
        """Wait until everything for the new contact has left this machine. False: it waits for a later sync."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._ctx.vault.read() as tx:
                rows = tx.outbox.for_contact(self._identity) if self._identity else []
                owed = self._identity in tx.fanout.all()
            if not owed and all(row.stored_at is not None for row in rows):
                return True
            await asyncio.sleep(POLL)
        return False

    async def _conclude(self) -> None:
        assert self._machine.result is not None
        peer = self._machine.result
        messages = MessagesByLan(self._ctx, self._pipe, peer.peer_identity, peer.peer_device.id)
        if await self._await_card(messages):
            self._pipe.finish()
            await self._see_off(messages)

    async def _release(self) -> None:
        if self._talk is not None:
            await self._talk.close()

    def _turn(self, now: float) -> None:
        """Begin the proof by sound when the machine wants it, and keep the two talking."""
        task = self._machine.sound
        if task is not None and self._talk is None and self._sound is not None:
            ctx, news = self._ctx, self._pipe.news
            self._talk = SoundTalk(
                self._machine, task, self._own, self._sound, self._card, level(ctx), ctx.rng, news, now
            )
        elif self._talk is not None:  # not before what made it begin has been told
            for event in self._talk.turn(now):
                self._tell(event)

    def _step(self) -> None:
        contents = self._machine.data_to_send()
        if self._machine.result is not None and self._identity is None:
            self._store(self._machine.result, contents)
        else:
            self._post(contents)
        for event in self._machine.events_received():
            if isinstance(event, machine_events.Failed):
                self._tell_failed(event)
            elif not isinstance(event, machine_events.SoundWanted):  # what it begins tells for itself
                self._tell(event)

    def _store(self, established: Established, contents: list[bytes]) -> None:
        """Store the contact and, on the showing side, M2: the worker sends it too if this process cannot."""
        last = None
        if contents:
            relay = self._ways.relay or established.peer_relay
            last = LastWord(contents[-1], (self._machine.code.token, SHOWER_TO_SCANNER), relay)
        identity = established.peer_identity
        with self._ctx.vault.write() as tx:
            self._before = tx.contacts.get(identity)
            introduce.store_contact(tx, self._own, established, self._grants, self._ctx.now(), self._ctx.rng, last)
            rows = [row for row in tx.outbox.for_contact(identity) if row.kind is Kind.SLOT]
        for row in rows:
            self._pipe.post(Parcel(row.inner, row.mid, row.id))
        self._identity, self._stored = identity, established

    async def _await_card(self, messages: MessagesByLan) -> bool:
        """Until the contact is confirmed: his first message has come, and with it his card. False: he said no."""
        seen = -1
        now = time.monotonic()
        deadline, resend_at = now + CONFIRM_SECONDS, now + RESEND
        while not self._giving_up and (now := time.monotonic()) < deadline:
            messages.turn(now)
            if self._refused(now):
                return False
            if (version := self._ctx.vault.data_version()) != seen:
                seen = version
                contact = self._contact()
                if contact is not None and contact.confirmed:
                    self._tell(Complete(contact, contact.trust))
                    return True
            if now >= resend_at:
                resend_at = now + RESEND
                self._resend()
            await self._pause(POLL)
        self._tell(
            Failed(
                "unconfirmed",
                "The other card has not arrived yet.",
                "The contact is kept as not confirmed; it completes when both sync.",
            )
        )
        return True

    def _refused(self, now: float) -> bool:
        """Has the other person said no after all? Then nothing is kept, unless they knew each other before."""
        for content in self._pipe.arrived():
            self._machine.receive_data(content, now)
        failed = next((e for e in self._machine.events_received() if isinstance(e, machine_events.Failed)), None)
        if failed is None or self._stored is None:
            return False
        with self._ctx.vault.write() as tx:
            introduce.undo(tx, self._stored, self._before, self._ctx.now_ms(), self._ctx.rng)
        self._tell_failed(failed)
        return True

    async def _see_off(self, messages: MessagesByLan) -> None:
        """In the local network: until the other side has all of ours, too, but not for long."""
        deadline = time.monotonic() + SEE_OFF_SECONDS
        while (now := time.monotonic()) < deadline and messages.turn(now):
            await self._pause(POLL)

    def _contact(self) -> Contact | None:
        assert self._identity is not None
        with self._ctx.vault.read() as tx:
            return tx.contacts.get(self._identity)

    def _note_sent(self, parcel: Parcel) -> None:
        """M2 need not be sent by the worker. The first answer has left: this code is used, whatever comes."""
        if parcel.row is not None:
            with self._ctx.vault.write() as tx:
                tx.outbox.stored(parcel.row, self._ctx.now())
        if self._remembered:
            return
        self._remembered = True
        with self._ctx.vault.write() as tx:
            tx.codes.sweep(self._ctx.now())
            code = self._machine.code
            tx.codes.remember(code.token_hash, code.expiry + REMEMBERED_AFTER_EXPIRY)
