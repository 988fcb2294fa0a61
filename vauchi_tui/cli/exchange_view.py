"""An exchange on stdout: as JSON, one event a line, or as lines and a drawn code for a person."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vauchi_tui.actions import exchange
from vauchi_tui.actions.exchange_events import (
    AttemptFailed,
    CodeShown,
    Complete,
    Completed,
    Confirm,
    Digits,
    EnterDigits,
    Event,
    Failed,
    Heard,
    Listening,
    Nearby,
    NoSound,
    Notice,
    ScanBack,
    Scanned,
    SecondAnswer,
    ShowScan,
    WrongDigits,
    WrongScan,
)
from vauchi_tui.cli import output, qr
from vauchi_tui.cli.lines import Lines
from vauchi_tui.errors import VauchiError
from vauchi_tui.sync.events import Failed as SyncFailed

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.actions.exchange_run import ExchangeRun
    from vauchi_tui.sync.events import SyncEvent

Question = EnterDigits | ScanBack


class JsonView:
    """One object a line; digits and pictures' paths are read from stdin, a line each."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._asking: asyncio.Task[None] | None = None

    def begin(self, context: "Context", grants: frozenset[str]) -> None:
        """Nothing stands before the code."""

    def sync_event(self, event: "SyncEvent") -> None:
        """The sync worker runs beside; only what stops it matters here."""
        if isinstance(event, SyncFailed):
            output.note(f"{event.reason} {event.hint}".strip())

    async def follow(self, run: "ExchangeRun") -> int:
        """Print what happens and pass on the answers; the exit code."""
        code = 1
        try:
            async for event in run.events():
                self.show(event)
                question = _question(event)
                if question is not None:
                    if question is not event:
                        self.ask_again(question)
                    await self._ask(run, question)
                if isinstance(event, Complete):
                    code = 0
                    if not await run.settle():
                        self.unsettled()
        finally:
            if self._asking is not None:
                self._asking.cancel()
        return code

    def show(self, event: Event) -> None:
        """Print one event."""
        value = _to_json(event)
        if value is not None:
            output.show_json(value)

    def unsettled(self) -> None:
        """Our card has not left yet."""
        output.note("your card has not left yet; run `vauchi sync --once` later.")

    def ask_again(self, question: Question) -> None:
        """Before every further answer to the same question."""
        self.show(question)

    def problem(self, error: VauchiError) -> None:
        """An answer that could not be used and did not count."""
        output.show_json({"event": "error", "reason": error.title, "hint": error.hint})

    async def _ask(self, run: "ExchangeRun", question: Question) -> None:
        if self._asking is not None:
            await self._asking  # its answer is what has brought this question
        self._asking = asyncio.create_task(self._answer(run, question))

    async def _answer(self, run: "ExchangeRun", question: Question) -> None:
        """Read lines until one could be judged."""
        while True:
            try:
                line = await self._lines.next()
            except VauchiError as error:
                self.problem(error)
                await run.cancel()
                return
            try:
                if isinstance(question, EnterDigits):
                    await run.enter_digits(line)
                else:
                    await run.scan_back(_path(line))
            except VauchiError as error:
                self.problem(error)
                self.ask_again(question)
            else:
                return


class TextView(JsonView):
    """Readable lines, and the code drawn where the terminal has room."""

    def begin(self, context: "Context", grants: frozenset[str]) -> None:
        """Say what the other person will get."""
        labels = [one.field.label for one in exchange.offer(context) if one.granted or one.field.id in grants]
        output.line(f"The other person will see: {output.plain(', '.join(['your name', *labels]))}")

    def show(self, event: Event) -> None:
        match event:
            case CodeShown():
                output.line(event.text)
                if event.relay_apart:
                    output.line(f"The other side also needs: --relay {event.relay}")
                output.line(f"Valid until {output.moment(event.expires)[-5:]}. Ctrl+C ends it.")
                qr.draw(event.text)  # last, so that nothing pushes it off the screen
            case Notice(text):
                output.line(output.plain(text))
            case Scanned():
                output.line("Somebody answered the code.")
            case Digits(digits):
                output.line(f"The digits for the other screen: {digits[:3]} {digits[3:]}")
            case ShowScan(payload):
                output.line("Let the other side take a picture of this code:")
                qr.draw(exchange.scan_text(payload))
            case WrongDigits(tries_left) if tries_left:
                output.line(f"These are not the digits. Tries left: {tries_left}")
            case WrongScan():
                output.line("That code belongs to another exchange.")
            case SecondAnswer():
                output.line("Careful: a second device answered this code. Somebody may have photographed it.")
            case Completed():
                output.line("Proven. The cards are on their way …")
            case Complete(contact, trust):
                output.line(f"Exchange Successful: {output.plain(contact.name)}, {trust.words()}")
                output.rows([(field.label, field.value) for field in contact.card.fields])
            case Failed(_, title, hint):
                output.error(title, hint)
            case EnterDigits():
                output.line("Type the six digits that the other screen shows.")
            case ScanBack():
                output.line("Type the path of a picture of the code that the other screen shows now.")

    def ask_again(self, question: Question) -> None:
        output.line("Once more:")

    def problem(self, error: VauchiError) -> None:
        output.error(error.title, error.hint)


def _path(line: str) -> Path:
    return Path(line).expanduser()


def _question(event: Event) -> Question | None:
    """What has to be answered after this event, if anything."""
    match event:
        case EnterDigits() | ScanBack():
            return event
        case WrongDigits(tries_left) if tries_left:
            return EnterDigits(tries_left)
        case WrongScan():
            return ScanBack()
        case _:
            return None


def _to_json(event: Event) -> dict[str, Any] | None:
    match event:
        case CodeShown():
            extra = {"relay": event.relay} if event.relay_apart else {}
            return {"event": "code", "text": event.text, "expires": event.expires} | extra
        case Notice(text):
            return {"event": "notice", "text": text}
        case Scanned():
            return {"event": "scanned"}
        case Digits(digits):
            return {"event": "digits", "digits": digits}
        case EnterDigits(tries_left):
            return {"event": "enter_digits", "tries_left": tries_left}
        case WrongDigits(tries_left):
            return {"event": "wrong_digits", "tries_left": tries_left}
        case ShowScan(payload):
            return {"event": "show_scan", "text": exchange.scan_text(payload)}
        case ScanBack():
            return {"event": "scan_back"}
        case WrongScan():
            return {"event": "wrong_scan"}
        case NoSound():
            return {"event": "no_sound"}
        case Listening(attempt):
            return {"event": "listening", "attempt": attempt}
        case Heard(attempt, snr_db):
            return {"event": "sound", "attempt": attempt, "snr_db": round(snr_db, 1), "distance_m": None}
        case AttemptFailed(attempt, refusal, left):
            told = {"event": "retry", "attempt": attempt, "reason": refusal.title, "hint": refusal.hint}
            return told | {"attempts_left": left}
        case Nearby(snr_db, distance_m, digits):
            measured = {"event": "sound", "snr_db": round(snr_db, 1), "distance_m": round(distance_m, 2)}
            return measured | {"digits": digits}
        case Confirm(name, digits, distance_m):
            return {"event": "confirm", "name": name, "digits": digits, "distance_m": round(distance_m, 2)}
        case SecondAnswer():
            return {"event": "second_answer"}
        case Completed():
            return {"event": "completed"}
        case Complete(contact, trust):
            return {"event": "complete", "contact": contact.name, "trust": output.trust_json(trust)}
        case Failed(_, title, hint):
            return {"event": "failed", "reason": title, "hint": hint}
