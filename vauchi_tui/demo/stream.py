"""One laptop's stream in simulated air: where it stands in time, and what it plays at which place."""

from typing import Final

from vauchi_tui.demo.room import Laptop
from vauchi_tui.proximity.recording import Samples

_KEPT_SECONDS: Final = 3  # longer than any sound is under way


class Stream:
    """Capture and playing have the same places, which count from `started`, in seconds of the air."""

    def __init__(self, laptop: Laptop, started: float) -> None:
        self.laptop = laptop
        self.started = started
        self.open = True
        self._kept = _KEPT_SECONDS * laptop.rate
        self._parts: list[tuple[int, list[float]]] = []

    def place(self, now: float) -> int:
        """How many samples have passed until then."""
        return int((now - self.started) * self.laptop.true_rate)

    def captured_at(self, place: int) -> float:
        """When what is captured there was at the microphone."""
        return self.started + place / self.laptop.true_rate - self.laptop.record_latency

    def played_at(self, time: float) -> float:
        """The place of what leaves the loudspeaker then, in samples and parts of them."""
        return (time - self.started - self.laptop.play_latency) * self.laptop.true_rate

    def audible(self, now: float) -> bool:
        """Is it open, or something of it still under way?"""
        return self.open or self.place(now) < self._end + self._kept

    @property
    def _end(self) -> int:
        return max((place + len(part) for place, part in self._parts), default=0)

    def play(self, samples: Samples, position: int, now: float) -> None:
        """From that place on, or at once where it has passed; after what is waiting already."""
        here = self.place(now)
        self._parts = [(place, part) for place, part in self._parts if place + len(part) > here - self._kept]
        self._parts.append((max(position, self._end, here), list(samples)))

    def close(self, now: float) -> None:
        """Fall silent in the middle of it."""
        here = self.place(now)
        self._parts = [(place, part[: here - place]) for place, part in self._parts if place < here]
        self.open = False

    def between(self, first: int, last: int) -> list[float] | None:
        """What is played at these places; None if all of them are silent."""
        out: list[float] | None = None
        for place, part in self._parts:
            start, end = max(first, place), min(last, place + len(part))
            if start < end:
                out = out or [0.0] * (last - first)
                out[start - first : end - first] = part[start - place : end - place]
        return out
