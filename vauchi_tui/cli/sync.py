"""`vauchi sync` and `vauchi status`."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening, output

if TYPE_CHECKING:
    from vauchi_tui.actions.delivery import Delivery
    from vauchi_tui.actions.sync import ContactStatus


def register(commands: Any, common: ArgumentParser) -> None:
    sync = commands.add_parser("sync", parents=[common], help="receive and send")
    how = sync.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="until the inbox is drained and all is sent (the default)")
    how.add_argument("--watch", action="store_true", help="stay and keep syncing")
    sync.add_argument(
        "--resend",
        metavar="NAME",
        nargs="?",
        const="",
        help="send again what that contact, or anybody, has not acknowledged",
    )
    sync.set_defaults(run=run)
    status = commands.add_parser("status", parents=[common], help="what waits for whom, and why")
    status.set_defaults(run=run_status)


def run(options: Namespace) -> int:
    """Sync once or until interrupted, printing what happens."""
    import asyncio

    from vauchi_tui.actions import contacts, sync
    from vauchi_tui.cli.sync_view import once, watch

    with opening.open_context(options) as context:
        if options.resend is not None:
            sync.resend(context, contacts.get(context, options.resend).identity if options.resend else None)
        return asyncio.run(watch(context, options.json) if options.watch else once(context, options.json))


def run_status(options: Namespace) -> int:
    """Print per contact what is pending."""
    from vauchi_tui.actions import sync

    with opening.open_context(options) as context:
        status = sync.status(context)
    if options.json:
        contacts = [contact_json(row) for row in status.contacts]
        output.show_json({"relay": status.relay, "clock": status.clock or None, "contacts": contacts})
        return 0
    output.line(f"Relay: {status.relay or 'none'}")
    if status.clock:
        output.line(status.clock)
    if status.holder is not None:
        output.line(f"Process {status.holder} syncs this profile.")
    for row in status.contacts:
        output.line(
            f"{output.plain(row.name)}: {row.pending} pending, last synced {output.moment(row.last_synced)}"
            + (f"; {row.reason}" if row.reason else "")
        )
        for device in row.devices if len(row.devices) > 1 else ():
            output.line(f"  device {device.id.hex()[:8]}: {device.state}" + device_words(device))
    return 0


def device_words(device: "Delivery") -> str:
    """What is under way to one device, since when and why."""
    words = f", {device.count} pending" if device.count else ""
    if device.since is not None:
        words += (
            f" since {output.moment(device.since)}" if device.count else f", last heard {output.moment(device.since)}"
        )
    return words + (f"; {output.plain(device.reason)}" if device.reason else "")


def contact_json(row: "ContactStatus") -> dict[str, Any]:
    devices = [
        {
            "id": device.id.hex(),
            "state": str(device.state),
            "count": device.count,
            "since": device.since,
            "reason": device.reason,
        }
        for device in row.devices
    ]
    return {
        "contact": row.name,
        "pending": row.pending,
        "last_synced": row.last_synced,
        "reason": row.reason,
        "state": str(row.state),
        "devices": devices,
    }
