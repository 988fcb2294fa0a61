"""Registers of a contact as a row has them: what a list of thousands does not look at is not decoded."""

from collections.abc import Mapping
from typing import Any

from vauchi_tui.model.fields import Field, FieldType
from vauchi_tui.model.registers import Card, Register, Registers
from vauchi_tui.protocol.decode import canonical_json, strict_json
from vauchi_tui.vault.rows import DOCUMENT_BYTES, registers_from_bytes, stored

_WHAT = "a contact's card"
_TYPES = {str(kind): kind for kind in FieldType}


class StoredRegisters(Registers):
    """Registers decoded when they are first used, the card apart from them and for less.

    Equal rows are equal without decoding. The first use raises ProfileError where the row is damaged.
    """

    __slots__ = ("_card", "_decoded", "_raw", "_shown")

    def __init__(self, raw: bytes, shown: bytes) -> None:
        """`raw`: of `registers_to_bytes`; `shown`: of `card_to_bytes`."""
        self._raw = raw
        self._shown = shown
        self._decoded: Mapping[str, Register] | None = None
        self._card: Card | None = None

    @property
    def _map(self) -> Mapping[str, Register]:  # type: ignore[override]
        if self._decoded is None:
            self._decoded = registers_from_bytes(self._raw, _WHAT)._map
        return self._decoded

    def card(self) -> Card:
        if self._card is None:
            self._card = card_from_bytes(self._shown)
        return self._card

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, StoredRegisters) and self._raw == other._raw) or super().__eq__(other)

    __hash__ = Registers.__hash__


def card_to_bytes(card: Card) -> bytes:
    fields: list[Any] = [[field.id, str(field.type), field.label, field.value] for field in card.fields]
    return canonical_json([card.display_name, fields])


def card_from_bytes(data: bytes) -> Card:
    """Read what `card_to_bytes` wrote; ProfileError on any other bytes."""
    with stored(_WHAT):
        name, fields = strict_json(data, DOCUMENT_BYTES)
        card = Card(
            name,
            tuple(Field(field_id, _TYPES[kind], label, value) for field_id, kind, label, value in fields),
        )
        for text in (name, *(text for field in card.fields for text in (field.id, field.label, field.value))):
            if type(text) is not str:
                raise ValueError("a card consists of texts")
        return card
