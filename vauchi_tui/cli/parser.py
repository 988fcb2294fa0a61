"""The grammar of the command line. Each group of commands brings its own part, when one of them is meant."""

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from vauchi_tui import __version__
from vauchi_tui.cli import tui

GROUPS = {
    "init": "init",
    "card": "card",
    "contacts": "contacts",
    "contact": "contacts",
    "visibility": "visibility",
    "label": "label",
    "exchange": "exchange",
    "sync": "sync",
    "status": "sync",
    "devices": "devices",
    "settings": "settings",
    "wipe": "wipe",
    "relay": "relay",
    "doctor": "doctor",
}
"""Command → the module of `vauchi_tui.cli` that registers it, in the order of the help."""
_WITH_VALUE = ("--profile", "--passphrase-fd")


def build(arguments: Sequence[str] | None = None) -> ArgumentParser:
    """The parser; for those arguments, as much of it as they need. What a command runs is in its namespace as `run`."""
    common = ArgumentParser(add_help=False)
    options = common.add_argument_group("everywhere")
    # Without defaults, so that an option before the command is not undone by its default after it.
    options.add_argument("--profile", metavar="NAME|DIR", default=SUPPRESS, help="whose (a name, or a path with a /)")
    options.add_argument("--passphrase-fd", metavar="N", type=int, default=SUPPRESS, help="read the passphrase there")
    options.add_argument("--json", action="store_true", default=SUPPRESS, help="print JSON")
    parser = ArgumentParser(
        prog="vauchi",
        description="The contact card that stays up to date. Without a command the app starts.",
        parents=[common],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"vauchi {__version__}")
    parser.set_defaults(run=tui.run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Command)
    for group in dict.fromkeys(GROUPS.values() if arguments is None else _needed(arguments)):
        import_module(f"vauchi_tui.cli.{group}").register(commands, common)
    return parser


def _needed(arguments: Sequence[str]) -> Iterable[str]:
    """The modules that these arguments may be about: one, or all where help or an error is what will be printed."""
    rest = iter(arguments)
    for argument in rest:
        if argument in _WITH_VALUE:
            next(rest, None)
        elif not argument.startswith("-"):
            return (GROUPS[argument],) if argument in GROUPS else GROUPS.values()
        elif argument != "--json" and not argument.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            return GROUPS.values()
    return ()


def fill(options: Namespace) -> Namespace:
    """Give the options that stand everywhere their defaults."""
    for name, default in (("profile", None), ("passphrase_fd", None), ("json", False)):
        if not hasattr(options, name):
            setattr(options, name, default)
    return options


class _Command(ArgumentParser):
    """A command: no abbreviated options. `declare` adds arguments only when this command is the one that runs."""

    def __init__(self, *, declare: Callable[[ArgumentParser], None] | None = None, **kwargs: Any) -> None:
        super().__init__(allow_abbrev=False, **kwargs)
        self._declare = declare

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._declare is not None:
            declare, self._declare = self._declare, None
            declare(self)
        return super().parse_known_args(args, namespace)
