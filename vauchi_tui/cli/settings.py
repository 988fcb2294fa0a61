"""`vauchi settings`: print and change settings."""

from argparse import ArgumentParser, Namespace
from typing import Any

from vauchi_tui.cli import opening, output


def register(commands: Any, common: ArgumentParser) -> None:
    settings = commands.add_parser("settings", parents=[common], help="print and change settings, such as the relay")
    settings.add_argument("key", metavar="KEY", nargs="?")
    settings.add_argument("value", metavar="VALUE", nargs="?")
    settings.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Print one setting or all, or change one."""
    from vauchi_tui.actions import settings

    with opening.open_context(options) as context:
        if options.key is None:
            found = settings.list_settings(context)
        elif options.value is None:
            found = [settings.get(context, options.key)]
        else:
            found = [settings.set_value(context, options.key, options.value)]
    if options.json:
        output.show_json({setting.key: setting.value for setting in found})
        return 0
    if options.key is not None:
        output.line(output.plain(found[0].value))
        return 0
    for setting in found:
        output.line(f"{setting.key} = {output.plain(setting.value) or '(not set)'}")
        output.line(f"    {setting.words}")
    return 0
