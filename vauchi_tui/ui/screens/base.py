"""A screen is a function of a frozen view: it reads one in the vault's thread when woken, and draws it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from vauchi_tui.errors import VauchiError
from vauchi_tui.ui.widgets.key_bar import KeyBar
from vauchi_tui.ui.widgets.tab_bar import Standing, TabBar

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.ui.app import VauchiApp

V = TypeVar("V")


class ViewScreen(Screen[None], Generic[V]):
    """Base of the tabs and of what opens from them. A subclass says `TAB`, `body`, `read` and `show`."""

    TAB: ClassVar[str] = ""
    HELP_TEXT: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False, id="screen.leave"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.view: V | None = None
        self._reading = False
        self._stale = False
        self._fresh = False  # what is shown was read just before

    # What a subclass says

    def body(self) -> Iterable[Widget]:
        """The widgets between the tabs and the keys."""
        return ()

    def read(self, ctx: "Context") -> V:
        """Read what is shown. Runs in the vault's thread and touches no widget."""
        raise NotImplementedError

    def show(self, view: V) -> None:
        """Draw it."""
        raise NotImplementedError

    # What it does

    @property
    def house(self) -> "VauchiApp":
        """The app by its own type."""
        from vauchi_tui.ui.app import VauchiApp

        assert isinstance(self.app, VauchiApp)
        return self.app

    def compose(self) -> ComposeResult:
        yield TabBar(self.TAB)
        yield from self.body()
        yield KeyBar()

    def on_mount(self) -> None:
        ahead: V | None = self.house.read_ahead.pop(self.TAB, None)
        if ahead is not None:
            self.view, self._fresh = ahead, True
            self.show(ahead)

    def on_screen_resume(self) -> None:
        self.show_standing(self.house.standing)
        if self._fresh:
            self._fresh = False
        else:
            self.wake()

    def wake(self) -> None:
        """Read again and draw what has changed. Calls while one is under way become one."""
        if self._reading:
            self._stale = True
        elif self.house.store.is_open:
            self._reading = True
            self.run_worker(self._refresh(), group="view")

    async def _refresh(self) -> None:
        try:
            while True:
                self._stale = False
                view = await self.house.store.run(self.read)
                if view != self.view and self.is_attached:
                    self.view = view
                    self.show(view)
                if not self._stale:
                    return
        except VauchiError as error:
            self.lost(error)
        finally:
            self._reading = False

    def lost(self, error: VauchiError) -> None:
        """What is shown cannot be read any more."""
        self.house.tell(error)

    def show_standing(self, standing: Standing) -> None:
        """How the sync stands, at the end of the tabs."""
        for bar in self.query(TabBar):
            bar.show(standing)

    def action_leave(self) -> None:
        """A tab is left to the contacts; what was opened from a tab goes back to it."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
