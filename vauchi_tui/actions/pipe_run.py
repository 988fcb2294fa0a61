"""One conversation at the pipe under way: its machine is driven, its contents are carried, what happens is told."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any, ClassVar, Generic, TypeVar

from vauchi_tui.actions.exchange_carrier import Parcel
from vauchi_tui.actions.exchange_events import Failed, Notice
from vauchi_tui.actions.exchange_pipe import Pipe
from vauchi_tui.actions.exchange_ways import Ways
from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.errors import RelayUnavailable, VauchiError
from vauchi_tui.protocol import events as machine_events
from vauchi_tui.protocol.code import ExchangeCode
from vauchi_tui.protocol.exchange.conversation import Conversation
from vauchi_tui.protocol.exchange.established import Role

TICK = 0.25
POLL = 0.05
RESEND = 5.0
FAREWELL_SECONDS = 2.0

M = TypeVar("M", bound=Conversation[Any])
"""The machine of a side."""
E = TypeVar("E")
"""What a side tells, beside Notice and Failed."""


class PipeRun(ABC, Generic[M, E]):
    """One side, from the first byte to what is stored, inside one running event loop.

    Start it with `events`. Inputs may be given at any time; the events say when they are wanted.
    """

    LAST: ClassVar[tuple[type, ...]] = (Failed,)
    """What nothing comes after."""

    def __init__(self, machine: M, code: ExchangeCode, ways: Ways, opening: Iterable[E], rng: Rng) -> None:
        """`code`: the one that this side shows or answers; `opening`: events to begin with."""
        self._machine = machine
        self._code = code
        self._ways = ways
        self._rng = rng
        self._pipe = Pipe(ways.channel, self._note_sent, self._note_trouble, self._note_no_lan)
        if ways.discovery is not None:
            showing = machine.role is Role.SHOWER
            self._pipe.use_lan(code.token, showing=showing, discovery=ways.discovery, rng=rng)
        self._events: asyncio.Queue[E | Notice | Failed | None] = asyncio.Queue()
        for event in opening:
            self._events.put_nowait(event)
        self._task: asyncio.Task[None] | None = None
        self._carrying: asyncio.Task[None] | None = None
        self._giving_up = False
        self._told = ""

    async def events(self) -> AsyncIterator[E | Notice | Failed]:
        """What happens, until one of LAST. Leaving the loop early does not end the run; `cancel` does."""
        if self._task is None:
            self._task = asyncio.create_task(self._drive())
            self._task.add_done_callback(lambda _: self._events.put_nowait(None))
        while (event := await self._events.get()) is not None:
            yield event
            if isinstance(event, self.LAST):
                return
        await self._task

    async def cancel(self) -> None:
        """End it and tell the other side. Does nothing once it is over."""
        self._giving_up = True
        self._machine.abort()
        self._pipe.news.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=2 * FAREWELL_SECONDS)

    # --- what sides differ in ---

    @abstractmethod
    def _step(self) -> None:
        """Store what is agreed, then let contents leave, then tell."""

    @abstractmethod
    async def _conclude(self) -> None:
        """The machine has completed: go on to the last event."""

    def _turn(self, now: float) -> None:
        """Do what else there is to do while the machine is not finished. `now` is monotonic."""

    async def _release(self) -> None:
        """Let go of what the side has opened."""

    def _note_sent(self, parcel: Parcel) -> None:
        """A parcel has left."""

    # --- shared ---

    async def _drive(self) -> None:
        carrying = self._carrying = asyncio.create_task(self._pipe.run())
        try:
            await self._converse()
            if self._machine.completed:
                await self._conclude()
            else:
                await self._pipe.flush(FAREWELL_SECONDS)  # the abort
        except VauchiError as error:
            self._machine.abort()
            self._tell(Failed("error", error.title, error.hint))
        finally:
            await self._release()
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)

    async def _converse(self) -> None:
        """Until the machine has finished."""
        resend_at = time.monotonic() + RESEND
        self._step()
        while not self._machine.finished:
            await self._pause(TICK)
            now = time.monotonic()
            for content in self._pipe.arrived():
                if self._machine.receive_data(content, now):
                    self._pipe.answered()
            self._machine.tick(now)
            self._turn(now)
            self._step()
            if now >= resend_at:
                resend_at = now + RESEND
                self._resend()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._pipe.news.wait()
        self._pipe.news.clear()
        if self._carrying is not None and self._carrying.done():
            self._carrying.result()  # it never ends by itself: the vault could not be written

    def _post(self, contents: Iterable[bytes]) -> None:
        for content in contents:
            self._pipe.post(Parcel(content, self._rng(16)))

    def _resend(self) -> None:
        if self._pipe.idle:
            self._post(self._machine.resend())

    def _tell(self, event: E | Notice | Failed) -> None:
        self._events.put_nowait(event)

    def _tell_failed(self, event: machine_events.Failed) -> None:
        self._tell(Failed(str(event.reason), event.title, event.hint))

    def _note_trouble(self, error: RelayUnavailable) -> None:
        if error.title != self._told:
            self._told = error.title
            self._tell(Notice(f"{error.title} Trying again."))

    def _note_no_lan(self) -> None:
        if self._ways.without_lan:
            self._tell(Notice(self._ways.without_lan))
