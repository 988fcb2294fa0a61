"""Contacts, visibility, sync, settings, help and the tabs, by keyboard."""

import asyncio
import importlib
import pkgutil
from pathlib import Path

from textual.binding import Binding
from ui_people import PEOPLE, change_card, identity_of, meet, place, screen_text, shown, until

import vauchi_tui.ui
from vauchi_tui.actions import contacts, looks, relay_here, settings, visibility
from vauchi_tui.actions import profile as profiles
from vauchi_tui.actions.context import Context
from vauchi_tui.model.fields import FieldType
from vauchi_tui.sync import events
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.messages import SyncHappened
from vauchi_tui.ui.screens.help import HelpScreen
from vauchi_tui.ui.screens.visibility import VisibilityScreen

# Contacts


async def test_contacts_show_values_and_are_filtered_while_typing(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "5 contacts" in screen_text(app))
        assert "+49 170 5551234" in screen_text(app) and "not confirmed yet" in screen_text(app)
        await pilot.press("slash", *"渡辺")
        await until(pilot, lambda: "1 of 5 contacts" in screen_text(app))
        assert "Erin" in screen_text(app) and "Bob" not in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: "5 contacts" in screen_text(app) and "Bob" in screen_text(app))


async def test_a_contact_shows_values_then_trust_then_history(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Fingerprint" in screen_text(app))
        text = screen_text(app)
        places = [
            text.index(part) for part in ("+49 170 5551234", "confirmed by code", "Sees of your card", "You exchanged")
        ]
        assert places == sorted(places)
        assert "your name, Mobile, Personal" in text
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == "+49 170 5551234")
        await pilot.press("escape")
        await until(pilot, lambda: "5 contacts" in screen_text(app))


async def test_a_contact_that_changes_is_drawn_again_by_itself(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "+49 170 5551234" in screen_text(app))
        change_card(furnished, "Bob Okafor", ((FieldType.PHONE, "Mobile", "+49 170 9999999"),))
        await until(pilot, lambda: "+49 170 9999999" in screen_text(app))
        with furnished.vault.write() as tx:
            tx.contacts.remove(identity_of("Bob Okafor"))
        await until(pilot, lambda: "4 contacts" in screen_text(app))


async def test_a_note_is_kept_and_a_contact_blocked_and_removed_only_after_a_question(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Fingerprint" in screen_text(app))
        await pilot.press("n", *"met in Bern", "enter")
        await until(pilot, lambda: "met in Bern" in screen_text(app))
        await pilot.press("b", "escape", "d", "escape")
        await pilot.pause()
        assert not contacts.get(furnished, "Bob").blocked
        await pilot.press("b", "y")
        await until(pilot, lambda: "✗ blocked" in screen_text(app))
        await pilot.press("d", "y")
        await until(pilot, lambda: "4 contacts" in screen_text(app))
    assert len(contacts.list_contacts(furnished)) == 4


# Visibility


async def test_changes_of_visibility_are_saved_as_one_and_undone_as_one(furnished: Context) -> None:
    before = visibility.matrix(furnished)
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("3")
        await shown(pilot)
        await pilot.press("j", "l", "space", "r")
        await until(
            pilot, lambda: "3 changes not saved" in screen_text(app) or "2 changes not saved" in screen_text(app)
        )
        assert visibility.matrix(furnished) == before, "nothing is stored before s"
        await pilot.press("s")
        await until(pilot, lambda: visibility.matrix(furnished) != before)
        assert {row.name: len(row.visible) for row in visibility.matrix(furnished).rows}["Bob Okafor"] == 4
        await pilot.press("z")
        await until(pilot, lambda: visibility.matrix(furnished) == before)


async def test_staged_changes_go_back_one_by_one_and_escape_drops_them(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("3")
        await shown(pilot)
        screen = app.screen
        assert isinstance(screen, VisibilityScreen)
        await pilot.press("j", "space", "l", "space")
        await until(pilot, lambda: len(screen.staged.changes) == 2)
        await pilot.press("z")
        await until(pilot, lambda: len(screen.staged.changes) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: not screen.staged.changes)


async def test_view_as_counts_staged_changes_in(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("3")
        await shown(pilot)
        await pilot.press("G", "space", "v")
        await until(pilot, lambda: "What Frank" in screen_text(app))
        assert "after saving" in screen_text(app) and "+1 555 1111" in screen_text(app)
        await pilot.press("escape", "escape")


# Sync and settings


async def test_sync_says_what_waits_and_what_a_relay_sees(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("5")
        await until(pilot, lambda: "What a relay can see" in screen_text(app))
        text = screen_text(app)
        await pilot.press(*"jjj", "enter")
        await until(pilot, lambda: "Fingerprint" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "What a relay can see" in screen_text(app))
    assert "your IP address" in text and "you have no relay" in text and "Bob Okafor" in text


async def test_an_update_of_a_contact_is_told_and_an_unreachable_relay_said(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    settings.set_relay(furnished, "127.0.0.1:9")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        app.post_message(SyncHappened(events.Applied(identity_of("Bob Okafor"), "Bob Okafor", ("Mobile",))))
        await until(pilot, lambda: "Bob Okafor updated contact info: Mobile" in screen_text(app))
        app.post_message(SyncHappened(events.Offline("ws://127.0.0.1:9", 8.0, "The relay does not answer.")))
        await until(pilot, lambda: "offline" in screen_text(app).splitlines()[0])
        await pilot.press("5")
        await until(pilot, lambda: "Next try" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: "Asked the relay" in screen_text(app))


async def test_the_relay_is_changed_and_a_bad_address_refused_with_its_remedy(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("6")
        await shown(pilot)
        await pilot.press("enter", *"ws://relay.example.org", "enter")
        await until(pilot, lambda: "wss" in screen_text(app) and "Your relay" not in screen_text(app))
        assert settings.get(furnished, "relay").value == ""
        await pilot.press("r", *"127.0.0.1:9", "enter")
        await until(pilot, lambda: "ws://127.0.0.1:9" in screen_text(app))
    assert settings.get(furnished, "relay").value == "ws://127.0.0.1:9"


async def test_the_local_network_is_left_alone_by_choice(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("6")
        await until(pilot, lambda: "met without a relay" in screen_text(app))
        for words, value in (("over a relay only", "off"), ("met without a relay", "on")):
            await pilot.press("g", "j", "j", "enter")
            await until(pilot, lambda words=words: words in screen_text(app))
            assert settings.get(furnished, "lan").value == value


async def test_the_theme_is_kept(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("6")
        await shown(pilot)
        await pilot.press("t")
        await until(pilot, lambda: app.theme == "vauchi-light" and looks.theme(furnished) == "vauchi-light")
    again = VauchiApp(furnished.profile, furnished)
    async with again.run_test() as pilot:
        await shown(pilot)
        assert again.theme == "vauchi-light"


# The app


async def test_help_names_the_keys_of_what_is_focused_and_escape_leads_out(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("3")
        await shown(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await until(pilot, lambda: "Matrix" in screen_text(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, VisibilityScreen))


def test_every_binding_has_an_id_of_its_own_and_words() -> None:
    ids: dict[str, str] = {}
    for module in pkgutil.walk_packages(vauchi_tui.ui.__path__, "vauchi_tui.ui."):
        for owner in vars(importlib.import_module(module.name)).values():
            if not isinstance(owner, type) or owner.__module__ != module.name:
                continue
            for binding in owner.__dict__.get("BINDINGS", ()):
                assert isinstance(binding, Binding), owner
                assert binding.id and binding.description, (owner, binding)
                assert ids.setdefault(binding.id, owner.__name__) == owner.__name__, binding.id
    assert len(ids) > 40


async def test_the_palette_finds_a_tab_by_its_name(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("ctrl+p", *"Visib")
        await until(pilot, lambda: "Visibility" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, VisibilityScreen))


async def test_thousands_of_contacts_are_filtered(tmp_path: Path, furnished: Context) -> None:
    meet(furnished, [(f"Person {number:05}", PEOPLE[0][1]) for number in range(2_000)])
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "2,005 contacts" in screen_text(app), 3000)
        await pilot.press("G", "slash", *"01999")
        await until(pilot, lambda: "1 of 2,005" in screen_text(app))


async def test_a_second_window_says_who_syncs(furnished: Context) -> None:
    settings.set_relay(furnished, "127.0.0.1:9")
    first, second = (VauchiApp(furnished.profile, furnished) for _ in range(2))
    async with first.run_test() as one:
        await shown(one)
        await until(one, lambda: first.live is not None and "127.0.0.1" in str(first.live.offline))
        ctx = profiles.open_profile(furnished.profile)
        assert place(furnished.profile.data.parent) == ctx.profile and not relay_here.runs_here(ctx)
        ctx.close()

        async def other() -> str:
            async with second.run_test(size=(80, 24)) as two:
                await shown(two)
                await two.press("5")
                await until(two, lambda: "sends and receives; this window" in screen_text(second), 1000)
                return screen_text(second)

        text = await asyncio.create_task(other())
    assert "Process" in text
