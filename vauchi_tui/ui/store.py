"""The vault's connection and the one thread it belongs to: the event loop never waits for the disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """Runs actions, one after the other, on an own connection in an own thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vault")
        self._context: Context | None = None

    @property
    def context(self) -> "Context":
        """The open profile. Its connection belongs to the thread; others open their own with `open_vault`."""
        if self._context is None:
            raise RuntimeError("the profile is not open yet")
        return self._context

    @property
    def is_open(self) -> bool:
        return self._context is not None

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run something in the vault's thread, also before there is an event loop."""
        return self._thread.submit(call, *args, **kwargs)

    async def in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something in the vault's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args, **kwargs))

    async def open(self, make: "Callable[[], Context]") -> None:
        """Open or create the profile: `make` runs in the vault's thread."""
        self._context = await self.in_thread(make)

    def adopt(self, context: "Context") -> None:
        """Take over a profile that was opened in the vault's thread."""
        self._context = context

    async def run(self, action: "Callable[Concatenate[Context, P], T]", *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an action on the open profile."""
        return await self.in_thread(action, self.context, *args, **kwargs)

    async def version(self) -> int:
        """Changes whenever any process has committed to the vault."""
        return await self.in_thread(self.context.vault.data_version)

    async def close(self) -> None:
        if self._context is not None:
            await self.in_thread(self._context.close)
            self._context = None
        self._thread.shutdown(wait=False)
