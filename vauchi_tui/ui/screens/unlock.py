"""The first screen of a profile that only a passphrase opens, or that cannot be opened at all."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from vauchi_tui.errors import VauchiError, WrongPassphrase
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.text_field import TextField


class UnlockScreen(Screen[None]):
    """`error` says why the profile did not open by itself."""

    HELP_TEXT = "The passphrase was chosen when the profile was made. Without it nobody can read the vault, nor can we."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "Quit", id="unlock.quit")]

    def __init__(self, error: VauchiError) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        from vauchi_tui.actions.profile_locks import PassphraseNeeded

        app = self.app
        assert isinstance(app, VauchiApp)
        yield Static("vauchi", classes="title")
        if isinstance(self._error, PassphraseNeeded):
            yield Static(f"The profile “{app.profile.name}” is locked.", classes="words", markup=False)
            with Vertical(classes="form"), Horizontal():
                yield Static("Passphrase", classes="label")
                yield TextField(secret=True, hint="type it, then ⏎", id="passphrase")
            yield Static("", classes="words", id="problem", markup=False)
        else:
            yield Static(f"✗ {self._error.title}", classes="problem", markup=False)
            yield Static(self._error.hint, classes="words", markup=False)
        yield KeyBar()

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        if event.value:
            event.input.disabled = True
            self._say("Opening …", good=True)
            self.run_worker(self._open(event.value), exclusive=True)

    async def _open(self, passphrase: str) -> None:
        app = self.app
        assert isinstance(app, VauchiApp)
        field = self.query_one(TextField)
        try:
            await app.open_with(passphrase)
        except WrongPassphrase as error:
            self._say(f"✗ {error.title} {error.hint}".strip())
            field.value = ""
        except VauchiError as error:
            if not app.profile.exists():
                app.begin_anew(error)
            self._say(f"✗ {error.title} {error.hint}".strip())
        finally:
            field.disabled = False
            field.focus()

    def action_give_up(self) -> None:
        """The exit status says whether the profile could have been opened."""
        self.app.exit(return_code=0 if self.query(TextField) else 1)

    def _say(self, words: str, *, good: bool = False) -> None:
        line = self.query_one("#problem", Static)
        line.update(words)
        line.set_class(not good, "problem")
