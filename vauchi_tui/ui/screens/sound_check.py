"""The sound check: a meter that lives while the sweep plays, then what sound can do here and what helps."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from vauchi_tui.actions import sound
from vauchi_tui.actions.sound_check import Outcome, Progress, SoundCheckRun, share
from vauchi_tui.ui.widgets.dialog import Dialog
from vauchi_tui.ui.widgets.meter import Meter
from vauchi_tui.ui.words import plain

if TYPE_CHECKING:
    from vauchi_tui.ui.app import VauchiApp

LOOK_S = 1 / 20
_SIGNS = {"full": ("✓", "$success"), "none": ("✗", "$error")}


class SoundCheckDialog(Dialog[None]):
    """Begins at once; leaving it ends what plays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "again", "Check again", show=False, id="sound_check.again")
    ]

    def __init__(self) -> None:
        super().__init__()
        self._check: SoundCheckRun | None = None
        self._looking: Timer | None = None
        self._loudest: float | None = None  # stays on the meter at the end
        self.outcome: Outcome | None = None

    @property
    def house(self) -> "VauchiApp":
        from vauchi_tui.ui.app import VauchiApp

        assert isinstance(self.app, VauchiApp)
        return self.app

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static("Sound check", classes="title")
            yield Meter()
            yield Static("", id="outcome")
            yield Static("esc leaves", classes="keys")

    def on_mount(self) -> None:
        self._looking = self.set_interval(LOOK_S, self._look, pause=True)
        self.action_again()

    def on_unmount(self) -> None:
        if self._check is not None:
            self._check.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A check is waited for before the next."""
        return self.outcome is not None if action == "again" else True

    def action_again(self) -> None:
        """Check, or check again: somebody may have turned the volume up."""
        self.outcome = self._check = self._loudest = None
        self.query_one(Meter).show(0.0, None)
        self._tell(Content("A sweep through 18–20 kHz is played and listened to …"), "esc leaves")
        self.run_worker(self._begin(), exclusive=True)

    async def _begin(self) -> None:
        chosen = await self.house.act(sound.choices)
        if chosen is not None and self.is_attached and self._looking is not None:
            self._check = SoundCheckRun(chosen)
            self._looking.resume()

    def _look(self) -> None:
        if self._check is not None:
            self.show(self._check.look())

    def show(self, progress: Progress) -> None:
        """Draw how it stands."""
        if (level := progress.level_db) is not None:
            self._loudest = level if self._loudest is None else max(level, self._loudest)
            self.query_one(Meter).show(share(level), level)
        if (outcome := progress.outcome) is None or self._looking is None:
            return
        self._looking.pause()
        self.outcome = outcome
        if self._loudest is not None:
            self.query_one(Meter).show(share(self._loudest), self._loudest)
        self._tell(_words(outcome), "⏎ checks again · esc leaves")

    def _tell(self, words: Content, keys: str) -> None:
        self.query_one("#outcome", Static).update(words)
        self.query_one(".keys", Static).update(keys)


def _words(outcome: Outcome) -> Content:
    sign, tone = _SIGNS.get(outcome.ability, ("!", "$warning"))
    heard = "" if outcome.snr_db is None else f", {outcome.snr_db:.0f} dB above the noise"
    lines = [
        Content.styled(f"{sign} ", tone) + Content.styled(f"{outcome.ability}{heard}", "bold"),
        *(Content(plain(text)) for text in (outcome.title, outcome.hint) if text),
    ]
    if outcome.rate is not None:
        lines += [
            Content(""),
            Content(f"microphone  {plain(outcome.microphone)}"),
            Content(f"speaker     {plain(outcome.speaker)}"),
            Content(f"rate        {outcome.rate:,} Hz"),
        ]
    return Content("\n").join(lines)
