"""The first frame shows the card, and has waited for nothing that it does not show.

Held by the names of modules and by what is parsed, not by time: `make bench ARGS=launch` measures that.
"""

import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from textual.css import parse as css_parse
from textual.css import stylesheet
from ui_people import empty_profile, screen_text, shown, until

from vauchi_tui.actions import card, looks
from vauchi_tui.actions.context import Context
from vauchi_tui.ui import app as app_module
from vauchi_tui.ui import opening
from vauchi_tui.ui.app import VauchiApp

LATER = (
    "argparse",
    "cryptography",
    "keyring",
    "numpy",
    "PIL",
    "pyzbar",
    "secretstorage",
    "segno",
    "sounddevice",
    "textual.widgets._data_table",
    "textual.widgets._markdown",
    "textual.widgets._text_area",
    "vauchi_dsp",
    "vauchi_tui.actions.exchange",
    "vauchi_tui.actions.profile",
    "vauchi_tui.actions.sync",
    "vauchi_tui.crypto.kem",
    "vauchi_tui.crypto.noise",
    "vauchi_tui.crypto.ratchet",
    "vauchi_tui.optics",
    "vauchi_tui.protocol.devices",
    "vauchi_tui.protocol.exchange",
    "vauchi_tui.protocol.link",
    "vauchi_tui.protocol.session",
    "vauchi_tui.relay",
    "vauchi_tui.sync.outgoing",
    "vauchi_tui.sync.relay_client",
    "vauchi_tui.sync.worker",
    "vauchi_tui.ui.live",
    "vauchi_tui.ui.widgets.dialog",
    "websockets",
    "zxingcpp",
)
PROBE = """
import gc, json, os, sys
from pathlib import Path
from textual._context import active_app
from vauchi_tui.cli.main import main
from vauchi_tui.ui import app as app_module

def at_first_frame():
    strips = active_app.get().screen._compositor.render_strips()
    text = "\\n".join(segment.text for strip in strips for segment in strip)
    Path(sys.argv[1]).write_text(json.dumps([sorted(sys.modules), text, gc.isenabled()]))
    os._exit(0)

app_module.settle = at_first_frame
main(sys.argv[2:])
"""


def first_frame(directory: Path) -> tuple[list[str], str, bool]:
    """Start the program on a terminal: the modules at its first frame, what that shows, whether garbage is sought."""
    out = directory / "first-frame.json"
    master, slave = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", PROBE, str(out), "--profile", f"{directory}/"],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env={**os.environ, "COLUMNS": "80", "LINES": "24"},
        )
        _, problem = process.communicate(timeout=60)
    finally:
        os.close(slave)
        os.close(master)
    assert process.returncode == 0, problem.decode(errors="replace")
    modules, text, collecting = json.loads(out.read_text())
    return modules, text, collecting


@pytest.fixture
def reachable(tmp_path: Path) -> Path:
    """A profile with one field, and nobody else's hand on its vault."""
    with empty_profile(tmp_path) as ctx:
        card.set_field(ctx, "Mobile", "+1-555-1234")
    return tmp_path


def test_the_first_frame_shows_the_card_and_has_imported_nothing_else(reachable: Path) -> None:
    modules, text, collecting = first_frame(reachable)
    assert "Alice Smith" in text and "+1-555-1234" in text and "nobody" in text
    assert [name for name in modules if name.startswith(tuple(f"{late}." for late in LATER)) or name in LATER] == []
    screens = {name for name in modules if name.startswith("vauchi_tui.ui.screens.")}
    assert screens == {"vauchi_tui.ui.screens.base", "vauchi_tui.ui.screens.card"}
    assert not collecting


async def test_every_source_of_style_is_parsed_once(furnished: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[object] = []

    def counted(scope: str, css: str, read_from: object, **kwargs: object) -> object:
        parsed.append((scope, read_from, kwargs["tie_breaker"]))
        return css_parse.parse(scope, css, read_from, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(stylesheet, "parse", counted)
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        for key in "1", "2", "3", "5", "6", "1":
            await pilot.press(key)
            await shown(pilot)
        assert parsed and len(parsed) == len(set(parsed))
        app.theme = "vauchi-light"
        await pilot.pause()
        assert len(parsed) > len(set(parsed))


async def test_a_profile_that_opens_slowly_is_waited_for_on_the_screen(
    furnished: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answered = threading.Event(), threading.Event()
    at_once = opening._open

    def by_keyring(*args: object) -> object:
        asked.set()
        assert answered.wait(60)
        return at_once(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "_open", by_keyring)
    monkeypatch.setattr(app_module, "PATIENCE_S", 0.0)
    app = VauchiApp(furnished.profile)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "1 Card" in screen_text(app))
        assert asked.is_set() and not app.store.is_open and "alice@example.com" not in screen_text(app)
        await pilot.press("2", "a")
        answered.set()
        await shown(pilot)
        assert "alice@example.com" in screen_text(app)
        await until(pilot, lambda: app.live is not None)


@pytest.mark.parametrize(("look", "dark"), [("vauchi-light", False), ("vauchi-dark", True), ("gone", True)])
async def test_it_begins_in_the_look_that_it_was_left_in(furnished: Context, look: str, dark: bool) -> None:
    looks.set_theme(furnished, look)
    app = VauchiApp(furnished.profile, furnished)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert app.theme == ("vauchi-dark" if dark else "vauchi-light")
        assert app.has_class("-dark-mode") == dark and app.has_class("-light-mode") != dark
        assert app.screen.styles.background.brightness < 0.5 if dark else app.screen.styles.background.brightness > 0.5
