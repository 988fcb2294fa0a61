"""Following a linking: what happens goes to stdout, the six digits are read from stdin."""

from typing import Any, ClassVar

from vauchi_tui.actions.link_events import (
    Arriving,
    CodeShown,
    Completed,
    DeviceAnswered,
    Digits,
    Failed,
    Joined,
    Linked,
    SecondAnswer,
)
from vauchi_tui.cli import output
from vauchi_tui.cli.exchange_json import to_json
from vauchi_tui.cli.exchange_text import TextView
from vauchi_tui.cli.exchange_view import JsonView

SUCCESS = (Linked, Joined)


class LinkJsonView(JsonView):
    """One object a line, as in an exchange."""

    SUCCESS: ClassVar[tuple[type, ...]] = SUCCESS

    async def succeeded(self, run: Any) -> None:
        """The run has waited for everything itself."""

    def show(self, event: Any) -> None:
        output.show_json(link_json(event))


class LinkTextView(TextView):
    """Readable lines."""

    SUCCESS: ClassVar[tuple[type, ...]] = SUCCESS

    async def succeeded(self, run: Any) -> None:
        """The run has waited for everything itself."""

    def show(self, event: Any) -> None:
        match event:
            case CodeShown():
                output.line("On your new device: vauchi devices join CODE")
                super().show(event)
            case DeviceAnswered(name):
                output.line(f"A device that calls itself “{output.plain(name)}” answered the code.")
            case Digits(digits):
                output.line(f"Type these digits on your first device: {digits[:3]} {digits[3:]}")
            case SecondAnswer():
                output.line("Careful: a second device answered this code. Go on only with the digits of your own.")
            case Completed():
                output.line("Proven. What is yours is on its way …")
            case Arriving(left) if left:
                output.line(f"{left} more to come")
            case Arriving():
                pass
            case Linked(name):
                output.line(f"“{output.plain(name)}” is one of your devices now.")
            case Joined(name, fingerprint):
                output.line(f"This is a device of {output.plain(name)} now.")
                output.line(f"Fingerprint: {fingerprint}")
            case Failed(_, title, hint):
                output.error(title, hint)
            case _:
                super().show(event)


def link_json(event: Any) -> dict[str, Any]:
    """One event. What a linking shares with an exchange has the same name and keys."""
    match event:
        case DeviceAnswered(name):
            return {"event": "scanned", "device": name}
        case Arriving(left):
            return {"event": "arriving", "left": left}
        case Linked(name, device_id):
            return {"event": "complete", "device": name, "id": device_id.hex()}
        case Joined(name, fingerprint):
            return {"event": "complete", "name": name, "fingerprint": fingerprint}
        case _:
            return to_json(event, 1)
