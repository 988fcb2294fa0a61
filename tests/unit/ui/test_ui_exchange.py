"""An exchange on the screen: two apps, a real relay, and what goes wrong said in words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from relay_process import RelayProcess
from textual.pilot import Pilot
from ui_people import empty_profile, shown, until
from ui_windows import answer, person, show_code, text, windows

from vauchi_tui.actions import contacts
from vauchi_tui.ui.widgets.text_field import TextField


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as process:
        yield process


def digits(pilot: Pilot[Any]) -> str:
    line = next(line for line in text(pilot).splitlines() if "Show them these digits" in line)
    return line.partition(":")[2].strip()


async def test_two_people_meet_on_the_screen(tmp_path: Path, relay: RelayProcess) -> None:
    with person(tmp_path, "Alice", relay.url) as alice, person(tmp_path, "Bob", relay.url) as bob:
        async with windows(alice, bob) as (a, b):
            assert "your name and 0 of 1 fields" in text(a)
            await a.press("a")
            await until(a, lambda: "your name and 1 of 1 fields" in text(a))
            await answer(b, await show_code(a))
            await until(a, lambda: "Type the six digits" in text(a))
            await until(b, lambda: "Show them these digits" in text(b))
            right = digits(b)
            wrong = "000000" if right != "000 000" else "111111"
            await a.press(*"123", "enter")
            await until(a, lambda: "these are 3" in text(a))
            await a.press("ctrl+u", *wrong, "enter")
            await until(a, lambda: "2 more tries" in text(a))
            await a.press(*right.replace(" ", ""), "enter")
            for side in (a, b):
                await until(side, lambda side=side: "Exchange Successful" in text(side), 2000)
            assert "Bob’s card: confirmed by code" in text(a)
            await b.press("enter")
            await until(b, lambda: "alice@example.com" in text(b))
        assert [c.name for c in contacts.list_contacts(alice)] == ["Bob"]
        assert contacts.list_contacts(alice)[0].card.fields == ()
        assert contacts.list_contacts(bob)[0].card.fields[0].value == "alice@example.com"


async def test_two_people_meet_on_the_screen_without_any_relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAUCHI_LAN", "on")
    with person(tmp_path, "Alice", None) as alice, person(tmp_path, "Bob", None) as bob:
        async with windows(alice, bob) as (a, b):
            code = await show_code(a)
            assert "/" not in code and "relay" not in text(a)
            await answer(b, code)
            await until(a, lambda: "Type the six digits" in text(a))
            await until(b, lambda: "Show them these digits" in text(b))
            await a.press(*digits(b).replace(" ", ""), "enter")
            for side in (a, b):
                await until(side, lambda side=side: "Exchange Successful" in text(side), 2000)
        assert [c.name for c in contacts.list_contacts(alice)] == ["Bob"]
        assert [c.name for c in contacts.list_contacts(bob)] == ["Alice"]


async def test_wrong_digits_three_times_end_it_and_nothing_is_kept(tmp_path: Path, relay: RelayProcess) -> None:
    with person(tmp_path, "Alice", relay.url) as alice, person(tmp_path, "Bob", relay.url) as bob:
        async with windows(alice, bob) as (a, b):
            await answer(b, await show_code(a))
            await until(b, lambda: "Show them these digits" in text(b))
            await until(a, lambda: "Type the six digits" in text(a))
            right = digits(b).replace(" ", "")
            wrong = f"{(int(right) + 1) % 1_000_000:06}"
            for said in ("2 more tries", "1 more try", "✗"):
                await a.press(*wrong, "enter")
                await until(a, lambda said=said: said in text(a))
            await until(b, lambda: "✗" in text(b), 2000)
            await a.press("n")
            await until(a, lambda: "▄▄▄▄" in text(a))
            await a.press("escape")
        assert contacts.list_contacts(alice) == contacts.list_contacts(bob) == []


async def test_bad_codes_are_refused_each_in_its_own_words(tmp_path: Path, relay: RelayProcess) -> None:
    with person(tmp_path, "Alice", relay.url) as alice:
        async with windows(alice) as (a,):
            own = await show_code(a)
            await a.press("escape")
            await shown(a)
            said = []
            for code in (own, own[:100], "hello there"):
                await answer(a, code)
                await until(a, lambda: "✗" in text(a))
                said.append(next(line for line in text(a).splitlines() if "✗" in line))
                await a.press("escape")
                await shown(a)
            assert len(set(said)) == 3


async def test_a_picture_that_cannot_be_read_is_said(tmp_path: Path, relay: RelayProcess) -> None:
    (tmp_path / "no.png").write_bytes(b"nothing")
    with person(tmp_path, "Alice", relay.url) as alice:
        async with windows(alice) as (a,):
            a.app.screen.query_one("#picture", TextField).value = str(tmp_path / "no.png")
            await a.press("i", "enter")
            await until(a, lambda: "no.png" in text(a) and "picture" in text(a).lower() and "▌" in text(a))


async def test_without_a_relay_the_way_to_one_is_said(tmp_path: Path) -> None:
    with empty_profile(tmp_path) as ctx:
        async with windows(ctx) as (a,):
            await a.press("s")
            await until(a, lambda: "no relay yet" in text(a))
            await a.press("escape")
            await shown(a)


async def test_an_unreachable_relay_is_told_and_the_code_still_shown(tmp_path: Path) -> None:
    with empty_profile(tmp_path, relay="127.0.0.1:9") as ctx:
        async with windows(ctx) as (a,):
            await show_code(a)
            await until(a, lambda: any(line[0] == "note" for line in a.app.screen.steps.lines))
            assert "relay" in str(a.app.screen.steps.lines).lower()


async def test_the_code_is_written_as_a_png_and_copied(
    tmp_path: Path, relay: RelayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vauchi_tui.optics.qr_read import read_codes

    def pictures() -> list[Path]:
        return list(tmp_path.glob("vauchi-code-*.png"))

    monkeypatch.chdir(tmp_path)
    with person(tmp_path, "Alice", relay.url) as alice:
        async with windows(alice) as (a,):
            code = await show_code(a)
            await a.press("y", "p")
            await until(a, pictures)
            await until(a, lambda: a.app.clipboard == code)
            await a.pause()
            assert [read_codes(path) for path in pictures()] == [[code]]
