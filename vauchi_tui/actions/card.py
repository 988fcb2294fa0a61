"""One's own card: what is on it, and every edit of it. Each edit is one transaction that also tells who must hear."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import NotFound
from vauchi_tui.model import edit
from vauchi_tui.model.clock import Ticker
from vauchi_tui.model.contact import fingerprint
from vauchi_tui.model.fields import Field, FieldType
from vauchi_tui.model.registers import Change, FieldValue, Registers
from vauchi_tui.model.visibility import EVERYONE, label_audience
from vauchi_tui.sync import fanout


@dataclass(frozen=True, slots=True)
class OwnCard:
    """One's own card with the fingerprint of one's identity key; `relay` is None where none is set."""

    display_name: str
    fingerprint: str
    fields: tuple[Field, ...]
    relay: str | None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees a field: `everyone` (future contacts too), members of `labels`; `names`: all who see it now.

    `beside`: how many of them by none of the labels.
    """

    everyone: bool
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    beside: int = 0


@dataclass(frozen=True, slots=True)
class RemovedField:
    """What `restore_field` needs to undo a removal. The rules of visibility outlive the removal."""

    field_id: str
    value: FieldValue


def show(ctx: Context) -> OwnCard:
    """The card as its owner sees it."""
    with ctx.vault.read() as tx:
        card = tx.card.registers().card()
        return OwnCard(card.display_name, fingerprint(tx.me.identity()), card.fields, tx.settings.get("relay"))


def audiences(ctx: Context) -> Mapping[str, Audience]:
    """Field id → who sees it, for every field of the card."""
    with ctx.vault.read() as tx:
        now, contacts = fanout.access(tx), tx.contacts.all()
        titles, reached = now.labels.titles(), [one.identity for one in contacts if not one.blocked]
        out = {}
        for field_id in tx.card.registers().field_ids():
            viewers = now.viewers(field_id, reached)
            names = tuple(one.name for one in contacts if one.identity in viewers)
            labels = [label_id for label_id in titles if now.granted(field_id, label_audience(label_id))]
            inside: set[bytes] = set().union(*map(now.labels.members, labels))
            called = tuple(titles[label_id] for label_id in labels)
            out[field_id] = Audience(now.granted(field_id, EVERYONE), names, called, len(viewers - inside))
        return out


def set_name(ctx: Context, name: str) -> bool:
    """Give the card another display name. False where it was the same."""
    return _edit(ctx, lambda card, ticker: edit.set_name(card, name, ticker))


def add_field(ctx: Context, label: str, value: str, kind: FieldType | None = None) -> Field:
    """Put a new field at the end of the card; visible to nobody until granted. A label in use is refused."""
    field_id = secrets.token_hex(4)
    _edit(ctx, lambda card, ticker: edit.add_field(card, label, value, kind, ticker, lambda: field_id))
    return find(ctx, field_id)


def set_value(ctx: Context, field: str, value: str, kind: FieldType | None = None) -> bool:
    """Give a field (label or id) another value and, where `kind` is given, another type. False: nothing changed."""
    return _edit(ctx, lambda card, ticker: edit.set_value(card, edit.find_field(card, field), value, kind, ticker))


def set_field(ctx: Context, label: str, value: str, kind: FieldType | None = None) -> tuple[Field, bool]:
    """Change the field of that label, or add it where there is none. Returns the field and whether it is new."""
    try:
        field_id = find(ctx, label).id
    except NotFound:
        return add_field(ctx, label, value, kind), True
    set_value(ctx, field_id, value, kind)
    return find(ctx, field_id), False


def rename_field(ctx: Context, field: str, label: str) -> bool:
    """Give a field (label or id) another label. False: it was the same."""
    return _edit(ctx, lambda card, ticker: edit.rename_field(card, edit.find_field(card, field), label, ticker))


def change_field(ctx: Context, field: str, label: str, value: str, kind: FieldType | None = None) -> Field:
    """Give a field (label or id) another label and value at once: where one is refused the other stays too."""

    def change(card: Registers, ticker: Ticker) -> list[Change]:
        field_id = edit.find_field(card, field)
        valued = edit.set_value(card, field_id, value, kind, ticker)
        return valued + edit.rename_field(card.apply(valued), field_id, label, ticker)

    field_id = find(ctx, field).id
    _edit(ctx, change)
    return find(ctx, field_id)


def move_field(ctx: Context, field: str, place: int) -> bool:
    """Bring a field (label or id) to `place`, counted from 1; beyond the end means last."""
    return _edit(ctx, lambda card, ticker: edit.move_field(card, edit.find_field(card, field), place, ticker))


def remove_field(ctx: Context, field: str) -> RemovedField:
    """Take a field (label or id) off the card. The result undoes it with `restore_field`."""
    removed: list[RemovedField] = []

    def remove(card: Registers, ticker: Ticker) -> list[Change]:
        field_id = edit.find_field(card, field)
        removed.append(RemovedField(field_id, card.field_value(field_id)))
        return edit.remove_field(card, field_id, ticker)

    _edit(ctx, remove)
    return removed[0]


def restore_field(ctx: Context, removed: RemovedField) -> Field:
    """Undo a removal: the field as it was, where it was, seen by whom it was seen by."""
    _edit(ctx, lambda card, ticker: edit.restore_field(card, removed.field_id, removed.value, ticker))
    return find(ctx, removed.field_id)


def find(ctx: Context, field: str) -> Field:
    """The field with that label (case ignored) or id. Raises NotFound, naming the labels there are."""
    with ctx.vault.read() as tx:
        card = tx.card.registers()
        return card.field(edit.find_field(card, field))


def _edit(ctx: Context, make: Callable[[Registers, Ticker], list[Change]]) -> bool:
    with ctx.vault.write() as tx:
        ticker = tx.clock.ticker(ctx.now_ms())
        changes = make(tx.card.registers(), ticker)
        if not changes:
            return False
        tx.card.apply(changes)
        tx.clock.save(ticker)
        fanout.edited(tx, ctx.now_ms(), changes)
        return True
