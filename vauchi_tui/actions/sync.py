"""What waits for whom, and the worker that brings it there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vauchi_tui.actions.context import Context

if TYPE_CHECKING:
    from vauchi_tui.sync.events import SyncEvent
    from vauchi_tui.sync.worker import SyncWorker


@dataclass(frozen=True, slots=True)
class ContactStatus:
    """One contact: `pending` messages not acknowledged by him, `last_synced` (unix seconds) and, in words, why.

    `waiting` of them have not left this machine, `stored` lie at his relay.
    """

    identity: bytes
    name: str
    pending: int
    waiting: int
    stored: int
    last_synced: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """`holder`: pid of the process that syncs this profile now, None where nobody does."""

    relay: str | None
    contacts: tuple[ContactStatus, ...]
    holder: int | None


def status(ctx: Context) -> Status:
    """Per contact what is synced, pending, and why."""
    raise NotImplementedError


def make_worker(ctx: Context, on_event: "Callable[[SyncEvent], None]") -> "SyncWorker":
    """The sync worker of this profile; run it as one asyncio task. It opens its own connection to the vault."""
    from vauchi_tui.sync.worker import SyncWorker

    return SyncWorker(ctx.open_vault, ctx.profile, on_event=on_event, clock=ctx.clock, rng=ctx.rng)


def request_sync(ctx: Context) -> int:
    """Ask the process that holds the sync role for a round. Returns the number to give to `sync_answered`."""
    with ctx.vault.write() as tx:
        number = int(tx.settings.get("sync_request") or 0) + 1
        tx.settings.set("sync_request", str(number))
        return number


def sync_answered(ctx: Context, number: int) -> bool:
    """Has the round that `request_sync` asked for been made?"""
    with ctx.vault.read() as tx:
        return int(tx.settings.get("sync_done") or 0) >= number
