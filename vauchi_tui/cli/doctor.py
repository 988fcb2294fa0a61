"""`vauchi doctor`: what works here, what is missing, how to get it."""

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import output
from vauchi_tui.cli.opening import read_passphrase

if TYPE_CHECKING:
    from vauchi_tui.actions.sound_check import Outcome, SoundCheckRun

_METER_CELLS = 40
_LOOK_S = 0.05


def register(commands: Any, common: ArgumentParser) -> None:
    doctor = commands.add_parser("doctor", parents=[common], help="what works here and what is missing")
    doctor.add_argument("--sound", action="store_true", help="play a sweep through 18–20 kHz and listen to it")
    doctor.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Run every check and print it; 1 if a needed part failed."""
    from vauchi_tui.actions import doctor, profile

    passphrase = None if options.passphrase_fd is None else read_passphrase(options.passphrase_fd)
    place = profile.find(options.profile)
    if options.sound:
        from vauchi_tui.actions.doctor_sound import chosen

        return _check_sound(chosen(place, passphrase), as_json=options.json)
    checks = doctor.run_checks(place, passphrase)
    if options.json:
        output.show_json([asdict(one) for one in checks])
    else:
        for one in checks:
            output.line(f"{'ok     ' if one.ok else 'missing'}  {one.name}: {output.plain(one.words)}")
            if not one.ok and one.remedy:
                output.line(f"         {output.plain(one.remedy)}")
    return 0 if all(one.ok or not one.needed for one in checks) else 1


def _check_sound(chosen: Any, *, as_json: bool) -> int:
    """1 unless this machine both speaks and hears in the band."""
    from vauchi_tui.actions.sound import Choices
    from vauchi_tui.actions.sound_check import SoundCheckRun

    if chosen is None:
        output.note("The profile is locked, so the system's devices are tried.")
    outcome = _follow(SoundCheckRun(chosen or Choices()), live=sys.stdout.isatty() and not as_json)
    if as_json:
        rounded = None if outcome.snr_db is None else round(outcome.snr_db, 1)
        output.show_json(asdict(outcome) | {"snr_db": rounded})
        return 0 if outcome.full else 1
    heard = "" if outcome.snr_db is None else f", {outcome.snr_db:.0f} dB above the noise"
    output.line(f"sound: {outcome.ability}{heard}")
    for text in (outcome.title, outcome.hint):
        if text:
            output.line(f"  {output.plain(text)}")
    if outcome.rate is not None:
        named = [("microphone", outcome.microphone), ("speaker", outcome.speaker), ("rate", f"{outcome.rate:,} Hz")]
        output.rows(named)
    return 0 if outcome.full else 1


def _follow(check: "SoundCheckRun", *, live: bool) -> "Outcome":
    """Until it is over; the meter is one line, written over and wiped at the end."""
    from vauchi_tui.actions.sound_check import share

    try:
        while (progress := check.look()).outcome is None:
            if live and progress.level_db is not None:
                full = round(_METER_CELLS * share(progress.level_db))
                bar = "#" * full + "." * (_METER_CELLS - full)
                print(f"\r18-20 kHz [{bar}] {progress.level_db:4.0f} dBFS ", end="", flush=True)
            check.wait(_LOOK_S)
    finally:
        check.stop()
        if live:
            print("\r\x1b[K", end="", flush=True)
    return progress.outcome
