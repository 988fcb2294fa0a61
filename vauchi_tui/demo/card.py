"""A laptop's sound card in simulated air, with the face of `proximity.soundcard.SoundCard`.

`Live` runs on it unchanged: `Live(machine, seat.pair, card=seat.card, clock=air.pace.now, …)`.
"""

from array import array
from itertools import repeat
from operator import mul
from random import Random
from types import TracebackType
from typing import Final, Self

from vauchi_tui.demo.air import Air
from vauchi_tui.demo.room import Laptop
from vauchi_tui.demo.stream import Stream
from vauchi_tui.proximity.devices import Pair
from vauchi_tui.proximity.duplex import RING_SECONDS, Captured
from vauchi_tui.proximity.recording import Samples
from vauchi_tui.proximity.soundcard import BLOCK_SECONDS

_LOUDEST: Final = 2**15  # of 16 bits, uniform: in a band of a twelfth of all it is Gaussian
_CHUNK: Final = 4_096  # samples


class Seat:
    """Where one laptop stands in the air. Take the seats in one order, and each has the same noise every time."""

    def __init__(self, air: Air, laptop: Laptop | None = None) -> None:
        self._air = air
        self._laptop = laptop or Laptop()
        self._rng = air.take_seat()

    @property
    def pair(self) -> Pair:
        """The devices, for whoever asks which they are."""
        return self._laptop.pair

    def card(self, _pair: Pair) -> "AirCard":
        """Its sound card, to be opened with `with`; one at a time."""
        return AirCard(self._air, self._laptop, Random(self._rng.getrandbits(64)))


class AirCard:
    """A running stream. `read` and `play` belong to one thread; several cards may have one each."""

    def __init__(self, air: Air, laptop: Laptop, rng: Random) -> None:
        self.rate = laptop.rate
        self.running = False
        self._air = air
        self._laptop = laptop
        self._rng = rng
        self._block = round(BLOCK_SECONDS * laptop.rate)
        self._unused = array("h")
        self._read = 0
        self._stream = Stream(laptop, 0.0)

    def __enter__(self) -> Self:
        self._air.pace.join()
        self._stream = Stream(self._laptop, self._air.pace.now())
        self._air.enter(self._stream)
        self._read = 0
        self.running = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running = False
        self._air.leave(self._stream)
        self._air.pace.leave()

    def play(self, samples: Samples, position: int) -> None:
        """Play from that place on, or at once if it has passed; after what is waiting already."""
        self._air.play(self._stream, samples, position)

    def read(self) -> Captured | None:
        """What has been captured since the last call; None if nothing, perhaps after a moment."""
        end = self._captured()
        if end == self._read:
            self._air.pace.rest()
            end = self._captured()
        if end == self._read:
            return None
        start = max(self._read, end - RING_SECONDS * self.rate)
        flawed, self._read = start != self._read, end
        heard = self._air.heard(self._stream, start, self._noise(end - start))
        return Captured(memoryview(array("f", heard)), start, flawed)

    def _captured(self) -> int:
        place = self._stream.place(self._air.pace.now())
        return place - place % self._block

    def _noise(self, count: int) -> list[float]:
        while len(self._unused) < count:  # in chunks: the same whatever the blocks
            self._unused.frombytes(self._rng.randbytes(self._unused.itemsize * _CHUNK))
        taken, self._unused = self._unused[:count], self._unused[count:]
        scale = self._air.room.noise(self._laptop.true_rate) * 3**0.5 / _LOUDEST
        return list(map(mul, taken, repeat(scale)))
