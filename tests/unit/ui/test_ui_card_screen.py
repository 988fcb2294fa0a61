"""The card: every edit by keyboard, refusals in words, removals undone."""

from ui_people import screen_text, shown, until

from vauchi_tui.actions import card, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.ui.app import VauchiApp


def labels(ctx: Context) -> list[str]:
    return [field.label for field in card.show(ctx).fields]


async def test_the_card_shows_values_and_who_sees_them(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        text = screen_text(app)
    assert "Alice Smith" in text
    assert "+1 555 1111" in text and "Bob Okafor, Carol Müller" in text
    assert "everyone" in text and "nobody" in text


async def test_a_field_is_added_by_keyboard_and_its_audience_asked_at_once(empty: Context) -> None:
    app = VauchiApp(empty.profile, empty)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("a", *"Mobile", "enter", *"+1 555 2222", "enter")
        await until(pilot, lambda: "Who may see" in screen_text(app))
        await pilot.press("e")
        await until(pilot, lambda: "everyone" in screen_text(app).splitlines()[5])
    assert [(field.label, field.value) for field in card.show(empty).fields] == [("Mobile", "+1 555 2222")]
    assert card.audiences(empty)[card.show(empty).fields[0].id].everyone


async def test_a_new_field_is_seen_by_nobody_where_the_question_is_left(empty: Context) -> None:
    app = VauchiApp(empty.profile, empty)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("a", *"Mobile", "enter", *"5551234", "enter")
        await until(pilot, lambda: "Who may see" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: "nobody" in screen_text(app))
    assert not visibility.matrix(empty).everyone


async def test_a_refused_value_is_explained_and_nothing_is_lost(empty: Context) -> None:
    app = VauchiApp(empty.profile, empty)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("a", *"Mail", "enter", *"x@y@z", "tab", *["right"] * 2, "enter")
        await until(pilot, lambda: "one @" in screen_text(app))
        assert "x@y@z" in screen_text(app)
    assert labels(empty) == []


async def test_the_arrows_lead_from_field_to_field_of_a_dialog(empty: Context) -> None:
    app = VauchiApp(empty.profile, empty)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("a", *"Mail", "down", *"me", "down", "right", "right", "up", *"@a.example", "enter")
        await until(pilot, lambda: "Who may see" in screen_text(app))
    assert [(field.label, field.value, str(field.type)) for field in card.show(empty).fields] == [
        ("Mail", "me@a.example", "email")
    ]


async def test_editing_moves_a_real_cursor(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("enter", "left", "left", "backspace", "9", "home", "delete", "enter")
        await until(pilot, lambda: "1 555 1911" in screen_text(app))
    assert card.show(furnished).fields[0].value == "1 555 1911"


async def test_line_breaks_survive_an_edit(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("j", "j", "enter", *", CA", "enter")
        await until(pilot, lambda: "CA" in screen_text(app))
    assert card.show(furnished).fields[2].value == "12 Elm Street\n90210 Springfield, CA"


async def test_a_removal_is_undone_with_its_place_and_audience(furnished: Context) -> None:
    before = labels(furnished)
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("j", "d")
        await until(pilot, lambda: "alice@example.com" not in screen_text(app))
        assert labels(furnished) == ["Mobile", "Home", "Web"]
        await pilot.press("z")
        await until(pilot, lambda: "alice@example.com" in screen_text(app))
        await pilot.press("z")
        await until(pilot, lambda: "nothing to undo" in screen_text(app))
    assert labels(furnished) == before
    assert card.audiences(furnished)[card.show(furnished).fields[1].id].everyone


async def test_fields_move_and_the_cursor_goes_along(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("J")
        await until(pilot, lambda: labels(furnished)[0] == "Personal")
        await until(pilot, lambda: app.screen.query_one("#fields").cursor == 1)
        await pilot.press("J")
        await until(pilot, lambda: labels(furnished)[2] == "Mobile")
        await pilot.press("G", "J")
        await pilot.pause()
    assert labels(furnished) == ["Personal", "Home", "Mobile", "Web"]


async def test_the_name_is_changed(empty: Context) -> None:
    app = VauchiApp(empty.profile, empty)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        await pilot.press("n", "ctrl+u", *"Alicia", "enter")
        await until(pilot, lambda: "Alicia" in screen_text(app))
    assert card.show(empty).display_name == "Alicia"


async def test_what_another_process_commits_appears_without_a_key(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(notifications=True) as pilot:
        await shown(pilot)
        card.set_value(furnished, "Mobile", "+1 555 3333")
        await until(pilot, lambda: "+1 555 3333" in screen_text(app))
