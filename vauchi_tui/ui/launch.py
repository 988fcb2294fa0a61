"""The door to the interface: what the first frame waits for is done side by side, all else after it."""

import gc
import os
import sys
from typing import TYPE_CHECKING

from vauchi_tui.ui.opening import Opening

if TYPE_CHECKING:
    from vauchi_tui.actions.context import Context
    from vauchi_tui.vault.profile import Profile


def run(profile: "Profile", context: "Context | None" = None) -> int:
    """Run the interface on a profile; `context` where the caller has opened it already. Returns the exit status."""
    gc.disable()  # until `settle`: what is made before the first frame stays as long as the app
    opening = Opening(profile, context)
    draw_apart()
    from vauchi_tui.ui.app import VauchiApp

    app = VauchiApp(profile, opening=opening)
    result = app.run()
    while app.gone is not None:
        from vauchi_tui.actions.wipe import forget

        forget(profile, app.gone)
        app = VauchiApp(profile, words=app.gone.title)
        result = app.run()
    return result if isinstance(result, int) else app.return_code or 0


def draw_apart() -> None:
    """Let Textual draw on a descriptor of its own.

    It draws on stderr, and C libraries complain there over the picture; so descriptor 2 leads nowhere while they work
    (`proximity.quiet`), and what is drawn meanwhile must not be lost with it.
    """
    shared = sys.__stderr__
    if shared is not None:
        own = os.fdopen(os.dup(shared.fileno()), "w", encoding=shared.encoding, errors=shared.errors)
        setattr(sys, "__stderr__", own)  # noqa: B010 — it is declared final


def settle() -> None:
    """The first frame is on the screen: collect garbage from now on, without looking at what was there before."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
