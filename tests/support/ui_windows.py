"""Several people, each with an app of their own, on the exchange tab."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static
from ui_people import empty_profile, screen_text, shown, until

from vauchi_tui.actions import card
from vauchi_tui.actions.context import Context
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.answering import AnsweringScreen
from vauchi_tui.ui.screens.showing import ShowingScreen
from vauchi_tui.ui.widgets.code_view import CodeView
from vauchi_tui.ui.widgets.text_field import TextField


def person(directory: Path, name: str, relay: str | None) -> Context:
    """Somebody with a mail address on the card."""
    ctx = empty_profile(directory / name, name, relay)
    card.add_field(ctx, "Mail", f"{name.lower()}@example.com")
    return ctx


@asynccontextmanager
async def windows(*people: Context) -> AsyncIterator[list[Pilot[Any]]]:
    """The apps of several people at once, each in a task of its own, on the exchange tab."""
    ready: list[asyncio.Future[Pilot[Any]]] = [asyncio.get_running_loop().create_future() for _ in people]
    closing = asyncio.Event()

    async def window(ctx: Context, at: asyncio.Future[Pilot[Any]]) -> None:
        app = VauchiApp(ctx.profile, ctx)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await shown(pilot)
            await pilot.press("x")
            await shown(pilot)
            at.set_result(pilot)
            await closing.wait()

    tasks = [asyncio.create_task(window(ctx, at)) for ctx, at in zip(people, ready, strict=True)]
    try:
        yield [await at for at in ready]
    finally:
        closing.set()
        await asyncio.gather(*tasks)


def text(pilot: Pilot[Any]) -> str:
    """What is on the screen."""
    assert isinstance(pilot.app, VauchiApp)
    return screen_text(pilot.app)


async def show_code(pilot: Pilot[Any]) -> str:
    """Show a code; its text."""
    await pilot.press("s")
    await until(
        pilot, lambda: isinstance(pilot.app.screen, ShowingScreen) and pilot.app.screen.query_one(CodeView).display
    )
    assert "▄▄▄▄" in text(pilot)
    await pilot.press("t")
    shown_text = pilot.app.screen.query_one("#code-text", Static)
    await until(pilot, lambda: shown_text.display)
    return str(shown_text.render())


async def answer(pilot: Pilot[Any], code: str) -> None:
    """Paste a code and answer it."""
    pilot.app.screen.query_one("#code", TextField).value = code
    await pilot.press("p", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, AnsweringScreen))
