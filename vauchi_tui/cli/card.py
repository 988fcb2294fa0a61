"""`vauchi card`: show and edit one's own card."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening, output
from vauchi_tui.model.fields import FieldType

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


def register(commands: Any, common: ArgumentParser) -> None:
    card = commands.add_parser("card", parents=[common], help="show and edit your card")
    card.set_defaults(run=run, edit=None)
    edits = card.add_subparsers(metavar="show|name|set|rename|move|remove")

    def add(name: str, words: str, edit: Callable[["Context", Namespace], object] | None) -> ArgumentParser:
        command: ArgumentParser = edits.add_parser(name, parents=[common], help=words)
        command.set_defaults(run=run, edit=edit)
        return command

    add("show", "print the card", None)
    add("name", "change your name", _name).add_argument("name", metavar="NAME")
    change = add("set", "add a field or change its value", _set)
    change.add_argument("label", metavar="LABEL")
    change.add_argument("value", metavar="VALUE")
    change.add_argument("--type", choices=[str(kind) for kind in FieldType], help="guessed from the value if not given")
    rename = add("rename", "change a field's label", _rename)
    rename.add_argument("old", metavar="OLD")
    rename.add_argument("new", metavar="NEW")
    move = add("move", "bring a field to another place", _move)
    move.add_argument("label", metavar="LABEL")
    move.add_argument("place", metavar="POS", type=int, help="1 is the top")
    add("remove", "take a field off the card", _remove).add_argument("label", metavar="LABEL")


def run(options: Namespace) -> int:
    """Make the edit, if there is one, and print the card."""
    from vauchi_tui.actions import card

    with opening.open_context(options) as context:
        if options.edit is not None:
            options.edit(context, options)
        own, seen = card.show(context), card.audiences(context)
    if options.json:
        fields = [output.field_json(field) for field in own.fields]
        output.show_json({"display_name": own.display_name, "fingerprint": own.fingerprint, "fields": fields})
        return 0
    output.line(output.plain(own.display_name))
    output.rows([(field.label, field.value) for field in own.fields])
    hidden = [field.label for field in own.fields if not seen[field.id].everyone and not seen[field.id].names]
    if hidden:
        output.line(f"Nobody sees: {output.plain(', '.join(hidden))}. Grant it with `vauchi visibility allow`.")
    output.line(f"Fingerprint: {own.fingerprint}")
    return 0


def _name(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import card

    card.set_name(context, options.name)


def _set(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import card

    card.set_field(context, options.label, options.value, FieldType(options.type) if options.type else None)


def _rename(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import card

    card.rename_field(context, options.old, options.new)


def _move(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import card

    card.move_field(context, options.label, options.place)


def _remove(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import card

    card.remove_field(context, options.label)
