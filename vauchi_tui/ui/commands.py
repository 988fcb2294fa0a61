"""What the palette (ctrl+p) offers: the tabs, the actions of the shown screen, the looks."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from vauchi_tui.ui import theme


class VauchiCommands(Provider):
    """Taken from the bindings, so that every key is found by its words too."""

    def _commands(self) -> Iterator[tuple[str, Callable[[], Any], str]]:
        app, seen = self.app, set()
        for node, binding, _, _ in self.screen.active_bindings.values():
            if not binding.description or binding.system or binding.action in seen or binding.id is None:
                continue
            if binding.id.startswith(("list.", "choice.", "app.palette")):
                continue
            seen.add(binding.action)
            yield binding.description, partial(app.run_action, binding.action, node), f"key {binding.key}"
        for name, words in theme.NAMES.items():
            yield f"Theme: {words}", partial(setattr, app, "theme", name), ""

    async def discover(self) -> Hits:
        for name, run, help_text in self._commands():
            yield DiscoveryHit(name, run, help=help_text or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, run, help_text in self._commands():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=help_text or None)
