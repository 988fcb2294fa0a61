"""No command: the app."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from vauchi_tui.errors import VauchiError

if TYPE_CHECKING:
    from argparse import Namespace


def meant(arguments: Sequence[str]) -> Callable[[], int] | None:
    """What starts the app where these arguments plainly ask for that, without waiting for a grammar; else None."""
    match list(arguments):
        case []:
            return partial(start, None)
        case ["--profile", name] if not name.startswith("-"):
            return partial(start, name)
    return None


def run(options: "Namespace") -> int:
    """Start the app on the chosen profile, opened with the passphrase where one is given."""
    return start(options.profile, options if options.passphrase_fd is not None else None)


def start(name: str | None, options: "Namespace | None" = None) -> int:
    """Start the app on the profile of that name or directory; it asks for the passphrase itself.

    `options`: what the profile is opened with before.
    """
    from vauchi_tui.actions.opening import find

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise VauchiError("The app needs a terminal.", "`vauchi --help` lists the commands that need none.")
    profile = find(name)
    if profile.exists():
        profile.check_permissions()
    context = None
    if options is not None and profile.exists():
        from vauchi_tui.cli import opening

        context = opening.open_context(options)
    from vauchi_tui.ui.launch import run as run_app

    return run_app(profile, context)
