"""Following an exchange: what happens goes to stdout, one event a line, and answers are read from stdin."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from vauchi_tui.actions.exchange_events import (
    Complete,
    Confirm,
    EnterDigits,
    Event,
    Listening,
    NoSound,
    Notice,
    ScanBack,
    WrongDigits,
    WrongScan,
)
from vauchi_tui.cli import output
from vauchi_tui.cli.exchange_json import to_json
from vauchi_tui.cli.lines import Lines
from vauchi_tui.errors import VauchiError
from vauchi_tui.sync.events import Failed as SyncFailed

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.actions.pipe_run import PipeRun
    from vauchi_tui.sync.events import SyncEvent

Question = EnterDigits | ScanBack | NoSound | Confirm
YES = "yes"


class JsonView:
    """One object a line; what is asked is answered by a line on stdin each."""

    SUCCESS: ClassVar[tuple[type, ...]] = (Complete,)
    """The events that end well."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._asking: asyncio.Task[None] | None = None
        self._attempt = 1
        self._after_code: list[Event] = []

    def begin(self, context: "Context", grants: frozenset[str]) -> None:
        """Nothing stands before the code."""

    def without_sound(self, why: VauchiError) -> None:
        """Why nothing is proven by sound here, to be told behind the first event."""
        self._after_code.append(Notice(f"Without sound: {why.title} {why.hint}".rstrip()))

    def sync_event(self, event: "SyncEvent") -> None:
        """The sync worker runs beside; only what stops it matters here."""
        if isinstance(event, SyncFailed):
            output.note(f"{event.reason} {event.hint}".strip())

    async def follow(self, run: "PipeRun[Any, Any]") -> int:
        """Print what happens and pass on the answers; the exit code."""
        code = 1
        try:
            async for event in run.events():
                if isinstance(event, NoSound | Confirm):
                    self._lines.forget_typed()
                self.show(event)
                question = _question(event)
                if question is not None:
                    if question is not event:
                        self.ask_again(question)
                    await self._ask(run, question)
                if isinstance(event, self.SUCCESS):
                    code = 0
                    await self.succeeded(run)
        finally:
            if self._asking is not None:
                self._asking.cancel()
        return code

    async def succeeded(self, run: Any) -> None:
        """It has ended well: wait until our card has left."""
        if not await run.settle():
            self.unsettled()

    def show(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, Listening):
            self._attempt = event.attempt
        output.show_json(to_json(event, self._attempt))
        while self._after_code:
            output.show_json(to_json(self._after_code.pop(0), self._attempt))

    def unsettled(self) -> None:
        """Our card has not left yet."""
        output.note("your card has not left yet; run `vauchi sync --once` later.")

    def ask_again(self, question: Question) -> None:
        """Before every further answer to the same question."""
        self.show(question)

    def problem(self, error: VauchiError) -> None:
        """An answer that could not be used and did not count."""
        output.show_json({"event": "error", "reason": error.title, "hint": error.hint})

    async def _ask(self, run: "PipeRun[Any, Any]", question: Question) -> None:
        if self._asking is not None:
            await self._asking  # its answer is what has brought this question
        self._asking = asyncio.create_task(self._answer(run, question))

    async def _answer(self, run: "PipeRun[Any, Any]", question: Question) -> None:
        """Read lines until one could be judged."""
        while True:
            try:
                line = await self._lines.next()
            except VauchiError as error:
                self.problem(error)
                await run.cancel()
                return
            try:
                await _pass_on(run, question, line)
            except VauchiError as error:
                self.problem(error)
                self.ask_again(question)
            else:
                return


async def _pass_on(run: Any, question: Question, line: str) -> None:
    """Give the answer to the run that has asked."""
    yes = line.casefold() == YES
    match question:
        case EnterDigits():
            await run.enter_digits(line)
        case ScanBack():
            await run.scan_back(_path(line))
        case NoSound() if yes:
            await run.accept_without_sound()
        case Confirm() if yes:
            await run.confirm()
        case _:
            await run.cancel()


def _path(line: str) -> Path:
    return Path(line).expanduser()


def _question(event: Event) -> Question | None:
    """What has to be answered after this event, if anything."""
    match event:
        case EnterDigits() | ScanBack() | NoSound() | Confirm():
            return event
        case WrongDigits(tries_left) if tries_left:
            return EnterDigits(tries_left)
        case WrongScan():
            return ScanBack()
        case _:
            return None
