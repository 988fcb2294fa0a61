"""No command: the app."""

import sys
from argparse import Namespace

from vauchi_tui.errors import VauchiError


def run(options: Namespace) -> int:
    """Start the app on the chosen profile; it asks for the passphrase itself."""
    from vauchi_tui.actions.opening import find

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise VauchiError("The app needs a terminal.", "`vauchi --help` lists the commands that need none.")
    profile = find(options.profile)
    if profile.exists():
        profile.check_permissions()
    context = None
    if profile.exists() and options.passphrase_fd is not None:
        from vauchi_tui.cli import opening

        context = opening.open_context(options)
    from vauchi_tui.ui.launch import run as run_app

    return run_app(profile, context)
