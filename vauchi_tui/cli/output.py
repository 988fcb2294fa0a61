"""What the command line prints: JSON, or lines that cannot disturb a terminal."""

import json
import sys
import time
import unicodedata
from collections.abc import Sequence
from typing import Any

from vauchi_tui.model.contact import Contact, Trust
from vauchi_tui.model.fields import Field

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINER = "\u200d"  # holds emoji together


def line(text: str = "") -> None:
    """Print one line, at once."""
    print(text, flush=True)


def show_json(value: Any) -> None:
    """Print a value as one line of JSON, at once."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def error(title: str, hint: str = "") -> None:
    """Print what went wrong and the remedy on stderr."""
    print(f"error: {plain(title)}", file=sys.stderr)
    if hint:
        print(f"hint: {plain(hint)}", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Print something to know on stderr, where it does not get into what a script reads."""
    print(f"note: {plain(text)}", file=sys.stderr, flush=True)


class Passing:
    """At a terminal, a line that the next one takes the place of."""

    def __init__(self) -> None:
        self._shown = False

    def show(self, text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False


def plain(text: str) -> str:
    """One line without control and formatting characters: a contact's values come from outside."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\n", " ↵ ")
    return "".join(one for one in text if one == _JOINER or unicodedata.category(one) not in _HIDDEN)


def rows(pairs: list[tuple[str, str]], indent: str = "  ") -> None:
    """Print names and values in two columns."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        line(f"{indent}{plain(name):<{width}}  {plain(value)}".rstrip())


def moment(at: int | None) -> str:
    """`2026-11-22 14:05`, local time; `never` for None."""
    return "never" if at is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def field_json(field: Field) -> dict[str, str]:
    return {"id": field.id, "type": str(field.type), "label": field.label, "value": field.value}


def trust_json(trust: Trust) -> dict[str, Any]:
    distance = None if trust.distance_m is None else round(trust.distance_m, 2)
    return {"method": str(trust.method), "distance_m": distance, "at": trust.at}


def contact_json(contact: Contact, labels: Sequence[str]) -> dict[str, Any]:
    """A contact; `labels`: how those that he is in are called."""
    return {
        "name": contact.name,
        "fingerprint": contact.fingerprint,
        "trust": trust_json(contact.trust),
        "confirmed": contact.confirmed,
        "labels": list(labels),
        "fields": [field_json(field) for field in contact.card.fields],
    }
