"""The air between simulated laptops, in plain Python and in real time: each hears itself and the others."""

import threading
from operator import add
from random import Random
from typing import Final

from vauchi_tui.demo.pace import Flowing, Pace
from vauchi_tui.demo.path import Path
from vauchi_tui.demo.room import SELF_DISTANCE, SOUND, Room
from vauchi_tui.demo.stream import Stream
from vauchi_tui.proximity.recording import Samples

_OWN_REFLECTIONS: Final = 0.02  # of what they are for the other: oneself is near, the walls are as far as for both


class Air:
    """A room with the streams of laptops in it, which may belong to different threads. One seed, one noise."""

    def __init__(self, room: Room | None = None, *, seed: int = 0, pace: Pace | None = None) -> None:
        self.pace: Pace = pace or Flowing()
        self._lock = threading.Lock()
        self._streams: list[Stream] = []
        self._paths: dict[tuple[Stream, Stream], Path] = {}
        self._room, self._since = room or Room(), self.pace.now()
        self._seed = seed
        self._seats = 0

    @property
    def room(self) -> Room:
        """As it is now. Set it to put the laptops elsewhere, or to bring in an attacker."""
        return self._room

    @room.setter
    def room(self, room: Room) -> None:
        with self._lock:
            self._room, self._since = room, self.pace.now()
            self._paths = {}

    def take_seat(self) -> Random:
        """The noise of one more microphone; the first seat's is always the same."""
        self._seats += 1
        return Random(f"{self._seed}/{self._seats}")

    def enter(self, stream: Stream) -> None:
        """It is in the room from now on."""
        with self._lock:
            now = self.pace.now()
            self._streams = [other for other in self._streams if other.audible(now)] + [stream]
            self._paths = {
                (there, here): path
                for (there, here), path in self._paths.items()
                if there in self._streams and here.open
            }

    def play(self, stream: Stream, samples: Samples, position: int) -> None:
        """As `Stream.play`."""
        with self._lock:
            stream.play(samples, position, self.pace.now())

    def leave(self, stream: Stream) -> None:
        """It falls silent; what is under way arrives."""
        with self._lock:
            stream.close(self.pace.now())

    def heard(self, stream: Stream, start: int, noise: list[float]) -> list[float]:
        """That noise with what arrives at the microphone from that place of its stream on. Block by block, in order."""
        out = noise
        with self._lock:
            for other in self._streams:
                block = self._arriving(other, stream, start, len(noise))
                if block is not None:
                    out = list(map(add, out, block))
        return out

    def _arriving(self, there: Stream, here: Stream, start: int, count: int) -> list[float] | None:
        own = there is here

        def played_at(place: int) -> float:
            at = here.captured_at(place)
            return there.played_at(at - self._length(at, own) / SOUND)

        path = self._paths.get((there, here))
        if path is None:
            path = self._paths[there, here] = Path(
                [
                    (round(later * here.laptop.true_rate), part * (_OWN_REFLECTIONS if own else 1.0))
                    for later, part in self._room.reflections
                ]
            )
        return path.block(start, count, 1.0 if own else self._room.gain, there.between, played_at)

    def _length(self, at: float, own: bool) -> float:
        """The way in metres of what arrives at that time."""
        if own:
            return SELF_DISTANCE
        moved = self._room.speed * max(at - self._since, 0.0)
        return self._room.distance + moved + self._room.relay * SOUND
