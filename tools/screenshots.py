"""Make the pictures of the README: `make screenshots`, or `make screenshots ARGS=card` for some of them.

Alice's profile is real, with a fixed clock and seeded keys; nothing is connected, so the same code gives the same
pictures. SVG is written here, PNG made of it by rsvg-convert.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PIL import Image
from rich.terminal_theme import TerminalTheme
from staging import NOW, RELAY_URL, Still, Wire, alice, place, somebody
from terminal_svg import svg
from textual.pilot import Pilot

from vauchi_tui.actions import devices, exchange_ways, link_events
from vauchi_tui.actions import exchange_events as events
from vauchi_tui.actions.context import Context
from vauchi_tui.demo.room import Laptop
from vauchi_tui.protocol.exchange import Showing
from vauchi_tui.protocol.proof import Wanted
from vauchi_tui.ui.app import VauchiApp
from vauchi_tui.ui.screens.base import ViewScreen
from vauchi_tui.ui.screens.create import CreateScreen
from vauchi_tui.ui.screens.link import LinkScreen
from vauchi_tui.ui.screens.settings import SettingsScreen
from vauchi_tui.ui.screens.showing import ShowingScreen

FOLDER = Path(__file__).resolve().parents[1] / "screenshots"
SIZE = (80, 24)


@dataclass(frozen=True, slots=True)
class Scene:
    """`title` describes the picture; `play` presses what leads to it and returns when it is there."""

    title: str
    play: Callable[[Pilot[Any]], Awaitable[None]]
    new: bool = False  # a profile that is not there yet


def keys(*pressed: str, sees: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def play(pilot: Pilot[Any]) -> None:
        await _view(pilot)
        for key in pressed:
            await pilot.press(key)
            await pilot.pause()
        await _until(pilot, lambda: sees in _text(pilot))

    return play


async def _first_start(pilot: Pilot[Any]) -> None:
    await _until(pilot, lambda: isinstance(pilot.app.screen, CreateScreen) and pilot.app.focused is not None)
    await pilot.press(*"Alice Lindgren", "enter", "enter", *"relay.example", "enter", "enter")
    await pilot.press(*"correct horse", "enter", *"correct horse")
    await _until(pilot, lambda: _text(pilot).count("•••") > 1)


async def _digits(pilot: Pilot[Any]) -> None:
    shower = Showing(
        somebody("Bob Okafor"),
        wanted=Wanted.CODE,
        now=NOW,
        monotonic=time.monotonic(),
        rng=random.Random(4).randbytes,
        relay=RELAY_URL,
    )
    with patch.object(Wire, "peer", shower):
        await keys("4", sees="This person will get")(pilot)
        pilot.app.screen.query_one("#code").text = shower.code.text()  # type: ignore[attr-defined]
        await pilot.press("p", "enter")
        await _until(pilot, lambda: "Show them these digits" in _text(pilot))


async def _nearby(pilot: Pilot[Any]) -> None:
    await keys("4", sees="hear each other")(pilot)
    await keys("s", sees="5:00")(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, ShowingScreen)
    for event in (
        events.Scanned(),
        events.Listening(1),
        events.Heard(1, 17.2),
        events.Nearby(17.2, 0.61, "482913"),
        events.Confirm("Bob Okafor", "482913", 0.61),
    ):
        screen.show_event(event)
    await _until(pilot, lambda: "Is it Bob Okafor?" in _text(pilot))


async def _link(pilot: Pilot[Any]) -> None:
    await keys("6", sees="Link another")(pilot)
    await keys("l", sees="5:00")(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, LinkScreen)
    for event in (link_events.DeviceAnswered("laptop"), link_events.EnterDigits(3)):
        screen.show_event(event)
    await _until(pilot, lambda: "Type the six digits" in _text(pilot))
    await pilot.press(*"4829")


SCENES = {
    "card": Scene("Alice’s card, with who sees each field", keys(sees="Birthday")),
    "contacts": Scene("The contacts", keys("2", "down", sees="Inês")),
    "contact": Scene("One contact", keys("2", *"/bob", "enter", "enter", sees="Climbs")),
    "visibility": Scene("Who sees what", keys("3", "j", "l", "l", "space", "j", "j", sees="not saved")),
    "exchange": Scene("Before a code is shown", keys("4", "space", sees="hear each other")),
    "code": Scene("A code to be scanned", keys("4", "space", "s", sees="5:00")),
    "nearby": Scene("Name and digits to compare, once the laptops have heard each other", _nearby),
    "digits": Scene("The digits where there is no sound", _digits),
    "sync": Scene("What waits for whom", keys("5", sees="relay.example")),
    "settings": Scene("The settings", keys("6", sees="Fingerprint")),
    "link": Scene("Another device of one’s own answers", _link),
    "start": Scene("The first start", _first_start, new=True),
}


async def _view(pilot: Pilot[Any]) -> None:
    await _until(pilot, lambda: isinstance(pilot.app.screen, ViewScreen) and pilot.app.screen.view is not None)
    await _until(pilot, lambda: pilot.app.standing.words != "")  # type: ignore[attr-defined]


async def _until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.02)
    raise SystemExit(f"The screen never came:\n{_text(pilot)}")


def _text(pilot: Pilot[Any]) -> str:
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


# Pictures


@contextmanager
def stage() -> Iterator[None]:
    """The same terminal, zone and surroundings everywhere."""
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC", "LANG": "C.UTF-8"}
    os.environ["VAUCHI_LAN"] = "off"
    for name in ("NO_COLOR", "LC_ALL"):
        os.environ.pop(name, None)
    time.tzset()
    read = SettingsScreen.read

    def elsewhere(self: SettingsScreen, ctx: Context) -> Any:
        return replace(read(self, ctx), folder="~/.local/share/vauchi/default")

    with ExitStack() as stack:
        stack.enter_context(patch.object(SettingsScreen, "read", elsewhere))
        stack.enter_context(patch("vauchi_tui.actions.sync.make_worker", Still))
        stack.enter_context(patch("vauchi_tui.actions.sound_search.find_pair", lambda ctx: Laptop().pair))
        stack.enter_context(patch.object(exchange_ways, "RelayChannel", Wire))
        stack.enter_context(patch.object(devices, "default_name", lambda: "desk"))
        yield


@asynccontextmanager
async def window(scene: Scene) -> AsyncIterator[Pilot[Any]]:
    with tempfile.TemporaryDirectory() as folder:
        ctx = None if scene.new else alice(Path(folder))
        async with VauchiApp(place(Path(folder)), ctx).run_test(size=SIZE, notifications=True) as pilot:
            yield pilot
        if ctx is not None:
            ctx.close()


async def take(name: str, scene: Scene) -> Path:
    """Play a scene and write its SVG."""
    async with window(scene) as pilot:
        await scene.play(pilot)
        await pilot.pause(0.3)
        app = pilot.app
        background = app.theme_variables["background"]
        theme = TerminalTheme(_rgb(background), _rgb(app.theme_variables["foreground"]), [(0, 0, 0)] * 8)
        strips = app.screen._compositor.render_strips()
        picture = svg(strips, SIZE[0], scene.title, background.lower(), theme)
    path = FOLDER / f"{name}.svg"
    path.write_text(picture, encoding="utf-8")
    return path


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def png(path: Path) -> None:
    """The same as PNG, in few colours: flat areas need no more."""
    target = path.with_suffix(".png")
    subprocess.run(["rsvg-convert", "--zoom", "2", "--output", target, path], check=True)
    with Image.open(target) as picture:
        small = picture.convert("RGBA").quantize(256, method=Image.Quantize.FASTOCTREE)
    small.save(target, optimize=True)


def main() -> None:
    names = sys.argv[1:] or list(SCENES)
    unknown = set(names) - set(SCENES)
    if unknown:
        raise SystemExit(f"No such picture: {', '.join(sorted(unknown))}. There are: {', '.join(SCENES)}.")
    FOLDER.mkdir(exist_ok=True)
    with stage():
        for name in names:
            path = asyncio.run(take(name, SCENES[name]))
            png(path)
            print(path.relative_to(FOLDER.parent))


if __name__ == "__main__":
    main()
