"""A stylesheet that is parsed once."""

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

SOURCES = 512


class ThriftyStylesheet(Stylesheet):
    """Parses what is new. Textual's own parses all sources again whenever a screen is shown for the first time.

    Other variables (another theme) still mean that everything is parsed.
    """

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(SOURCES)  # more than there are, or each would push out the next

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        self.parse()
