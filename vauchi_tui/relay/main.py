"""Running a relay as a process of its own, until a signal."""

import asyncio
import signal
from collections.abc import Callable

from vauchi_tui.relay.embedded import RunningRelay
from vauchi_tui.relay.options import RelayOptions


def serve(options: RelayOptions, *, announce: Callable[[str], None]) -> None:
    """Run a relay until SIGTERM or SIGINT, then drain. Calls `announce` with its URL once it accepts connections.

    Raises CannotServe when it cannot start and StoreFailed when it must stop.
    """
    asyncio.run(_serve(options, announce))


async def _serve(options: RelayOptions, announce: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    relay = RunningRelay(options)
    announce(await relay.start())
    relay.failure.add_done_callback(lambda _: stop.set())
    await stop.wait()
    await relay.stop()
    if relay.failure.done():
        relay.failure.result()
