"""`vauchi relay`: run a mailbox server."""

from argparse import ArgumentParser, Namespace
from typing import Any

from vauchi_tui.cli import output


def register(commands: Any, common: ArgumentParser) -> None:
    relay = commands.add_parser(
        "relay",
        parents=[common],
        help="run a relay for yourself and others",
        declare=_declare,  # the relay's own options come with its modules, which no other command needs
    )
    relay.set_defaults(run=run)


def _declare(parser: ArgumentParser) -> None:
    from vauchi_tui.relay.options import add_arguments

    add_arguments(parser)


def run(options: Namespace) -> int:
    """Serve until a signal."""
    from vauchi_tui.relay.main import serve
    from vauchi_tui.relay.options import options_from

    def announce(url: str) -> None:
        if options.json:
            output.show_json({"event": "listening", "url": url})
        else:
            output.line(f"listening on {url}")

    serve(options_from(options), announce=announce)
    return 0
