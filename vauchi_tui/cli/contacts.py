"""`vauchi contacts` and `vauchi contact`: look people up, keep notes, block and remove."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening, output
from vauchi_tui.model.labels import SIGN

if TYPE_CHECKING:
    from vauchi_tui.actions.contacts import Details


def register(commands: Any, common: ArgumentParser) -> None:
    contacts = commands.add_parser("contacts", parents=[common], help="list your contacts")
    contacts.add_argument(
        "query",
        metavar="QUERY",
        nargs="?",
        default="",
        help="words in names, labels or values; @label for who is in it",
    )
    contacts.set_defaults(run=list_contacts)
    contact = commands.add_parser("contact", parents=[common], help="show, note, block or remove one contact")
    verbs = contact.add_subparsers(metavar="show|note|block|remove", required=True, dest="verb")
    for verb, words, run in (
        ("show", "print all about a contact", show),
        ("note", "keep a note that only you see", note),
        ("block", "take back what he sees and hear no more of him", block),
        ("remove", "take back what he sees and forget him", remove),
    ):
        command = verbs.add_parser(verb, parents=[common], help=words)
        command.add_argument("name", metavar="NAME", help="name, its start, or the start of the fingerprint")
        if verb == "note":
            command.add_argument("text", metavar="TEXT", nargs="?", help="empty removes the note; without: print it")
        command.set_defaults(run=run)


def list_contacts(options: Namespace) -> int:
    """Print the contacts that fit the query."""
    from vauchi_tui.actions import contacts, labels

    with opening.open_context(options) as context:
        found, titles = contacts.list_contacts(context, options.query), labels.titles(context)
    if options.json:
        output.show_json([output.contact_json(contact, contacts.titles_of(contact, titles)) for contact in found])
        return 0
    for contact in found:
        state = _state(contact.confirmed, contact.blocked)
        output.line(output.plain(contact.name) + state + _labels(contacts.titles_of(contact, titles)))
        output.rows([(field.label, field.value) for field in contact.card.fields])
    if not found:
        output.note(f"nobody fits “{options.query}”." if options.query else "no contacts yet: `vauchi exchange show`.")
    return 0


def show(options: Namespace) -> int:
    """Print all about one contact."""
    from vauchi_tui.actions import contacts

    with opening.open_context(options) as context:
        details = contacts.show(context, options.name)
    if options.json:
        output.show_json(_details_json(details))
        return 0
    contact = details.contact
    output.line(output.plain(contact.name) + _state(contact.confirmed, contact.blocked) + _labels(details.labels))
    output.rows([(field.label, field.value) for field in contact.card.fields])
    output.line(f"Fingerprint: {contact.fingerprint}")
    for trust in details.trusts:
        output.line(f"Met: {trust.words()}, {output.moment(trust.at)}")
    output.line(f"Sees: {output.plain(', '.join(['name', *(field.label for field in details.sees)]))}")
    if contact.note:
        output.line(f"Note: {output.plain(contact.note)}")
    if details.pending:
        output.line(f"Waiting for him: {details.pending}")
    for row in details.history[:10]:
        output.line(f"{output.moment(row.at)}  {output.plain(row.text)}")
    return 0


def note(options: Namespace) -> int:
    """Print the note, or keep another one."""
    from vauchi_tui.actions import contacts

    with opening.open_context(options) as context:
        if options.text is None:
            contact = contacts.get(context, options.name)
        else:
            contact = contacts.note(context, options.name, options.text)
    if options.json:
        output.show_json({"name": contact.name, "note": contact.note})
    elif contact.note:
        output.line(output.plain(contact.note))
    return 0


def block(options: Namespace) -> int:
    """Block a contact."""
    from vauchi_tui.actions import contacts

    with opening.open_context(options) as context:
        contact = contacts.block(context, options.name)
    return _done(options, contact.name, "blocked")


def remove(options: Namespace) -> int:
    """Forget a contact."""
    from vauchi_tui.actions import contacts

    with opening.open_context(options) as context:
        contact = contacts.remove(context, options.name)
    return _done(options, contact.name, "removed")


def _done(options: Namespace, name: str, what: str) -> int:
    if options.json:
        output.show_json({"name": name, what: True})
    else:
        output.line(f"{output.plain(name)} is {what}.")
    return 0


def _state(confirmed: bool, blocked: bool) -> str:
    return ("" if confirmed else " (not confirmed yet)") + (" (blocked)" if blocked else "")


def _labels(titles: Sequence[str]) -> str:
    return "".join(f" {SIGN}{output.plain(title)}" for title in titles)


def _details_json(details: "Details") -> dict[str, Any]:
    contact = details.contact
    return output.contact_json(contact, details.labels) | {
        "blocked": contact.blocked,
        "note": contact.note,
        "trusts": [output.trust_json(trust) for trust in details.trusts],
        "sees": [field.id for field in details.sees],
        "pending": details.pending,
        "history": [{"at": row.at, "kind": str(row.kind), "text": row.text} for row in details.history],
    }
