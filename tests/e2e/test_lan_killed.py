"""Killed with -9 at any step of an exchange in the local network, a relay beside: nothing lost, doubled or half."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_people import person
from relay_process import RelayProcess
from test_faults_kill import LINES, SEED, STEPS, check_killed_exchange

SOME = random.Random(SEED + 1).sample(STEPS, 3)


@pytest.fixture(autouse=True)
def lan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here other devices are looked for."""
    monkeypatch.setenv("VAUCHI_LAN", "on")


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay") as running:
        yield running


@pytest.mark.parametrize(("side", "step"), SOME)
def test_an_exchange_killed_at_a_step_goes_on_over_the_relay(
    tmp_path: Path, relay: RelayProcess, side: str, step: str
) -> None:
    check_killed_exchange(person(tmp_path, "Alice", relay.url), person(tmp_path, "Bob", relay.url), side, step)


@pytest.mark.soak
@pytest.mark.parametrize(("side", "step"), LINES + STEPS)
def test_an_exchange_killed_at_every_step_goes_on_over_the_relay(
    tmp_path: Path, relay: RelayProcess, side: str, step: str
) -> None:
    check_killed_exchange(person(tmp_path, "Alice", relay.url), person(tmp_path, "Bob", relay.url), side, step)
