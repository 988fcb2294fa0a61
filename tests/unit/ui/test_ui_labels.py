"""Labels by keyboard: in the matrix, from a contact, before an exchange, and when a field is new."""

from typing import Any

import pytest
from textual.pilot import Pilot
from ui_people import identity_of, meet, screen_text, shown, until

from vauchi_tui.actions import contacts, labels, visibility
from vauchi_tui.actions.context import Context
from vauchi_tui.model.labels import Label
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.marking import LabelsDialog, MarkDialog
from vauchi_tui.ui.screens.prompts import KeyQuestion, LinePrompt
from vauchi_tui.ui.screens.visibility import VisibilityScreen


def sees(ctx: Context, name: str) -> list[str]:
    return [field.label for field in visibility.view_as(ctx, name).fields]


async def tab(pilot: Pilot[Any], number: str, *pressed: str) -> None:
    await shown(pilot)
    await pilot.press(number)
    await shown(pilot)
    await pilot.press(*pressed)
    await pilot.pause()


# The matrix


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (45, 23)])
async def test_the_matrix_has_everyone_then_labels_then_contacts(labelled: Context, size: tuple[int, int]) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=size, notifications=True) as pilot:
        await tab(pilot, "3")
        text = screen_text(app)
        places = [text.index(name) for name in ("everyone", "@family", "@work", "Bob")]
        assert places == sorted(places)
        await pilot.press("j", "l", "l")
        await until(pilot, lambda: "@family shows Home to its 2 members." in " ".join(screen_text(app).split()))


async def test_toggling_a_label_shows_at_once_what_its_members_will_see(labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "3", "j", "l", "l", "l", "space")
        screen = app.screen
        assert isinstance(screen, VisibilityScreen)
        web = screen.staged.matrix.fields[3].id
        assert web in screen.staged.seen_by(identity_of("Bob Okafor"))
        assert web not in screen.staged.seen_by(identity_of("Dave"))
        await pilot.press("j", "j")
        await until(pilot, lambda: "Okafor sees Web as one of @family." in " ".join(screen_text(app).split()))
        await pilot.press("s")
        await until(pilot, lambda: sees(labelled, "Bob") == ["Mobile", "Personal", "Home", "Web"])
        assert sees(labelled, "Dave") == ["Personal"]
        await pilot.press("z")
        await until(pilot, lambda: sees(labelled, "Bob") == ["Mobile", "Personal", "Home"])


async def test_rows_and_columns_are_shown_hidden_set_to_only_one_and_reset(labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "3", "j", "j", "j")  # Bob
        screen = app.screen
        assert isinstance(screen, VisibilityScreen)
        staged = screen.staged

        def seen(name: str) -> list[str]:
            ids = staged.seen_by(identity_of(name))
            return [field.label for field in staged.matrix.fields if field.id in ids]

        assert seen("Bob Okafor") == ["Mobile", "Personal", "Home"]
        for keys, expected in (
            (["r"], ["Mobile", "Personal", "Home", "Web"]),
            (["r"], []),
            (["R"], ["Personal", "Home"]),
            (["o"], ["Mobile"]),
            (["backspace"], []),
            (["R", "l", "l", "O"], ["Personal", "Home"]),
        ):
            await pilot.press(*keys)
            await until(pilot, lambda expected=expected: seen("Bob Okafor") == expected)
        assert seen("Carol Müller") == ["Mobile", "Personal"], "only Bob sees Home"
        await pilot.press("c", "c")
        await until(pilot, lambda: seen("Carol Müller") == ["Mobile", "Personal"] and seen("Dave") == ["Personal"])
        assert seen("Bob Okafor") == ["Personal"] and not staged.matrix.labels[0].granted - {staged.matrix.fields[2].id}
        await pilot.press("C", "escape")
        await until(pilot, lambda: not staged.changes)


async def test_a_label_is_made_filled_renamed_deleted_and_all_of_it_undone(labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "3", "n")
        await until(pilot, lambda: isinstance(app.screen, LinePrompt))
        await pilot.press(*"club", "enter")
        await until(pilot, lambda: "@club" in screen_text(app))
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, MarkDialog) and "Dave" in screen_text(app))
        await pilot.press("j", "j", "space", "enter")
        await until(pilot, lambda: contacts.show(labelled, "Dave").labels == ("club",))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, LinePrompt))
        await pilot.press("end", *"house", "enter")
        await until(pilot, lambda: contacts.show(labelled, "Dave").labels == ("clubhouse",))
        await until(pilot, lambda: "@clubhouse" in screen_text(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, KeyQuestion))
        await pilot.press("y")
        await until(pilot, lambda: contacts.show(labelled, "Dave").labels == ())
        await until(pilot, lambda: isinstance(app.screen, VisibilityScreen))
        for expected in (("clubhouse",), ("club",), ()):
            await pilot.press("z")
            await until(pilot, lambda expected=expected: contacts.show(labelled, "Dave").labels == expected)
        await pilot.press("z")
        await until(pilot, lambda: list(labels.titles(labelled).values()) == ["family", "work"])


async def test_a_name_in_use_is_refused_in_words_and_the_cursor_must_stand_on_a_label(labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "3", "e")
        await until(pilot, lambda: "Put the cursor on a label first" in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, LinePrompt))
        await pilot.press(*"FAMILY", "enter")
        await until(pilot, lambda: "already a label" in screen_text(app))
    assert len(labels.show(labelled)) == 2


# A contact


async def test_a_contact_shows_his_labels_and_they_are_changed_as_one(labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "2", "enter")
        await until(pilot, lambda: "@family" in screen_text(app) and "Fingerprint" in screen_text(app))
        version = labelled.vault.data_version()
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, LabelsDialog) and "@work" in screen_text(app))
        assert "2 members · Home" in screen_text(app)
        await pilot.press("space", "j", "space", "enter")
        await until(pilot, lambda: contacts.show(labelled, "Bob").labels == ("work",))
        assert labelled.vault.data_version() == version + 1
        await until(pilot, lambda: "@work" in screen_text(app) and "@family" not in screen_text(app))
        await pilot.press("z")
        await until(pilot, lambda: contacts.show(labelled, "Bob").labels == ("family",))


async def test_a_label_can_be_made_while_choosing_and_escape_leaves_the_contact_as_he_is(furnished: Context) -> None:
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(45, 23), notifications=True) as pilot:
        await tab(pilot, "2", "enter")
        await until(pilot, lambda: "Fingerprint" in screen_text(app))
        await pilot.press("l")
        await until(pilot, lambda: "no labels yet" in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, LinePrompt))
        await pilot.press(*"family", "enter")
        await until(pilot, lambda: isinstance(app.screen, LabelsDialog) and "[x] @family" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, LabelsDialog))
        assert contacts.show(furnished, "Bob").labels == ()
        await pilot.press("l")
        await until(pilot, lambda: "[ ] @family" in screen_text(app))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, LinePrompt))
        await pilot.press("end", "s", "enter")
        await until(pilot, lambda: "@familys" in screen_text(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, KeyQuestion))
        await pilot.press("y")
        await until(pilot, lambda: "no labels yet" in screen_text(app))
    assert labels.show(furnished) == []


async def test_the_list_shows_labels_and_is_filtered_by_them(labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "2")
        await until(pilot, lambda: "@family" in screen_text(app))
        await pilot.press("slash", *"@fam")
        await until(pilot, lambda: "2 of 5 contacts" in screen_text(app))
        assert "Bob" in screen_text(app) and "Dave" not in screen_text(app)


# The card


@pytest.mark.parametrize(
    ("answer", "then", "who"),
    [
        ("n", (), {}),
        ("e", (), {"Bob": 1, "Dave": 1}),
        ("l", ("space", "enter"), {"Bob": 1}),
        ("c", ("j", "j", "space", "enter"), {"Dave": 1}),
        ("c", ("space", "escape"), {}),
    ],
)
async def test_a_new_field_is_asked_about_at_once(
    labelled: Context, answer: str, then: tuple[str, ...], who: dict[str, int]
) -> None:
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "1", "a")
        await pilot.press(*"Boat", "enter", *"Seute Deern", "enter")
        await until(pilot, lambda: isinstance(app.screen, KeyQuestion))
        assert sees(labelled, "Bob") == ["Mobile", "Personal", "Home"], "nobody sees it until granted"
        await pilot.press(answer)
        if then:
            await until(pilot, lambda: isinstance(app.screen, MarkDialog) and "[ ]" in screen_text(app))
            await pilot.press(*then)
        await until(pilot, lambda: not isinstance(app.screen, MarkDialog | KeyQuestion))
        await until(pilot, lambda: ("Boat" in sees(labelled, "Dave")) == bool(who.get("Dave")))
        await until(pilot, lambda: ("Boat" in sees(labelled, "Bob")) == bool(who.get("Bob")))
        seen = {"n": "nobody", "e": "everyone", "l": "@family"}.get(answer, "Dave" if who else "nobody")
        await until(pilot, lambda: any("Boat" in x and seen in x for x in screen_text(app).splitlines()))


# Before an exchange


async def test_labels_are_picked_before_an_exchange_and_say_what_they_give(labelled: Context) -> None:
    app = VauchiApp(labelled.profile, labelled)
    family = f"label:{labels.find(labelled, 'family').id}"
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "4")
        assert "This person will get your name and 1 of 4 fields" in screen_text(app)
        await pilot.press("space")
        await until(pilot, lambda: "and 2 of 4 fields as @family" in screen_text(app))
        assert app.screen.chosen == {family}  # type: ignore[attr-defined]
        await pilot.press("j", "j", "j", "j", "space")
        await until(pilot, lambda: "@family sees this field" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: "and 4 of 4 fields as @family" in screen_text(app))
        await pilot.press("a")
        await until(pilot, lambda: "and 2 of 4 fields as @family" in screen_text(app))
        labels.delete(labelled, "family")
        await until(pilot, lambda: "and 1 of 4 fields" in screen_text(app) and "@family" not in screen_text(app))


# Ticking


async def test_a_long_list_of_people_is_filtered_and_what_is_hidden_stays_ticked(labelled: Context) -> None:
    meet(labelled, [(f"Person {number:02}", ()) for number in range(20)])
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "3", "j", "m")
        await until(pilot, lambda: isinstance(app.screen, MarkDialog) and "[x] Bob Okafor" in screen_text(app))
        await pilot.press("slash", *"person 17", "enter", "space")
        await until(pilot, lambda: "[x] Person 17" in screen_text(app) and "Bob" not in screen_text(app).split("╭")[1])
        await pilot.press("enter")
        await until(pilot, lambda: len(labels.show(labelled)[0].members) == 3)
    assert [name for _, name in labels.show(labelled)[0].members] == ["Bob Okafor", "Carol Müller", "Person 17"]


async def test_two_labels_of_one_name_are_told_apart(labelled: Context) -> None:
    with labelled.vault.write() as tx:
        hlc = tx.clock.ticker(labelled.now_ms()).tick()
        tx.labels.put([Label("0ther1d", "Family", hlc, True, hlc)])
    app = VauchiApp(labelled.profile, labelled)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await tab(pilot, "3")
        first = labels.show(labelled)
        text = screen_text(app)
        assert "@Family (0the)" in text and sum(f"@{label.title}" in text for label in first) == 3
