"""What the first tab shows, apart from how: it is read before there is a screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vauchi_tui.actions.card import Audience, OwnCard
    from vauchi_tui.actions.context import Context


@dataclass(frozen=True, slots=True)
class CardView:
    """The card, and per field who sees it."""

    card: "OwnCard"
    audiences: "Mapping[str, Audience]"


def read_card(ctx: "Context") -> CardView:
    """Read it. Runs in the vault's thread."""
    from vauchi_tui.actions import card

    return CardView(card.show(ctx), card.audiences(ctx))
