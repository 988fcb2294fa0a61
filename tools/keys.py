"""Print the table of keys for the README, made from the bindings themselves. `--write` puts it there."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from textual.binding import Binding

from vauchi_tui.ui.widgets.key_bar import key_name

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- keys: written by tools/keys.py -->\n", "<!-- end of keys -->"
PLACES = (
    ("Everywhere", "app.VauchiApp"),
    ("Every list", "widgets.line_list.LineList"),
    ("Card", "screens.card.CardScreen"),
    ("Contacts", "screens.contacts.ContactsScreen"),
    ("One contact", "screens.contact.ContactScreen"),
    ("Visibility", "screens.visibility.VisibilityScreen"),
    ("The matrix", "widgets.matrix.VisibilityMatrix"),
    ("Labels to tick", "screens.marking.LabelsDialog"),
    ("Exchange", "screens.exchange.ExchangeScreen"),
    ("Showing a code", "screens.showing.ShowingScreen"),
    ("Linking a device", "screens.link.LinkScreen"),
    ("Sync", "screens.sync.SyncScreen"),
    ("Settings", "screens.settings.SettingsScreen"),
)


def bindings(name: str) -> Iterator[Binding]:
    """Those that a class brings itself."""
    module, _, cls = f"vauchi_tui.ui.{name}".rpartition(".")
    for given in getattr(import_module(module), cls).__dict__["BINDINGS"]:
        yield from Binding.make_bindings([given])


def keys(name: str) -> str:
    """One cell: every key with what it does; several keys for one thing stand together."""
    found: dict[str, list[str]] = {}
    for binding in bindings(name):
        words = "the tabs" if binding.action.startswith("tab(") and binding.key.isdigit() else binding.description
        found.setdefault(words, []).append(f"`{key_name(binding)}`")
    return ", ".join(f"{' '.join(names)} {_small(words)}" for words, names in found.items())


def _small(words: str) -> str:
    return words if words[:2].isupper() else words[0].lower() + words[1:]


def table() -> str:
    """The whole table in Markdown."""
    rows = "".join(f"| {place} | {keys(name)} |\n" for place, name in PLACES)
    return f"| where | keys |\n|---|---|\n{rows}"


def main() -> None:
    if "--write" not in sys.argv:
        print(table(), end="")
        return
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + BEGIN + table() + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
