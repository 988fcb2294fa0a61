"""A terminal with all colours and no profile but the test's own."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ui_people import empty_profile, furnished_profile, labelled_profile

from vauchi_tui.actions.context import Context


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC", "LANG": "C.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Context]:
    with empty_profile(tmp_path) as ctx:
        yield ctx


@pytest.fixture
def furnished(tmp_path: Path) -> Iterator[Context]:
    with furnished_profile(tmp_path) as ctx:
        yield ctx


@pytest.fixture
def labelled(tmp_path: Path) -> Iterator[Context]:
    with labelled_profile(tmp_path) as ctx:
        yield ctx
