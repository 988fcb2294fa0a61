"""Which profile a command works on, and how it is opened."""

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from vauchi_tui.errors import InvalidValue, VauchiError

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context

_PASSPHRASE_BYTES = 1024


def open_context(options: Namespace) -> "Context":
    """Open the chosen profile; the terminal is asked for a passphrase only where one is needed and none was given."""
    from vauchi_tui.actions.opening import PassphraseNeeded, find, open_profile

    profile = find(options.profile)
    if options.passphrase_fd is not None:
        return open_profile(profile, read_passphrase(options.passphrase_fd))
    try:
        return open_profile(profile)
    except PassphraseNeeded:
        if not sys.stdin.isatty():
            raise
    return open_profile(profile, ask("Passphrase: "))


def read_passphrase(descriptor: int) -> str:
    """The first line of a file descriptor, and not a byte more: the rest may be meant for the command."""
    data = bytearray()
    try:
        while len(data) <= _PASSPHRASE_BYTES:
            byte = os.read(descriptor, 1)
            if byte in (b"", b"\n"):
                break
            data += byte
    except OSError as problem:
        raise VauchiError(
            f"The passphrase cannot be read from file descriptor {descriptor}.", "Open it: --passphrase-fd 3 3<FILE"
        ) from problem
    if len(data) > _PASSPHRASE_BYTES:
        raise InvalidValue(f"The passphrase has more than {_PASSPHRASE_BYTES} bytes.", "Choose a shorter one.")
    try:
        return data.removesuffix(b"\r").decode()
    except UnicodeDecodeError as problem:
        raise InvalidValue("The passphrase is not UTF-8 text.", "Save the file as UTF-8.") from problem


def ask(prompt: str) -> str:
    """Ask the terminal, without echo."""
    from getpass import getpass

    return getpass(prompt)
