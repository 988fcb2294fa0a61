"""The protocol page is true: what it names exists, and its tables have the code's values."""

import ast
import importlib
import re
from dataclasses import is_dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

import vauchi_tui
from vauchi_tui.protocol.code import ExchangeCode
from vauchi_tui.protocol.events import Reason
from vauchi_tui.protocol.exchange import failures
from vauchi_tui.protocol.exchange.contents import Kind
from vauchi_tui.protocol.frames import ErrorCode, Op
from vauchi_tui.protocol.proof import PROOFS
from vauchi_tui.proximity.refusals import Refusal
from vauchi_tui.proximity.sounding import Message

SOURCE = Path(vauchi_tui.__file__).parent
TESTS = Path(__file__).parents[2]
PAGE = (SOURCE / "protocol" / "README.md").read_text(encoding="utf-8")
UNITS = {"": 1, "s": 1, "ms": 1, "h": 3600, "days": 86_400, "KiB": 1 << 10, "MiB": 1 << 20}


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a header that begins so, back-quotes removed."""
    lines = PAGE[PAGE.index(f"\n| {heading}") :].strip().splitlines()
    rows = []
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")])
    return rows


def definitions(path: Path) -> set[str]:
    """Tests of a module: functions, classes, methods as `Class::method`, and state machines by their assigned names."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.add(node.targets[0].id)
    return found


def look_up(name: str) -> Any:
    """The object at a dotted name below the package; a dataclass on the way stands for its defaults."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if (SOURCE.joinpath(*parts[:length])).with_suffix(".py").exists():
            module = importlib.import_module(".".join(["vauchi_tui", *parts[:length]]))
            return reduce(lambda one, part: getattr(_instance(one), part), parts[length:], module)
    raise AssertionError(f"no module in {name}")


def _instance(value: Any) -> Any:
    return value() if isinstance(value, type) and is_dataclass(value) else value


CONSTANTS = re.findall(r"^\| ([\d.,]+) ?(\w*) \| `([a-z_]+\.[\w.]+)` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("number", "unit", "name"), CONSTANTS, ids=[name for _, _, name in CONSTANTS])
def test_a_quoted_constant_is_the_codes(number: str, unit: str, name: str) -> None:
    assert look_up(name) == pytest.approx(float(number.replace(",", "")) * UNITS[unit])


def test_every_table_of_constants_was_read() -> None:
    tables = PAGE.split("\n| value | constant |")[1:]
    rows = [line for part in tables for line in part.split("\n\n")[0].splitlines()[2:]]
    assert len(rows) == len(CONSTANTS) > 40


def test_every_test_named_exists() -> None:
    modules = {path.name: definitions(path) for path in TESTS.rglob("test_*.py")}
    named = re.findall(r"`(test_\w+\.py)(?:::([\w:]+))?`", PAGE)
    assert len(named) > 40
    missing = [f"{module}::{name}" for module, name in named if name and name not in modules.get(module, ())]
    missing += [module for module, name in named if not name and module not in modules]
    assert missing == []


def test_every_module_named_exists() -> None:
    named = re.findall(r"`(\w+/[\w/]+\.py)`", PAGE)
    assert len(named) > 15
    assert [name for name in named if not (SOURCE / name).is_file()] == []


def test_every_label_of_the_code_is_on_the_page_and_no_other() -> None:
    label = re.compile(r"[\"`](vauchi[/-][\w/-]+)")
    code = {found for path in SOURCE.rglob("*.py") for found in re.findall(r'b"(vauchi[/-][\w/-]+)', path.read_text())}
    local = {"vauchi/own-code/1", "vauchi/low-order-probe"}  # never leave the device nor seal anything
    assert set(label.findall(PAGE)) == code - local


def test_every_field_of_the_code_is_on_the_page() -> None:
    payload = ExchangeCode(bytes(32), bytes(32), bytes(32), 1).payload
    lengths = [int(row[0]) for row in table("bytes | content")]
    assert lengths == [4, 1, 32, 32, 32, 8] and sum(lengths) == len(payload)
    assert payload.startswith(table("bytes | content")[0][1].encode())


def test_kinds_of_contents() -> None:
    named = {row[1].upper(): int(row[0]) for row in table("kind | name")}
    assert named == {kind.name: kind.value for kind in Kind}


def test_reasons_of_an_abort() -> None:
    named = {row[1].removeprefix("Reason."): int(row[0]) for row in table("byte | reason")}
    told = {reason.name: failures.to_byte(reason)[0] for reason in Reason}
    assert named == {name: told[name] for name in named}
    assert set(named.values()) == set(told.values())
    assert failures.from_abort(b"\xff") is Reason.REFUSED


def test_proofs() -> None:
    named = {int(row[0]): row[1].split(",")[0] for row in table("number | proof")}
    assert named == {proof.wire: proof.__name__ for proof in PROOFS.values()}


def test_refusals_of_the_proof_by_sound() -> None:
    rows = {row[1].upper(): (int(row[0]), row[2].upper()) for row in table("byte | refusal")}
    assert {name: byte for name, (byte, _) in rows.items()} == {refusal.name: refusal.wire for refusal in Refusal}
    for refusal in Refusal:
        there = refusal.seen_from_the_other_side
        assert rows[refusal.name][1] == ("THE SAME" if there is refusal else there.name)


def test_messages_of_the_proof_by_sound() -> None:
    named = {row[1].upper(): int(row[0]) for row in table("message | name")}
    assert named == {kind.name: kind.value for kind in Message}


def test_frames_and_errors() -> None:
    assert {row[1]: int(row[0]) for row in table("op | frame")} == {op.name: op.value for op in Op}
    assert {row[1]: int(row[0]) for row in table("code | error")} == {code.name: code.value for code in ErrorCode}
