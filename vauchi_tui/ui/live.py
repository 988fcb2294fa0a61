"""What goes on while the app is open: the sync worker, the embedded relay, the watch for others' commits."""

import asyncio
from collections import deque
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from vauchi_tui.actions import opening
from vauchi_tui.errors import VauchiError
from vauchi_tui.ui.messages import SyncHappened, VaultChanged
from vauchi_tui.ui.widgets import tab_bar
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.actions.standing import Standing
    from vauchi_tui.relay.embedded import EmbeddedRelay
    from vauchi_tui.sync.events import CatchingUp, Offline, SyncEvent
    from vauchi_tui.sync.worker import SyncWorker
    from vauchi_tui.ui.app import VauchiApp

POLL_S = 0.1  # how soon another process's commit is seen
GATHER_S = 0.1  # what the worker tells meanwhile is shown together: thousands of messages may come at once
TOASTS = 3


class Live:
    """Starts after the profile is open, stops with the app. Everything it learns goes to the app as a message."""

    def __init__(self, app: "VauchiApp") -> None:
        self._app = app
        self._tasks: list[asyncio.Task[None]] = []
        self._worker: SyncWorker | None = None
        self._relay: EmbeddedRelay | None = None
        self.offline: dict[str, Offline] = {}
        self.online: set[str] = set()  # relays that have answered and not failed since
        self.events: deque[tuple[float, SyncEvent]] = deque(maxlen=200)  # with unix seconds, for the sync tab
        self.catching: dict[str, CatchingUp] = {}  # by relay
        self.own_left = 0  # what another own device has still to tell
        self.holder: int | None = None
        self.stopped = ""
        self._arrived: list[SyncEvent] = []
        self._gathering: asyncio.TimerHandle | None = None
        self._shown_at = float("-inf")  # loop time
        self.relay_words = ""  # who can reach the relay that runs here, or why it does not run

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(job) for job in (self._watch(), self._sync())]

    async def stop(self) -> None:
        """Stop everything and wait for it: what is under way is finished or left in the outbox."""
        for task in self._tasks:
            task.cancel()
        if self._gathering is not None:
            self._gathering.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.stop_relay()

    def sync_now(self) -> None:
        """Do not wait for the back-off."""
        if self._worker is not None:
            self._worker.sync_now()

    # The relay that runs here

    async def start_relay(self) -> str:
        """Run the embedded relay; who can reach it, in words, or why it does not run.

        A port in use mostly means that another window of the profile runs it already.
        """
        from vauchi_tui.actions import relay

        if self._relay is None:
            embedded = relay.embedded(self._app.profile)
            try:
                await embedded.start()
            except VauchiError as error:
                self.relay_words = f"{error.title} Another window may run it already."
                return self.relay_words
            self._relay = embedded
        self.relay_words = relay.reach(relay.local_address())
        return self.relay_words

    async def stop_relay(self) -> None:
        if self._relay is not None:
            await self._relay.stop()
            self._relay = None
            self.relay_words = ""

    @property
    def runs_relay(self) -> bool:
        return self._relay is not None

    # Tasks

    async def _watch(self) -> None:
        version = None
        while True:
            try:
                now = await self._app.store.version()
                if now != version:
                    version = now
                    await self._app.store.run(opening.check_not_revoked)
                    self._app.post_message(VaultChanged())
                    await self._stand()
            except VauchiError as error:
                self._lose(error)
                return
            await asyncio.sleep(POLL_S)

    async def _sync(self) -> None:
        await asyncio.to_thread(import_module, "vauchi_tui.sync.worker")  # takes longer than a key may wait
        from vauchi_tui.actions import relay_here, sync

        if await self._app.store.run(relay_here.runs_here):
            await self.start_relay()
        worker = sync.make_worker(self._app.store.context, self._tell)
        self._worker = worker
        try:
            await worker.run()
        except VauchiError as error:
            self.stopped = error.title
            if not self._lose(error):
                await self._stand()

    def _lose(self, error: VauchiError) -> bool:
        """Say what is wrong. True where the profile itself is no more: then the app begins anew."""
        if isinstance(error, opening.ProfileRevoked) or not self._app.profile.exists():
            self._app.begin_anew(error)
            return True
        self._app.tell(error)
        return False

    def _tell(self, event: "SyncEvent") -> None:
        """Show it at once, or together with what comes in a moment."""
        self._arrived.append(event)
        if self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.call_at(max(loop.time(), self._shown_at + GATHER_S), self._show)

    def _show(self) -> None:
        self._gathering, self._shown_at = None, asyncio.get_running_loop().time()
        events, self._arrived = self._arrived, []
        self._app.post_message(SyncHappened(*events))

    async def _stand(self) -> None:
        try:
            numbers = await self._app.store.run(_numbers)
        except VauchiError as error:
            self._lose(error)
            return
        connecting = self.connecting(numbers.relay)
        self._app.show_standing(words(numbers, self.offline, self.stopped, connecting=connecting, coming=self.coming))

    def connecting(self, relay: str | None) -> bool:
        """One's own relay has not answered yet. Of what another process reads this window knows nothing."""
        return relay is not None and self.holder is None and relay not in self.online and relay not in self.offline

    # What the worker tells

    async def happened(self, *told: "SyncEvent") -> None:
        """Take note of events and show what a person wants to know of them."""
        from vauchi_tui.sync import events

        news: list[str] = []
        for event in told:
            match event:
                case events.Applied() | events.DevicesChanged():
                    news.append(plain(event.words))
                case events.Revoked():
                    self._app.begin_anew(opening.ProfileRevoked())
                    return
                case _:
                    self._note(event)
            self.events.append((self._app.store.context.clock(), event))
        for words in news if len(news) <= TOASTS else [f"{len(news):,} updates from contacts"]:
            self._app.say(words)
        self._app.post_message(VaultChanged())
        await self._stand()

    def _note(self, event: "SyncEvent") -> None:
        from vauchi_tui.sync import clock, events

        match event:
            case events.Offline():
                self.offline[event.relay] = event
                self.online.discard(event.relay)
            case events.Online():
                self.offline.pop(event.relay, None)
                self.online.add(event.relay)
            case events.CatchingUp():
                self.catching[event.relay] = event
                if event.over:
                    del self.catching[event.relay]
            case events.OwnUpdated():
                self.own_left = event.left
            case events.Role():
                self.holder = event.holder
            case events.ClockOff(ahead_s):
                self._app.notify(clock.HINT, title=clock.words(ahead_s), severity="warning", timeout=8, markup=False)
            case events.Failed():
                self._app.notify(event.hint, title=event.reason, severity="warning", markup=False)
            case _:
                pass

    @property
    def coming(self) -> int:
        """Messages that have come so far where there are many; or what another own device has still to tell."""
        return sum(event.received for event in self.catching.values()) or self.own_left


def _numbers(ctx: "Context") -> "Standing":
    from vauchi_tui.actions import standing

    opening.check_not_revoked(ctx)
    return standing.read(ctx)


def words(
    numbers: "Standing",
    offline: Mapping[str, "Offline"],
    stopped: str,
    *,
    connecting: bool = False,
    coming: int = 0,
) -> tab_bar.Standing:
    """Sign, words and tone for the end of the tabs."""
    if stopped:
        return tab_bar.Standing("✗", "stopped", "bad")
    if coming:
        return tab_bar.Standing(f"↓{coming:,}", "coming", "warn")
    if numbers.relay is None:
        return tab_bar.Standing("–", "no relay", "warn")
    if offline:
        sign = f"✗{numbers.waiting}" if numbers.waiting else "✗"
        return tab_bar.Standing(sign, "offline", "bad")
    if connecting:
        return tab_bar.Standing("…", "connecting", "dim")
    if numbers.waiting:
        return tab_bar.Standing(f"↑{numbers.waiting}", "sending", "warn")
    if numbers.stored:
        return tab_bar.Standing(f"⋯{numbers.stored}", "on way", "")
    return tab_bar.Standing("✓", "in sync", "good")
