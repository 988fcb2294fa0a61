"""The entry point: parse, run one command, turn every end into an exit code."""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial

from vauchi_tui.errors import VauchiError

OK, FAILED, INTERRUPTED = 0, 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run `vauchi` with these arguments. Returns 0, 1 with the error on stderr, 2 for wrong usage, 130 after Ctrl+C."""
    gc.disable()  # a start makes much and drops nothing: looking for garbage would only delay it
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    finally:
        gc.enable()


def _run(arguments: Sequence[str]) -> int:
    from vauchi_tui.cli import tui

    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a name that the terminal's encoding lacks is no reason to fail
            reconfigure(errors="backslashreplace", line_buffering=True)
    run = tui.meant(arguments)
    if run is None:
        from vauchi_tui.cli.parser import build, fill

        try:
            options = fill(build(arguments).parse_args(arguments))
        except SystemExit as end:  # argparse has printed the usage or the help
            return end.code if isinstance(end.code, int) else FAILED
        run = partial(options.run, options)
        if options.run is not tui.run:  # which says itself when it has started
            gc.enable()
    try:
        return int(run())
    except VauchiError as problem:
        _tell(problem.title, problem.hint)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has left
        _write_nowhere()
        return 128 + signal.SIGPIPE
    except OSError as problem:
        _write_nowhere()
        _tell(f"The system refused: {problem.strerror or problem}.", "Check the disk and where the output goes.")
        return FAILED


def _tell(title: str, hint: str) -> None:
    from vauchi_tui.cli.output import error

    error(title, hint)


def _write_nowhere() -> None:
    """Python would complain at exit, when it flushes what stdout did not take: give it nowhere to flush to."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
