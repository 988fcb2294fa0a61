"""`vauchi init`: make a profile."""

from argparse import ArgumentParser, Namespace
from typing import Any

from vauchi_tui.cli import output, protection


def register(commands: Any, common: ArgumentParser) -> None:
    init = commands.add_parser("init", parents=[common], help="make a profile")
    init.add_argument("name", metavar="NAME", help="the name on your card")
    init.add_argument("--relay", metavar="URL", help="where contacts send to you: HOST, HOST:PORT, ws:// or wss://")
    protection.add_options(init)
    init.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Make the profile, then print its card."""
    from vauchi_tui.actions import card, profile

    protection.check(options)
    place = profile.find(options.profile)
    profile.refuse_existing(place)
    lock, passphrase = protection.chosen(options)
    with profile.create(place, options.name, relay=options.relay, protection=lock, passphrase=passphrase) as context:
        own = card.show(context)
    protection.warn(place, lock)
    if options.json:
        output.show_json({"display_name": own.display_name, "fingerprint": own.fingerprint, "fields": []})
        return 0
    output.line(f"Profile “{output.plain(place.name)}” made for {output.plain(own.display_name)}.")
    output.line(f"Fingerprint: {own.fingerprint}")
    output.line(f"Relay: {own.relay or 'none yet; set one with `vauchi settings relay ADDRESS`'}")
    return 0
