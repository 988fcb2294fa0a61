"""Other people: finding them, what is known of them, note, block and removal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vauchi_tui.actions.context import Context
from vauchi_tui.errors import LimitExceeded, NotFound
from vauchi_tui.model import limits
from vauchi_tui.model.contact import Contact, Trust
from vauchi_tui.model.fields import Field
from vauchi_tui.model.labels import SIGN
from vauchi_tui.model.visibility import project
from vauchi_tui.protocol.keys import note_key
from vauchi_tui.vault.history import HistoryRow
from vauchi_tui.vault.tx import Tx

if TYPE_CHECKING:
    from vauchi_tui.sync.standing import Standing


@dataclass(frozen=True, slots=True)
class Details:
    """All about one contact. `trusts`: every proof, newest first. `sees`: the fields of our card that he may see.

    `pending`: messages for him that his devices have not acknowledged. `history`: newest first. `labels`: how the
    labels that he is in are called.
    """

    contact: Contact
    trusts: tuple[Trust, ...]
    sees: tuple[Field, ...]
    pending: int
    relay: str
    history: tuple[HistoryRow, ...]
    labels: tuple[str, ...] = ()


def list_contacts(ctx: Context, query: str = "") -> list[Contact]:
    """All contacts by name, or those who fit every word of the query; see `haystack` for what fits."""
    with ctx.vault.read() as tx:
        contacts, titles = tx.contacts.all(), tx.labels.load().titles()
    words = needles(query)
    if not words:
        return contacts
    return [one for one in contacts if _holds(haystack(one, titles_of(one, titles)), words)]


def haystack(contact: Contact, labels: Iterable[str]) -> str:
    """What a filter looks in, casefolded: name, labels with their sign, the card's labels and values, a line each."""
    fields = (f"{field.label}\n{field.value}" for field in contact.card.fields)
    return "\n".join(["", contact.name, *(SIGN + label for label in labels), *fields]).casefold()


def needles(query: str) -> list[str]:
    """What a query looks for, each of it: words anywhere, whatever the case; with an @ before it, where a line begins.

    So `@work` means the label and what begins so, not everybody with an address at work.example.
    """
    return [f"\n{word}" if word.startswith(SIGN) else word for word in query.casefold().split()]


def _holds(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


def titles_of(contact: Contact, titles: Mapping[str, str]) -> tuple[str, ...]:
    """How the labels of a contact are called, in the order of `titles`."""
    return tuple(title for label_id, title in titles.items() if label_id in contact.labels)


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
            titles_of(contact, tx.labels.load().titles()),
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
    with ctx.vault.write() as tx:
        contact, ticker = replace(_resolve(tx, who), note=text), tx.clock.ticker(ctx.now_ms())
        tx.contacts.put(contact)
        tx.shared.set(note_key(contact.identity), text or None, ticker.tick())
        tx.clock.save(ticker)
        return contact


def block(ctx: Context, who: str | bytes) -> Contact:
    """Block a contact: what he has been shown is taken back, and neither side hears of the other any more.

    He stays in the list. Only another exchange in person brings him back.
    """
    from vauchi_tui.sync import farewell
    from vauchi_tui.sync.standing import Standing

    with ctx.vault.write() as tx:
        contact = _resolve(tx, who)
        if contact.blocked:
            return contact
        farewell.part(tx, contact.identity, ctx.now_ms(), ctx.rng)
        _say(ctx, tx, contact, Standing.BLOCKED)
        contact = replace(contact, blocked=True)
        tx.contacts.put(contact)
        tx.history.add(ctx.now(), contact.identity, "block", f"You blocked {contact.name}.")
        return contact


def remove(ctx: Context, who: str | bytes) -> Contact:
    """Forget a contact: what he has been shown is taken back. Coming back takes an exchange in person."""
    from vauchi_tui.sync import farewell
    from vauchi_tui.sync.standing import Standing

    with ctx.vault.write() as tx:
        contact = _resolve(tx, who)
        farewell.part(tx, contact.identity, ctx.now_ms(), ctx.rng, forget=True)
        _say(ctx, tx, contact, Standing.REMOVED)
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


def _say(ctx: Context, tx: Tx, contact: Contact, standing: "Standing") -> None:
    """Own devices hear what was decided about a contact."""
    from vauchi_tui.sync.standing import say

    ticker = tx.clock.ticker(ctx.now_ms())
    say(tx, contact.identity, standing, ticker)
    tx.clock.save(ticker)
