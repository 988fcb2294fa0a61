"""Own devices on the screens: linked by keyboard alone, named, revoked; and what the revoked one shows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Digits, Static
from ui_people import identity_of, place, screen_text, shown, until
from ui_windows import text

from vauchi_tui.actions import card, devices
from vauchi_tui.actions import profile as profiles
from vauchi_tui.actions.context import Context
from vauchi_tui.actions.opening import ProfileRevoked
from vauchi_tui.relay.embedded import EmbeddedRelay
from vauchi_tui.sync import revoke
from vauchi_tui.sync.events import DevicesChanged
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.messages import SyncHappened
from vauchi_tui.ui.screens.create import CreateScreen
from vauchi_tui.ui.screens.join import JoinScreen
from vauchi_tui.ui.screens.joining import JoiningScreen
from vauchi_tui.ui.screens.link import LinkScreen
from vauchi_tui.ui.widgets.code_view import CodeView
from vauchi_tui.ui.widgets.text_field import TextField
from vauchi_tui.vault.slotfile import Protection


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[EmbeddedRelay]:
    running = EmbeddedRelay(tmp_path / "relay.db", "127.0.0.1", 0)
    await running.start()
    yield running
    await running.stop()


def first_device(directory: Path, relay: EmbeddedRelay) -> Context:
    """Alice with a mail address on the card, at the time that it is: the new device has no other clock."""
    profile = place(directory / "Alice")
    ctx = profiles.create(profile, "Alice", relay=relay.url, protection=Protection.FILE)
    card.add_field(ctx, "Mail", "alice@example.com")
    return ctx


async def open_window(stack: AsyncExitStack, app: VauchiApp) -> Pilot[Any]:
    """An app in a task of its own, as every window is: two in one task share a context."""
    ready: asyncio.Future[Pilot[Any]] = asyncio.get_running_loop().create_future()
    closing = asyncio.Event()

    async def window() -> None:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            ready.set_result(pilot)
            await closing.wait()

    task = asyncio.create_task(window())

    async def close() -> None:
        closing.set()
        await task

    stack.push_async_callback(close)
    return await ready


async def code_of(pilot: Pilot[Any]) -> str:
    """The text of the code that is shown."""
    screen = pilot.app.screen
    assert isinstance(screen, LinkScreen)
    await until(pilot, lambda: screen.query_one(CodeView).display and screen.shown is not None)
    assert "▄▄▄▄" in text(pilot)
    await pilot.press("t")
    shown_text = screen.query_one("#code-text", Static)
    await until(pilot, lambda: shown_text.display)
    return str(shown_text.render())


async def first_start(pilot: Pilot[Any]) -> None:
    """Go from the first start to the form for joining."""
    await until(pilot, lambda: isinstance(pilot.app.screen, CreateScreen) and pilot.app.screen.focused is not None)
    assert "ctrl+l joins this one to it" in text(pilot)
    await pilot.press("ctrl+l")
    await until(pilot, lambda: isinstance(pilot.app.screen, JoinScreen) and pilot.app.screen.focused is not None)


async def paste(pilot: Pilot[Any], code: str) -> None:
    """The code, and a profile without passphrase, from the first field to the last."""
    pilot.app.screen.query_one("#code", TextField).value = code
    await pilot.press("enter", "enter", "enter")
    pilot.app.screen.query_one("#device", TextField).value = "tablet"
    await pilot.press("enter", "down", "enter")


async def test_a_device_is_linked_by_keyboard_alone(tmp_path: Path, relay: EmbeddedRelay) -> None:
    alice, at = first_device(tmp_path, relay), place(tmp_path / "tablet")
    async with AsyncExitStack() as stack:
        first = await open_window(stack, VauchiApp(alice.profile, alice))
        new = await open_window(stack, VauchiApp(at))
        await shown(first)
        await first.press("6", "l")
        await until(first, lambda: isinstance(first.app.screen, LinkScreen))
        code = await code_of(first)
        await first_start(new)
        await paste(new, code)
        await until(new, lambda: isinstance(new.app.screen, JoiningScreen))
        await until(new, lambda: new.app.screen.query_one(Digits).value, 2000)
        digits = new.app.screen.query_one(Digits).value
        assert f"Type these digits on your first device: {digits}" in text(new)
        await until(first, lambda: "“tablet” answered the code" in text(first))
        await first.press(*"00000x", *"0", "enter")  # a letter does not get in
        await until(first, lambda: "You have 2 more tries" in text(first))
        await first.press(*digits.replace(" ", ""), "enter")
        await until(new, lambda: "This is a device of Alice now" in text(new), 3000)
        await until(first, lambda: "“tablet” is one of your devices now" in text(first), 3000)
        await new.press("enter")
        await shown(new)
        await until(new, lambda: "alice@example.com" in text(new))
        await first.press("escape")
        await until(first, lambda: "tablet" in text(first) and "last seen just now" in text(first))

        # An edit here shows there, without a key.
        await asyncio.to_thread(card.add_field, alice, "Phone", "+1 555 0000")
        await until(new, lambda: "+1 555 0000" in text(new), 3000)

        # Renamed on the new one, seen on the first.
        await new.press("6")
        await shown(new)
        await until(new, lambda: "is done on your first device" in text(new))
        await new.press("l")
        await until(new, lambda: "Only your first device can link another one" in text(new))

        # The sync tab of the first has it in a group of its own.
        await first.press("5")
        await until(first, lambda: "Your other devices" in text(first) and "tablet · last heard" in text(first))

        # Revoked on the first: the new one is wiped and begins anew.
        await first.press("6")
        await shown(first)
        screen: Any = first.app.screen
        screen.table.select(("device", devices.list_devices(alice)[1].id))
        await first.press("enter")
        await until(first, lambda: "another name" in text(first))
        await first.press("r")
        await until(first, lambda: "Revoke “tablet”?" in text(first))
        await first.press("y")
        await until(first, lambda: "is one of your devices no more" in text(first))
        app = new.app
        assert isinstance(app, VauchiApp)
        await until(first, lambda: app.gone is not None, 3000)
        assert isinstance(app.gone, ProfileRevoked)
    assert [device.name for device in devices.list_devices(alice)] == [devices.default_name()]
    alice.close()


async def test_wrong_digits_three_times_and_both_are_where_they_were(tmp_path: Path, relay: EmbeddedRelay) -> None:
    alice, at = first_device(tmp_path, relay), place(tmp_path / "tablet")
    async with AsyncExitStack() as stack:
        first = await open_window(stack, VauchiApp(alice.profile, alice))
        new = await open_window(stack, VauchiApp(at))
        await shown(first)
        await first.press("6", "l")
        await until(first, lambda: isinstance(first.app.screen, LinkScreen))
        code = await code_of(first)
        await first_start(new)
        await paste(new, code)
        await until(new, lambda: isinstance(new.app.screen, JoiningScreen))
        await until(new, lambda: new.app.screen.query_one(Digits).value, 2000)
        right = int(new.app.screen.query_one(Digits).value.replace(" ", ""))
        for attempt in range(1, 4):
            await until(first, lambda: first.app.focused is not None)
            await first.press(*f"{(right + attempt) % 10**6:06}", "enter")
            await until(first, lambda left=3 - attempt: f"You have {left}" in text(first) or not left)
        for pilot in (first, new):
            await until(pilot, lambda pilot=pilot: "The digits were wrong three times" in text(pilot))
        assert "n shows a new code" in text(first)
        await new.press("escape")
        await until(new, lambda: isinstance(new.app.screen, JoinScreen))
        assert not at.exists()
    alice.close()


async def test_what_is_missing_or_no_code_is_said_in_the_form(tmp_path: Path) -> None:
    app = VauchiApp(place(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await first_start(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "The code is missing" in screen_text(app))
        app.screen.query_one("#code", TextField).value = "hello"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not a Vauchi code" in screen_text(app))
        app.screen.query_one("#code", TextField).value = ""
        app.screen.query_one("#picture", TextField).value = str(tmp_path / "none.png")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "There is no file" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CreateScreen))
    assert not place(tmp_path).exists()


async def test_a_contacts_new_device_is_told_in_words(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await until(pilot, lambda: app.live is not None)
        app.post_message(SyncHappened(DevicesChanged(identity_of("Bob Okafor"), "Bob", "Bob added a device.")))
        await until(pilot, lambda: "Bob added a device." in screen_text(app))


async def test_a_device_gets_another_name_in_the_settings(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("6")
        await shown(pilot)
        screen: Any = app.screen
        (own,) = devices.list_devices(furnished)
        screen.table.select(("device", own.id))
        await pilot.press("enter")
        await until(pilot, lambda: "another name" in screen_text(app))
        assert "revoke" not in screen_text(app).casefold()
        await pilot.press("n")
        await until(pilot, lambda: "How this device is called" in screen_text(app))
        app.screen.query_one(TextField).value = "Desk"
        await pilot.press("enter")
        await until(pilot, lambda: "Desk" in screen_text(app) and "first device, this one" in screen_text(app))
    assert [device.name for device in devices.list_devices(furnished)] == ["Desk"]


async def test_a_profile_that_another_process_saw_revoked_shows_nothing_any_more(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await until(pilot, lambda: app.live is not None)
        with furnished.vault.write() as tx:
            revoke.wipe(tx, furnished.now())
        await until(pilot, lambda: app.gone is not None)
    assert isinstance(app.gone, ProfileRevoked)
    again = VauchiApp(place(furnished.profile.data.parent / "other"), words=app.gone.title)
    async with again.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(again.screen, CreateScreen))
        await until(pilot, lambda: "This device was revoked" in screen_text(again))
