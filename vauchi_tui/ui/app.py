"""The app: opens the profile, holds the tabs, runs the sync worker, and wakes the screens when something changed."""

import os
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
from vauchi_tui.ui.launch import settle
from vauchi_tui.ui.messages import SyncHappened, VaultChanged
from vauchi_tui.ui.opening import Opened, Opening
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.stylesheet import ThriftyStylesheet
from vauchi_tui.ui.widgets.tab_bar import Standing, TabClicked

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.ui.live import Live
    from vauchi_tui.vault.profile import Profile

P = ParamSpec("P")
T = TypeVar("T")
TABS = ("card", "contacts", "visibility", "exchange", "sync", "settings")
Undo = Callable[[], Awaitable[object]]
PATIENCE_S = 0.3  # how long the first frame waits for the card; a keyring that asks the person takes longer


def _screen(name: str) -> Screen[Any]:
    """The screen of a tab, its module imported when first shown."""
    module = import_module(f"vauchi_tui.ui.screens.{name}")
    screen: Screen[Any] = getattr(module, f"{name.capitalize()}Screen")()
    return screen


def _commands() -> type[Provider]:
    from vauchi_tui.ui.commands import VauchiCommands

    return VauchiCommands


def _open(profile: "Profile", passphrase: str) -> "Context":
    from vauchi_tui.actions.opening import open_profile

    return open_profile(profile, passphrase)


class VauchiApp(App[int]):
    """The whole interface of one profile."""

    TITLE = "vauchi"
    CSS_PATH = "vauchi.tcss"
    DEFAULT_MODE = TABS[0]
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

    def __init__(
        self,
        profile: "Profile",
        context: "Context | None" = None,
        *,
        opening: Opening | None = None,
        words: str = "",
    ) -> None:
        """`context`: where the caller has opened the profile; `opening`: where that has begun already.

        `words`: for the first start, why one is here again.
        """
        # With NO_COLOR Textual would turn the terminal's own colours into greys; unless told that they are native.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.profile = profile
        self._opening = opening or Opening(profile, context)
        self.store = self._opening.store
        self.standing = Standing()
        self.animation_level = "none"
        self.read_ahead: dict[str, Any] = {}  # by tab, the view that it begins with
        self._undo: list[tuple[str, Undo]] = []
        self._live: Live | None = None
        for look in theme.THEMES:
            self.register_theme(look)
        self._problem: VauchiError | None = None
        self._words = words
        self.gone: VauchiError | None = None
        """Why the profile is no more; whoever runs the app begins anew."""
        begin_with = theme.default_theme(self.console.color_system, self.no_color)
        try:
            if (opened := self._opening.within(PATIENCE_S)) is not None:
                begin_with = self._adopt(opened) or begin_with
        except VauchiError as error:
            self._problem = error
        self._begin_with(begin_with)

    # Opening

    def _adopt(self, opened: Opened) -> str | None:
        """Take the profile over; the theme that it was left with, where it can be shown."""
        self.store.adopt(opened.context)
        self.read_ahead[TABS[0].capitalize()] = opened.card
        return opened.look if opened.look in self.available_themes and not self.no_color else None

    def _begin_with(self, look: str) -> None:
        """Set the theme before the first style is computed, so that it is computed once."""
        self.set_reactive(App.theme, look)
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet = ThriftyStylesheet(variables=self.get_css_variables())

    async def on_mount(self) -> None:
        self.call_after_refresh(settle)
        if self._opening.missing:
            from vauchi_tui.ui.screens.create import CreateScreen

            await self.push_screen(CreateScreen(self._words))
        elif self._problem is not None:
            await self._refused(self._problem)
        elif self.store.is_open:
            self.call_after_refresh(self._go_live)
        else:
            self.run_worker(self._wait(), exclusive=True, group="start")

    async def _wait(self) -> None:
        try:
            opened = await self._opening.result()
        except VauchiError as error:
            await self._refused(error)
        else:
            self.store.adopt(opened.context)
            await self.opened()

    async def _refused(self, error: VauchiError) -> None:
        from vauchi_tui.actions.opening import ProfileRevoked
        from vauchi_tui.ui.screens.unlock import UnlockScreen

        if isinstance(error, ProfileRevoked):
            self.begin_anew(error)
        else:
            await self.push_screen(UnlockScreen(error))

    def begin_anew(self, error: VauchiError) -> None:
        """The profile is no more: nothing of it stays on the screen, nor in memory."""
        if self.gone is None:
            self.gone = error
            self.exit()

    async def open_with(self, passphrase: str) -> None:
        """Open the profile by its passphrase. Raises what the actions raise."""
        await self.store.open(partial(_open, self.profile, passphrase))
        await self.opened()

    async def opened(self) -> None:
        """The profile is open: show the first tab and begin to sync."""
        from vauchi_tui.actions import looks

        look = await self.store.run(looks.theme)
        if look in self.available_themes and not self.no_color:
            self.theme = look
        while not isinstance(self.screen, ViewScreen):
            self.pop_screen()  # not awaited: the caller is a worker of a screen that goes
        self.screen.wake()
        self.call_after_refresh(self._go_live)

    async def _go_live(self) -> None:
        # After the card is on the screen: what it imports would be waited for.
        from vauchi_tui.ui.live import Live

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

    async def show_visibility(self, field_id: str | None, audience: str | None = None) -> None:
        """The third tab, its cursor on a field, or on the line of an audience (`model.visibility`)."""
        from vauchi_tui.ui.screens.visibility import VisibilityScreen

        await self.switch_mode("visibility")
        if isinstance(self.screen, VisibilityScreen):
            self.screen.point_at(field_id, audience)

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
            await self._live.happened(*message.events)

    def show_standing(self, standing: Standing) -> None:
        """Show how the sync stands on every screen."""
        self.standing = standing
        for screen in self.screen_stack:
            if isinstance(screen, ViewScreen):
                screen.show_standing(standing)
