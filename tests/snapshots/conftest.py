"""Pictures are compared exactly, so terminal, clock and zone are fixed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ui_people import furnished_profile, labelled_profile

from vauchi_tui.actions.context import Context


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC", "LANG": "C.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def furnished(tmp_path: Path) -> Iterator[Context]:
    with furnished_profile(tmp_path) as ctx:
        yield ctx


@pytest.fixture
def labelled(tmp_path: Path) -> Iterator[Context]:
    with labelled_profile(tmp_path) as ctx:
        yield ctx
