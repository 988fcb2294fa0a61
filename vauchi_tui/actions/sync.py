"""What waits for whom, and the worker that brings it there."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vauchi_tui.actions import devices
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.delivery import SEVERITY, Deliveries, Delivery, State, reason_for
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.contact import Contact
from vauchi_tui.sync import clock
from vauchi_tui.vault.outbox import Kind
from vauchi_tui.vault.role import SyncRole

if TYPE_CHECKING:
    from vauchi_tui.sync.events import SyncEvent
    from vauchi_tui.sync.worker import SyncWorker


@dataclass(frozen=True, slots=True)
class ContactStatus:
    """One contact: `pending` messages not acknowledged by him, `last_synced` (unix seconds) and, in words, why.

    `waiting` of them have not left this machine, `stored` lie at his relay. `last_synced`: when one of his devices was
    last heard. `state`: the worst of his `devices`.
    """

    identity: bytes
    name: str
    pending: int
    waiting: int
    stored: int
    last_synced: int | None
    reason: str
    state: State
    devices: tuple[Delivery, ...] = ()


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
    """`holder`: pid of the process that syncs this profile now, None where nobody does.

    `clock`: a sentence and its remedy, where this machine's clock was wrong at the last connection; else empty.
    """

    relay: str | None
    contacts: tuple[ContactStatus, ...]
    devices: tuple[DeviceStatus, ...]
    holder: int | None
    clock: str = ""


def status(ctx: Context) -> Status:
    """Per contact what is synced, pending, and why."""
    with ctx.vault.read() as tx:
        relay, contacts, deliveries = tx.settings.get("relay"), tx.contacts.all(), Deliveries.look(tx, ctx.now())
        ahead = clock.off(tx)
    rows = tuple(_contact(contact, relay, deliveries) for contact in contacts)
    warning = f"{clock.words(ahead)} {clock.HINT}" if ahead is not None else ""
    return Status(relay, rows, _devices(ctx), SyncRole(ctx.profile).holder(), warning)


def _contact(contact: Contact, relay: str | None, deliveries: Deliveries) -> ContactStatus:
    devices = () if contact.blocked else deliveries.of(contact.identity)
    waiting, stored = (0, 0) if contact.blocked else deliveries.count(contact.identity)
    flat = State.QUEUED if waiting else State.STORED if stored else State.DELIVERED
    state = min((flat, *(device.state for device in devices)), key=SEVERITY.index)
    words = next((device.reason for device in devices if device.state is state), reason_for(state))
    heard = [at for at in (deliveries.last_heard(contact.identity), contact.updated_at) if at is not None]
    return ContactStatus(
        contact.identity,
        contact.name,
        waiting + stored,
        waiting,
        stored,
        max(heard, default=None),
        _reason(contact, relay, words),
        state,
        devices,
    )


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


def _reason(contact: Contact, relay: str | None, words: str) -> str:
    """Why a contact is not up to date; `words`: why his devices are not."""
    if contact.blocked:
        return "blocked: nothing is sent or received"
    if relay is None:
        return "you have no relay, so nothing can be received"
    if not words and not contact.confirmed:
        return "not confirmed: no message has come since the exchange"
    return words


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


def resend(ctx: Context, identity: bytes | None = None) -> int:
    """Send again, at today's addresses, what no device of a contact (None: of all) has acknowledged.

    Returns how many messages that are. They leave with the next sync.
    """
    with ctx.vault.write() as tx:
        return tx.outbox.resend(identity)
