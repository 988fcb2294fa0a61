"""People with profiles at one relay, for tests that drive the command line."""

from collections.abc import Sequence
from pathlib import Path

from cli_process import Person

from vauchi_tui.actions import card, profile
from vauchi_tui.actions.profile import Protection


def person(directory: Path, name: str, relay: str | None, inside: Sequence[str] = ()) -> Person:
    """Make somebody with a phone and an e-mail address on the card. `inside`: see Person."""
    made = Person(directory / name.lower(), inside)
    place = profile.find(f"{made.directory}/", {})
    with profile.create(place, name, relay=relay, protection=Protection.FILE) as context:
        card.set_field(context, "phone", "555-1111111")
        card.set_field(context, "email", f"{name.lower()}@example.com")
    return made
