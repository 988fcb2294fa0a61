"""Runs the command line inside the test's process."""

import json
from pathlib import Path
from typing import Any

import pytest

from vauchi_tui.actions import profile as profiles
from vauchi_tui.cli.main import main
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.contact import Contact, Method, Trust
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import DISPLAY_NAME, Change, FieldValue, Op, Registers, field_path

AT = 1_790_000_000


class Cli:
    """Runs `vauchi --profile HERE …` and keeps what the last run printed."""

    def __init__(self, profile: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.profile = profile
        self._capture = capture
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        """The exit code."""
        code = main(["--profile", str(self.profile), *arguments])
        self.out, self.err = self._capture.readouterr()
        return code

    def json(self, *arguments: str) -> Any:
        """The value that a command prints with --json."""
        assert self(*arguments, "--json") == 0, self.err
        return json.loads(self.out)

    def refused(self, *arguments: str) -> str:
        """What a command says that must fail: exit code 1, nothing on stdout, error and hint on stderr."""
        assert self(*arguments) == 1, self.out
        assert self.out == ""
        assert self.err.startswith("error: ") and "\nhint: " in self.err and "Traceback" not in self.err
        return self.err


def meet(cli: Cli, name: str, value: str = "555-0000000") -> Contact:
    """Store somebody in the profile as if met."""
    clock = Hlc(AT * 1000, 0, bytes(16))
    changes = [
        Change(Op.UPDATE, DISPLAY_NAME, clock, name),
        Change(Op.ADD, field_path("p1"), clock, FieldValue(FieldType.PHONE, "mobile", value, 0)),
    ]
    identity = name.encode().ljust(32, b"\0")
    contact = Contact(identity, Registers().apply(changes), Trust(Method.CODE, None, AT), confirmed=True, added_at=AT)
    with profiles.open_profile(profiles.find(str(cli.profile))) as context, context.vault.write() as tx:
        tx.contacts.put(contact)
    return contact
