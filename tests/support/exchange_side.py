"""One side of an exchange or a linking inside a test: its run and what it told."""

import asyncio
from typing import Any, Generic, TypeVar

from vauchi_tui.actions.exchange_events import Complete, Failed
from vauchi_tui.actions.exchange_run import ExchangeRun
from vauchi_tui.actions.pipe_run import PipeRun

E = TypeVar("E")
R = TypeVar("R", bound=PipeRun[Any, Any])


class RunSide(Generic[R]):
    """One side's run: collects its events, and waits for one of a kind."""

    def __init__(self, run: R) -> None:
        self.run = run
        self.events: list[Any] = []
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._collect())

    async def _collect(self) -> None:
        async for event in self.run.events():
            async with self._news:
                self.events.append(event)
                self._news.notify_all()

    async def wait(self, kind: type[E]) -> E:
        """The first event of that kind."""
        async with asyncio.timeout(20), self._news:
            while True:
                for event in self.events:
                    if isinstance(event, kind):
                        return event
                assert not self._task.done(), self.events
                await self._news.wait()

    async def last(self, seconds: float = 20) -> Any:
        """The last event, once it has ended."""
        async with asyncio.timeout(seconds):
            await self._task
        return self.events[-1]


class Side(RunSide[ExchangeRun]):
    """One side of an exchange."""

    async def end(self, seconds: float = 20) -> Complete | Failed:
        """How it ended."""
        last = await self.last(seconds)
        assert isinstance(last, Complete | Failed)
        return last
