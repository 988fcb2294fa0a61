"""Only the part of the grammar that is needed is made, and nobody can tell."""

import gc
from typing import Any

import pytest

from vauchi_tui.cli import parser, tui
from vauchi_tui.cli.main import main

LINES = (
    "",
    "--json",
    "--profile bob",
    "--profile=bob --json",
    "--profile",
    "--profile card",
    "--passphrase-fd 3 card",
    "--passphrase-fd x card",
    "--json contacts bob",
    "--profile bob card set phone 123",
    "--profile=a/b visibility allow phone everyone",
    "card --profile bob",
    "card set phone",
    "card bogus",
    "card --help",
    "contact",
    "status --json",
    "bogus",
    "bogus card",
    "--bogus card",
    "--prof bob card",
    "--help",
    "-h",
    "--version",
    "-- card",
    "card card",
    "-x",
)


def outcome(grammar: parser.ArgumentParser, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    """What comes of it: the namespace, or the exit code and what was printed."""
    try:
        options = vars(grammar.parse_args(arguments))
    except SystemExit as end:
        return end.code, tuple(capsys.readouterr())
    return {name: getattr(value, "__qualname__", value) for name, value in options.items()}


@pytest.mark.parametrize("line", LINES)
def test_a_part_of_the_grammar_says_what_the_whole_one_says(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = line.split()
    part = outcome(parser.build(arguments), arguments, capsys)
    assert part == outcome(parser.build(), arguments, capsys)


@pytest.mark.parametrize("command", parser.GROUPS)
def test_a_command_needs_its_own_module_alone(command: str) -> None:
    assert list(parser._needed(["--profile", "relay", "--json", command, "init"])) == [parser.GROUPS[command]]


def test_no_command_needs_none() -> None:
    assert list(parser._needed(["--profile", "relay"])) == []


def test_garbage_is_collected_while_a_command_runs_and_afterwards(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[bool] = []

    def fill(options: Any) -> Any:
        seen.append(gc.isenabled())
        options.run = lambda _: seen.append(gc.isenabled()) or 0  # type: ignore[func-returns-value]
        return options

    monkeypatch.setattr(parser, "fill", fill)
    assert main(["contacts"]) == 0 and seen == [False, True] and gc.isenabled()
    assert main(["bogus"]) == 2 and gc.isenabled()


@pytest.mark.parametrize("line", LINES)
def test_the_app_starts_without_a_grammar_only_where_the_grammar_would_start_it(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[object] = []
    monkeypatch.setattr(tui, "start", lambda *given: started.append(given) or 0)  # type: ignore[func-returns-value]
    at_once = tui.meant(line.split())
    assert (at_once is not None) == (line in ("", "--profile bob", "--profile card"))
    if at_once is not None:
        options = parser.fill(parser.build().parse_args(line.split()))
        assert at_once() == options.run(options) == 0
        assert started == [(options.profile,), (options.profile, None)]
