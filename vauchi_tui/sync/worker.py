"""The sync worker: one asyncio task that keeps a profile and its relays in step (protocol page, section 4).

It reads before it sends, works on its own connection to the vault, and sees what other processes commit within a tenth
of a second. Cancelling it at any point loses nothing: whatever has to survive is in the vault before it leaves.
"""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from vauchi_tui.crypto.primitives import Rng
from vauchi_tui.sync import events, requests
from vauchi_tui.sync.engine import Engine
from vauchi_tui.sync.reader import Surroundings
from vauchi_tui.sync.vault_thread import VaultThread
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import Profile
from vauchi_tui.vault.role import SyncRole
from vauchi_tui.vault.tx import Tx

POLL_S = 0.1
ROLE_POLL_S = 0.5
UPKEEP_S = 3_600.0
JUMP_S = 120.0  # a clock that goes so far in no time was wrong or is; or the machine has slept
TURN_S = 30.0  # a new day, or the end of what a relay asked to wait, shows in no commit


@dataclass(frozen=True, slots=True)
class OnceResult:
    """How a single round ended. `waiting`: messages that no relay has stored yet; `reasons`: why, in words.

    `holder`: pid of the process that was asked for the round because it has the sync role, 0 if that is not known.
    """

    drained: bool
    waiting: int
    reasons: tuple[str, ...] = ()
    holder: int | None = None

    @property
    def complete(self) -> bool:
        return self.drained and self.waiting == 0


class SyncWorker:
    """Syncs one profile while `run` runs, or once. A worker is used one time, inside one running event loop."""

    def __init__(
        self,
        open_vault: Callable[[], Vault],
        profile: Profile,
        *,
        on_event: Callable[[events.SyncEvent], None],
        clock: Callable[[], float] = time.time,
        rng: Rng = os.urandom,
    ) -> None:
        """`open_vault` gives the worker a connection of its own. `on_event` is called in the event loop."""
        self._vault = VaultThread(open_vault)
        self._role = SyncRole(profile)
        self._tell = on_event
        self._moved = asyncio.Event()
        self._engine = Engine(Surroundings(self._vault, clock, rng, on_event, self._moved.set))
        self._hurry = False
        self._clock = clock

    async def run(self) -> None:
        """Sync until cancelled. While another process has the sync role, wait for it.

        Raises ProfileError where the profile goes away.
        """
        try:
            await self._vault.open()
            await self._acquire_role()
            await self._turns()
        finally:
            await self._stop()

    async def once(self, seconds: float = 60.0) -> OnceResult:
        """Drain the inbox, send everything that waits, and return; after so many seconds at the latest.

        What cannot be reached is tried once. Where another process has the sync role, it is asked for the round.
        """
        try:
            await self._vault.open()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    if not self._role.try_acquire() and (asked := await self._ask(seconds)):
                        return asked
                    self._tell(events.Role(None))
                    await self._round()
            waiting, home = await self._vault.read(lambda tx: (_waiting(tx), tx.settings.get("relay")))
            return OnceResult(self._engine.drained_at(home), waiting, self._reasons(waiting))
        finally:
            await self._stop()

    def sync_now(self) -> None:
        """Send what is owed without putting it off, read anew, and try at once what could not be reached."""
        self._hurry = True
        self._moved.set()

    async def _stop(self) -> None:
        await self._engine.stop()
        # In a thread: what is under way has to be committed before the role goes to somebody else.
        await asyncio.shield(asyncio.to_thread(self._close))

    def _close(self) -> None:
        self._vault.close()
        self._role.release()

    async def _acquire_role(self) -> None:
        told: int | None = None
        while not self._role.try_acquire():
            holder = self._role.holder() or 0
            if holder != told:
                told = holder
                self._tell(events.Role(holder))
            await asyncio.sleep(ROLE_POLL_S)
        self._tell(events.Role(None))

    async def _turns(self) -> None:
        engine, version, upkeep_at, turn_at, epoch = self._engine, -1, 0.0, 0.0, self._epoch()
        while True:
            jumped = abs(self._epoch() - epoch) > JUMP_S
            if jumped or time.monotonic() >= upkeep_at:
                upkeep_at, turn_at, epoch = time.monotonic() + UPKEEP_S, 0.0, self._epoch()
                self._hurry = self._hurry or jumped
                await engine.upkeep()
            now = await self._vault.data_version()
            if now != version or self._moved.is_set() or engine.is_due or time.monotonic() >= turn_at:
                version, turn_at = now, time.monotonic() + TURN_S
                self._moved.clear()
                anew, self._hurry = self._hurry, False
                await engine.turn(anew=anew)
            engine.check()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._moved.wait()

    def _epoch(self) -> float:
        """When the monotonic clock began by the wall clock: the same for ever, unless one of the two was moved."""
        return self._clock() - time.monotonic()

    async def _round(self) -> None:
        await self._engine.upkeep()
        while True:
            self._moved.clear()
            await self._engine.turn(force=True)
            self._engine.check()
            if self._engine.at_rest:
                return
            await self._moved.wait()

    async def _ask(self, seconds: float) -> OnceResult | None:
        """The round of the process that has the role; None if it ended meanwhile and the role is ours now."""
        holder = self._role.holder() or 0
        self._tell(events.Role(holder))
        number = await self._vault.write(requests.request)
        made = False
        with suppress(TimeoutError):
            async with asyncio.timeout(0.9 * seconds):
                while not made:
                    await asyncio.sleep(POLL_S)
                    if self._role.try_acquire():
                        return None
                    made = await self._vault.read(requests.done) >= number
        waiting = await self._vault.read(_waiting)
        reason = () if made else (f"Process {holder or '?'} syncs this profile and did not answer in time.",)
        return OnceResult(made, waiting, reason or self._reasons(waiting), holder)

    def _reasons(self, waiting: int) -> tuple[str, ...]:
        failures = tuple(self._engine.failures())
        if waiting and not failures:
            return ("No relay is known for what waits.",)
        return failures


def _waiting(tx: Tx) -> int:
    """Messages that are not stored at a relay, and contacts who are owed one."""
    return len(tx.outbox.waiting()) + len(tx.fanout.all())
