"""An exchange on stdout as lines for a person, with the code drawn where the terminal has room."""

from typing import TYPE_CHECKING

from vauchi_tui.actions import exchange
from vauchi_tui.actions.exchange_events import (
    ATTEMPTS,
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
from vauchi_tui.cli.exchange_view import JsonView, Question
from vauchi_tui.errors import VauchiError
from vauchi_tui.model.contact import metres
from vauchi_tui.protocol.events import Reason
from vauchi_tui.protocol.proof import Wanted

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


class TextView(JsonView):
    """Readable lines. A question stands last, so that its answer can be typed below it."""

    def __init__(self) -> None:
        super().__init__()
        self._shows = self._listened = False

    def begin(self, context: "Context", grants: frozenset[str]) -> None:
        """Say what the other person will get."""
        labels = [one.field.label for one in exchange.offer(context) if one.given(grants)]
        output.line(f"The other person will see: {output.plain(', '.join(['your name', *labels]))}")

    def without_sound(self, why: VauchiError) -> None:
        output.line(f"Without sound: {output.plain(why.title)} {output.plain(why.hint)}".rstrip())

    def show(self, event: Event) -> None:
        match event:
            case CodeShown():
                self._shows = True
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
                output.line(f"The digits for the other screen: {_spaced(digits)}")
            case ShowScan(payload):
                output.line("Let the other side take a picture of this code:")
                qr.draw(exchange.scan_text(payload))
            case Listening():
                self._listened = True
                output.line(
                    f"Listening, attempt {event.attempt} of {ATTEMPTS}: hold the two laptops side by side and still."
                )
            case Heard():
                output.line(f"Heard the other device, {event.snr_db:.0f} dB.")
            case AttemptFailed() if event.attempts_left:  # the last one is what Failed tells
                output.line(f"Attempt {event.attempt} failed. {event.refusal.title} {event.refusal.hint}")
            case Nearby():
                output.line(f"{metres(event.distance_m)} apart. The digits on both screens: {_spaced(event.digits)}")
            case NoSound():
                output.line("The other device says that it has no microphone or no speaker.")
                output.line("If that is so, type yes and go on with six digits:")
            case Confirm(name, digits):
                who = output.plain(name) or "The other person"
                output.line(f"{who}? {_spaced(digits)} on both screens? Type yes:")
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
            case Failed(reason, title, hint):
                if reason == Reason.PROOF_FAILED and self._shows and self._listened:
                    hint += f" Or show a new code without sound: --proximity {Wanted.CODE}"
                output.error(title, hint)
            case EnterDigits():
                output.line("Type the six digits that the other screen shows.")
            case ScanBack():
                output.line("Type the path of a picture of the code that the other screen shows now.")

    def ask_again(self, question: Question) -> None:
        output.line("Once more:")

    def problem(self, error: VauchiError) -> None:
        output.error(error.title, error.hint)


def _spaced(digits: str) -> str:
    return f"{digits[:3]} {digits[3:]}"
