"""How a new profile is locked: a passphrase typed twice, or none and what that means."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vauchi_tui.errors import InvalidValue
from vauchi_tui.ui.widgets.choice import Choice, Option
from vauchi_tui.ui.widgets.text_field import TextField

LOCKS = (
    Option("passphrase", "a passphrase", "asked at every start"),
    Option("none", "no passphrase", ""),
)


class LockFields(Vertical):
    """The last fields of a form. A submitted `#again`, or enter on a `#lock` without passphrase, is its end."""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="lines2"):
            yield Static("Lock", classes="label")
            yield Choice(LOCKS, id="lock")
        with Horizontal(classes="secret"):
            yield Static("Passphrase", classes="label")
            yield TextField(secret=True, hint="a sentence is better than a word", id="passphrase")
        with Horizontal(classes="secret"):
            yield Static("once more", classes="label")
            yield TextField(secret=True, id="again")
        yield Static(
            "The keyring of this computer opens the vault where there is one; otherwise a key file beside it does: "
            "whoever can read your files can then read your contacts.",
            id="lock-words",
            classes="dim",
            markup=False,
        )

    def on_mount(self) -> None:
        self.query_one("#lock-words").display = False

    @property
    def wants_passphrase(self) -> bool:
        return self.query_one("#lock", Choice).value == "passphrase"

    @property
    def at_end(self) -> bool:
        """Does the focus stand on the last of them?"""
        last = "#again" if self.wants_passphrase else "#lock"
        return self.query_one(last).has_focus

    @on(Choice.Changed, "#lock")
    def fit(self) -> None:
        """Show what belongs to the choice."""
        for line in self.query(".secret"):
            line.display = self.wants_passphrase
        self.query_one("#lock-words").display = not self.wants_passphrase

    def passphrase(self) -> str | None:
        """What was typed, None for none. Raises InvalidValue: empty, or the two differ."""
        if not self.wants_passphrase:
            return None
        passphrase = self.query_one("#passphrase", TextField).value
        if not passphrase:
            raise InvalidValue("The passphrase is empty.", "Type one, or choose to have none.")
        if passphrase != self.query_one("#again", TextField).value:
            raise InvalidValue("The two passphrases differ.", "Type the same one twice.")
        return passphrase
