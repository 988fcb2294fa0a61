"""Is this machine's clock right? Relays say what time it is there; whoever is far off is told, once."""

from vauchi_tui.sync.events import ClockOff
from vauchi_tui.vault.tx import Tx

OFF_S = 300
AHEAD = "clock_ahead"
"""The setting that keeps by how many seconds the clock was ahead when it was last compared, if it was off."""
HINT = "Set the clock of this machine, best by the network; what was sent meanwhile is then sent again."


def compare(tx: Tx, now: float, relay_time: int) -> ClockOff | None:
    """Compare with a relay's time (unix s); what to tell, if that is new."""
    ahead, known = int(now) - relay_time, tx.settings.get(AHEAD)
    if abs(ahead) <= OFF_S:
        if known is not None:
            tx.settings.set(AHEAD, None)
        return None
    if known != str(ahead):
        tx.settings.set(AHEAD, str(ahead))
    return ClockOff(ahead) if known is None else None


def is_new(tx: Tx, now: float, relay_time: int) -> bool:
    """Would `compare` store anything?"""
    ahead, known = int(now) - relay_time, tx.settings.get(AHEAD)
    return known != (str(ahead) if abs(ahead) > OFF_S else None)


def off(tx: Tx) -> int | None:
    """By how many seconds the clock was ahead (negative: behind) at the last connection; None where it was right."""
    known = tx.settings.get(AHEAD)
    return int(known) if known is not None else None


def words(ahead_s: int) -> str:
    """The sentence for it."""
    seconds = abs(ahead_s)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or unit == "minute":
            return f"The clock of this machine is {seconds // size:,} {unit}s {'ahead' if ahead_s > 0 else 'behind'}."
    raise AssertionError
