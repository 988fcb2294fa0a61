"""Who sees which field: the matrix, edits of it, and the card as one contact sees it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import InvalidValue, NotFound
from vauchi_tui.model import edit
from vauchi_tui.model.contact import Contact
from vauchi_tui.model.fields import Field
from vauchi_tui.model.labels import SIGN
from vauchi_tui.model.registers import Card
from vauchi_tui.model.visibility import EVERYONE, Rule, contact_audience, contact_of, label_audience, project
from vauchi_tui.sync import fanout
from vauchi_tui.vault.contacts import ContactsTable
from vauchi_tui.vault.tx import Tx


@dataclass(frozen=True, slots=True)
class Row:
    """One contact. `visible`: ids of the fields that he sees. `own`: field id → the rule made for him alone, if any.

    `labels`: ids of the labels that he is in.
    """

    identity: bytes
    name: str
    visible: frozenset[str]
    own: Mapping[str, bool]
    blocked: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label. `granted`: ids of the fields that its members see, whatever else is decided for them."""

    id: str
    title: str
    granted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Fields in the card's order × labels and contacts by name.

    `everyone`: ids of the fields granted to all, future ones too.
    """

    fields: tuple[Field, ...]
    everyone: frozenset[str]
    rows: tuple[Row, ...]
    labels: tuple[LabelRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Toggle:
    """One cell to set. `audience`: as in `model.visibility`; `allowed` None resets to what the others give."""

    field_id: str
    audience: str
    allowed: bool | None


def matrix(ctx: Context) -> Matrix:
    """The whole matrix as it stands."""
    with ctx.vault.read() as tx:
        card, now, contacts = tx.card.registers(), fanout.access(tx), tx.contacts.all()
    ids = card.field_ids()
    own: dict[bytes, dict[str, bool]] = {}
    for rule in now.rules:
        identity = contact_of(rule.audience)
        if identity is not None and rule.allowed is not None:
            own.setdefault(identity, {})[rule.field_id] = rule.allowed
    reached = [contact.identity for contact in contacts if not contact.blocked]
    viewers = {field_id: now.viewers(field_id, reached) for field_id in ids}
    rows = []
    for contact in contacts:
        mine = own.get(contact.identity, {})
        seen = frozenset(field_id for field_id in ids if contact.identity in viewers[field_id])
        ruled = {field_id: mine[field_id] for field_id in ids if field_id in mine}
        rows.append(Row(contact.identity, contact.name, seen, ruled, contact.blocked, contact.labels))
    labels = tuple(
        LabelRow(label_id, title, frozenset(i for i in ids if now.granted(i, label_audience(label_id))))
        for label_id, title in now.labels.titles().items()
    )
    everyone = frozenset(field_id for field_id in ids if now.granted(field_id, EVERYONE))
    return Matrix(tuple(card.field(field_id) for field_id in ids), everyone, tuple(rows), labels)


def allow(ctx: Context, field: str, who: Iterable[str]) -> None:
    """Let contacts, the members of an `@label`, or `everyone`, see a field (label or id).

    A contact denied by name stays denied. Raises InvalidValue for one who is blocked: he sees nothing.
    """
    with ctx.vault.read() as tx:
        field_id = edit.find_field(tx.card.registers(), field)
        toggles = [Toggle(field_id, audience, True) for audience in _audiences(tx, who, reached)]
    apply_batch(ctx, toggles)


def deny(ctx: Context, field: str, who: Iterable[str]) -> None:
    """Hide a field (label or id) from contacts. `everyone` hides it from all, also from those granted by name or label.

    An `@label` does not show it any more; a member who was granted it otherwise goes on seeing it.
    """
    with ctx.vault.read() as tx:
        field_id = edit.find_field(tx.card.registers(), field)
        toggles = []
        for audience in _audiences(tx, who, ContactsTable.resolve):
            if audience == EVERYONE:
                granted = [rule.audience for rule in tx.rules.load() if rule.field_id == field_id and rule.allowed]
                toggles += [Toggle(field_id, one, None) for one in granted]
            else:
                toggles.append(Toggle(field_id, audience, None if audience.startswith(label_audience("")) else False))
    apply_batch(ctx, toggles)


def apply_batch(ctx: Context, toggles: Iterable[Toggle]) -> tuple[Toggle, ...]:
    """Set many cells as one change. Returns the toggles that undo it."""
    with ctx.vault.write() as tx:
        card, before, ticker = tx.card.registers(), fanout.access(tx), tx.clock.ticker(ctx.now_ms())
        undo, new = [], []
        for toggle in toggles:
            edit.find_field(card, toggle.field_id)
            old = before.rules.get(toggle.field_id, toggle.audience)
            was = old.allowed if old is not None else None
            if was == toggle.allowed:
                continue
            undo.append(Toggle(toggle.field_id, toggle.audience, was))
            new.append(Rule(toggle.field_id, toggle.audience, toggle.allowed, ticker.tick()))
        if new:
            tx.rules.add(new)
            tx.clock.save(ticker)
            fanout.decided(tx, ctx.now_ms(), before)
        return tuple(undo)


def view_as(ctx: Context, who: str | bytes) -> Card:
    """One's own card as a contact sees it, once everything under way has arrived. Who is blocked keeps the name."""
    with ctx.vault.read() as tx:
        contact = tx.contacts.get(who) if isinstance(who, bytes) else tx.contacts.resolve(who)
        if contact is None:
            raise NotFound("This contact is not there any more.")
        if contact.blocked:
            return tx.contacts.view(contact.identity).card()
        return project(tx.card.registers(), tx.rules.load(), contact.identity, contact.labels).registers.card()


def reached(contacts: ContactsTable, who: str | bytes) -> Contact:
    """The contact of that name or identity key, who can be shown something. Raises InvalidValue for a blocked one."""
    contact = contacts.get(who) if isinstance(who, bytes) else contacts.resolve(who)
    if contact is None:
        raise NotFound("This contact is not there any more.")
    if contact.blocked:
        raise InvalidValue(
            f"{contact.name} is blocked and sees nothing.", "Exchange cards in person once more, then he can."
        )
    return contact


def _audiences(tx: Tx, who: Iterable[str], find: Callable[[ContactsTable, str], Contact]) -> Iterator[str]:
    for name in who:
        if name.casefold() == EVERYONE:
            yield EVERYONE
        elif name.startswith(SIGN):
            yield label_audience(tx.labels.load().find(name).id)
        else:
            yield contact_audience(find(tx.contacts, name).identity)
