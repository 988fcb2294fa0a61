"""Hundreds of messages arrive while somebody uses the app: keys are answered, and what comes is shown together."""

import asyncio
from time import time

import pytest
from textual.widgets import Static
from ui_people import NOW, identity_of, screen_text, shown, until

from vauchi_tui.actions import sync
from vauchi_tui.actions.context import Context
from vauchi_tui.sync import clock
from vauchi_tui.sync.events import Applied, CatchingUp, ClockOff, OwnUpdated, Received
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.live import TOASTS
from vauchi_tui.ui.screens.contacts import ContactsScreen
from vauchi_tui.ui.screens.sync import SyncScreen
from vauchi_tui.vault.outbox import Kind, NewRow

RELAY = "ws://127.0.0.1:9"
BOB = identity_of("Bob Okafor")


async def test_keys_are_answered_while_hundreds_of_messages_arrive(
    furnished: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = VauchiApp(furnished.profile)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        live = app.live
        assert live is not None
        said: list[str] = []
        monkeypatch.setattr(app, "say", said.append)
        drawn = 0
        original = live.happened

        async def happened(*told: object) -> None:
            nonlocal drawn
            drawn += 1
            await original(*told)  # type: ignore[arg-type]

        monkeypatch.setattr(live, "happened", happened)
        answered, received = asyncio.Event(), 0

        async def arrive() -> None:
            nonlocal received
            while received < 600 or not answered.is_set():
                received += 1
                live._tell(Received(BOB, "Bob Okafor"))
                live._tell(Applied(BOB, "Bob Okafor", ("Mobile",)))
                live._tell(CatchingUp(RELAY, received))
                if received % 10 == 0:
                    with furnished.vault.write() as tx:
                        tx.settings.set("count", str(received))
                    await asyncio.sleep(0)

        start = asyncio.get_running_loop().time()
        arriving = asyncio.create_task(arrive())
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, ContactsScreen))
        await pilot.press("5")
        await until(pilot, lambda: isinstance(app.screen, SyncScreen))
        assert not arriving.done(), "the keys were answered meanwhile"
        answered.set()
        await arriving
        await until(pilot, lambda: f"catching up: {received:,} received" in screen_text(app))
        await until(pilot, lambda: app.standing.sign == f"↓{received:,}" and app.standing.words == "coming")
        seconds = asyncio.get_running_loop().time() - start
        assert drawn <= 10 * seconds + 2, "not for every message"
        assert len(said) <= drawn * TOASTS and any("updates from contacts" in words for words in said)
        live._tell(CatchingUp(RELAY, received, over=True))
        await until(pilot, lambda: "catching up" not in screen_text(app) and "↓" not in app.standing.sign)
        live._tell(OwnUpdated(5, 1_240))
        await until(pilot, lambda: app.standing.sign == "↓1,240")


async def test_a_clock_that_is_off_stands_on_the_sync_screen(furnished: Context) -> None:
    with furnished.vault.write() as tx:
        clock.compare(tx, NOW, NOW - 7_500)
    app = VauchiApp(furnished.profile)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await pilot.press("5")
        await until(pilot, lambda: "The clock of this machine is 2 hours ahead." in " ".join(screen_text(app).split()))
        live = app.live
        assert live is not None
        live._tell(ClockOff(7_500))
        await until(pilot, lambda: any("2 hours ahead" in toast.title for toast in app._notifications))


async def test_sending_again_from_the_sync_screen(furnished: Context) -> None:
    with furnished.vault.write() as tx:
        for mid, who in ((1, BOB), (2, identity_of("Carol Müller"))):
            row_id = tx.outbox.add(
                NewRow(
                    kind=Kind.UPDATE,
                    mid=bytes([mid]) * 16,
                    inner=b"sealed",
                    created_at=NOW,
                    identity=who,
                    peer_id=bytes([mid]) * 16,
                    sid=bytes(8),
                    seq=mid,
                )
            )
            tx.outbox.stored(row_id, int(time()))  # the app’s own worker sends again what is a day old
    app = VauchiApp(furnished.profile)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await pilot.press("5")
        await until(
            pilot, lambda: "2 messages not delivered yet" in str(app.screen.query_one("#summary", Static).render())
        )
        screen = app.screen
        assert isinstance(screen, SyncScreen)
        while screen._contact is None:
            await pilot.press("down")
        who = screen._contact
        await pilot.press("r")

        def waiting() -> dict[bytes, int]:
            return {one.identity: one.waiting for one in sync.status(furnished).contacts if one.pending}

        await until(pilot, lambda: waiting().get(who) == 1)
        assert sum(waiting().values()) == 1, "only what is for the contact under the cursor"
        await until(pilot, lambda: "↑ 1 to send" in screen_text(app))
