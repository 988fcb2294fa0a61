"""How time passes in simulated air: as on the wall, or as quickly as both devices can follow."""

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

STEP_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 0.1  # real ones: then a waiting device is asked whether it was stopped


class Pace(Protocol):
    """The time of an air. `now` is monotonic seconds, for `Live` too."""

    def now(self) -> float: ...

    def join(self) -> None:
        """A device listens from now on."""

    def rest(self) -> None:
        """That device has heard all there is: perhaps wait for time to pass, not for long."""

    def leave(self) -> None:
        """That device is closed."""


class Flowing:
    """Time passes by a clock, whoever follows; a clock that is stopped and goes on pauses the room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock

    def join(self) -> None:
        """Nothing depends on who listens."""

    def rest(self) -> None:
        """Whoever has heard everything pauses by himself."""

    def leave(self) -> None:
        """Nothing depends on who listens."""


class Lockstep:
    """Time passes by one step whenever all `parties` have heard all there is. Each reads in a thread of its own."""

    def __init__(self, parties: int) -> None:
        self._parties = parties
        self._steps = 0
        self._resting = 0
        self._turn = threading.Condition()

    def now(self) -> float:
        return self._steps * STEP_SECONDS

    def join(self) -> None:
        """The parties were counted before, so that nobody misses what the first one plays."""

    def rest(self) -> None:
        """Until time has passed, or for a moment."""
        with self._turn:
            step = self._steps
            self._resting += 1
            self._pass()
            if not self._turn.wait_for(lambda: self._steps > step, _PATIENCE_SECONDS):
                self._resting -= 1

    def leave(self) -> None:
        with self._turn:
            self._parties -= 1
            self._pass()

    def _pass(self) -> None:
        if self._resting >= self._parties and self._resting:
            self._steps += 1
            self._resting = 0
            self._turn.notify_all()
