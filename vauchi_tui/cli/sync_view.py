"""Syncing on stdout: one event a line, and what is left at the end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from vauchi_tui.actions import notify, relay, relay_here, settings, sync
from vauchi_tui.cli import output
from vauchi_tui.errors import RelayUnavailable, VauchiError
from vauchi_tui.sync import clock
from vauchi_tui.sync.events import (
    Applied,
    CatchingUp,
    ClockOff,
    Delivered,
    DevicesChanged,
    Failed,
    Offline,
    Online,
    OwnUpdated,
    Received,
    Revoked,
    Role,
    Sent,
    Stored,
    SyncEvent,
)

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


async def once(context: "Context", as_json: bool) -> int:
    """One round. Raises VauchiError, after printing what is pending, where something could not be sent or read."""
    result = await sync.make_worker(context, printer(context, as_json)).once()
    left = [row for row in sync.status(context).contacts if row.waiting]
    if result.complete and not left:
        if not as_json:
            output.line("All is received and sent.")
        return 0
    for row in left:
        if as_json:
            output.show_json({"event": "pending", "contact": row.name, "pending": row.waiting, "reason": row.reason})
        else:
            output.line(f"{output.plain(row.name)}: {row.waiting} not sent yet")
    reasons = " ".join(result.reasons) or "Not everything could be received and sent."
    raise RelayUnavailable(reasons, "What waits is kept and goes out with the next sync.")


async def watch(context: "Context", as_json: bool) -> int:
    """Sync until SIGINT or SIGTERM; also runs the relay that was asked to run here."""
    task = asyncio.current_task()
    assert task is not None
    terminated = asyncio.Event()

    def terminate() -> None:
        terminated.set()
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    show = printer(context, as_json)
    desktop: set[asyncio.Task[bool]] = set()

    def tell(event: SyncEvent) -> None:
        show(event)
        if isinstance(event, Applied) and settings.notifies(context):
            word = asyncio.create_task(notify.show("Vauchi", event.words))
            desktop.add(word)
            word.add_done_callback(desktop.discard)

    try:
        async with _own_relay(context):
            await sync.make_worker(context, tell).run()
    except asyncio.CancelledError:
        if not terminated.is_set():
            raise  # Ctrl+C
    return 0


@asynccontextmanager
async def _own_relay(context: "Context") -> AsyncIterator[None]:
    """The embedded relay beside the block, where this profile wants one here."""
    if not relay_here.runs_here(context):
        yield
        return
    embedded = relay.embedded(context.profile)
    try:
        output.note(f"the relay runs here: {await embedded.start()}")
    except VauchiError as error:  # such as a second process that runs it already
        output.note(f"{error.title} {error.hint}")
    try:
        yield
    finally:
        await embedded.stop()


def printer(context: "Context", as_json: bool) -> Callable[[SyncEvent], None]:
    """What to do with each event."""

    def name(identity: bytes | None) -> str | None:
        with context.vault.read() as tx:
            contact = tx.contacts.get(identity) if identity else None
        return contact.name if contact else None

    passing = output.Passing()

    def show(event: SyncEvent) -> None:
        if isinstance(event, CatchingUp) and not as_json:
            if event.over:
                passing.clear()
            else:
                passing.show(event.words)
            return
        value = to_json(event, name) if as_json else None
        if value is not None:
            output.show_json(value)
        text = None if as_json else words(event)
        if text is not None:
            passing.clear()
            output.line(output.plain(text))

    return show


def to_json(event: SyncEvent, name_of: Callable[[bytes | None], str | None]) -> dict[str, Any] | None:
    """The object for an event; None for those that nobody waits for. `contact` is null for messages of an exchange."""
    match event:
        case Received(_, name):
            return {"event": "received", "contact": name}
        case Applied(_, name, labels, first):
            return {"event": "applied", "contact": name, "fields": list(labels), "first": first}
        case Sent(identity, relay):
            return {"event": "sent", "contact": name_of(identity), "relay": relay}
        case Stored(identity, relay):
            return {"event": "stored", "contact": name_of(identity), "relay": relay}
        case Delivered(_, name, count):
            return {"event": "delivered", "contact": name, "count": count}
        case DevicesChanged(_, name, words):
            return {"event": "devices", "contact": name, "text": words}
        case OwnUpdated(count, left):
            return {"event": "own_update", "count": count, "left": left}
        case CatchingUp(relay, received, over):
            return {"event": "catching_up", "relay": relay, "received": received, "over": over}
        case ClockOff(ahead_s):
            return {"event": "clock", "ahead_s": ahead_s, "reason": clock.words(ahead_s), "hint": clock.HINT}
        case Revoked():
            return {"event": "revoked"}
        case Failed(reason, hint, _):
            return {"event": "error", "reason": reason, "hint": hint}
        case Offline(relay, retry_in, reason):
            return {"event": "error", "reason": reason, "relay": relay, "retry_in": retry_in}
        case Online() | Role():
            return None


def words(event: SyncEvent) -> str | None:
    """The line for an event; None for those that a person need not see."""
    match event:
        case Applied() | DevicesChanged():
            return event.words
        case Delivered(_, name, count):
            return f"{name} has received {count} message{'s' * (count != 1)}"
        case OwnUpdated(_, left) if left:
            return f"Another device of yours is telling what it knows: {left} more to come"
        case ClockOff(ahead_s):
            return f"{clock.words(ahead_s)} {clock.HINT}"
        case Revoked():
            return "This device was revoked: everything on it has been wiped"
        case Failed(reason, hint, _):
            return f"{reason} {hint}".strip()
        case Offline(_, retry_in, reason):
            return f"{reason} Trying again in {retry_in:.0f} s."
        case Online(relay):
            return f"Connected to {relay}"
        case Role(holder) if holder is not None:
            return f"Process {holder or '?'} syncs this profile already; waiting for it to end."
        case _:
            return None
