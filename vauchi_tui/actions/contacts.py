"""Other people: finding them, what is known of them, note, block and removal."""

from dataclasses import dataclass, replace
from typing import Any

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import LimitExceeded, NotFound
from vauchi_tui.model import limits
from vauchi_tui.model.contact import Contact, Trust
from vauchi_tui.model.fields import Field
from vauchi_tui.model.visibility import project
from vauchi_tui.vault.history import HistoryRow
from vauchi_tui.vault.tx import Tx


@dataclass(frozen=True, slots=True)
class Details:
    """All about one contact. `trusts`: every proof, newest first. `sees`: the fields of our card that he may see.

    `pending`: messages for him that his devices have not acknowledged. `history`: newest first.
    """

    contact: Contact
    trusts: tuple[Trust, ...]
    sees: tuple[Field, ...]
    pending: int
    relay: str
    history: tuple[HistoryRow, ...]


def list_contacts(ctx: Context, query: str = "") -> list[Contact]:
    """All contacts by name, or those whose name, labels or values contain every word of the query (case ignored)."""
    with ctx.vault.read() as tx:
        contacts = tx.contacts.all()
    words = query.casefold().split()
    return [contact for contact in contacts if matches(contact, words)] if words else contacts


def matches(contact: Contact, words: list[str]) -> bool:
    """Does every word (casefolded) stand somewhere in the contact's name, field labels or values?"""
    card = contact.card
    text = "\n".join([contact.name, *(f"{field.label}\n{field.value}" for field in card.fields)]).casefold()
    return all(word in text for word in words)


def get(ctx: Context, who: str) -> Contact:
    """The contact of that name, unique start of a name, or fingerprint prefix. Raises NotFound or Ambiguous."""
    with ctx.vault.read() as tx:
        return tx.contacts.resolve(who)


def show(ctx: Context, who: str | bytes) -> Details:
    """All about one contact, by name, fingerprint prefix or identity key."""
    with ctx.vault.read() as tx:
        contact = _resolve(tx, who)
        sees = project(tx.card.registers(), tx.rules.load(), contact.identity, contact.labels).registers.card().fields
        count = tx.outbox.pending().get(contact.identity)
        return Details(
            contact,
            tuple(sorted(tx.contacts.trusts(contact.identity), key=lambda trust: -trust.at)),
            () if contact.blocked else sees,
            count.waiting + count.stored if count else 0,
            contact.registers.text("/relay"),
            tuple(tx.history.recent(contact.identity)),
        )


def history(ctx: Context, who: str | bytes | None = None, limit: int = 100) -> list[HistoryRow]:
    """What happened with one contact or with all, newest first."""
    with ctx.vault.read() as tx:
        return tx.history.recent(_resolve(tx, who).identity if who is not None else None, limit)


def note(ctx: Context, who: str | bytes, text: str) -> Contact:
    """Keep a note about a contact, which nobody else sees. An empty text removes it."""
    text = text.strip()
    if len(text) > limits.NOTE_LENGTH:
        raise LimitExceeded(f"The note has {len(text)} characters; the limit is {limits.NOTE_LENGTH}.", "Shorten it.")
    return _change(ctx, who, note=text)


def block(ctx: Context, who: str | bytes) -> Contact:
    """Block a contact: what he has been shown is taken back, and neither side hears of the other any more.

    He stays in the list. Only another exchange in person brings him back.
    """
    from vauchi_tui.sync import farewell

    with ctx.vault.write() as tx:
        contact = _resolve(tx, who)
        if contact.blocked:
            return contact
        farewell.part(tx, contact.identity, ctx.now_ms(), ctx.rng)
        contact = replace(contact, blocked=True)
        tx.contacts.put(contact)
        tx.history.add(ctx.now(), contact.identity, "block", f"You blocked {contact.name}.")
        return contact


def remove(ctx: Context, who: str | bytes) -> Contact:
    """Forget a contact: what he has been shown is taken back. Coming back takes an exchange in person."""
    from vauchi_tui.sync import farewell

    with ctx.vault.write() as tx:
        contact = _resolve(tx, who)
        farewell.part(tx, contact.identity, ctx.now_ms(), ctx.rng)
        tx.contacts.remove(contact.identity)
        tx.history.add(ctx.now(), None, "remove", f"You removed {contact.name}.")
        return contact


def _resolve(tx: Tx, who: str | bytes) -> Contact:
    if isinstance(who, str):
        return tx.contacts.resolve(who)
    contact = tx.contacts.get(who)
    if contact is None:
        raise NotFound("This contact is not there any more.")
    return contact


def _change(ctx: Context, who: str | bytes, **values: Any) -> Contact:
    with ctx.vault.write() as tx:
        contact = replace(_resolve(tx, who), **values)
        tx.contacts.put(contact)
        return contact
