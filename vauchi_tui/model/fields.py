"""A field of a card and what its value may look like."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from vauchi_tui.errors import InvalidValue, LimitExceeded
from vauchi_tui.model import limits


class FieldType(StrEnum):
    """The kinds of field. The order is the order in which the interface offers them."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    URL = "url"
    BIRTHDAY = "birthday"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a card. `id` never changes; everything else may."""

    id: str
    type: FieldType
    label: str
    value: str


_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # could make a value read as another one
FIELD_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_PHONE = re.compile(r"[0-9 \-().+]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_DATE = re.compile(r"(\d{4}|-)-(\d\d)-(\d\d)")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _clean(text: str, what: str, limit: int, *, lines: bool = False) -> str:
    """Strip the ends and refuse what would disturb a terminal: control and bidirectional-override characters."""
    text = text.strip()
    if not text:
        raise InvalidValue(f"The {what} is empty.", f"Type a {what}.")
    if len(text) > limit:
        raise LimitExceeded(f"The {what} has {len(text)} characters; the limit is {limit}.", "Shorten it.")
    for character in text:
        if lines and character == "\n":
            continue
        category = unicodedata.category(character)
        if (
            category in ("Cc", "Cs", "Zl", "Zp")
            or character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ):
            raise InvalidValue(f"The {what} contains a control character (U+{ord(character):04X}).", "Remove it.")
    return text


def clean_name(text: str) -> str:
    """A display name as it will be stored. Raises InvalidValue or LimitExceeded."""
    return _clean(text, "name", limits.NAME_LENGTH)


def clean_label(text: str) -> str:
    """A field's or label's name as it will be stored. Raises InvalidValue or LimitExceeded."""
    return _clean(text, "label", limits.LABEL_LENGTH)


def clean_value(kind: FieldType, text: str) -> str:
    """A field's value as it will be stored. Raises InvalidValue or LimitExceeded with the rule that it breaks."""
    text = _clean(text, "value", limits.VALUE_LENGTH, lines=kind in (FieldType.ADDRESS, FieldType.TEXT))
    check = _CHECKS.get(kind)
    if check is not None:
        check(text)
    return text


def _phone(text: str) -> None:
    if not _PHONE.fullmatch(text):
        raise InvalidValue("A phone number has only digits, spaces and - ( ) + .", "Remove the other characters.")
    if sum(character.isdigit() for character in text) < 7:
        raise InvalidValue("A phone number has at least 7 digits.", "Add the area code.")


def _email(text: str) -> None:
    local, at, domain = text.partition("@")
    if not at or not local or not domain or "@" in domain or any(character.isspace() for character in text):
        raise InvalidValue("An e-mail address has one @, something on both sides, no space.", "Example: me@example.com")


def _url(text: str) -> None:
    if any(character.isspace() for character in text) or not _SCHEME.match(text):
        raise InvalidValue("A URL starts with its scheme and has no space.", "Example: https://example.com")


def _birthday(text: str) -> None:
    match = _DATE.fullmatch(text)
    if match is None or not 1 <= int(match[2]) <= 12 or not 1 <= int(match[3]) <= _DAYS[int(match[2]) - 1]:
        raise InvalidValue("A birthday is YYYY-MM-DD, or --MM-DD without the year.", "Example: 1990-04-23")


_CHECKS = {
    FieldType.PHONE: _phone,
    FieldType.EMAIL: _email,
    FieldType.URL: _url,
    FieldType.BIRTHDAY: _birthday,
}


def guess_type(label: str, value: str) -> FieldType:
    """The type a person most likely means who gave none: by the value's form, then by the label's name."""
    for kind in (FieldType.EMAIL, FieldType.BIRTHDAY, FieldType.PHONE):
        try:
            clean_value(kind, value)
        except InvalidValue:
            continue
        return kind
    if "://" in value:
        return FieldType.URL
    return FieldType.ADDRESS if "address" in label.casefold() else FieldType.TEXT
