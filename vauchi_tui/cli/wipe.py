"""`vauchi wipe`: remove a profile from this machine."""

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from vauchi_tui.cli import output
from vauchi_tui.errors import NotFound, VauchiError

YES = "yes"


def register(commands: Any, common: ArgumentParser) -> None:
    wipe = commands.add_parser(
        "wipe", parents=[common], help="remove the profile from this machine, after a yes on stdin"
    )
    wipe.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Ask, then remove everything of the profile."""
    from vauchi_tui.actions import wipe
    from vauchi_tui.actions.opening import find

    profile = find(options.profile)
    if not profile.exists():
        raise NotFound(f"There is no profile “{profile.name}”.", "Choose another with --profile.")
    output.note(
        f"card, contacts and keys of the profile “{profile.name}” will be gone from {profile.data}. "
        "Without another device of yours nothing brings them back."
    )
    if sys.stdin.isatty():
        print("Type yes to wipe it: ", end="", flush=True)
    if sys.stdin.readline(64).strip().casefold() != YES:
        raise VauchiError("Nothing was wiped.", "It takes a yes.")
    wipe.wipe(profile)
    if options.json:
        output.show_json({"wiped": str(profile.data)})
    else:
        output.line(f"The profile “{output.plain(profile.name)}” is gone.")
    return 0
