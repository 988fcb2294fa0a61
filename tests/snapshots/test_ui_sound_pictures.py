"""The exchange with sound as pictures: what each side sees at each step, at the sizes that have to work."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static
from ui_people import screen_text, shown, until

from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions import sound_search
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.sound_search import SoundSearch
from vauchi_tui.demo.room import Laptop
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.answering import AnsweringScreen
from vauchi_tui.ui.screens.run import RunScreen
from vauchi_tui.ui.screens.showing import ShowingScreen

SIZES = [(80, 24), (120, 40), (45, 23)]
Compare = Callable[..., bool]

TWO_MISSED = (
    events.Listening(1),
    events.AttemptFailed(1, Refusal.NOT_HEARD, 2),
    events.Listening(2),
    events.Heard(2, 9.1),
    events.AttemptFailed(2, Refusal.UNCLEAR, 1),
    events.Listening(3),
)
HEARD = (events.Listening(1), events.Heard(1, 17.2))
NEARBY = (*HEARD, events.Nearby(17.2, 0.63, "482913"))
CONFIRM = (*NEARBY, events.Confirm("Bob Okafor", "482913", 0.63))
LOST = (
    *TWO_MISSED,
    events.AttemptFailed(3, Refusal.TOO_FAR, 0),
    events.Failed("proof_failed", "Proximity verification failed", f"{Refusal.TOO_FAR.title} {Refusal.TOO_FAR.hint}"),
)


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine can."""
    monkeypatch.setattr(sound_search, "find_pair", lambda ctx: Laptop().pair)


def showing(ctx: Context) -> RunScreen:
    return ShowingScreen(Wanted.AUTO, frozenset(), SoundSearch(ctx))


def answering(ctx: Context) -> RunScreen:
    return AnsweringScreen("not a code", None, frozenset(), SoundSearch(ctx))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("side", "happened", "sees"),
    [
        (showing, (events.Scanned(), *HEARD), "Heard the other device, 17 dB"),
        (showing, (events.Scanned(), *TWO_MISSED), "attempt 3 of 3"),
        (showing, (events.Scanned(), *CONFIRM), "Bob Okafor"),
        (showing, (events.Scanned(), events.NoSound()), "no microphone"),
        (showing, (events.Scanned(), *LOST), "too far"),
        (answering, NEARBY, "482 913"),
        (answering, CONFIRM, "Bob Okafor"),
    ],
    ids=["heard", "missed", "confirm", "no-sound", "lost", "answering-nearby", "answering-confirm"],
)
def test_step(
    snap_compare: Compare,
    furnished: Context,
    side: Callable[[Context], RunScreen],
    happened: tuple[Any, ...],
    sees: str,
    size: tuple[int, int],
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await shown(pilot)
        screen = side(furnished)
        await pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.over)  # without a relay, or with a code that is none
        screen.over = False
        screen.steps.clear()
        screen.steps.now("Waiting", "Somebody answered the code")
        for event in happened:
            screen.show_event(event)
        app = pilot.app
        assert isinstance(app, VauchiApp)
        await until(pilot, lambda: sees in " ".join(screen_text(app).split()))
        await pilot.pause()

    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_tab(snap_compare: Compare, furnished: Context, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await shown(pilot)
        await pilot.press("4")
        await shown(pilot)
        app = pilot.app
        assert isinstance(app, VauchiApp)
        await until(pilot, lambda: app.standing.words == "no relay")
        await until(pilot, lambda: "‹ sound ›" in screen_text(app) and "looking" not in screen_text(app))
        assert not app.screen.query_one("#no-sound", Static).display
        await pilot.pause()

    app = VauchiApp(furnished.profile, furnished)
    assert snap_compare(app, terminal_size=size, run_before=before)
