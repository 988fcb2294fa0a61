"""`vauchi exchange`: meet somebody from the command line, one event a line."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening

if TYPE_CHECKING:
    from collections.abc import Callable

    from vauchi_tui.actions.context import Context
    from vauchi_tui.actions.exchange_run import ExchangeRun
    from vauchi_tui.actions.sound import Pair, SoundUnavailable
    from vauchi_tui.actions.sound_search import SoundSearch


def register(commands: Any, common: ArgumentParser) -> None:
    exchange = commands.add_parser("exchange", parents=[common], help="exchange cards with somebody in front of you")
    sides = exchange.add_subparsers(metavar="show|scan", required=True, dest="side")
    show = sides.add_parser("show", parents=[common], help="show a code that the other person scans")
    show.add_argument(
        "--proximity",
        choices=["auto", "sound", "code", "scan"],
        default="auto",
        help="how to prove who is in the room: the two devices hear each other (sound), six digits are typed (code), "
        "a code is read back (scan), or sound where both can and else digits (auto)",
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
            "--grant",
            metavar="FIELD|@label|all",
            action="append",
            default=[],
            help="let this person see a field, or put him into a label",
        )


def run_show(options: Namespace) -> int:
    """Show a code and go through the exchange."""
    from vauchi_tui.actions import exchange
    from vauchi_tui.actions.sound_search import SoundSearch
    from vauchi_tui.protocol.proof import Wanted

    wanted = Wanted(options.proximity)
    with opening.open_context(options) as context:
        search = SoundSearch(context) if wanted in (Wanted.AUTO, Wanted.SOUND) else None
        grants = exchange.resolve_grants(context, options.grant)

        def start(sound: "Pair | None") -> "ExchangeRun":
            return exchange.show(context, wanted=wanted, grants=grants, sound=sound)

        return _run(options, context, grants, start, search, must=wanted is Wanted.SOUND)


def run_scan(options: Namespace) -> int:
    """Answer a code and go through the exchange."""
    from vauchi_tui.actions import exchange
    from vauchi_tui.actions.sound_search import SoundSearch

    with opening.open_context(options) as context:
        search = SoundSearch(context)
        grants = exchange.resolve_grants(context, options.grant)
        text = exchange.read_image(options.image) if options.image else options.code or ask_code()

        def start(sound: "Pair | None") -> "ExchangeRun":
            return exchange.scan(context, text, relay=options.relay, grants=grants, sound=sound)

        return _run(options, context, grants, start, search)


def ask_code() -> str:
    """The code from stdin, with a word to a person who sits there."""
    from vauchi_tui.cli.lines import first_line

    if sys.stdin is not None and sys.stdin.isatty():
        print("Code: ", end="", flush=True)
    return first_line()


def _run(
    options: Namespace,
    context: "Context",
    grants: frozenset[str],
    start: "Callable[[Pair | None], ExchangeRun]",
    search: "SoundSearch | None",
    *,
    must: bool = False,
) -> int:
    """`search`: None where sound is not wanted; `must`: without sound there is no exchange."""
    import asyncio

    from vauchi_tui.actions import sync
    from vauchi_tui.actions.sound import SwitchedOff
    from vauchi_tui.cli.exchange_text import TextView
    from vauchi_tui.cli.exchange_view import JsonView

    view = JsonView() if options.json else TextView()

    async def meet() -> int:
        sound, why_not = await _look(search) if search is not None else (None, None)
        if must and why_not is not None:
            raise why_not
        run = start(sound)
        if why_not is not None and not isinstance(why_not, SwitchedOff):
            view.without_sound(why_not)
        view.begin(context, grants)
        async with sync.running(context, view.sync_event):
            try:
                return await view.follow(run)
            finally:
                await run.cancel()

    return asyncio.run(meet())


async def _look(search: "SoundSearch") -> "tuple[Pair | None, SoundUnavailable | None]":
    """The devices to prove with, or why there are none."""
    from vauchi_tui.actions.sound import SoundUnavailable

    try:
        return await search.pair(), None
    except SoundUnavailable as error:
        return None, error
