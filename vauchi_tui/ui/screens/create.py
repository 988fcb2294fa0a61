"""The first start: a name, a relay now or later, and how the vault is locked."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from vauchi_tui.errors import InvalidValue, VauchiError
from vauchi_tui.model import limits
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.widgets.choice import Choice, Option
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.text_field import TextField

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.vault.profile import Profile

RELAYS = (
    Option("address", "an address", "of a relay that you or a friend runs"),
    Option("here", "run one here", "for your network, while this is open"),
    Option("later", "later", "edits wait here until one is chosen"),
)
LOCKS = (
    Option("passphrase", "a passphrase", "asked at every start"),
    Option("none", "no passphrase", ""),
)


def create(profile: "Profile", name: str, relay: str | None, here: bool, passphrase: str | None) -> "Context":
    """Make the profile. Runs in the vault's thread."""
    from vauchi_tui.actions import profile as profiles
    from vauchi_tui.actions import relay as relays
    from vauchi_tui.actions import relay_here
    from vauchi_tui.actions.profile_locks import Protection

    if here:
        relay = f"{relays.local_address() or '127.0.0.1'}:{relays.PORT}"
    protection = Protection.PASSPHRASE if passphrase is not None else profiles.default_protection()
    context = profiles.create(profile, name, relay=relay, protection=protection, passphrase=passphrase)
    if here:
        relay_here.set_runs_here(context, True)
    return context


class CreateScreen(Screen[None]):
    """Asks, checks, creates. Nothing is written before everything asked for is right."""

    HELP_TEXT = (
        "A relay keeps sealed messages until your contacts fetch them; it cannot read them. "
        "You can choose or change it later in the settings."
    )
    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "Next", show=False, id="create.enter"),
        Binding("ctrl+s", "create", "Create", id="create.create"),
        Binding("down", "app.focus_next", "Next", show=False, id="create.next"),
        Binding("up", "app.focus_previous", "Previous", show=False, id="create.previous"),
        Binding("escape", "app.quit", "Quit", id="create.quit"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("Welcome to vauchi", classes="title")
        yield Static("Your contact card, kept up to date at the people you have met.", classes="dim")
        with VerticalScroll(can_focus=False, classes="form"):
            with Horizontal():
                yield Static("Your name", classes="label")
                yield TextField(hint="as your contacts will see it", limit=limits.NAME_LENGTH, id="name")
            with Horizontal(classes="lines3"):
                yield Static("Relay", classes="label")
                yield Choice(RELAYS, id="relay")
            with Horizontal(id="address-line"):
                yield Static("Address", classes="label")
                yield TextField(hint="relay.example.org, or 192.168.1.5:8787", id="address")
            with Horizontal(classes="lines2"):
                yield Static("Lock", classes="label")
                yield Choice(LOCKS, id="lock")
            with Horizontal(classes="secret"):
                yield Static("Passphrase", classes="label")
                yield TextField(secret=True, hint="a sentence is better than a word", id="passphrase")
            with Horizontal(classes="secret"):
                yield Static("once more", classes="label")
                yield TextField(secret=True, id="again")
            yield Static("", id="lock-words", classes="dim", markup=False)
        yield Static("", classes="problem", id="problem", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#lock-words").display = False

    @on(Choice.Changed)
    def changed(self) -> None:
        self.query_one("#address-line").display = self.query_one("#relay", Choice).value == "address"
        secret = self.query_one("#lock", Choice).value == "passphrase"
        for line in self.query(".secret"):
            line.display = secret
        words = self.query_one("#lock-words", Static)
        words.display = not secret
        words.update(
            "The keyring of this computer opens the vault where there is one; otherwise a key file beside it does: "
            "whoever can read your files can then read your contacts."
        )

    @on(Input.Changed)
    def typed(self) -> None:
        self._problem("")

    @on(Input.Submitted)
    def next_field(self, event: Input.Submitted) -> None:
        """Enter goes on; on the last field it creates."""
        if event.input.id == "again":
            self.action_create()
        else:
            self.focus_next()

    def action_next(self) -> None:
        """Enter on a choice goes on as well, on the last one it creates."""
        self.changed()  # where keys come in a burst, what was chosen may not have been heard of yet
        if self.focused is self.query_one("#lock") and self.query_one("#lock", Choice).value == "none":
            self.action_create()
        else:
            self.focus_next()

    def action_create(self) -> None:
        self.run_worker(self._create(), exclusive=True)

    async def _create(self) -> None:
        app = self.app
        assert isinstance(app, VauchiApp)
        try:
            name, relay, here, passphrase = self._asked()
            self._problem("Creating …", good=True)
            await app.store.open(lambda: create(app.profile, name, relay, here, passphrase))
        except VauchiError as error:
            self._problem(f"✗ {error.title} {error.hint}".strip())
        else:
            await app.opened()

    def _asked(self) -> tuple[str, str | None, bool, str | None]:
        name = self.query_one("#name", TextField).text
        relay = self.query_one("#relay", Choice).value
        address = self.query_one("#address", TextField).value.strip()
        if not name.strip():
            raise InvalidValue("The name is empty.", "Type your name.")
        if relay == "address" and not address:
            raise InvalidValue("The relay's address is empty.", "Type it, or choose to do it later.")
        passphrase = None
        if self.query_one("#lock", Choice).value == "passphrase":
            passphrase = self.query_one("#passphrase", TextField).value
            if not passphrase:
                raise InvalidValue("The passphrase is empty.", "Type one, or choose to have none.")
            if passphrase != self.query_one("#again", TextField).value:
                raise InvalidValue("The two passphrases differ.", "Type the same one twice.")
        return name, address if relay == "address" else None, relay == "here", passphrase

    def _problem(self, words: str, *, good: bool = False) -> None:
        line = self.query_one("#problem", Static)
        line.update(words)
        line.set_class(not good, "problem")
