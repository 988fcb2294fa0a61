"""Precedence of rules, and that without one a field is visible to nobody."""

import pytest

from vauchi_tui.model.clock import ZERO, Hlc
from vauchi_tui.model.visibility import EVERYONE, Rule, Rules, contact_audience, label_audience

BOB = b"B" * 32


def rules(*decisions: tuple[str, bool | None]) -> Rules:
    return Rules(Rule("phone", who, allowed, Hlc(ms, 0, bytes(16))) for ms, (who, allowed) in enumerate(decisions, 1))


@pytest.mark.parametrize(
    ("decisions", "labels", "visible"),
    [
        ([], (), False),
        ([(EVERYONE, True)], (), True),
        ([(EVERYONE, True), (EVERYONE, False)], (), False),
        ([(label_audience("friends"), True)], (), False),
        ([(label_audience("friends"), True)], ("friends",), True),
        ([(label_audience("friends"), True), (label_audience("work"), False)], ("friends", "work"), True),
        ([(contact_audience(BOB), False), (EVERYONE, True)], (), False),
        ([(contact_audience(BOB), True), (EVERYONE, False)], (), True),
        ([(contact_audience(BOB), False), (EVERYONE, True), (contact_audience(BOB), None)], (), True),
        ([(contact_audience(b"C" * 32), True)], (), False),
    ],
)
def test_a_contacts_own_rule_overrides_the_union_of_the_others(
    decisions: list[tuple[str, bool | None]], labels: tuple[str, ...], visible: bool
) -> None:
    assert rules(*decisions).decide("phone", BOB, labels)[0] is visible


def test_the_clock_of_a_reset_counts_for_the_grant_it_uncovers() -> None:
    decided = rules((EVERYONE, True), (contact_audience(BOB), False), (contact_audience(BOB), None))
    assert decided.decide("phone", BOB) == (True, Hlc(3, 0, bytes(16)))


def test_other_fields_stay_hidden() -> None:
    assert rules((EVERYONE, True)).decide("email", BOB) == (False, ZERO)
