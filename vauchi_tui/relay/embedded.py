"""A relay inside a running event loop: the process of `vauchi relay`, or the app that was asked to run one."""

import asyncio
from pathlib import Path

from vauchi_tui.relay.limits import Limits
from vauchi_tui.relay.listen import DEFAULT_PORT, CannotServe, Listen
from vauchi_tui.relay.options import RelayOptions
from vauchi_tui.relay.server import RelayServer
from vauchi_tui.relay.sqlite_store import SqliteStore


class RunningRelay:
    """A store and a server over it: `url = await start()`, later `await stop()`."""

    def __init__(self, options: RelayOptions) -> None:
        self._options = options
        self._store: SqliteStore | None = None
        self._server: RelayServer | None = None
        self.url = ""

    @property
    def failure(self) -> asyncio.Future[None]:
        """Gets an exception when the relay cannot go on. Only after `start`."""
        if self._server is None:
            raise RuntimeError("the relay has not been started")
        return self._server.failure

    async def start(self) -> str:
        """Open the store and listen; returns the URL. Raises CannotServe or StoreFailed, and then holds nothing."""
        tls = self._options.tls()
        store = await SqliteStore.open(self._options.store, self._options.limits)
        server = RelayServer(store, self._options.limits, self._options.listen, tls=tls)
        try:
            listening = await server.start()
        except OSError as error:
            await store.close()
            raise CannotServe(
                f"The relay cannot listen at {self._options.listen}: {error.strerror or error}.",
                "Stop what is using that address, or name another one.",
            ) from error
        self._store, self._server = store, server
        self.url = listening.url(tls=tls is not None)
        return self.url

    async def stop(self) -> None:
        """Drain and close. Harmless when it is not running."""
        if self._server is not None and self._store is not None:
            await self._server.drain()
            await self._store.close()
            self._store = None


class EmbeddedRelay(RunningRelay):
    """A relay over the file `store` on a private address of this machine; port 0 lets the system choose."""

    def __init__(
        self, store: Path, host: str = "127.0.0.1", port: int = DEFAULT_PORT, *, limits: Limits | None = None
    ) -> None:
        super().__init__(RelayOptions(store, Listen(host, port), limits=limits or Limits()))
