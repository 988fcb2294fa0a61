"""`vauchi label`: groups of contacts, which only you know of."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vauchi_tui.cli import opening, output

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context


def register(commands: Any, common: ArgumentParser) -> None:
    label = commands.add_parser("label", parents=[common], help="groups of contacts that see the same")
    label.set_defaults(run=run, edit=None)
    verbs = label.add_subparsers(metavar="list|new|rename|delete|add|remove")

    def add(name: str, words: str, edit: Callable[["Context", Namespace], object] | None) -> ArgumentParser:
        command: ArgumentParser = verbs.add_parser(name, parents=[common], help=words)
        command.set_defaults(run=run, edit=edit)
        return command

    add("list", "print the labels, what they show and who is in them", None)
    add("new", "make a label", _new).add_argument("label", metavar="LABEL")
    rename = add("rename", "give a label another name", _rename)
    rename.add_argument("old", metavar="OLD")
    rename.add_argument("new", metavar="NEW")
    add("delete", "delete a label and take back what only it showed", _delete).add_argument("label", metavar="LABEL")
    for name, words, edit in (
        ("add", "put contacts into a label", _add),
        ("remove", "take contacts out of a label", _remove),
    ):
        members = add(name, words, edit)
        members.add_argument("label", metavar="LABEL")
        members.add_argument("names", metavar="NAME", nargs="+", help="a contact")


def run(options: Namespace) -> int:
    """Make the edit, if there is one, and print the labels."""
    from vauchi_tui.actions import labels

    with opening.open_context(options) as context:
        if options.edit is not None:
            options.edit(context, options)
        shown = labels.show(context)
    if options.json:
        output.show_json(
            [
                {
                    "name": label.title,
                    "fields": [field.id for field in label.fields],
                    "members": [name for _, name in label.members],
                }
                for label in shown
            ]
        )
        return 0
    for label in shown:
        output.line(output.plain(label.title))
        fields = ", ".join(field.label for field in label.fields)
        members = ", ".join(name for _, name in label.members)
        output.rows([("sees", fields or "nothing yet"), ("members", members or "nobody")])
    if not shown:
        output.note("no labels yet: `vauchi label new LABEL`.")
    return 0


def _new(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import labels

    labels.create(context, options.label)


def _rename(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import labels

    labels.rename(context, options.old, options.new)


def _delete(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import labels

    labels.delete(context, options.label)


def _add(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import labels

    labels.add(context, options.label, options.names)


def _remove(context: "Context", options: Namespace) -> None:
    from vauchi_tui.actions import labels

    labels.remove(context, options.label, options.names)
