"""Validation of names, labels and values: the rule is named, the old value would stay."""

import pytest

from vauchi_tui.errors import InvalidValue, LimitExceeded
from vauchi_tui.model import limits
from vauchi_tui.model.fields import FieldType, clean_label, clean_name, clean_value, guess_type


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType.PHONE, "+1-555-1234"),
        (FieldType.PHONE, "(030) 555.12.34"),
        (FieldType.EMAIL, "alice@example.com"),
        (FieldType.URL, "https://example.com/a?b=c"),
        (FieldType.BIRTHDAY, "1990-02-28"),
        (FieldType.BIRTHDAY, "--12-31"),
        (FieldType.ADDRESS, "Main Street 1\n12345 Town"),
        (FieldType.TEXT, "née Müller 🙂"),
    ],
)
def test_good_values_stay_as_they_are(kind: FieldType, value: str) -> None:
    assert clean_value(kind, f"  {value} ") == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType.PHONE, "555-12"),
        (FieldType.PHONE, "555-1234 ext 5"),
        (FieldType.PHONE, "٥٥٥١٢٣٤٥"),
        (FieldType.EMAIL, "alice"),
        (FieldType.EMAIL, "alice@"),
        (FieldType.EMAIL, "@example.com"),
        (FieldType.EMAIL, "a@b@c"),
        (FieldType.EMAIL, "al ice@example.com"),
        (FieldType.URL, "example.com"),
        (FieldType.URL, "https://exa mple.com"),
        (FieldType.BIRTHDAY, "1990-13-01"),
        (FieldType.BIRTHDAY, "1990-02-30"),
        (FieldType.BIRTHDAY, "23.04.1990"),
        (FieldType.TEXT, ""),
        (FieldType.TEXT, "   "),
        (FieldType.TEXT, "bell\x07"),
        (FieldType.TEXT, "\x1b[31mred"),
        (FieldType.TEXT, "left\u202eright"),
        (FieldType.PHONE, "555-1234\n555-1234"),
    ],
)
def test_bad_values_are_refused_with_a_remedy(kind: FieldType, value: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        clean_value(kind, value)
    assert caught.value.title.endswith(".")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("clean", "limit"),
    [
        (clean_name, limits.NAME_LENGTH),
        (clean_label, limits.LABEL_LENGTH),
        (lambda text: clean_value(FieldType.TEXT, text), limits.VALUE_LENGTH),
    ],
)
def test_limits_are_exact_and_named(clean, limit) -> None:  # type: ignore[no-untyped-def]
    assert clean("x" * limit) == "x" * limit
    with pytest.raises(LimitExceeded, match=str(limit)):
        clean("x" * (limit + 1))


@pytest.mark.parametrize(
    ("label", "value", "kind"),
    [
        ("Mobile", "+1-555-1234", FieldType.PHONE),
        ("Work", "alice@example.com", FieldType.EMAIL),
        ("Home page", "https://example.com", FieldType.URL),
        ("Birthday", "1990-04-23", FieldType.BIRTHDAY),
        ("Home address", "Main Street 1", FieldType.ADDRESS),
        ("Pronouns", "she/her", FieldType.TEXT),
    ],
)
def test_type_is_guessed_from_the_value_then_the_label(label: str, value: str, kind: FieldType) -> None:
    assert guess_type(label, value) is kind
