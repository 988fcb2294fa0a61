"""The command line in a real terminal: the code is drawn so that both readers read it, passphrases are asked."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_people import person
from cli_process import VAUCHI, Person
from relay_process import RelayProcess
from tmux import terminal

from vauchi_tui.optics.qr_read import read_with_zbar, read_with_zxing

ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": os.environ["PATH"], "NO_COLOR": "1"}


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


def vauchi(who: Person, *arguments: str) -> list[str]:
    return [*VAUCHI, "--profile", f"{who.directory}/", *arguments]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_the_code_is_read_off_the_screen_and_the_exchange_goes_through(
    tmp_path: Path, relay: RelayProcess, columns: int, rows: int
) -> None:
    alice, bob = person(tmp_path, "Alice", relay.url), person(tmp_path, "Bob", relay.url)
    command = vauchi(alice, "exchange", "show", "--grant", "phone")
    with terminal(tmp_path, "alice", command, ENVIRONMENT, columns, rows) as screen:
        screen.wait_for(r"(?:^ *▄{45,} *\n){23}")
        picture = screen.picture()
        assert read_with_zxing(picture) == read_with_zbar(picture)
        picture.save(tmp_path / "screen.png")
        with bob.start("exchange", "scan", "--image", str(tmp_path / "screen.png")) as scanning:
            digits = scanning.wait_for("digits")["digits"]
            screen.wait_for("Type the six digits")
            screen.type("000000" if digits != "000000" else "111111")
            screen.keys("Enter")
            screen.wait_for("Tries left: 2")
            screen.type(f"{digits[:3]} {digits[3:]}")
            screen.keys("Enter")
            screen.wait_for("Exchange Successful: Bob, confirmed by code")
            screen.wait_for("exit 0")
            scanning.wait_for("complete")
    assert bob.values() == {"Alice": {"phone": "555-1111111"}}


def test_a_terminal_without_room_gets_the_text_and_why(tmp_path: Path, relay: RelayProcess) -> None:
    alice = person(tmp_path, "Alice", relay.url)
    with terminal(tmp_path, "alice", vauchi(alice, "exchange", "show"), ENVIRONMENT, 40, 30) as screen:
        screen.wait_for("The code needs")
        assert "K5BEKWA" in screen.screen()  # WBEX, version 1
        screen.keys("C-c")
        screen.wait_for("exit 130")
        assert "Traceback" not in screen.screen()


def test_a_terminal_is_asked_for_the_passphrase_and_shows_none_of_it(tmp_path: Path) -> None:
    alice = Person(tmp_path / "alice")
    with terminal(tmp_path, "init", vauchi(alice, "init", "Alice"), ENVIRONMENT) as screen:
        for question in ("New passphrase:", "Once more:"):
            screen.wait_for(question)
            screen.type("open sesame")
            screen.keys("Enter")
        screen.wait_for("exit 0")
        assert "sesame" not in screen.screen()
    with terminal(tmp_path, "card", vauchi(alice, "card"), ENVIRONMENT) as screen:
        screen.wait_for("Passphrase:")
        screen.type("open barley")
        screen.keys("Enter")
        screen.wait_for("error: The passphrase is wrong")
        screen.wait_for("exit 1")
    with terminal(tmp_path, "again", vauchi(alice, "card"), ENVIRONMENT) as screen:
        screen.wait_for("Passphrase:")
        screen.type("open sesame")
        screen.keys("Enter")
        screen.wait_for("Alice")
        screen.wait_for("exit 0")
