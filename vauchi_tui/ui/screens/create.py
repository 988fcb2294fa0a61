"""The first start: a name, a relay now or later, and how the vault is locked; or the way to join another device."""

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
from vauchi_tui.ui.widgets.lock_fields import LockFields
from vauchi_tui.ui.widgets.text_field import TextField

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.vault.profile import Profile

WELCOME = "Your contact card, kept up to date at the people you have met."
RELAYS = (
    Option("address", "an address", "of a relay that you or a friend runs"),
    Option("here", "run one here", "for your network, while this is open"),
    Option("later", "later", "edits wait here until one is chosen"),
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
        Binding("ctrl+l", "join", "Join as another device", id="create.join"),
        Binding("down", "app.focus_next", "Next", show=False, id="create.next"),
        Binding("up", "app.focus_previous", "Previous", show=False, id="create.previous"),
        Binding("escape", "app.quit", "Quit", id="create.quit"),
    ]

    def __init__(self, words: str = "") -> None:
        """`words`: why one is here again."""
        super().__init__()
        self._words = words

    def compose(self) -> ComposeResult:
        yield Static("Welcome to vauchi", classes="title")
        yield Static(self._words or WELCOME, classes="problem" if self._words else "dim", markup=False)
        yield Static("You have it on another device? ctrl+l joins this one to it.", classes="dim", markup=False)
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
            yield LockFields()
        yield Static("", classes="problem", id="problem", markup=False)
        yield KeyBar()

    @on(Choice.Changed, "#relay")
    def changed(self) -> None:
        self.query_one("#address-line").display = self.query_one("#relay", Choice).value == "address"

    @on(Input.Changed)
    @on(Choice.Changed)
    def typed(self) -> None:
        self._problem("")

    @on(Input.Submitted)
    def submitted(self) -> None:
        self.action_next()

    def action_next(self) -> None:
        """Enter goes on, also from a choice; on the last field it creates."""
        lock = self.query_one(LockFields)
        self.changed()  # where keys come in a burst, what was chosen may not have been heard of yet
        lock.fit()
        if lock.at_end:
            self.action_create()
        else:
            self.focus_next()

    def action_join(self) -> None:
        from vauchi_tui.ui.screens.join import JoinScreen

        self.app.push_screen(JoinScreen())

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
        passphrase = self.query_one(LockFields).passphrase()
        return name, address if relay == "address" else None, relay == "here", passphrase

    def _problem(self, words: str, *, good: bool = False) -> None:
        line = self.query_one("#problem", Static)
        line.update(words)
        line.set_class(not good, "problem")
