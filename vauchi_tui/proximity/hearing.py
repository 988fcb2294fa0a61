"""What one side has heard in an attempt: the frames as they come, and bursts looked for in the recording."""

from typing import Final

from vauchi_dsp import Frame, Receiver, find_bursts
from vauchi_tui.proximity.keys import AirKeys, Side
from vauchi_tui.proximity.ranging import CLOCKS, UNITS, Flags, Report, interruptions
from vauchi_tui.proximity.recording import Recording, Samples
from vauchi_tui.proximity.waveforms import slot

RECORDING_SECONDS: Final = 8
_BURST_SECONDS: Final = 0.11  # one burst and what the room adds
_PLACE_SECONDS: Final = 0.012  # how far from its slot a burst may be found


class Hearing:
    """The recording of one stream and the receiver that runs over it. Places are samples of the stream."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._recording = Recording(RECORDING_SECONDS * rate)
        self.wipe()

    @property
    def end(self) -> int:
        """The place after the last sample."""
        return self._recording.end

    def wipe(self) -> None:
        """Overwrite what was heard and begin anew with the next block."""
        self._recording.wipe()
        self._receiver = Receiver(self.rate, "fast")
        self._first: int | None = None
        self._own: dict[bytes, range] = {}

    def expect(self, codes: tuple[bytes, ...], place: int, latest: int) -> None:
        """One's own bursts are played from that place on, and each is heard at most `latest` samples after it is."""
        for number, code in enumerate(codes):
            begin = place + number * slot(self.rate)
            self._own[code] = range(begin, begin + latest)

    def feed(self, samples: Samples, place: int) -> list[tuple[Frame, int]]:
        """Frames that have ended in this block, each with the place at which it began.

        Raises ValueError for what is no sound: NaN, infinity.
        """
        self._recording.append(samples, place)
        first = self._first = place if self._first is None else self._first
        return [(frame, first + round(frame.start)) for frame in self._receiver.feed(samples)]

    def keep_from(self, place: int) -> None:
        """Forget what was heard before."""
        self._recording.keep_from(place)

    def in_slots(self, codes: tuple[bytes, ...], frame_start: int) -> bool:
        """Do at least half of these bursts lie in the slots before a frame that begins at `frame_start`?

        Nobody else in the room and nobody with a photograph of the code can make them.
        """
        margin, tolerance = round(2 * _PLACE_SECONDS * self.rate), _PLACE_SECONDS * self.rate
        first = frame_start - len(codes) * slot(self.rate)
        near = 0
        for number, code in enumerate(codes):
            found = self._find(first - margin, frame_start + margin, code, own=False)
            near += found is not None and abs(found - first - number * slot(self.rate)) < tolerance
        return 2 * near >= len(codes)

    def all_since(self, place: int, codes: tuple[bytes, ...], *, own: bool) -> bool:
        """Have these bursts been heard since that place, each to its end?"""
        found = [self._find(place, self.end, code, own=own) for code in codes]
        return all(at is not None and at <= self.end - _BURST_SECONDS * self.rate for at in found)

    def measure(self, keys: AirKeys, own: Side) -> Report:
        """The arrivals of all eight bursts, counted from the beginning of what is kept, and whether the card lost
        samples or was late, as far as the own ones tell."""
        samples = self._recording.part(self._recording.start, self.end)
        times: list[int | None] = []
        flags = Flags.NONE
        for side in Side:
            found = find_bursts(samples, keys.bursts[side], self.rate, side is own).times
            if side is own:
                places = [self._own[code] for code in keys.bursts[side]]
                found = tuple(map(self._plausible, found, places))
                flags = interruptions(found, [place.start for place in places], drift=CLOCKS)
            times += found
        return Report(tuple(times), self.rate, flags)

    def _plausible(self, time: int | None, places: range) -> int | None:
        """An own burst's arrival, unless it is before its playing or long after it: then it is noise, or another's."""
        if time is None:
            return None
        at, early = self._recording.start + time / UNITS, _PLACE_SECONDS * self.rate
        return time if places.start - early < at < places.stop else None

    def _find(self, start: int, end: int, code: bytes, *, own: bool) -> float | None:
        # One by one: to see that they are there, they need not agree on a first path.
        start = max(start, self._recording.start)
        part = self._recording.part(start, end)
        if not len(part):
            return None
        (time,) = find_bursts(part, (code,), self.rate, own).times
        return None if time is None else start + time / UNITS
