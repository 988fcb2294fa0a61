"""The app: opens the profile, holds the tabs, runs the sync worker, and wakes the screens when something changed."""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from vauchi_tui.errors import VauchiError
from vauchi_tui.ui import theme
from vauchi_tui.ui.messages import SyncHappened, VaultChanged
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.store import Store
from vauchi_tui.ui.widgets.tab_bar import Standing, TabClicked

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.ui.live import Live
    from vauchi_tui.vault.profile import Profile

P = ParamSpec("P")
T = TypeVar("T")
TABS = ("card", "contacts", "visibility", "exchange", "sync", "settings")
Undo = Callable[[], Awaitable[object]]


def _screen(name: str) -> Screen[Any]:
    """The screen of a tab, its module imported when first shown."""
    module = import_module(f"vauchi_tui.ui.screens.{name}")
    screen: Screen[Any] = getattr(module, f"{name.capitalize()}Screen")()
    return screen


def _commands() -> type[Provider]:
    from vauchi_tui.ui.commands import VauchiCommands

    return VauchiCommands


def _open(profile: "Profile", passphrase: str | None = None) -> "Context":
    from vauchi_tui.actions.profile import open_profile

    return open_profile(profile, passphrase)


class VauchiApp(App[int]):
    """The whole interface of one profile."""

    TITLE = "vauchi"
    CSS_PATH = "vauchi.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {name: partial(_screen, name) for name in TABS}
    COMMANDS: ClassVar = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"tab({number})", name.capitalize(), show=False, id=f"tab.{name}")
            for number, name in enumerate(TABS, 1)
        ),
        Binding("x", "tab(4)", "Exchange", show=False, id="app.exchange"),
        Binding("z", "undo", "Undo", show=False, id="app.undo"),
        Binding("ctrl+r", "sync_now", "Sync now", show=False, id="app.sync_now"),
        Binding("q", "quit", "Quit", show=False, id="app.quit"),
        Binding("question_mark,f1", "help", "Help", id="app.help"),
        Binding("ctrl+p", "command_palette", "Palette", show=False, id="app.palette"),
    ]

    def __init__(self, profile: "Profile", context: "Context | None" = None) -> None:
        super().__init__()
        self.profile = profile
        self.store = Store()
        self.standing = Standing()
        self.animation_level = "none"
        self._given = context
        self._undo: list[tuple[str, Undo]] = []
        self._live: Live | None = None
        for look in theme.THEMES:
            self.register_theme(look)
        self.theme = theme.default_theme(self.console.color_system, self.no_color)

    # Opening

    def on_mount(self) -> None:
        self.run_worker(self._start(), exclusive=True, group="start")

    async def _start(self) -> None:
        if self._given is not None:
            await self.store.adopt(self._given)
            await self.opened()
        elif not self.profile.exists():
            from vauchi_tui.ui.screens.create import CreateScreen

            await self.push_screen(CreateScreen())
        else:
            await self._unlock()

    async def _unlock(self) -> None:
        try:
            await self.store.open(partial(_open, self.profile))
        except VauchiError as error:
            from vauchi_tui.ui.screens.unlock import UnlockScreen

            await self.push_screen(UnlockScreen(error))
        else:
            await self.opened()

    async def open_with(self, passphrase: str) -> None:
        """Open the profile by its passphrase. Raises what the actions raise."""
        await self.store.open(partial(_open, self.profile, passphrase))
        await self.opened()

    async def opened(self) -> None:
        """The profile is open: show the first tab and begin to sync."""
        from vauchi_tui.actions import looks
        from vauchi_tui.ui.live import Live

        look = await self.store.run(looks.theme)
        if look in self.available_themes and not self.no_color:
            self.theme = look
        await self.switch_mode(TABS[0])
        self._live = Live(self)
        await self._live.start()

    async def on_unmount(self) -> None:
        if self._live is not None:
            await self._live.stop()
        await self.store.close()

    async def keep_theme(self) -> None:
        """Start with this theme next time."""
        from vauchi_tui.actions import looks

        await self.act(looks.set_theme, self.theme)

    # Actions of the vault

    async def act(self, action: "Callable[Concatenate[Context, P], T]", *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run an action; a refusal is told and gives None."""
        try:
            return await self.store.run(action, *args, **kwargs)
        except VauchiError as error:
            self.tell(error)
            return None

    def tell(self, error: VauchiError) -> None:
        """Say what is wrong and what helps."""
        if error.hint:
            self.notify(error.hint, title=error.title, severity="error", timeout=8, markup=False)
        else:
            self.notify(error.title, severity="error", timeout=8, markup=False)

    def say(self, text: str) -> None:
        """A short word about what was done."""
        self.notify(text, timeout=4, markup=False)

    def can_undo(self, what: str, undo: Undo) -> None:
        """Remember how the last step is undone: `what` is said when `z` undoes it."""
        self._undo.append((what, undo))

    async def action_undo(self) -> None:
        if not self._undo:
            self.say("There is nothing to undo.")
            return
        what, undo = self._undo.pop()
        try:
            await undo()
        except VauchiError as error:
            self.tell(error)
        else:
            self.say(f"Undone: {what}.")

    # Where to

    async def action_tab(self, number: int) -> None:
        """Show a tab, as soon as the profile is open."""
        if self.store.is_open:
            await self.switch_mode(TABS[number - 1])

    async def on_tab_clicked(self, message: TabClicked) -> None:
        await self.action_tab(message.number)

    async def show_visibility(self, field_id: str | None, identity: bytes | None = None) -> None:
        """The third tab, its cursor on a field or a contact."""
        from vauchi_tui.ui.screens.visibility import VisibilityScreen

        await self.switch_mode("visibility")
        if isinstance(self.screen, VisibilityScreen):
            self.screen.point_at(field_id, identity)

    def action_help(self) -> None:
        from vauchi_tui.ui.screens.help import HelpScreen, topics

        self.push_screen(HelpScreen(topics(self.screen)))

    def action_sync_now(self) -> None:
        if self._live is None:
            return
        self._live.sync_now()
        self.say("Asked the relay.")

    @property
    def live(self) -> "Live | None":
        """The running sync, once the profile is open."""
        return self._live

    # What wakes

    def on_vault_changed(self, message: VaultChanged) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, ViewScreen):
                screen.wake()

    async def on_sync_happened(self, message: SyncHappened) -> None:
        if self._live is not None:
            await self._live.happened(message.event)

    def show_standing(self, standing: Standing) -> None:
        """Show how the sync stands on every screen."""
        self.standing = standing
        for screen in self.screen_stack:
            if isinstance(screen, ViewScreen):
                screen.show_standing(standing)


def run(profile: "Profile", context: "Context | None" = None) -> int:
    """Run the interface on a profile; `context` where the caller has opened it already. Returns the exit status."""
    app = VauchiApp(profile, context)
    result = app.run()
    return result if isinstance(result, int) else app.return_code or 0
