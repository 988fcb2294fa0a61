"""`vauchi init`: make a profile."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening, output
from vauchi_tui.errors import InvalidValue, VauchiError

if TYPE_CHECKING:
    from vauchi_tui.actions.profile import Protection


def register(commands: Any, common: ArgumentParser) -> None:
    init = commands.add_parser("init", parents=[common], help="make a profile")
    init.add_argument("name", metavar="NAME", help="the name on your card")
    init.add_argument("--relay", metavar="URL", help="where contacts send to you: HOST, HOST:PORT, ws:// or wss://")
    init.add_argument("--no-passphrase", action="store_true", help="keep the key in the keyring, or in a file")
    init.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Make the profile, then print its card."""
    from vauchi_tui.actions import card, profile
    from vauchi_tui.actions.profile import Protection

    if options.no_passphrase and options.passphrase_fd is not None:
        raise InvalidValue("--no-passphrase and --passphrase-fd exclude each other.", "Give one of them.")
    place = profile.find(options.profile)
    profile.refuse_existing(place)
    protection, passphrase = _protection(options)
    with profile.create(
        place, options.name, relay=options.relay, protection=protection, passphrase=passphrase
    ) as context:
        own = card.show(context)
    if protection is Protection.FILE:
        output.note(f"there is no keyring here: whoever can read {place.keyfile} can read this profile.")
    if options.json:
        output.show_json({"display_name": own.display_name, "fingerprint": own.fingerprint, "fields": []})
        return 0
    output.line(f"Profile “{output.plain(place.name)}” made for {output.plain(own.display_name)}.")
    output.line(f"Fingerprint: {own.fingerprint}")
    output.line(f"Relay: {own.relay or 'none yet; set one with `vauchi settings relay ADDRESS`'}")
    return 0


def _protection(options: Namespace) -> "tuple[Protection, str | None]":
    from vauchi_tui.actions import profile
    from vauchi_tui.actions.profile import Protection

    if options.no_passphrase:
        return profile.default_protection(), None
    if options.passphrase_fd is not None:
        return Protection.PASSPHRASE, opening.read_passphrase(options.passphrase_fd)
    if not sys.stdin.isatty():
        raise VauchiError("A passphrase is needed.", "Give it with --passphrase-fd N, or choose --no-passphrase.")
    passphrase = opening.ask("New passphrase: ")
    if opening.ask("Once more: ") != passphrase:
        raise InvalidValue("The two passphrases differ.", "Run the command again.")
    return Protection.PASSPHRASE, passphrase
