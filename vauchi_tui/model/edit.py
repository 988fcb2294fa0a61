"""Edits of one's own card, each as the changes that it writes. Validation and limits happen here."""

import json
from collections.abc import Callable

from vauchi_tui.errors import InvalidValue, LimitExceeded, NotFound
from vauchi_tui.model import limits
from vauchi_tui.model.clock import Ticker
from vauchi_tui.model.fields import FieldType, clean_label, clean_name, clean_value, guess_type
from vauchi_tui.model.registers import DISPLAY_NAME, RELAY, Change, FieldValue, Op, Registers, field_path

Changes = list[Change]


def set_name(card: Registers, name: str, ticker: Ticker) -> Changes:
    """Changes that give the card another display name; none where it is the same."""
    name = clean_name(name)
    if name == card.text(DISPLAY_NAME):
        return []
    return _within_limit(card, [Change(Op.UPDATE, DISPLAY_NAME, ticker.tick(), name)])


def set_relay(card: Registers, url: str, ticker: Ticker) -> Changes:
    """Changes that tell contacts where to send from now on; `url` is already normalised."""
    return [] if url == card.text(RELAY) else [Change(Op.UPDATE, RELAY, ticker.tick(), url)]


def find_field(card: Registers, name: str) -> str:
    """The id of the field with that label (case ignored) or id. Raises NotFound, naming the labels there are."""
    ids = card.field_ids()
    if name in ids:
        return name
    for field_id in ids:
        if card.field(field_id).label.casefold() == name.strip().casefold():
            return field_id
    labels = ", ".join(card.field(field_id).label for field_id in ids)
    raise NotFound(
        f"There is no field “{name}”.", f"Your fields: {labels}." if labels else "Your card has no fields yet."
    )


def add_field(
    card: Registers, label: str, value: str, kind: FieldType | None, ticker: Ticker, new_id: Callable[[], str]
) -> Changes:
    """Changes that put a new field at the end of the card. A label that is there already is refused."""
    label = clean_label(label)
    _label_free(card, label)
    kind = kind or guess_type(label, value)
    value = clean_value(kind, value)
    ids = card.field_ids()
    if len(ids) >= limits.FIELDS:
        raise LimitExceeded(f"A card has at most {limits.FIELDS} fields.", "Remove one first.")
    position = max((card.position(field_id) for field_id in ids), default=-1) + 1
    change = Change(Op.ADD, field_path(new_id()), ticker.tick(), FieldValue(kind, label, value, position))
    return _within_limit(card, [change])


def set_value(card: Registers, field_id: str, value: str, kind: FieldType | None, ticker: Ticker) -> Changes:
    """Changes that give a field another value and, where `kind` is given, another type."""
    old = card.field(field_id)
    kind = kind or old.type
    value = clean_value(kind, value)
    if kind is not old.type:
        whole = FieldValue(kind, old.label, value, card.field_value(field_id).position)
        return _within_limit(card, [Change(Op.ADD, field_path(field_id), ticker.tick(), whole)])
    if value == old.value:
        return []
    return _within_limit(card, [Change(Op.UPDATE, field_path(field_id), ticker.tick(), value)])


def rename_field(card: Registers, field_id: str, label: str, ticker: Ticker) -> Changes:
    """Changes that give a field another label."""
    label = clean_label(label)
    if label == card.field(field_id).label:
        return []
    _label_free(card, label, but=field_id)
    return _within_limit(card, [Change(Op.UPDATE, field_path(field_id, "label"), ticker.tick(), label)])


def move_field(card: Registers, field_id: str, place: int, ticker: Ticker) -> Changes:
    """Changes that bring a field to `place`, counted from 1; beyond the end means last."""
    if place < 1:
        raise InvalidValue("Positions count from 1.", "1 is the top of the card.")
    ids = [other for other in card.field_ids() if other != field_id]
    ids.insert(place - 1, field_id)
    return [
        Change(Op.UPDATE, field_path(other, "position"), ticker.tick(), index)
        for index, other in enumerate(ids)
        if card.position(other) != index
    ]


def remove_field(card: Registers, field_id: str, ticker: Ticker) -> Changes:
    """Changes that take a field off the card."""
    card.field(field_id)
    return [Change(Op.REMOVE, field_path(field_id), ticker.tick())]


def restore_field(card: Registers, field_id: str, value: FieldValue, ticker: Ticker) -> Changes:
    """Changes that undo a removal: the field as it was, under a clock above the remove."""
    if len(card.field_ids()) >= limits.FIELDS:
        raise LimitExceeded(f"A card has at most {limits.FIELDS} fields.", "Remove one first.")
    return _within_limit(card, [Change(Op.ADD, field_path(field_id), ticker.tick(), value)])


def _label_free(card: Registers, label: str, but: str = "") -> None:
    for field_id in card.field_ids():
        if field_id != but and card.field(field_id).label.casefold() == label.casefold():
            raise InvalidValue(f"There is already a field “{label}”.", "Choose another label.")


def _within_limit(card: Registers, changes: Changes) -> Changes:
    after = card.apply(changes)
    size = len(json.dumps(after.to_json(), ensure_ascii=False).encode())
    if size > limits.CARD_BYTES:
        raise LimitExceeded(f"The card would have {size} bytes; the limit is {limits.CARD_BYTES}.", "Shorten a value.")
    return changes
