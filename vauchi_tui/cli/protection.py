"""How a new profile is locked: the options of the commands that make one, and what the terminal is asked."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from vauchi_tui.cli import opening, output
from vauchi_tui.errors import InvalidValue, VauchiError

if TYPE_CHECKING:
    from vauchi_tui.actions.profile import Protection
    from vauchi_tui.vault.profile import Profile


def add_options(command: ArgumentParser) -> None:
    """What such a command takes beside `--passphrase-fd`, which stands everywhere."""
    command.add_argument("--no-passphrase", action="store_true", help="keep the key in the keyring, or in a file")


def check(options: Namespace) -> None:
    """Raise InvalidValue where the options contradict each other."""
    if options.no_passphrase and options.passphrase_fd is not None:
        raise InvalidValue("--no-passphrase and --passphrase-fd exclude each other.", "Give one of them.")


def chosen(options: Namespace) -> "tuple[Protection, str | None]":
    """What locks the profile, and the passphrase if that does; the terminal is asked where nothing was given."""
    from vauchi_tui.actions import profile
    from vauchi_tui.actions.profile import Protection

    check(options)
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


def warn(place: "Profile", protection: "Protection") -> None:
    """Say what a key file means, where the profile has one."""
    from vauchi_tui.actions.profile import Protection

    if protection is Protection.FILE:
        output.note(f"there is no keyring here: whoever can read {place.keyfile} can read this profile.")
