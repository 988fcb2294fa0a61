"""The first screens: creating a profile, unlocking one, and refusing one that others can read."""

from pathlib import Path

from textual.widgets import Static
from ui_people import empty_profile, place, screen_text, shown, until

from vauchi_tui.actions import card, relay_here, settings
from vauchi_tui.actions import profile as profiles
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.create import CreateScreen
from vauchi_tui.ui.screens.unlock import UnlockScreen
from vauchi_tui.vault.keyslots import Protection, protections


async def test_a_profile_is_created_by_keyboard_alone(tmp_path: Path) -> None:
    app = VauchiApp(place(tmp_path))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CreateScreen) and app.screen.focused is not None)
        await pilot.press(*"Alice", "enter", "down", "down", "enter", "down", "enter")
        await shown(pilot)
        assert "Alice" in screen_text(app) and "no relay" in screen_text(app)
    with profiles.open_profile(place(tmp_path)) as ctx:
        assert card.show(ctx).display_name == "Alice" and card.show(ctx).relay is None


async def test_what_is_missing_is_said_before_anything_is_written(tmp_path: Path) -> None:
    app = VauchiApp(place(tmp_path))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CreateScreen) and app.screen.focused is not None)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "The name is empty" in screen_text(app))
        await pilot.press(*"Al", "ctrl+s")
        await until(pilot, lambda: "address is empty" in screen_text(app))
        await pilot.press("enter", "enter", *"http://x y", "ctrl+s")
        await until(pilot, lambda: "passphrase is empty" in screen_text(app))
        await pilot.press("enter", "enter", *"secret", "enter", *"other", "enter")
        await until(pilot, lambda: "differ" in screen_text(app))
        assert not place(tmp_path).exists() and not tmp_path.joinpath("data").exists()


async def test_a_relay_run_here_is_remembered(tmp_path: Path) -> None:
    app = VauchiApp(place(tmp_path))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, CreateScreen) and app.screen.focused is not None)
        await pilot.press(*"Alice", "enter", "down", "enter", "down", "enter")
        await shown(pilot)
        await until(pilot, lambda: app.live is not None and app.live.relay_words)
    with profiles.open_profile(place(tmp_path)) as ctx:
        assert relay_here.runs_here(ctx) and settings.get(ctx, "relay").value.endswith(":8787")


async def test_a_passphrase_is_asked_and_a_wrong_one_refused(tmp_path: Path) -> None:
    profile = place(tmp_path)
    profiles.create(profile, "Alice", protection=Protection.PASSPHRASE, passphrase="right one").close()
    app = VauchiApp(profile)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen) and app.screen.focused is not None)
        await pilot.press(*"wrong", "enter")
        await until(pilot, lambda: "✗" in str(app.screen.query_one("#problem", Static).render()), 3000)
        assert "•••" not in screen_text(app), "what was typed is gone"
        await until(pilot, lambda: app.screen.focused is not None)
        await pilot.press(*"right one", "enter")
        await until(pilot, lambda: "1 Card" in screen_text(app), 3000)
        await pilot.press("6")
        await until(pilot, lambda: "Run a relay here" in screen_text(app))
        await pilot.press("G")
        await until(pilot, lambda: "opens with your passphrase" in screen_text(app))
    assert protections(profile) == {Protection.PASSPHRASE}


async def test_a_profile_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    empty_profile(tmp_path).close()
    place(tmp_path).data.chmod(0o755)
    app = VauchiApp(place(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen))
        await until(pilot, lambda: "chmod 700" in screen_text(app))
        await pilot.press("escape")
    assert app.return_code == 1
