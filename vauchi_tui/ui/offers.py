"""What somebody will get in an exchange: the labels that he may join, then the fields, with what is ticked. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from vauchi_tui.actions.exchange import Offered
from vauchi_tui.model.labels import SIGN
from vauchi_tui.ui.widgets.table_list import Cell, Row
from vauchi_tui.ui.words import plain


@dataclass(frozen=True, slots=True)
class Offers:
    """`fields` of the own card; `labels`: audience → how the label is called."""

    fields: tuple[Offered, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        """Whatever can be ticked: ids of fields, audiences of labels."""
        return {*self.labels, *(offer.field.id for offer in self.fields)}

    def rows(self, chosen: Collection[str]) -> list[Row]:
        """A line for each; the row's key is what is ticked with it."""
        labels = [self._label(audience, title, audience in chosen) for audience, title in self.labels.items()]
        return labels + [self._field(offer, chosen) for offer in self.fields]

    def words(self, chosen: Collection[str]) -> str:
        """The whole in a sentence."""
        if not self.fields:
            return "This person will get your name"
        given = sum(offer.given(chosen) for offer in self.fields)
        joined = "".join(f" as {SIGN}{plain(title)}" for one, title in self.labels.items() if one in chosen)
        return f"This person will get your name and {given} of {len(self.fields)} fields{joined}"

    def given_anyway(self, key: str, chosen: Collection[str]) -> str:
        """Why a field is given whether it is ticked or not; empty where ticking decides."""
        for offer in self.fields:
            if offer.field.id == key:
                if offer.granted:
                    return "Everyone sees this field. The third tab changes that."
                if (title := self._giver(offer, chosen)) is not None:
                    return f"{title} sees this field. Untick the label, or change on the third tab what it shows."
        return ""

    def free(self, chosen: Collection[str]) -> set[str]:
        """Ids of the fields that ticking decides about."""
        return {offer.field.id for offer in self.fields if not self.given_anyway(offer.field.id, chosen)}

    def _giver(self, offer: Offered, chosen: Collection[str]) -> str | None:
        return next((SIGN + plain(self.labels[one]) for one in self.labels if one in offer.labels & set(chosen)), None)

    def _label(self, audience: str, title: str, on: bool) -> Row:
        shown = [plain(offer.field.label) for offer in self.fields if audience in offer.labels]
        words = ", ".join(shown) or "shows nothing yet"
        return Row(
            audience, (_box(on), Cell(SIGN + plain(title), "strong" if on else ""), Cell(words, "dim"), Cell(""))
        )

    def _field(self, offer: Offered, chosen: Collection[str]) -> Row:
        on = offer.given(chosen)
        why = "everyone sees it" if offer.granted else self._giver(offer, chosen) or ""
        label, value = plain(offer.field.label), plain(offer.field.value)
        tone = "" if on else "dim"
        return Row(
            offer.field.id, (_box(on), Cell(label, "strong" if on else "dim"), Cell(value, tone), Cell(why, "dim"))
        )


def _box(on: bool) -> Cell:
    return Cell("[x]" if on else "[ ]", "good" if on else "dim")
