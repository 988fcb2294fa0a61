"""People with real vaults, one clock for all of them, and two who have met."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sync_people import Clock, Person, Post, meet, settle


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Callable[[str], Person]:
    return lambda name: Person(name, tmp_path, clock)


@pytest.fixture
def friends(make: Callable[[str], Person]) -> tuple[Person, Person, Post]:
    """Alice and Bob, who have met and exchanged cards."""
    alice, bob, post = make("Alice"), make("Bob"), Post()
    alice.set("phone", "555 11 11")
    meet(alice, bob, grants=["phone"])
    settle(post, alice, bob)
    return alice, bob, post
