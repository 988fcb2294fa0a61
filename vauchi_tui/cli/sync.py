"""`vauchi sync` and `vauchi status`."""

from argparse import ArgumentParser, Namespace
from typing import Any

from vauchi_tui.cli import opening, output


def register(commands: Any, common: ArgumentParser) -> None:
    sync = commands.add_parser("sync", parents=[common], help="receive and send")
    how = sync.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="until the inbox is drained and all is sent (the default)")
    how.add_argument("--watch", action="store_true", help="stay and keep syncing")
    sync.add_argument("--resend", action="store_true", help="send again what nobody has acknowledged")
    sync.set_defaults(run=run)
    status = commands.add_parser("status", parents=[common], help="what waits for whom, and why")
    status.set_defaults(run=run_status)


def run(options: Namespace) -> int:
    """Sync once or until interrupted, printing what happens."""
    import asyncio

    from vauchi_tui.actions import sync
    from vauchi_tui.cli.sync_view import once, watch

    with opening.open_context(options) as context:
        if options.resend:
            sync.resend(context)
        return asyncio.run(watch(context, options.json) if options.watch else once(context, options.json))


def run_status(options: Namespace) -> int:
    """Print per contact what is pending."""
    from vauchi_tui.actions import sync

    with opening.open_context(options) as context:
        status = sync.status(context)
    if options.json:
        contacts = [
            {"contact": row.name, "pending": row.pending, "last_synced": row.last_synced, "reason": row.reason}
            for row in status.contacts
        ]
        output.show_json({"relay": status.relay, "contacts": contacts})
        return 0
    output.line(f"Relay: {status.relay or 'none'}")
    if status.holder is not None:
        output.line(f"Process {status.holder} syncs this profile.")
    for row in status.contacts:
        output.line(
            f"{output.plain(row.name)}: {row.pending} pending, last synced {output.moment(row.last_synced)}"
            + (f"; {row.reason}" if row.reason else "")
        )
    return 0
