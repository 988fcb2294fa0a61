"""The sync screen where much is under way: every state, two devices, a clock that is off, a catch-up."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from ui_people import NOW, identity_of, screen_text, shown, until

from vauchi_tui.actions.context import Context
from vauchi_tui.actions.delivery import Delivery, State, reason_for
from vauchi_tui.actions.sync import ContactStatus, Status
from vauchi_tui.sync import clock
from vauchi_tui.sync.events import CatchingUp
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.sync import SyncScreen, SyncView

DAY = 86_400
REFUSAL = "The relay b.example has no room left in that mailbox."


def device(number: int, state: State, count: int = 1) -> Delivery:
    delivered = state is State.DELIVERED
    return Delivery(
        bytes([number]) * 16, state, 0 if delivered else count, NOW, reason_for(state, REFUSAL), NOW - 3_600
    )


def contact(name: str, *devices: Delivery) -> ContactStatus:
    worst = min(devices, key=lambda one: list(State).index(one.state))
    pending = sum(one.count for one in devices)
    waiting = sum(one.count for one in devices if one.state in (State.QUEUED, State.FAILED))
    return ContactStatus(
        identity_of(name), name, pending, waiting, pending - waiting, NOW - 3_600, worst.reason, worst.state, devices
    )


@pytest.mark.parametrize("size", [(80, 24), (45, 23)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_state(
    snap_compare: Callable[..., bool], furnished: Context, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    contacts = (
        contact("Bob Okafor", device(1, State.DELIVERED), device(2, State.STORED, 3)),
        contact("Carol Müller", device(3, State.QUEUED, 2)),
        contact("Dave", device(4, State.EXPIRED)),
        contact("Erin 渡辺", device(5, State.FAILED)),
        contact("Frank", device(6, State.DELIVERED)),
    )
    warning = f"{clock.words(7_500)} {clock.HINT}"
    status = Status("wss://a.example", contacts, (), None, warning)
    monkeypatch.setattr(SyncScreen, "read", lambda *_: SyncView(status, NOW))
    app = VauchiApp(furnished.profile, furnished)

    async def before(pilot: Pilot[Any]) -> None:
        await shown(pilot)
        live = app.live
        assert live is not None
        await until(pilot, lambda: app.standing.words == "no relay")
        live._tell(CatchingUp("wss://a.example", 1_240))
        await pilot.press("5")
        await until(pilot, lambda: app.standing.sign == "↓1,240" and "clock" in screen_text(app))
        await until(pilot, lambda: "This window" in " ".join(screen_text(app).split()))
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
