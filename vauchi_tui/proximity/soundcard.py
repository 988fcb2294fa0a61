"""The shell around the sound card: one full-duplex stream, counted frames, nothing done in the callback but copying."""

import atexit
import threading
import time
from concurrent.futures import Future
from contextlib import closing, suppress
from types import TracebackType
from typing import Any, Final, Protocol, Self

from vauchi_tui.proximity.devices import Pair, SoundUnavailable, portaudio, streaming
from vauchi_tui.proximity.duplex import Captured, Duplex
from vauchi_tui.proximity.recording import Samples

BLOCK_SECONDS: Final = 0.01
LATENCY_SECONDS: Final = 0.2
"""Asked of the system, each way: with less, a busy machine loses samples. What it adds to an attempt is well under a
second, and to the distance nothing: that rests on sample counts alone."""
SETTLE_SECONDS: Final = 0.5
"""What is dropped at the beginning, while a sound server finds its buffers."""
START_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 2.0
"""Of a sound system that takes longer for one or the other it is said that it does not answer."""
_OPENINGS: Final = 5
_WATCH_SECONDS: Final = 0.05


class Card(Protocol):
    """A card that runs between entering and leaving; see `SoundCard` for what its members do."""

    @property
    def running(self) -> bool: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def play(self, samples: Samples, position: int) -> None: ...
    def read(self) -> Captured | None: ...


class SoundCard:
    """A running stream. Open it with `with`; `read` and `play` belong to one thread, the callback to PortAudio's.

    PortAudio is called in a third one: where the sound system hangs it does not come back, and whoever waits for it is
    told so instead.
    """

    def __init__(self, pair: Pair) -> None:
        self.rate = pair.rate
        # Two channels where the device has them: one alone would be mixed from, or spread over, both.
        self._inputs, self._outputs = min(pair.input.inputs, 2), min(pair.output.outputs, 2)
        self._duplex = Duplex(pair.rate, self._inputs, self._outputs)
        self._pair = pair
        self._unsettled = 0  # frames that are still dropped
        self._opened: Future[None] = Future()
        self._lost = False
        self._leave = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="sound card", daemon=True)

    def __enter__(self) -> Self:
        """Open and start; returns when the stream has settled, after up to a few seconds.

        Raises SoundUnavailable, with the stream closed or, where that takes too long, about to be.
        """
        self._keeper.start()
        try:
            self._opened.result(START_SECONDS + CLOSE_SECONDS)
        except TimeoutError:
            self._end()
            raise SoundUnavailable(
                "The sound system of this machine does not answer.", "Start it again, or go on without sound."
            ) from None
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._duplex.wipe()

    def _end(self) -> None:
        self._leave.set()
        self._keeper.join(CLOSE_SECONDS)
        if self._keeper.is_alive():
            atexit.unregister(portaudio()._exit_handler)  # it would wait for the stream too, and the process with it

    # --- in the thread that PortAudio is called in ---

    def _keep(self) -> None:
        with streaming():
            try:
                stream = self._start()
            except BaseException as error:
                self._opened.set_exception(error)
                return
            self._opened.set_result(None)
            with suppress(SoundUnavailable):
                while self._ends_by_itself(stream):
                    stream = self._start()
            self._lost = True

    def _ends_by_itself(self, stream: Any) -> bool:
        """Wait for its end. ALSA's streams end when they lose samples and do not find in again; or with the device."""
        with closing(stream):
            while stream.active and not self._leave.wait(_WATCH_SECONDS):
                pass
        self._duplex.break_off()
        return not self._leave.is_set()

    def _start(self) -> Any:
        until = time.monotonic() + START_SECONDS
        for _ in range(_OPENINGS):
            self._unsettled = round(SETTLE_SECONDS * self.rate)
            stream = self._open()
            if self._settles(stream, until):
                return stream
            stream.close()
        raise SoundUnavailable(
            "The sound device did not start.", "Plug it in again, or choose another one in the settings."
        )

    def _open(self) -> Any:
        sound = portaudio()
        stream = None
        try:
            stream = sound.RawStream(
                samplerate=self.rate,
                blocksize=round(BLOCK_SECONDS * self.rate),
                device=(self._pair.input.index, self._pair.output.index),
                channels=(self._inputs, self._outputs),
                dtype="float32",
                latency=LATENCY_SECONDS,
                clip_off=True,
                dither_off=True,
                callback=self._callback,
            )
            stream.start()
        except (sound.PortAudioError, ValueError) as error:
            if stream is not None:
                stream.close()
            raise SoundUnavailable(
                "The sound device could not be opened.",
                "Close the program that uses it, allow the microphone, or choose another device in the settings.",
            ) from error
        return stream

    def _settles(self, stream: Any, until: float) -> bool:
        """Wait for that. False: it ended by itself, as ALSA's sometimes does at once, or takes too long."""
        while self._unsettled > 0 and not self._leave.wait(BLOCK_SECONDS):
            if not stream.active or time.monotonic() > until:
                return False
        return True

    # --- in the thread that reads and plays ---

    @property
    def running(self) -> bool:
        """False once the device is gone. A stream that only broke off is opened again; what it lost is a flaw."""
        return not self._lost

    def play(self, samples: Samples, position: int) -> None:
        """Play on the one channel from that place on, or at once if it has passed; after what is waiting already."""
        self._duplex.play(samples, position)

    def read(self) -> Captured | None:
        """What has been captured since the last call; None if nothing. No copy of it is kept."""
        return self._duplex.read()

    # --- in PortAudio's own ---

    def _callback(self, taken: Any, given: Any, frames: int, _time: Any, status: Any) -> None:
        out = memoryview(given).cast("B")
        out[:] = bytes(len(out))
        if self._unsettled > 0 or self._leave.is_set():
            self._unsettled -= frames
            return
        flawed = status.input_underflow or status.input_overflow or status.output_underflow or status.output_overflow
        self._duplex.turn(taken, out, frames, flawed=flawed)
