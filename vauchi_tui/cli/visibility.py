"""`vauchi visibility`: who sees what."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening, output
from vauchi_tui.model.labels import SIGN

if TYPE_CHECKING:
    from vauchi_tui.actions.visibility import Matrix


def register(commands: Any, common: ArgumentParser) -> None:
    visibility = commands.add_parser("visibility", parents=[common], help="who sees which field")
    visibility.set_defaults(run=show)
    verbs = visibility.add_subparsers(metavar="show|allow|deny|as")
    verbs.add_parser("show", parents=[common], help="print the matrix").set_defaults(run=show)
    for verb, words in (("allow", "let contacts see a field"), ("deny", "hide a field from contacts")):
        command = verbs.add_parser(verb, parents=[common], help=words)
        command.add_argument("field", metavar="FIELD", help="its label")
        command.add_argument("who", metavar="WHO", nargs="+", help="a contact, @label, or `everyone`: future ones too")
        command.set_defaults(run=change, allowed=verb == "allow")
    view = verbs.add_parser("as", parents=[common], help="print your card as a contact sees it")
    view.add_argument("name", metavar="NAME")
    view.set_defaults(run=view_as)


def show(options: Namespace) -> int:
    """Print the matrix."""
    from vauchi_tui.actions import visibility

    with opening.open_context(options) as context:
        _print(options, visibility.matrix(context))
    return 0


def _print(options: Namespace, matrix: "Matrix") -> None:
    if options.json:
        ids = [field.id for field in matrix.fields]
        contacts = [{"name": row.name, "visible": [one for one in ids if one in row.visible]} for row in matrix.rows]
        labels = [{"name": row.title, "visible": [one for one in ids if one in row.granted]} for row in matrix.labels]
        fields = [output.field_json(field) | {"everyone": field.id in matrix.everyone} for field in matrix.fields]
        output.show_json({"fields": fields, "contacts": contacts, "labels": labels})
        return
    for field in matrix.fields:
        by_label = [SIGN + row.title for row in matrix.labels if field.id in row.granted]
        names = [row.name for row in matrix.rows if field.id in row.visible]
        if field.id in matrix.everyone:
            hidden = [row.name for row in matrix.rows if field.id not in row.visible]
            words = "everyone" + (f" but {', '.join(hidden)}" if hidden else "")
        elif by_label:
            words = f"{', '.join(by_label)}: {', '.join(names) or 'nobody yet'}"
        else:
            words = ", ".join(names) or "nobody"
        output.line(f"{output.plain(field.label)}: {output.plain(words)}")
    if not matrix.fields:
        output.note("your card has no fields yet: `vauchi card set LABEL VALUE`.")


def change(options: Namespace) -> int:
    """Grant or hide a field, then print the matrix."""
    from vauchi_tui.actions import visibility

    with opening.open_context(options) as context:
        (visibility.allow if options.allowed else visibility.deny)(context, options.field, options.who)
        _print(options, visibility.matrix(context))
    return 0


def view_as(options: Namespace) -> int:
    """Print the card as a contact sees it."""
    from vauchi_tui.actions import visibility

    with opening.open_context(options) as context:
        card = visibility.view_as(context, options.name)
    if options.json:
        fields = [output.field_json(field) for field in card.fields]
        output.show_json({"display_name": card.display_name, "fields": fields})
        return 0
    output.line(output.plain(card.display_name))
    output.rows([(field.label, field.value) for field in card.fields])
    return 0
