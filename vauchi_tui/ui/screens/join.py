"""The first start of a device that joins another: the code, how this one is called, and how the vault is locked."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from vauchi_tui.actions import devices
from vauchi_tui.errors import InvalidValue, VauchiError
from vauchi_tui.model import limits
from vauchi_tui.model.fields import clean_label
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.widgets.choice import Choice
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.lock_fields import LockFields
from vauchi_tui.ui.widgets.text_field import TextField, typed_path

if TYPE_CHECKING:
    from vauchi_tui.actions.link_runs import JoinRun


class JoinScreen(Screen[None]):
    """Asks and checks; the profile is made once the first device has agreed."""

    HELP_TEXT = (
        "On your first device open the settings (6) and press l: it shows a code. Paste its text here (y copies it "
        "there), or name a picture of it. Card, contacts, labels and what they see come over from there."
    )
    AUTO_FOCUS = "#code"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next", "Next", show=False, id="join.enter"),
        Binding("ctrl+s", "join", "Join", id="join.join"),
        Binding("down", "app.focus_next", "Next", show=False, id="join.next"),
        Binding("up", "app.focus_previous", "Previous", show=False, id="join.previous"),
        Binding("escape", "leave", "Back", id="join.leave"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("Join as another device", classes="title")
        yield Static("Your first device shows a code: l in its settings, or `vauchi devices link`.", classes="dim")
        with VerticalScroll(can_focus=False, classes="form"):
            for label, hint, field_id in (
                ("Code", "paste it", "code"),
                ("or a picture", "the file of a picture of it", "picture"),
                ("Relay", "only if that screen names one beside the code", "relay"),
            ):
                with Horizontal():
                    yield Static(label, classes="label")
                    yield TextField(hint=hint, id=field_id)
            with Horizontal():
                yield Static("This device", classes="label")
                yield TextField(devices.default_name(), hint="how it is called", limit=limits.LABEL_LENGTH, id="device")
            yield LockFields()
        yield Static("", classes="problem", id="problem", markup=False)
        yield KeyBar()

    @on(Input.Changed)
    @on(Choice.Changed)
    def typed(self) -> None:
        self._problem("")

    @on(Input.Submitted)
    def submitted(self) -> None:
        self.action_next()

    def action_next(self) -> None:
        """Enter goes on, on the last field it joins."""
        lock = self.query_one(LockFields)
        lock.fit()  # where keys come in a burst, what was chosen may not have been heard of yet
        if lock.at_end:
            self.action_join()
        else:
            self.focus_next()

    def action_leave(self) -> None:
        self.app.pop_screen()

    def action_join(self) -> None:
        self.run_worker(self._join(), exclusive=True)

    async def _join(self) -> None:
        from vauchi_tui.actions import exchange, profile
        from vauchi_tui.protocol.code import parse_link_code
        from vauchi_tui.ui.screens.joining import JoiningScreen
        from vauchi_tui.vault.slotfile import Protection

        app = self.app
        assert isinstance(app, VauchiApp)
        store = app.store
        try:
            code, picture, relay, name = self._asked()
            if picture is not None:
                code = await store.in_thread(exchange.read_image, picture)
            parse_link_code(code)
            passphrase = self.query_one(LockFields).passphrase()
            lock = Protection.PASSPHRASE
            if passphrase is None:
                lock = await store.in_thread(profile.default_protection)
        except VauchiError as error:
            self._problem(f"✗ {error.title} {error.hint}".strip())
            return

        def begin() -> "JoinRun":
            from vauchi_tui.actions import linking

            return linking.join(app.profile, code, name, relay=relay, protection=lock, passphrase=passphrase)

        app.push_screen(JoiningScreen(begin))

    def _asked(self) -> tuple[str, Path | None, str | None, str]:
        """Code, picture, relay and name. The code counts where both are given."""
        code, picture, relay = (
            self.query_one(f"#{name}", TextField).value.strip() for name in ("code", "picture", "relay")
        )
        if not code and not picture:
            raise InvalidValue("The code is missing.", "Paste the one that your first device shows.")
        name = clean_label(self.query_one("#device", TextField).text)
        return code, None if code else typed_path(picture), relay or None, name

    def _problem(self, words: str) -> None:
        self.query_one("#problem", Static).update(words)
