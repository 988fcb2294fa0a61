"""Looking for speaker and microphone beside everything else: the sound system may take its time, or never answer."""

import asyncio
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Final

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.sound import Pair, SoundUnavailable, find_pair
from vauchi_tui.errors import VauchiError

PATIENCE_S: Final = 3.0
"""A sound server takes a tenth of a second; for one that hangs PortAudio waits without end."""


class SoundSearch:
    """Begins at once, in a thread with a connection of its own; `pair` gives what `find_pair` gave there."""

    def __init__(self, ctx: Context, *, patience: float = PATIENCE_S) -> None:
        """`patience`: seconds from now after which the sound system counts as not answering."""
        self._ctx = ctx
        self._until = time.monotonic() + patience
        self._found: Future[Pair | SoundUnavailable] = Future()
        threading.Thread(target=self._look, name="sound search", daemon=True).start()

    @property
    def pending(self) -> bool:
        """Is the sound system still being asked?"""
        return not self._found.done()

    async def pair(self) -> Pair:
        """The devices to prove with. Raises SoundUnavailable, in words."""
        loop, known = asyncio.get_running_loop(), asyncio.Event()

        def wake(_: object) -> None:
            with suppress(RuntimeError):  # nobody waits any more: the loop is closed
                loop.call_soon_threadsafe(known.set)

        self._found.add_done_callback(wake)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._until - time.monotonic()):
                await known.wait()
        if self.pending:
            raise SoundUnavailable(
                "The sound system of this machine does not answer.", "Start it again, or go on without sound."
            )
        found = self._found.result()
        if isinstance(found, SoundUnavailable):
            raise found
        return found

    def _look(self) -> None:
        try:
            with replace(self._ctx, vault=self._ctx.open_vault()) as ctx:
                self._found.set_result(find_pair(ctx))
        except SoundUnavailable as error:
            self._found.set_result(error)
        except VauchiError as error:  # the settings could not be read
            self._found.set_result(SoundUnavailable(error.title, error.hint))
