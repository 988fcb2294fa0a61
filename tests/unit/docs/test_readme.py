"""The front page is true: its table of keys is the bindings', and what it names exists."""

import re
import runpy
import shlex
from argparse import _SubParsersAction
from pathlib import Path

import pytest

from vauchi_tui.cli import parser

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_keys_are_those_of_the_bindings() -> None:
    keys = runpy.run_path(str(ROOT / "tools" / "keys.py"))
    assert PAGE.partition(keys["BEGIN"])[2].partition(keys["END"])[0] == keys["table"](), (
        "run: python tools/keys.py --write"
    )


def test_pictures_and_pages_exist() -> None:
    targets = re.findall(r"\]\(([^)#][^)]*)\)", PAGE)
    assert len(targets) > 6
    assert [target for target in targets if "://" not in target and not (ROOT / target).is_file()] == []


def test_every_heading_linked_to_exists() -> None:
    lines = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    headings = {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in lines}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= headings


def test_the_table_of_commands_is_whole() -> None:
    (commands,) = [action for action in parser.build()._actions if isinstance(action, _SubParsersAction)]
    named = re.findall(r"^\| `vauchi (\w+)[^|]*\|", PAGE, re.MULTILINE)
    assert set(named) == set(commands.choices)


def test_every_target_of_make_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^|`)make ([a-z]+)\b", PAGE, re.MULTILINE))
    assert len(targets) >= 7
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("line", re.findall(r"^(?:\$ )?vauchi (.+)$", PAGE, re.MULTILINE))
def test_a_quoted_command_line_parses(line: str) -> None:
    arguments = shlex.split(line, comments=True)
    assert callable(parser.build().parse_args(arguments).run)
