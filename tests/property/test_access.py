"""Who may see a field, asked for one and for all at once, and whom a change affects: against the plain definition."""

from hypothesis import given
from hypothesis import strategies as st

from vauchi_tui.model.access import Access, affected
from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.labels import Label, Labels, Membership
from vauchi_tui.model.visibility import EVERYONE, Rule, Rules, contact_audience, contact_of, label_audience, label_of

PEOPLE = tuple(bytes([number]) * 32 for number in range(4))
LABELS, FIELDS = ("a", "b"), ("phone", "mail", "gone")
AUDIENCES = (EVERYONE, *map(label_audience, LABELS), *map(contact_audience, PEOPLE), "contact:zz", "planet:Mars")
clocks = st.integers(1, 6).map(lambda ms: Hlc(ms, 0, bytes(16)))
rules = st.lists(
    st.builds(Rule, st.sampled_from(FIELDS), st.sampled_from(AUDIENCES), st.sampled_from([True, False, None]), clocks),
    max_size=10,
)
labels = st.lists(st.builds(Label, st.sampled_from(LABELS), st.just("name"), clocks, st.booleans(), clocks), max_size=4)
members = st.lists(
    st.builds(Membership, st.sampled_from(LABELS), st.sampled_from(PEOPLE), st.booleans(), clocks), max_size=8
)
accesses = st.builds(lambda some, groups, who: Access(Rules(some), Labels(groups, who)), rules, labels, members)


@given(accesses)
def test_all_at_once_is_each_for_himself(now: Access) -> None:
    for field_id in FIELDS:
        assert now.viewers(field_id, PEOPLE) == {one for one in PEOPLE if now.sees(field_id, one)}
        assert now.viewers(field_id, PEOPLE[:2]) == {one for one in PEOPLE[:2] if now.sees(field_id, one)}
    for audience in AUDIENCES:
        for field_id in FIELDS:
            rule = now.rules.get(field_id, audience)
            assert now.granted(field_id, audience) is bool(rule and rule.allowed)


@given(accesses, accesses)
def test_affected_is_who_sees_something_else(before: Access, after: Access) -> None:
    expected = {}
    for one in PEOPLE:
        was, now = ([access.sees(field_id, one) for field_id in FIELDS[:2]] for access in (before, after))
        if was != now:
            expected[one] = any(old and not new for old, new in zip(was, now, strict=True))
    assert affected(before, after, FIELDS[:2], PEOPLE) == expected
    assert affected(before, before, FIELDS, PEOPLE) == {}


def test_audiences_are_read_back() -> None:
    assert contact_of(contact_audience(PEOPLE[3])) == PEOPLE[3] and label_of(label_audience("a")) == "a"
    assert [contact_of(one) for one in (EVERYONE, "label:a", "contact:zz")] == [None, None, None]
    assert [label_of(one) for one in (EVERYONE, contact_audience(PEOPLE[0]))] == [None, None]
