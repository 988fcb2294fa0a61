"""Who sees which field: the matrix, edits of it, and the card as one contact sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import NotFound
from vauchi_tui.model import edit
from vauchi_tui.model.fields import Field
from vauchi_tui.model.registers import Card
from vauchi_tui.model.visibility import EVERYONE, Rule, contact_audience, project
from vauchi_tui.sync import fanout


@dataclass(frozen=True, slots=True)
class Row:
    """One contact. `visible`: ids of the fields that he sees. `own`: field id → the rule made for him alone, if any."""

    identity: bytes
    name: str
    visible: frozenset[str]
    own: Mapping[str, bool]
    blocked: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Fields in the card's order × contacts by name. `everyone`: ids of the fields granted to all, future ones too."""

    fields: tuple[Field, ...]
    everyone: frozenset[str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Toggle:
    """One cell to set. `identity` None is the column of everyone; `allowed` None resets to what everyone has."""

    field_id: str
    identity: bytes | None
    allowed: bool | None


def matrix(ctx: Context) -> Matrix:
    """The whole matrix as it stands."""
    with ctx.vault.read() as tx:
        card, rules, contacts = tx.card.registers(), tx.rules.load(), tx.contacts.all()
    ids = card.field_ids()
    rows = []
    for contact in contacts:
        own = {}
        for field_id in ids:
            rule = rules.get(field_id, contact_audience(contact.identity))
            if rule is not None and rule.allowed is not None:
                own[field_id] = rule.allowed
        seen = (i for i in ids if not contact.blocked and rules.decide(i, contact.identity, contact.labels)[0])
        rows.append(Row(contact.identity, contact.name, frozenset(seen), own, contact.blocked))
    shared = [(field_id, rules.get(field_id, EVERYONE)) for field_id in ids]
    everyone = frozenset(field_id for field_id, rule in shared if rule is not None and rule.allowed)
    return Matrix(tuple(card.field(field_id) for field_id in ids), everyone, tuple(rows))


def allow(ctx: Context, field: str, who: Iterable[str]) -> None:
    """Let contacts, or `everyone`, see a field (label or id). A contact denied by name stays denied by `everyone`."""
    _set(ctx, field, who, True)


def deny(ctx: Context, field: str, who: Iterable[str]) -> None:
    """Hide a field (label or id) from contacts. `everyone` hides it from all, also from those granted by name."""
    _set(ctx, field, who, False)


def apply_batch(ctx: Context, toggles: Iterable[Toggle]) -> tuple[Toggle, ...]:
    """Set many cells as one change. Returns the toggles that undo it."""
    with ctx.vault.write() as tx:
        card, rules, ticker = tx.card.registers(), tx.rules.load(), tx.clock.ticker(ctx.now_ms())
        undo, new = [], []
        for toggle in toggles:
            edit.find_field(card, toggle.field_id)
            audience = EVERYONE if toggle.identity is None else contact_audience(toggle.identity)
            old = rules.get(toggle.field_id, audience)
            before = old.allowed if old is not None else None
            if before == toggle.allowed:
                continue
            undo.append(Toggle(toggle.field_id, toggle.identity, before))
            new.append(Rule(toggle.field_id, audience, toggle.allowed, ticker.tick()))
        if new:
            tx.rules.add(new)
            tx.clock.save(ticker)
            fanout.request(tx, ctx.now_ms())
        return tuple(undo)


def view_as(ctx: Context, who: str | bytes) -> Card:
    """One's own card as a contact may see it."""
    with ctx.vault.read() as tx:
        contact = tx.contacts.get(who) if isinstance(who, bytes) else tx.contacts.resolve(who)
        if contact is None:
            raise NotFound("This contact is not there any more.")
        if contact.blocked:
            return Card("")
        return project(tx.card.registers(), tx.rules.load(), contact.identity, contact.labels).registers.card()


def _set(ctx: Context, field: str, who: Iterable[str], allowed: bool) -> None:
    with ctx.vault.read() as tx:
        field_id = edit.find_field(tx.card.registers(), field)
        toggles = []
        for name in who:
            if name.casefold() == EVERYONE:
                toggles.append(Toggle(field_id, None, allowed))
                if not allowed:
                    rules = tx.rules.load()
                    for contact in tx.contacts.all():
                        rule = rules.get(field_id, contact_audience(contact.identity))
                        if rule is not None and rule.allowed:
                            toggles.append(Toggle(field_id, contact.identity, None))
            elif name.startswith("@"):
                raise NotFound(f"There is no label “{name[1:]}”.", "Name contacts, or `everyone`.")
            else:
                toggles.append(Toggle(field_id, tx.contacts.resolve(name).identity, allowed))
    apply_batch(ctx, toggles)
