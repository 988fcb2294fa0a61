"""`vauchi doctor`: what works here, what is missing, how to get it."""

from argparse import ArgumentParser, Namespace
from typing import Any

from vauchi_tui.cli import output


def register(commands: Any, common: ArgumentParser) -> None:
    doctor = commands.add_parser("doctor", parents=[common], help="what works here and what is missing")
    doctor.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Run every check and print it; 1 if one failed."""
    from vauchi_tui.actions import doctor, profile

    checks = doctor.run_checks(profile.find(options.profile))
    if options.json:
        output.show_json([{"name": one.name, "ok": one.ok, "words": one.words, "remedy": one.remedy} for one in checks])
    else:
        for one in checks:
            output.line(f"{'ok     ' if one.ok else 'missing'}  {one.name}: {output.plain(one.words)}")
            if not one.ok and one.remedy:
                output.line(f"         {output.plain(one.remedy)}")
    return 0 if all(one.ok for one in checks) else 1
