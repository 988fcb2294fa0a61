"""The events of an exchange as JSON objects, one a line. Names and keys are stable."""

from typing import Any

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
from vauchi_tui.cli import output


def to_json(event: Event, attempt: int) -> dict[str, Any]:
    """One event. `attempt`: the number of the last `Listening`, for what is measured in it."""
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
        case Listening():
            return {"event": "listening", "attempt": event.attempt}
        case Heard():
            return _sound(event.attempt, event.snr_db, None)
        case AttemptFailed(number, refusal, left):
            words = {"reason": refusal.title, "hint": refusal.hint}
            return {"event": "retry", "attempt": number, **words, "attempts_left": left}
        case Nearby(snr_db, distance_m, digits):
            return _sound(attempt, snr_db, _metres(distance_m)) | {"digits": digits}
        case Confirm(name, digits, distance_m):
            return {"event": "confirm", "name": name, "digits": digits, "distance_m": _metres(distance_m)}
        case SecondAnswer():
            return {"event": "second_answer"}
        case Completed():
            return {"event": "completed"}
        case Complete(contact, trust):
            return {"event": "complete", "contact": contact.name, "trust": output.trust_json(trust)}
        case Failed(_, title, hint):
            return {"event": "failed", "reason": title, "hint": hint}


def _sound(attempt: int, snr_db: float, distance_m: float | None) -> dict[str, Any]:
    return {"event": "sound", "attempt": attempt, "snr_db": round(snr_db, 1), "distance_m": distance_m}


def _metres(distance_m: float) -> float:
    return round(distance_m, 2)
