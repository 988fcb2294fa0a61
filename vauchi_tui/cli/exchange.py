"""`vauchi exchange`: meet somebody from the command line, one event a line."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.actions.exchange_run import ExchangeRun


def register(commands: Any, common: ArgumentParser) -> None:
    exchange = commands.add_parser("exchange", parents=[common], help="exchange cards with somebody in front of you")
    sides = exchange.add_subparsers(metavar="show|scan", required=True, dest="side")
    show = sides.add_parser("show", parents=[common], help="show a code that the other person scans")
    show.add_argument(
        "--proximity",
        choices=["auto", "code", "scan"],
        default="auto",
        help="how to prove who is in the room: six digits typed (code, auto), or a code read back (scan)",
    )
    show.set_defaults(run=run_show)
    scan = sides.add_parser("scan", parents=[common], help="answer the code of the other person")
    source = scan.add_mutually_exclusive_group()
    source.add_argument("code", metavar="CODE", nargs="?", help="the code as text; read from stdin if not given")
    source.add_argument("--image", metavar="FILE", type=Path, help="a picture of the other screen")
    scan.add_argument("--relay", metavar="URL", help="where the other side listens, if the code does not say")
    scan.set_defaults(run=run_scan)
    for side in (show, scan):
        side.add_argument(
            "--grant", metavar="FIELD|all", action="append", default=[], help="let this person see a field"
        )


def run_show(options: Namespace) -> int:
    """Show a code and go through the exchange."""
    from vauchi_tui.actions import exchange
    from vauchi_tui.protocol.proof import Wanted

    with opening.open_context(options) as context:
        grants = exchange.resolve_grants(context, options.grant)
        wanted = Wanted.SCAN if options.proximity == "scan" else Wanted.CODE
        return _run(options, context, grants, lambda: exchange.show(context, wanted=wanted, grants=grants))


def run_scan(options: Namespace) -> int:
    """Answer a code and go through the exchange."""
    from vauchi_tui.actions import exchange

    with opening.open_context(options) as context:
        grants = exchange.resolve_grants(context, options.grant)
        text = exchange.read_image(options.image) if options.image else options.code or _ask_code()
        return _run(options, context, grants, lambda: exchange.scan(context, text, relay=options.relay, grants=grants))


def _ask_code() -> str:
    if sys.stdin.isatty():
        print("Code: ", end="", flush=True)
    return sys.stdin.buffer.readline(8192).decode(errors="replace")


def _run(options: Namespace, context: "Context", grants: frozenset[str], start: Any) -> int:
    import asyncio

    from vauchi_tui.actions import sync
    from vauchi_tui.cli.exchange_view import JsonView, TextView

    view = JsonView() if options.json else TextView()

    async def meet() -> int:
        run: ExchangeRun = start()
        view.begin(context, grants)
        async with sync.running(context, view.sync_event):
            try:
                return await view.follow(run)
            finally:
                await run.cancel()

    return asyncio.run(meet())
