"""The profile is opened, and its card read, while the rest of the interface is still being imported."""

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vauchi_tui.ui.card_view import CardView, read_card
from vauchi_tui.ui.store import Store

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.vault.profile import Profile


@dataclass(frozen=True, slots=True)
class Opened:
    """An open profile and what the first frame shows of it; `look` is the theme it was left with, if any."""

    context: "Context"
    look: str | None
    card: CardView


class Opening:
    """Begins at once, in the vault's thread, where the profile can open without being asked for anything.

    `context`: where the caller has opened the profile already. `missing`: there is no profile yet.
    """

    def __init__(self, profile: "Profile", context: "Context | None" = None) -> None:
        self.store = Store()
        self.missing = context is None and not profile.exists()
        self._result: Future[Opened] | None = None if self.missing else self.store.submit(_open, profile, context)

    def within(self, seconds: float) -> Opened | None:
        """The result if it is there in time. Raises what opening raises."""
        if self._result is None:
            return None
        try:
            return self._result.result(seconds)
        except TimeoutError:
            return None

    async def result(self) -> Opened:
        """The result, however long it takes: a keyring may ask the person first. Raises what opening raises."""
        assert self._result is not None
        return await asyncio.wrap_future(self._result)


def _open(profile: "Profile", context: "Context | None") -> Opened:
    from vauchi_tui.actions import looks, opening

    # A connection belongs to one thread.
    own = replace(context, vault=context.open_vault()) if context is not None else opening.open_profile(profile)
    return Opened(own, looks.theme(own), read_card(own))
