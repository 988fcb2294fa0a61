"""`vauchi devices`: one's own devices."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening, output, protection
from vauchi_tui.errors import VauchiError

if TYPE_CHECKING:
    from vauchi_tui.actions.devices import OwnDevice

YES = "yes"


def register(commands: Any, common: ArgumentParser) -> None:
    devices = commands.add_parser("devices", parents=[common], help="your own devices: list, link, rename, revoke")
    devices.set_defaults(run=run_list)
    verbs = devices.add_subparsers(metavar="list|link|join|rename|revoke")
    verbs.add_parser("list", parents=[common], help="print your devices").set_defaults(run=run_list)
    link = verbs.add_parser("link", parents=[common], help="show a code that your new device answers")
    link.set_defaults(run=run_link)
    join = verbs.add_parser("join", parents=[common], help="make this machine a device of yours; makes the profile")
    join.add_argument("code", metavar="CODE", nargs="?", help="what `devices link` shows; read from stdin if not given")
    join.add_argument("--name", metavar="N", help="how this device is called, by default as the computer is")
    join.add_argument("--relay", metavar="URL", help="where your first device listens, if the code does not say")
    protection.add_options(join)
    join.set_defaults(run=run_join)
    rename = verbs.add_parser("rename", parents=[common], help="call a device by another name")
    rename.add_argument("old", metavar="OLD", help="its name, or how its id begins")
    rename.add_argument("new", metavar="NEW")
    rename.set_defaults(run=run_rename)
    revoke = verbs.add_parser("revoke", parents=[common], help="a device is yours no more, and wipes itself")
    revoke.add_argument("name", metavar="NAME", help="its name, or how its id begins")
    revoke.set_defaults(run=run_revoke)


def run_list(options: Namespace) -> int:
    """Print the devices."""
    from vauchi_tui.actions import devices

    with opening.open_context(options) as context:
        found = devices.list_devices(context)
    _print(options, found)
    return 0


def run_rename(options: Namespace) -> int:
    """Rename one, then print all."""
    from vauchi_tui.actions import devices

    with opening.open_context(options) as context:
        devices.rename(context, options.old, options.new)
        found = devices.list_devices(context)
    _print(options, found)
    return 0


def run_revoke(options: Namespace) -> int:
    """Revoke one, a person who sits there being asked before, then print the rest."""
    from vauchi_tui.actions import devices

    with opening.open_context(options) as context:
        if sys.stdin.isatty():
            device = devices.find(context, options.name)
            print(f"Everything on “{output.plain(device.name)}” will be wiped. Type yes: ", end="", flush=True)
            if sys.stdin.readline(64).strip().casefold() != YES:
                raise VauchiError("Nothing was revoked.", "It takes a yes.")
        gone = devices.revoke(context, options.name)
        found = devices.list_devices(context)
    output.note(f"“{gone.name}” is revoked: it wipes itself when it hears of it, at the next sync of both.")
    _print(options, found)
    return 0


def run_link(options: Namespace) -> int:
    """Show a code, read the digits, and put the new device on the list."""
    import asyncio

    from vauchi_tui.actions import linking, sync
    from vauchi_tui.cli.link_view import LinkJsonView, LinkTextView

    with opening.open_context(options) as context:
        view = LinkJsonView() if options.json else LinkTextView()

        async def go() -> int:
            run = linking.link(context)
            async with sync.running(context, view.sync_event):
                try:
                    return await view.follow(run)
                finally:
                    await run.cancel()

        return asyncio.run(go())


def run_join(options: Namespace) -> int:
    """Answer a code on a machine without a profile."""
    import asyncio

    from vauchi_tui.actions import linking, profile
    from vauchi_tui.cli.exchange import ask_code
    from vauchi_tui.cli.link_view import LinkJsonView, LinkTextView
    from vauchi_tui.protocol.code import parse_link_code

    protection.check(options)
    place = profile.find(options.profile)
    profile.refuse_existing(place)
    code = options.code or ask_code()
    parse_link_code(code)  # before anybody types a passphrase
    lock, passphrase = protection.chosen(options)
    view = LinkJsonView() if options.json else LinkTextView()

    async def go() -> int:
        run = linking.join(place, code, options.name, relay=options.relay, protection=lock, passphrase=passphrase)
        try:
            return await view.follow(run)
        finally:
            await run.cancel()
            if run.context is not None:
                run.context.close()
                protection.warn(place, lock)

    return asyncio.run(go())


def _print(options: Namespace, devices: "tuple[OwnDevice, ...]") -> None:
    if options.json:
        output.show_json(
            [
                {
                    "name": device.name,
                    "id": device.id.hex(),
                    "primary": device.primary,
                    "this": device.this,
                    "added": device.added,
                    "last_seen": device.last_seen,
                }
                for device in devices
            ]
        )
        return
    width = max(len(device.name) for device in devices)
    for device in devices:
        marks = [word for word, so in (("first device", device.primary), ("this one", device.this)) if so]
        seen = "" if device.this else f"last seen {output.moment(device.last_seen)}"
        words = ", ".join(part for part in (*marks, seen) if part)
        output.line(f"{output.plain(device.name):<{width}}  {device.id.hex()[:8]}  {words}")
