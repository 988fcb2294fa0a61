"""`python -m vauchi_tui.relay`: the relay alone, as `vauchi relay` runs it."""

import sys
from argparse import ArgumentParser

from vauchi_tui.errors import VauchiError
from vauchi_tui.relay.main import serve
from vauchi_tui.relay.options import add_arguments, options_from


def main() -> int:
    """Run until a signal; 1 when it cannot start or must stop."""
    parser = ArgumentParser(prog="vauchi relay", description="Run a mailbox relay.")
    add_arguments(parser)
    try:
        serve(options_from(parser.parse_args()), announce=_announce)
    except VauchiError as error:
        sys.stderr.write(f"error: {error.title}\nhint: {error.hint}\n")
        return 1
    return 0


def _announce(url: str) -> None:
    sys.stdout.write(f"listening on {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
