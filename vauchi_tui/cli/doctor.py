"""`vauchi doctor`: what works here, what is missing, how to get it."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from vauchi_tui.cli import output
from vauchi_tui.cli.opening import read_passphrase


def register(commands: Any, common: ArgumentParser) -> None:
    doctor = commands.add_parser("doctor", parents=[common], help="what works here and what is missing")
    doctor.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Run every check and print it; 1 if a needed part failed."""
    from vauchi_tui.actions import doctor, profile

    passphrase = None if options.passphrase_fd is None else read_passphrase(options.passphrase_fd)
    checks = doctor.run_checks(profile.find(options.profile), passphrase)
    if options.json:
        output.show_json([asdict(one) for one in checks])
    else:
        for one in checks:
            output.line(f"{'ok     ' if one.ok else 'missing'}  {one.name}: {output.plain(one.words)}")
            if not one.ok and one.remedy:
                output.line(f"         {output.plain(one.remedy)}")
    return 0 if all(one.ok or not one.needed for one in checks) else 1
