"""Records of labels give the same labels whatever their order, number and grouping; the vault agrees with the model."""

import random
import tempfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vauchi_tui.model.clock import Hlc
from vauchi_tui.model.labels import Label, Labels, Membership
from vauchi_tui.vault.database import Vault
from vauchi_tui.vault.profile import resolve

IDS, PEOPLE, NAMES = ("a", "b", "c"), (b"B" * 32, b"C" * 32), ("family", "Family", "work")


def written(clock: int, what: str) -> Hlc:
    """A clock that belongs to one write: no device issues one twice."""
    return Hlc(clock, sum(what.encode()), bytes(16))


labels = st.builds(
    lambda label_id, name, named, living, decided: Label(
        label_id, name, written(named, label_id + name), living, written(decided, f"{label_id}{living}")
    ),
    st.sampled_from(IDS),
    st.sampled_from(NAMES),
    st.integers(1, 9),
    st.booleans(),
    st.integers(1, 9),
)
memberships = st.builds(
    lambda label_id, identity, member, clock: Membership(
        label_id, identity, member, written(clock, f"{label_id}{identity!r}{member}")
    ),
    st.sampled_from(IDS),
    st.sampled_from(PEOPLE),
    st.booleans(),
    st.integers(1, 9),
)


@given(st.lists(labels), st.lists(memberships), st.randoms(), st.integers(0, 20))
def test_the_order_and_grouping_of_records_do_not_matter(
    some: list[Label], members: list[Membership], rng: random.Random, cut: int
) -> None:
    whole = Labels(some, members)
    shuffled, others = [*some, *some], [*members, *members]
    rng.shuffle(shuffled)
    rng.shuffle(others)
    part = Labels(shuffled[:cut], others[:cut]).with_records(shuffled[cut:], others[cut:])
    assert part == whole == whole.with_records(whole, whole.memberships())
    for label in whole.living():
        assert {one for one in PEOPLE if label.id in whole.of(one)} == whole.members(label.id)
    assert len(set(whole.titles().values())) == len(whole.living())


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.lists(labels, max_size=4), st.lists(memberships, max_size=4)), max_size=6))
def test_the_vault_merges_as_the_model_does(batches: list[tuple[list[Label], list[Membership]]]) -> None:
    expected = Labels()
    with tempfile.TemporaryDirectory() as folder:
        profile = resolve(f"{folder}/alice", {})
        profile.make()
        with Vault.create(profile, bytes(32), random.Random(1).randbytes) as vault, vault.write() as tx:
            for some, members in batches:
                tx.labels.put(some, members)
                expected = expected.with_records(some, members)
                assert tx.labels.load() == expected
                for identity in PEOPLE:
                    assert tx.labels.of(identity) == tx.labels.by_contact().get(identity, ()) == expected.of(identity)
