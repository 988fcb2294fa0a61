"""`vauchi init`, and opening a profile: every refusal in words, never a traceback, never an overwritten profile."""

import os
from collections.abc import Callable

import pytest
from command_line import Cli

from vauchi_tui.cli import opening
from vauchi_tui.crypto import password
from vauchi_tui.crypto.password import KdfParameters


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase that costs little, for tests that are not about its cost."""
    from vauchi_tui.actions import profile

    keywords = profile.create.__kwdefaults__ | {"parameters": KdfParameters(1, 8 * 1024 * 1024)}
    monkeypatch.setattr(profile.create, "__kwdefaults__", keywords)


def test_init_prints_the_card_that_it_made(nobody: Cli) -> None:
    made = nobody.json("init", "Alice", "--relay", "127.0.0.1:9000", "--no-passphrase")
    assert made == nobody.json("card")
    assert made["display_name"] == "Alice" and made["fields"] == []
    assert nobody.json("settings", "relay") == {"relay": "ws://127.0.0.1:9000"}


def test_init_without_a_keyring_says_what_a_key_file_means(nobody: Cli) -> None:
    nobody("init", "Alice", "--no-passphrase")
    assert str(nobody.profile / "config" / "vault.key") in nobody.err


def test_init_refuses_to_overwrite(cli: Cli) -> None:
    before = cli.json("card")
    assert "exists already" in cli.refused("init", "Mallory", "--no-passphrase")
    assert cli.json("card") == before


def test_init_refuses_an_address_that_is_none_and_makes_nothing(nobody: Cli) -> None:
    assert "TLS" in nobody.refused("init", "Alice", "--no-passphrase", "--relay", "ws://relay.example.org")
    assert not nobody.profile.exists()


def test_init_needs_a_passphrase_or_the_word_that_there_is_none(nobody: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading) as not_a_terminal:
        monkeypatch.setattr("sys.stdin", not_a_terminal)
        assert "--no-passphrase" in nobody.refused("init", "Alice")
    assert not nobody.profile.exists()


@pytest.mark.usefixtures("cheap")
def test_a_passphrase_is_read_from_a_descriptor(nobody: Cli, pipe: Callable[[str], str]) -> None:
    assert nobody("init", "Alice", "--passphrase-fd", pipe("open sesame\n")) == 0
    assert nobody.json("--passphrase-fd", pipe("open sesame"), "card")["display_name"] == "Alice"
    assert "passphrase is wrong" in nobody.refused("card", "--passphrase-fd", pipe("open barley\n"))


@pytest.mark.usefixtures("cheap")
def test_without_a_passphrase_and_a_terminal_the_remedy_is_named(
    nobody: Cli, pipe: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody("init", "Alice", "--passphrase-fd", pipe("open sesame"))
    with os.fdopen(int(pipe("")), closefd=False) as not_a_terminal:
        monkeypatch.setattr("sys.stdin", not_a_terminal)
        assert "--passphrase-fd" in nobody.refused("card")


def test_only_the_first_line_of_the_descriptor_is_taken(pipe: Callable[[str], str]) -> None:
    descriptor = int(pipe("open sesame\r\n123456\n"))
    assert opening.read_passphrase(descriptor) == "open sesame"
    assert os.read(descriptor, 100) == b"123456\n"


def test_a_descriptor_that_is_not_open_or_gives_no_text_is_told(cli: Cli, pipe: Callable[[str], str]) -> None:
    assert "descriptor 987" in cli.refused("card", "--passphrase-fd", "987")
    assert "1024 bytes" in cli.refused("card", "--passphrase-fd", pipe("x" * 1025))


def test_a_real_passphrase_costs_real_work(nobody: Cli) -> None:
    """Argon2id with 256 MiB and three passes; a second of trying per guess is what that means."""
    assert (password.DEFAULT.memlimit, password.DEFAULT.opslimit) == (256 * 1024 * 1024, 3)


def test_a_missing_profile_says_how_to_make_one(nobody: Cli) -> None:
    assert "vauchi init" in nobody.refused("contacts")


def test_a_profile_that_others_can_read_is_refused_with_the_command_that_mends_it(cli: Cli) -> None:
    data = cli.profile / "data"
    data.chmod(0o750)
    assert f"chmod 700 {data}" in cli.refused("card")
    data.chmod(0o700)
    key = cli.profile / "config" / "vault.key"
    key.chmod(0o644)
    assert f"chmod 600 {key}" in cli.refused("card", "set", "phone", "555-1234567")


def test_a_damaged_database_is_told_without_a_traceback(cli: Cli) -> None:
    (cli.profile / "data" / "vault.db").write_bytes(b"x" * 8192)
    cli.refused("card")


def test_a_profile_by_name_cannot_leave_its_directory(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    from vauchi_tui.cli.main import main

    assert main(["--profile", "..", "card"]) == 1
    assert "not a name" in capsys.readouterr().err
