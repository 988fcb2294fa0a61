"""What waits for whom, and the worker that brings it there."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vauchi_tui.actions import devices
from vauchi_tui.actions.context import Context
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.contact import Contact
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.role import SyncRole

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
class DeviceStatus:
    """Another own device: `waiting` messages for it have not left this machine, `stored` lie at the relay."""

    id: bytes
    name: str
    waiting: int
    stored: int
    last_seen: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """`holder`: pid of the process that syncs this profile now, None where nobody does."""

    relay: str | None
    contacts: tuple[ContactStatus, ...]
    devices: tuple[DeviceStatus, ...]
    holder: int | None


def status(ctx: Context) -> Status:
    """Per contact what is synced, pending, and why."""
    with ctx.vault.read() as tx:
        relay, contacts = tx.settings.get("relay"), tx.contacts.all()
        pending, owed = tx.outbox.pending(), set(tx.fanout.all())
        rows = []
        for contact in contacts:
            count = pending.get(contact.identity)
            waiting, stored = (count.waiting, count.stored) if count else (0, 0)
            if contact.identity in owed and not contact.blocked:
                waiting += 1  # an edit that is not sealed yet will be one message
            reason = _reason(contact, relay, waiting, stored)
            last = contact.updated_at
            rows.append(ContactStatus(contact.identity, contact.name, waiting + stored, waiting, stored, last, reason))
    return Status(relay, tuple(rows), _devices(ctx), SyncRole(ctx.profile).holder())


def _devices(ctx: Context) -> tuple[DeviceStatus, ...]:
    others = [device for device in devices.list_devices(ctx) if not device.this]
    if not others:
        return ()
    with ctx.vault.read() as tx:
        rows = [row for row in tx.outbox.for_contact(tx.me.identity()) if row.kind is not Kind.ACK]
        owed = {device.id: tx.owed.count(device.id) for device in others}
    out = []
    for device in others:
        mine = [row for row in rows if row.peer_id == device.id]
        waiting = sum(row.stored_at is None for row in mine) + bool(owed[device.id])
        out.append(
            DeviceStatus(
                device.id, device.name, waiting, sum(row.stored_at is not None for row in mine), device.last_seen
            )
        )
    return tuple(out)


def _reason(contact: Contact, relay: str | None, waiting: int, stored: int) -> str:
    if contact.blocked:
        return "blocked: nothing is sent or received"
    if relay is None:
        return "you have no relay, so nothing can be received"
    if waiting:
        return "not sent yet: it leaves at the next sync"
    if stored:
        return "stored at the relay, not fetched yet"
    if not contact.confirmed:
        return "not confirmed: no message has come since the exchange"
    return ""


def make_worker(ctx: Context, on_event: "Callable[[SyncEvent], None]") -> "SyncWorker":
    """The sync worker of this profile; run it as one asyncio task. It opens its own connection to the vault."""
    from vauchi_tui.sync.worker import SyncWorker

    return SyncWorker(ctx.open_vault, ctx.profile, on_event=on_event, clock=ctx.clock, rng=ctx.rng)


@asynccontextmanager
async def running(ctx: Context, on_event: "Callable[[SyncEvent], None]") -> "AsyncIterator[SyncWorker]":
    """The sync worker as a task beside the block, ended with it. What ends it earlier is told as an event."""
    import asyncio

    from vauchi_tui.sync.events import Failed

    worker = make_worker(ctx, on_event)

    async def work() -> None:
        try:
            await worker.run()
        except VauchiError as error:
            on_event(Failed(error.title, error.hint))

    task = asyncio.create_task(work())
    try:
        yield worker
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def resend(ctx: Context) -> int:
    """Send again, at today's addresses, what no device has acknowledged. Returns how many messages that are."""
    with ctx.vault.write() as tx:
        return tx.outbox.resend()
