"""The sound check: a sweep is played and heard, and what came of it is said in words with the remedy.

Nobody is called back: whoever shows the check looks at it as often as he wants.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from vauchi_tui.actions.sound import Choices, SoundUnavailable, not_answering, open_pair
from vauchi_tui.proximity.live import check_sound
from vauchi_tui.proximity.soundcheck import Ability, Checked

PATIENCE_S: Final = 6.0
"""A card takes a second to start; below PortAudio a sound server that hangs is waited for without end."""
LEAVE_S: Final = 2.0
"""How long the end of the program waits for the card to close."""
QUIET_DB, LOUD_DB = -100.0, 0.0
"""What a meter shows, in dB of full scale."""
_FAINT_DB: Final = 10.0  # heard here, but at some distance in a louder room it may not be


@dataclass(frozen=True, slots=True)
class Outcome:
    """`ability` is *full*, *speaks only*, *hears only* or *none*. Where no device was opened, its name is empty.

    `snr_db`: power of the sweep to that of the noise in 18–20 kHz, None where it was not heard; `rate` in Hz.
    """

    ability: str
    title: str
    hint: str = ""
    snr_db: float | None = None
    microphone: str = ""
    speaker: str = ""
    rate: int | None = None

    @property
    def full(self) -> bool:
        return self.ability == Ability.FULL.word


@dataclass(frozen=True, slots=True)
class Progress:
    """`level_db` is the band's loudest since the last look, None while nothing is heard yet; `outcome` comes last."""

    level_db: float | None = None
    outcome: Outcome | None = None


class SoundCheckRun:
    """Begins at once, in a thread of its own, and takes three seconds. Look at it and stop it from any thread."""

    def __init__(
        self,
        chosen: Choices,
        *,
        environ: Mapping[str, str] = os.environ,
        patience: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`patience`: seconds without a sign of life after which the sound system counts as not answering."""
        self._chosen, self._environ = chosen, environ
        self._patience, self._clock = patience, clock
        self._alive = clock()
        self._levels: list[float] = []
        self._outcome: Outcome | None = None
        self._stopped, self._over = threading.Event(), threading.Event()
        # Where the sound system hangs the program can be left all the same; otherwise the card is closed before.
        self._thread = threading.Thread(target=self._run, name="sound check", daemon=True)
        atexit.register(self._leave)
        self._thread.start()

    def look(self) -> Progress:
        """How it stands."""
        levels, self._levels = self._levels, []
        if self._outcome is None and self._clock() - self._alive > self._patience:
            self.stop()
            atexit.unregister(self._leave)  # there is nothing to wait for
            self._outcome = _none(not_answering())
        return Progress(max(levels, default=None), self._outcome)

    def wait(self, seconds: float) -> None:
        """Return after that time, or as soon as it is over."""
        self._over.wait(seconds)

    def stop(self) -> None:
        """End it without an outcome; what plays stops at once."""
        self._stopped.set()

    def _leave(self) -> None:
        self.stop()
        self._thread.join(LEAVE_S)

    def _run(self) -> None:
        outcome = self._check()
        if outcome is not None and self._outcome is None:
            self._outcome = outcome
        self._over.set()
        atexit.unregister(self._leave)

    def _check(self) -> Outcome | None:
        try:
            pair = open_pair(self._chosen, self._environ)
            checked = check_sound(pair, self._hear, level=self._chosen.amplitude, stopped=self._stopped)
        except SoundUnavailable as error:
            return _none(error)
        return None if checked is None else _told(checked, pair.input.name, pair.output.name, pair.rate)

    def _hear(self, level_db: float) -> None:
        self._alive = self._clock()
        self._levels.append(level_db)


def share(level_db: float) -> float:
    """How much of a meter that level fills, 0 to 1."""
    return min(1.0, max(0.0, (level_db - QUIET_DB) / (LOUD_DB - QUIET_DB)))


def _none(reason: SoundUnavailable) -> Outcome:
    return Outcome(Ability.NONE.word, reason.title, reason.hint)


def _told(checked: Checked, microphone: str, speaker: str, rate: int) -> Outcome:
    ability, hint = checked.ability, checked.ability.hint
    if checked.snr_db is not None and checked.snr_db < _FAINT_DB:
        hint = "It is faint: turn the volume up if the other device does not hear it."
    return Outcome(ability.word, ability.title, hint, checked.snr_db, microphone, speaker, rate)
