"""Notifications go through the desktop's own program, and what a contact wrote cannot become markup or an option."""

import asyncio
import stat
from pathlib import Path

import pytest

from vauchi_tui.actions import notify


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop whose notification program writes down its arguments."""
    program, written = tmp_path / "notify-send", tmp_path / "written"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {written}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setattr("sys.platform", "linux")
    return written


def test_the_program_gets_the_words_as_text(desktop: Path) -> None:
    assert asyncio.run(notify.show("Vauchi", "<b>--Bob & Co</b> updated contact info: phone"))
    words = desktop.read_text().splitlines()
    assert words[-3:] == ["--", "Vauchi", "&lt;b&gt;--Bob &amp; Co&lt;/b&gt; updated contact info: phone"]


def test_without_a_desktop_nothing_happens(desktop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert not asyncio.run(notify.show("Vauchi", "hello"))
    assert not desktop.exists()


def test_a_program_that_cannot_be_started_is_no_error(desktop: Path, tmp_path: Path) -> None:
    (tmp_path / "notify-send").write_text("#!/nowhere/sh\n")
    assert not asyncio.run(notify.show("Vauchi", "hello"))
