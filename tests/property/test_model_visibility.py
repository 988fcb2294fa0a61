"""What a contact has after any history of edits and rules is what he may see, byte for byte, and never a byte more."""

import itertools

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vauchi_tui.model import edit
from vauchi_tui.model.clock import ZERO, Ticker
from vauchi_tui.model.fields import FieldType
from vauchi_tui.model.registers import Change, FieldValue, Registers
from vauchi_tui.model.visibility import (
    EVERYONE,
    Rule,
    Rules,
    contact_audience,
    difference,
    label_audience,
    project,
    rule_from_json,
    rule_to_json,
    snapshot,
)

CONTACTS = {b"B" * 32: ("friends",), b"C" * 32: (), b"D" * 32: ("friends", "work")}
AUDIENCES = [EVERYONE, label_audience("friends"), label_audience("work"), *map(contact_audience, CONTACTS)]
DEVICE = bytes(16)


class CardAndContacts(RuleBasedStateMachine):
    """One card, three contacts; time passes unevenly and goes back."""

    def __init__(self) -> None:
        super().__init__()
        self.card, self.rules, self.now, self.last = Registers(), Rules(), 1_000, ZERO
        self.sent = dict.fromkeys(CONTACTS, Registers())
        self.held = dict.fromkeys(CONTACTS, Registers())
        self.names = (f"v{number}" for number in itertools.count())

    def ticker(self) -> Ticker:
        return Ticker(self.last, self.now, DEVICE)

    def write(self, ticker: Ticker, changes: list[Change]) -> None:
        self.card, self.last = self.card.apply(changes), ticker.last

    @rule(step=st.integers(-500, 500))
    def time_passes(self, step: int) -> None:
        self.now = max(0, self.now + step)

    @precondition(lambda self: len(self.card.field_ids()) < 5)
    @rule()
    def add(self) -> None:
        name, ticker = next(self.names), self.ticker()
        self.write(ticker, edit.add_field(self.card, name, f"secret {name}", FieldType.TEXT, ticker, lambda: name))

    @precondition(lambda self: self.card.field_ids())
    @rule(data=st.data(), what=st.sampled_from(["value", "type", "label", "move", "remove"]))
    def change(self, data: st.DataObject, what: str) -> None:
        field = data.draw(st.sampled_from(self.card.field_ids()))
        ticker, fresh = self.ticker(), next(self.names)
        changes = {
            "value": lambda: edit.set_value(self.card, field, f"secret {field} {fresh}", None, ticker),
            "type": lambda: edit.set_value(self.card, field, f"secret {field} {fresh}", FieldType.ADDRESS, ticker),
            "label": lambda: edit.rename_field(self.card, field, f"{field} {fresh}", ticker),
            "move": lambda: edit.move_field(self.card, field, 1, ticker),
            "remove": lambda: edit.remove_field(self.card, field, ticker),
        }[what]()
        self.write(ticker, changes)

    @precondition(lambda self: self.card.removed_ids())
    @rule(data=st.data())
    def undo_removal(self, data: st.DataObject) -> None:
        field, ticker = data.draw(st.sampled_from(self.card.removed_ids())), self.ticker()
        whole = FieldValue(FieldType.TEXT, f"{field} {next(self.names)}", f"secret {field} back", 0)
        self.write(ticker, edit.restore_field(self.card, field, whole, ticker))

    @precondition(lambda self: self.card.field_ids())
    @rule(data=st.data(), who=st.sampled_from(AUDIENCES), allowed=st.sampled_from([True, False, None]))
    def decide(self, data: st.DataObject, who: str, allowed: bool | None) -> None:
        field, ticker = data.draw(st.sampled_from(self.card.field_ids())), self.ticker()
        self.rules = self.rules.with_rules([Rule(field, who, allowed, ticker.tick())])
        self.last = ticker.last

    @rule(identity=st.sampled_from(list(CONTACTS)), whole=st.booleans())
    def send(self, identity: bytes, whole: bool) -> None:
        view, ticker = project(self.card, self.rules, identity, CONTACTS[identity]), self.ticker()
        changes = difference(view, self.sent[identity], ticker)
        self.last = ticker.last
        for field in self.card.field_ids():
            if field not in view.grants:
                wire = "".join(str(change.to_json()) for change in changes)
                assert f"secret {field}" not in wire, "a hidden value leaves"
        self.sent[identity] = self.sent[identity].apply(changes)
        outgoing = snapshot(self.sent[identity]) if whole else changes
        received = [Change.from_json(change.to_json()) for change in outgoing]
        self.held[identity] = self.held[identity].apply(received)
        assert self.held[identity] == self.sent[identity]
        assert self.held[identity].card() == view.registers.card()
        assert difference(view, self.sent[identity], self.ticker()) == [], "nothing new, no message"

    @invariant()
    def order_of_arrival_does_not_matter(self) -> None:
        everything = snapshot(self.card)
        forwards, backwards = Registers().apply(everything), Registers().apply(reversed(everything))
        assert forwards == backwards
        assert forwards.card() == self.card.card()
        assert forwards.removed_ids() == self.card.removed_ids()

    @invariant()
    def stored_forms_round_trip(self) -> None:
        assert Registers.from_json(self.card.to_json()) == self.card
        assert Rules(rule_from_json(rule_to_json(rule)) for rule in self.rules) == self.rules


TestCardAndContacts = CardAndContacts.TestCase
TestCardAndContacts.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
